/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests that the library needs and does not contain, and what is made of them. */
#ifndef FLOWSCOPE_DIGEST_H
#define FLOWSCOPE_DIGEST_H

#include <flowscope/record.h>

FLOWSCOPE_BEGIN_DECLS

/* The caller's functions. One that is NULL is not there: what needs it is empty. */
struct flowscope_digests {
    size_t size; /* sizeof(struct flowscope_digests) */
    void *user;  /* handed to each function */
    /* SHA-1 (FIPS 180-4) of `length` bytes. False: it cannot. */
    bool (*sha1)(void *user, const void *data, size_t length, uint8_t digest[20]);
};

#define FLOWSCOPE_COMMUNITY_ID_SIZE 31 /* 1: and 28 characters of base64, with the final zero */

/* The Community ID of a flow, version 1 (github.com/corelight/community-id-spec), with its zero.
 * False, and "": no SHA-1 (`digests` may be NULL), or a key that is no five-tuple. For the rows of
 * reports: the engine calls it never. */
FLOWSCOPE_API bool flowscope_community_id(const struct flowscope_digests *digests, uint16_t seed,
                                          const struct flowscope_flow_record *record,
                                          char text[FLOWSCOPE_COMMUNITY_ID_SIZE]);

FLOWSCOPE_END_DECLS

#endif
