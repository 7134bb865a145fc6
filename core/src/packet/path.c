/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/path.h"

#define HASHED 0x80000000u /* kinds are small: no exact path has this bit */

struct path {
    uint64_t hash;
    uint32_t exact;
    unsigned elements;
};

static void mix(struct path *path, uint64_t value)
{
    path->hash = (path->hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    path->hash ^= path->hash >> 29;
    path->elements++;
}

/* Equal in both directions, and no matter of how the path was tagged on the way. */
static bool is_shared(uint32_t kind)
{
    switch (kind) {
    case FLOWSCOPE_LAYER_vxlan:
    case FLOWSCOPE_LAYER_geneve:
    case FLOWSCOPE_LAYER_nvgre:
    case FLOWSCOPE_LAYER_pppoe:
        return true;
    default:
        return false;
    }
}

/* The ends of the flow around, in the packet's own order: one direction's tunnel alone. */
static void mix_level(struct path *path, const struct fs_headers *level)
{
    for (unsigned i = 0; i < 2; i++) {
        const unsigned end = level->swapped ? !i : i;

        for (unsigned at = 0; at < 16; at += 4)
            mix(path, (uint64_t)level->key.addr[end][at] << 24 |
                          (uint64_t)level->key.addr[end][at + 1] << 16 |
                          (uint64_t)level->key.addr[end][at + 2] << 8 |
                          level->key.addr[end][at + 3]);
        mix(path, level->key.port[end]);
    }
}

uint32_t fs_path_of(const struct fs_frame *frame, enum flowscope_identity identity)
{
    struct path path = {0, 0, 0};

    if (identity == FLOWSCOPE_IDENTITY_INNER_ONLY)
        return 0;
    for (unsigned i = 0; i < frame->layer_count; i++) {
        const struct flowscope_layer *layer = &frame->layers[i];

        if (identity != FLOWSCOPE_IDENTITY_STRICT && !is_shared(layer->kind))
            continue;
        mix(&path, (uint64_t)layer->kind << 32 | layer->id);
        path.exact = layer->kind << 24 | layer->id;
        if (layer->id > 0xffffff)
            path.elements++; /* too long to be exact */
    }
    if (identity == FLOWSCOPE_IDENTITY_STRICT)
        for (unsigned i = 0; i < frame->level_count; i++)
            mix_level(&path, &frame->level[i]);
    if (path.elements == 0)
        return 0;
    return path.elements == 1 ? path.exact : (uint32_t)(path.hash >> 32) | HASHED;
}
