/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's options as preferences: each of config.def under its name. */
#ifndef FS_PLUGIN_PREFERENCES_H
#define FS_PLUGIN_PREFERENCES_H

#include <flowscope/config.h>

void fs_preferences_register(int protocol);

/* The options as they stand now; hash_seed is 0. */
const struct flowscope_config *fs_preferences_config(void);

#endif
