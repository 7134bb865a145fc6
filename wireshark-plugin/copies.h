/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where and how late each copy of a frame came in a session: 16 bytes a copy, by frame number. */
#ifndef FS_PLUGIN_COPIES_H
#define FS_PLUGIN_COPIES_H

#include <flowscope/duplicates.h>

#include <stdbool.h>

void fs_copies_clear(void);

/* Keeps what is told of `frame`, of which no later one has been told; NULL: it is no copy, whatever
 * the last one of this number was. */
void fs_copies_put(uint32_t frame, const struct flowscope_copy *copy);

/* False: the frame is no copy. */
bool fs_copies_get(uint32_t frame, struct flowscope_copy *copy);

#endif
