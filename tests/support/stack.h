/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets behind random headers: any link type, tags, a tunnel or none. Addresses and ports are
 * few, so that flows come again. */
#ifndef FS_TEST_STACK_H
#define FS_TEST_STACK_H

#include "support/build.h"
#include "support/traffic.h"

/* Builds one; returns its link type. */
uint32_t stack_build(struct build *b, struct random_state *random);

#endif
