/* SPDX-License-Identifier: BSD-2-Clause */
/* Identity policies: which layers tell one flow from another. */
#include "packet/path.h"

#include "base/hash.h"

#include <string.h>

static const bool has_id[FLOWSCOPE_LAYER_COUNT] = {
#define FLOWSCOPE_LAYER(name, word, id_bits, text) [FLOWSCOPE_LAYER_##name] = (id_bits) != 0,
#include <flowscope/layer.def>
#undef FLOWSCOPE_LAYER
};

enum { HASHED = 1u << 31 };

static uint32_t hash(const void *data, size_t length)
{
    return (uint32_t)fs_hash(data, length, 0) | HASHED;
}

static unsigned choose(const struct fs_frame *frame, unsigned count, const bool *enters,
                       struct flowscope_layer *chosen)
{
    unsigned number = 0;

    for (unsigned i = 0; i < count; i++)
        if (enters[frame->layers[i].kind])
            chosen[number++] = frame->layers[i];
    return number;
}

/* The flow around this one, which way its packet went, and all identifiers up to here. */
static uint32_t strict_path(const struct fs_headers *outer, const struct flowscope_layer *layers,
                            unsigned count)
{
    struct {
        struct fs_key key;
        uint32_t swapped;
        struct flowscope_layer layers[FLOWSCOPE_LAYERS_MAX];
    } all;

    all.key = outer->key;
    all.swapped = outer->swapped;
    memcpy(all.layers, layers, count * sizeof(*layers));
    return hash(&all, sizeof(all.key) + sizeof(all.swapped) + count * sizeof(*layers));
}

uint32_t fs_path_of(const struct fs_frame *frame, unsigned level, enum flowscope_identity identity)
{
    struct flowscope_layer chosen[FLOWSCOPE_LAYERS_MAX];
    unsigned count = 0;

    switch (identity) {
    case FLOWSCOPE_IDENTITY_INNER_ONLY:
        return 0;
    case FLOWSCOPE_IDENTITY_STRICT:
        count = choose(frame, frame->level[level].layer_count, has_id, chosen);
        if (level > 0)
            return strict_path(&frame->level[level - 1], chosen, count);
        break;
    case FLOWSCOPE_IDENTITY_IGNORE_VLAN:
    default:
        count = choose(frame, frame->level[level].layer_count, fs_path_is_shared, chosen);
        break;
    }
    if (count == 0)
        return 0;
    if (count == 1 && chosen[0].id >> FS_PATH_EXACT_BITS == 0)
        return chosen[0].kind << FS_PATH_EXACT_BITS | chosen[0].id;
    return hash(chosen, count * sizeof(chosen[0]));
}
