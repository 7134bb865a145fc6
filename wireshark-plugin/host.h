/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the interfaces of Wireshark 4.0 and later differ; CMake finds out which ones are here. */
#ifndef FS_PLUGIN_HOST_H
#define FS_PLUGIN_HOST_H

#include <glib.h>
#include <stdbool.h>

#ifdef FS_HOST_CONVERSATION_USER_DATA
#define FS_CONVERSATION_BOOL           bool
#define FS_CONVERSATION_ARGUMENTS(arg) (arg, void *fs_unused __attribute__((unused)))
#define fs_register_conversation_filter(protocol, title, has, filter)                              \
    register_conversation_filter(protocol, title, has, filter, NULL)
#else
#define FS_CONVERSATION_BOOL           gboolean
#define FS_CONVERSATION_ARGUMENTS(arg) (arg)
#define fs_register_conversation_filter(protocol, title, has, filter)                              \
    register_conversation_filter(protocol, title, has, filter)
#endif

/* Later versions ask for the section too: the first. */
#ifdef FS_HOST_INTERFACE_SECTION
#define fs_host_interface_name(epan, interface) epan_get_interface_name(epan, interface, 0)
#else
#define fs_host_interface_name(epan, interface) epan_get_interface_name(epan, interface)
#endif

#endif
