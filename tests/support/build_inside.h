/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the builder share. */
#ifndef FS_TESTS_BUILD_INSIDE_H
#define FS_TESTS_BUILD_INSIDE_H

#include "support/build.h"

/* A header whose length or checksum build_end() fills in. */
enum build_kind {
    BUILD_KIND_LENGTH,
    BUILD_KIND_IPV4,
    BUILD_KIND_IPV6,
    BUILD_KIND_TCP,
    BUILD_KIND_UDP,
    BUILD_KIND_SCTP,
    BUILD_KIND_ICMP,
    BUILD_KIND_ICMP6,
    BUILD_KIND_GTPU,
    BUILD_KIND_L2TP,
    BUILD_KIND_PPTP
};

/* How a header names the next one. */
enum build_next {
    BUILD_NEXT_NONE,
    BUILD_NEXT_TYPE,
    BUILD_NEXT_PROTOCOL,
    BUILD_NEXT_FAMILY_BIG,
    BUILD_NEXT_FAMILY_LITTLE,
    BUILD_NEXT_PPP,
    BUILD_NEXT_GPE
};

enum { BUILD_UNNAMED = -1 };

void build_give_up(const char *why);
void build_put16(uint8_t *at, unsigned value);
void build_put32(uint8_t *at, uint32_t value);

/* Adds `length` zero bytes. */
uint8_t *build_grow(struct build *b, uint32_t length);

/* What follows is such a header. */
void build_note(struct build *b, enum build_kind kind);

/* The next header is to be named at `at`. */
void build_set_next(struct build *b, enum build_next kind, uint32_t at);

/* Writes what the header that comes now is called into the field of the one before it:
 * BUILD_UNNAMED where it has no name of that sort. */
void build_name_next(struct build *b, int type, int protocol, int family);

#endif
