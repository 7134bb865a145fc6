/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/place.h"

#include <stdbool.h>
#include <string.h>

enum { NUMBERS = 2 * FS_PLACES };

void fs_places_plan(struct fs_places_layout *parts, struct fs_layout *layout)
{
    parts->places = fs_layout_add(layout, FS_PLACES, sizeof(struct fs_place));
    parts->numbers = fs_layout_add(layout, NUMBERS, sizeof(uint16_t));
    parts->names = fs_layout_add(layout, FS_PLACES, FLOWSCOPE_PLACE_NAME_MAX);
}

void fs_places_init(struct fs_places *places, const struct fs_places_layout *parts, void *memory)
{
    char *begin = memory;

    *places = (struct fs_places){
        .places = (void *)(begin + parts->places),
        .numbers = (void *)(begin + parts->numbers),
        .names = (void *)(begin + parts->names),
    };
}

static uint64_t hash_of(const struct fs_place *place)
{
    return (place->section * UINT64_C(0x9e3779b97f4a7c15)) ^
           (place->interface * UINT64_C(0xc2b2ae3d27d4eb4f)) ^
           (place->cooked * UINT64_C(0x165667b19e3779f9));
}

/* Where the place's number is, or would be. */
static uint16_t *find(const struct fs_places *places, const struct fs_place *place)
{
    uint32_t at = (uint32_t)(hash_of(place) >> 32) % NUMBERS;

    for (; places->numbers[at]; at = (at + 1) % NUMBERS) {
        const struct fs_place *other = &places->places[places->numbers[at] - 1];

        if (other->section == place->section && other->interface == place->interface &&
            other->cooked == place->cooked)
            break;
    }
    return &places->numbers[at];
}

uint16_t fs_places_number(struct fs_places *places, const struct fs_place *place)
{
    uint16_t *number = find(places, place);

    if (!*number && places->count == FS_PLACES)
        return (uint16_t)(FS_PLACE_OTHER | hash_of(place) >> 49);
    if (!*number) {
        places->places[places->count++] = *place;
        *number = places->count;
    }
    return (uint16_t)(*number - 1);
}

/* Bytes of the UTF-8 character at `at` (RFC 3629), 0 where there is none. */
static unsigned character(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;
    const unsigned length = byte[0] < 0x80 ? 1 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;

    if (length == 1)
        return byte[0] > ' ' && byte[0] != 0x7f;
    if (byte[0] < 0xc2 || byte[0] > 0xf4 || (byte[0] == 0xe0 && byte[1] < 0xa0) ||
        (byte[0] == 0xed && byte[1] > 0x9f) || (byte[0] == 0xf0 && byte[1] < 0x90) ||
        (byte[0] == 0xf4 && byte[1] > 0x8f))
        return 0;
    for (unsigned i = 1; i < length; i++)
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* Names are words of a file that anyone may have written: blanks, controls and what is no UTF-8
 * become underscores, and what is too long is cut between characters. */
static void clean(char *to, const char *name)
{
    size_t used = 0;

    while (*name) {
        const unsigned length = character(name);

        if (used + (length ? length : 1) >= FLOWSCOPE_PLACE_NAME_MAX)
            break;
        if (length == 0)
            to[used++] = '_';
        for (unsigned i = 0; i < length; i++)
            to[used++] = name[i];
        name += length ? length : 1;
    }
    to[used] = '\0';
}

void fs_places_name(struct fs_places *places, uint32_t section, uint32_t interface,
                    const char *name)
{
    const struct fs_place place = {.section = section, .interface = interface};
    char cleaned[FLOWSCOPE_PLACE_NAME_MAX];
    uint16_t number;

    clean(cleaned, name);
    number = fs_places_number(places, &place);
    if (number >= FS_PLACES)
        return;
    /* A blank is no name that clean() makes: it stands for more than one. */
    if (places->names[number][0] == '\0')
        memcpy(places->names[number], cleaned, sizeof cleaned);
    else if (strcmp(places->names[number], cleaned) != 0)
        memcpy(places->names[number], " ", sizeof " ");
}

void fs_places_describe(const struct fs_places *places, uint16_t number,
                        struct flowscope_dup_place *told)
{
    const struct fs_place *place = &places->places[number];
    const struct fs_place own = {.section = place->section, .interface = place->interface};
    const uint16_t named = *find(places, &own);

    *told = (struct flowscope_dup_place){
        .section = place->section,
        .interface = place->interface,
        .index = place->cooked,
    };
    if (named && places->names[named - 1][0] != ' ')
        memcpy(told->name, places->names[named - 1], sizeof told->name);
}
