/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/layers.h"

#define KIND_BITS 5u

_Static_assert(FLOWSCOPE_LAYER_COUNT <= 1u << KIND_BITS, "a kind fits its bits");

__extension__ typedef unsigned __int128 bits128;

static unsigned id_bits(uint32_t kind)
{
    static const uint8_t bits[] = {
        0,
#define FLOWSCOPE_LAYER(name, word, id_bits, text) id_bits,
#include <flowscope/layer.def>
#undef FLOWSCOPE_LAYER
    };

    return bits[kind];
}

unsigned fs_layers_pack(struct fs_layers *packed, const struct flowscope_layer *layers,
                        unsigned count)
{
    bits128 bits = 0;
    unsigned used = 0, i;

    for (i = 0; i < count; i++) {
        unsigned width = KIND_BITS + id_bits(layers[i].kind);

        if (used + width > 128)
            break;
        bits |= ((bits128)layers[i].id << KIND_BITS | layers[i].kind) << used;
        used += width;
    }
    packed->word[0] = (uint64_t)bits;
    packed->word[1] = (uint64_t)(bits >> 64);
    return i;
}

void fs_layers_unpack(const struct fs_layers *packed, struct flowscope_layer *layers,
                      unsigned count)
{
    bits128 bits = (bits128)packed->word[1] << 64 | packed->word[0];

    for (unsigned i = 0; i < count; i++) {
        uint32_t kind = (uint32_t)bits & ((1u << KIND_BITS) - 1);
        unsigned width = id_bits(kind);

        bits >>= KIND_BITS;
        layers[i].kind = kind;
        layers[i].id = (uint32_t)(bits & (((uint64_t)1 << width) - 1));
        bits >>= width;
    }
}
