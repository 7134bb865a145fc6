/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/walk.h"

void fs_walk_note_mac(struct fs_walk *walk, uint32_t destination, uint32_t source, uint32_t length)
{
    struct fs_walk_notes *notes = walk->notes;
    const uint32_t end_at = (uint32_t)(walk->rest.bytes.at - walk->start) + length;
    struct fs_mac_header *mac = &notes->mac[notes->macs];

    if (notes->macs == FS_LEVELS_MAX || (notes->macs > 0 && mac[-1].end_at == end_at))
        return;
    notes->macs++;
    fs_cursor_copy(&walk->rest.bytes, source, mac->source, sizeof(mac->source));
    fs_cursor_copy(&walk->rest.bytes, destination, mac->destination, sizeof(mac->destination));
    mac->end_at = end_at;
    mac->wire = walk->rest.wire - length;
    mac->layer_count = walk->frame->layer_count;
}
