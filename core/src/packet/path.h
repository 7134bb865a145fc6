/* SPDX-License-Identifier: BSD-2-Clause */
/* What the way to a flow puts into its key. */
#ifndef FS_PACKET_PATH_H
#define FS_PACKET_PATH_H

#include "packet/headers.h"

/* Of layers that are equal in both directions, which enter the key unless the policy says
 * otherwise. */
static const bool fs_path_is_shared[FLOWSCOPE_LAYER_COUNT] = {
    [FLOWSCOPE_LAYER_vxlan] = true,
    [FLOWSCOPE_LAYER_geneve] = true,
    [FLOWSCOPE_LAYER_nvgre] = true,
    [FLOWSCOPE_LAYER_pppoe] = true,
};

#define FS_PATH_EXACT_BITS 24

/* Not told by the layer alone; no path has this value that stands for one layer. */
#define FS_PATH_UNKNOWN UINT32_MAX

/* The path of shared layers that had `path` before this one came: of one alone. */
static inline __attribute__((always_inline)) uint32_t
fs_path_with(uint32_t path, enum flowscope_layer_kind kind, uint32_t id)
{
    if (!fs_path_is_shared[kind])
        return path;
    return path == 0 && id >> FS_PATH_EXACT_BITS == 0 ? (uint32_t)kind << FS_PATH_EXACT_BITS | id
                                                      : FS_PATH_UNKNOWN;
}

/* fs_key.path of a flow whose level is level[level] of *frame, with its layers: 0 where nothing
 * enters. One layer with an identifier of up to 24 bits stands as kind << 24 | id; everything else
 * is the low 31 bits of XXH3 with seed 0 over what enters, in its order, with the top bit set, so
 * that the two never meet. */
uint32_t fs_path_of(const struct fs_frame *frame, unsigned level, enum flowscope_identity identity);

#endif
