/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/walk.h"

void fs_walk_note_mac(struct fs_walk *walk, uint32_t destination, uint32_t source, uint32_t length)
{
    struct fs_mac_headers *macs = walk->macs;
    const uint32_t at = (uint32_t)(walk->rest.bytes.at - walk->start);

    if (macs->count == FS_LEVELS_MAX)
        return;
    if (macs->count > 0 && macs->header[macs->count - 1].end_at == at + length)
        return;
    macs->header[macs->count++] = (struct fs_mac_header){
        .source_at = at + source,
        .destination_at = at + destination,
        .end_at = at + length,
        .wire = walk->rest.wire - length,
        .layer_count = walk->frame->layer_count,
    };
}
