/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the tap interfaces of Wireshark 4.0 and later differ; CMake finds out which one is here. */
#ifndef FS_TAP_SHIM_H
#define FS_TAP_SHIM_H

#include <stdbool.h>

#ifdef FS_TAP_INIT_RETURNS_BOOL
#define FS_TAP_INIT_RESULT        bool
#define FS_TAP_INIT_RETURN(value) return (value)
#else
#define FS_TAP_INIT_RESULT        void
#define FS_TAP_INIT_RETURN(value) return
#endif

#endif
