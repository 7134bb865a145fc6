/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the headers of built frames, from memory that ends where the frame does. */
#ifndef FS_TESTS_PACKET_READ_H
#define FS_TESTS_PACKET_READ_H

#include "packet/headers.h"
#include "support/build.h"

#include <glib.h>

/* All that the last of these calls has read. */
extern struct fs_frame read_frame;

/* fs_headers_read() on a frame of which `captured` bytes were captured; the frame is filled with
 * rubbish first. */
enum flowscope_verdict read_with(const struct build *b, uint32_t link_type, uint32_t captured,
                                 uint32_t wire, const struct fs_packet_options *with);

/* The same with default options but for the depth; *headers is the innermost level. */
enum flowscope_verdict read_cut(const struct build *b, uint32_t link_type, uint32_t captured,
                                uint32_t wire, unsigned depth, struct fs_headers *headers);

/* The whole frame, with the default depth. */
enum flowscope_verdict read_whole(const struct build *b, uint32_t link_type,
                                  struct fs_headers *headers);

/* The whole frame, under another identity. */
enum flowscope_verdict read_under(const struct build *b, uint32_t link_type,
                                  enum flowscope_identity identity);

/* Cuts the frame at every length: more bytes never lead back to an earlier verdict, and the same
 * frame never changes its keys, layers or bytes once it has them. */
void check_cuts(const struct build *b, uint32_t link_type);

#define assert_verdict(actual, expected)                                                           \
    g_assert_cmpstr(flowscope_verdict_name(actual), ==,                                            \
                    flowscope_verdict_name(FLOWSCOPE_VERDICT_##expected))

#endif
