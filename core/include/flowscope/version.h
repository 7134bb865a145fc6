/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place of the version: CMake reads it from here. */
#ifndef FLOWSCOPE_VERSION_H
#define FLOWSCOPE_VERSION_H

#define FLOWSCOPE_VERSION_MAJOR 0
#define FLOWSCOPE_VERSION_MINOR 1
#define FLOWSCOPE_VERSION_PATCH 0
#define FLOWSCOPE_VERSION       "0.1.0"

#endif
