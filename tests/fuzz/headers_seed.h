/* SPDX-License-Identifier: BSD-2-Clause */
/* The inputs of fuzz_headers.c: how they begin, and the link types that they name by index. */
#ifndef FS_TESTS_HEADERS_SEED_H
#define FS_TESTS_HEADERS_SEED_H

#include <stdint.h>

#define HEADERS_PREFIX     4
#define HEADERS_LINK_TYPES 18

extern const uint32_t headers_link_types[HEADERS_LINK_TYPES];

#endif
