/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the headers of built frames, from memory that ends where the frame does. */
#ifndef FS_TESTS_PACKET_READ_H
#define FS_TESTS_PACKET_READ_H

#include "packet/headers.h"
#include "support/build.h"

#include <glib.h>

/* The registered ports, the default policy, the greatest depth. */
extern const struct fs_packet_options read_defaults;

/* fs_headers_read() on a frame of which `captured` bytes were captured; `frame` is filled with
 * rubbish first. */
enum flowscope_verdict read_frame(const struct build *b, uint32_t link_type, uint32_t captured,
                                  uint32_t wire, const struct fs_packet_options *options,
                                  struct fs_frame *frame);

/* The same with another depth; *headers is the outermost level. */
enum flowscope_verdict read_cut(const struct build *b, uint32_t link_type, uint32_t captured,
                                uint32_t wire, unsigned depth, struct fs_headers *headers);

/* The same on the whole frame, with the default depth. */
enum flowscope_verdict read_whole(const struct build *b, uint32_t link_type,
                                  struct fs_headers *headers);

/* The whole frame must be a fragment, and (the second) one that tells its flow. */
void read_fragment(const struct build *b, uint32_t link_type, struct fs_frame *frame);
void read_first_fragment(const struct build *b, uint32_t link_type, struct fs_headers *headers);

/* The whole frame must have a flow. */
void read_levels(const struct build *b, uint32_t link_type, struct fs_frame *frame);

/* The layers before level `level`, as the column `tunnel` spells them. */
void assert_tunnel(const struct fs_frame *frame, unsigned level, const char *expected);

/* Cuts the frame at every length: more bytes never lead back to an earlier verdict or to fewer
 * levels, and a level never changes its key, layers or bytes once it is there. */
void check_cuts(const struct build *b, uint32_t link_type);

/* Ends the frame with an innermost packet: 58 bytes of UDP from port 5000 to 53 over IPv4, 78 over
 * IPv6. */
void end_inner(struct build *b, unsigned ip_version);

/* It is found, at the last of `levels` and behind these layers, in every capture that has it. */
void assert_inner(const struct build *b, uint32_t link_type, unsigned levels, const char *tunnel);

/* The frame has its outermost flow alone, in every capture. */
void assert_no_inner(const struct build *b, uint32_t link_type);

#define assert_verdict(actual, expected)                                                           \
    g_assert_cmpstr(flowscope_verdict_name(actual), ==,                                            \
                    flowscope_verdict_name(FLOWSCOPE_VERDICT_##expected))

#endif
