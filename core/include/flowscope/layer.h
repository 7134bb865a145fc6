/* SPDX-License-Identifier: BSD-2-Clause */
/* Layers: what stands between a link header and the header that makes a flow. */
#ifndef FLOWSCOPE_LAYER_H
#define FLOWSCOPE_LAYER_H

#include <flowscope/api.h>

FLOWSCOPE_BEGIN_DECLS

enum flowscope_layer_kind {
    FLOWSCOPE_LAYER_none,
#define FLOWSCOPE_LAYER(name, word, id_bits, text) FLOWSCOPE_LAYER_##name,
#include <flowscope/layer.def>
#undef FLOWSCOPE_LAYER
    FLOWSCOPE_LAYER_COUNT
};

#define FLOWSCOPE_LAYERS_MAX 8

/* All of them, as a set with a bit 1 << kind for each kind. */
#define FLOWSCOPE_LAYERS_ALL ((UINT64_C(1) << FLOWSCOPE_LAYER_COUNT) - 2)

struct flowscope_layer {
    uint32_t kind; /* enum flowscope_layer_kind */
    uint32_t id;
};

/* The word of the `tunnel` column, and whether an id belongs to it; "" for a value out of range. */
FLOWSCOPE_API const char *flowscope_layer_name(unsigned kind);
FLOWSCOPE_API bool flowscope_layer_has_id(unsigned kind);

FLOWSCOPE_END_DECLS

#endif
