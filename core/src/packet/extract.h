/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys other than the five-tuple: the headers are read as ever, and then the
 * levels get the keys that the options ask for. */
#ifndef FS_PACKET_EXTRACT_H
#define FS_PACKET_EXTRACT_H

#include "packet/walk.h"

/* What was read of one frame, before it gets its keys. */
struct fs_reading {
    const struct flowscope_packet *packet;
    const struct fs_packet_options *options;
    struct fs_frame *frame; /* with a level for each IP header; none: no IP header could be read */
    struct fs_walk_notes notes;
    uint32_t wire;   /* without a level: what the wire carried after the last header */
    bool is_partial; /* the last level has addresses alone: ports or what they need are missing */
    uint8_t place[FS_LEVELS_MAX]; /* what became of each level that was read: the level whose key is
                                   * that of an own function; FS_NO_PLACE for none */
};

#define FS_NO_PLACE UINT8_MAX

/* fs_headers_read(), whose verdict it gives; but a later fragment, or a packet cut before its
 * ports, has a level too. */
enum flowscope_verdict fs_reading_take(struct fs_reading *reading,
                                       const struct flowscope_packet *packet,
                                       const struct fs_packet_options *options,
                                       struct fs_frame *frame);

/* What was read at level[level] of the frame; past the last one, of a frame without IP header. */
void fs_reading_describe(const struct fs_reading *reading, unsigned level,
                         struct flowscope_level *out);

/* The level of a part of a datagram of which no more is known: frame->fragment. */
void fs_reading_set_fragment(struct fs_frame *frame);

/* Gives the levels their keys. `verdict` is what fs_reading_take() said; it stays where nothing
 * becomes of the frame, but for no_key: a link without MAC addresses, or what the user's function
 * wants no flow of. */
enum flowscope_verdict fs_reading_key(struct fs_reading *reading, enum flowscope_verdict verdict);

/* fs_headers_read() for options->has_own_way. With fragment_pending the levels are those of
 * fs_reading_take(), and have no keys yet. */
enum flowscope_verdict fs_extract_read(const struct flowscope_packet *packet,
                                       const struct fs_packet_options *options,
                                       struct fs_frame *frame);

#endif
