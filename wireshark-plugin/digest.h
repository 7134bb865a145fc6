/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The digests of the plugin are GLib's. */
#ifndef FS_PLUGIN_DIGEST_H
#define FS_PLUGIN_DIGEST_H

#include <flowscope/digest.h>

const struct flowscope_digests *fs_digests(void);

#endif
