/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies in the order of their frames: few frames are any, so they are searched for. */
#include "copies.h"

#include <glib.h>
#include <stdlib.h>

struct copy {
    uint64_t delay_ns;
    uint32_t frame;
    uint16_t pair;
    bool has_delay;
};

_Static_assert(sizeof(struct copy) == 16, "what a copy costs");

static GArray *copies;

void fs_copies_clear(void)
{
    if (copies)
        g_array_free(copies, TRUE);
    copies = NULL;
}

void fs_copies_put(uint32_t frame, const struct flowscope_copy *copy)
{
    /* Under a read filter a number is used again. */
    if (copies && copies->len && g_array_index(copies, struct copy, copies->len - 1).frame == frame)
        g_array_set_size(copies, copies->len - 1);
    if (!copy)
        return;
    if (!copies)
        copies = g_array_new(FALSE, FALSE, sizeof(struct copy));
    g_array_append_vals(copies,
                        &(struct copy){.delay_ns = copy->delay_ns,
                                       .frame = frame,
                                       .pair = (uint16_t)copy->pair,
                                       .has_delay = copy->has_delay != 0},
                        1);
}

static int compare(const void *frame, const void *copy)
{
    const uint32_t number = *(const uint32_t *)frame, other = ((const struct copy *)copy)->frame;

    return (number > other) - (number < other);
}

bool fs_copies_get(uint32_t frame, struct flowscope_copy *copy)
{
    const struct copy *found =
        copies ? bsearch(&frame, copies->data, copies->len, sizeof *found, compare) : NULL;

    if (!found)
        return false;
    *copy = (struct flowscope_copy){found->pair, found->has_delay, found->delay_ns};
    return true;
}
