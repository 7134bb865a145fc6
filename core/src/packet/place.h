/* SPDX-License-Identifier: BSD-2-Clause */
/* Where frames were captured: numbers for interfaces, in order of their first frame, and names. */
#ifndef FS_PACKET_PLACE_H
#define FS_PACKET_PLACE_H

#include "base/memory.h"

#include <flowscope/duplicates.h>

/* So many places have numbers; others have FS_PLACE_OTHER and some bits of their hash. */
#define FS_PLACES      4096u
#define FS_PLACE_OTHER 0x8000u

/* `cooked` is the interface that a Linux cooked header names, 0 for none. */
struct fs_place {
    uint32_t section, interface, cooked;
};

struct fs_places_layout {
    size_t places, numbers, names;
};

struct fs_places {
    struct fs_place *places;
    uint16_t *numbers; /* by hash; 1 more than the number, 0 for none */
    char (*names)[FLOWSCOPE_PLACE_NAME_MAX];
    uint16_t count;
};

void fs_places_plan(struct fs_places_layout *parts, struct fs_layout *layout);

/* `memory` is the zeroed reservation. */
void fs_places_init(struct fs_places *places, const struct fs_places_layout *parts, void *memory);

uint16_t fs_places_number(struct fs_places *places, const struct fs_place *place);

/* Names an interface. One that gets another name, as in the next file, has none from then on. */
void fs_places_name(struct fs_places *places, uint32_t section, uint32_t interface,
                    const char *name);

/* What is told of the place with this number, which is below FS_PLACE_OTHER. */
void fs_places_describe(const struct fs_places *places, uint16_t number,
                        struct flowscope_dup_place *told);

#endif
