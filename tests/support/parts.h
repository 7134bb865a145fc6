/* SPDX-License-Identifier: BSD-2-Clause */
/* An engine that is fed packets in parts, and what it says of each frame, as it stands now:
 *
 *     parts_begin();              parts.config may be changed now
 *     parts_start();
 *     parts_udp(4, 1000, 100);    the packet that is cut, parts.whole
 *     parts_feed_part(7, 80, 0);  one of its fragments
 *     parts_stop();
 */
#ifndef FS_TESTS_PARTS_H
#define FS_TESTS_PARTS_H

#include "support/build.h"

#include <flowscope/flowscope.h>

#include <glib.h>

#define PARTS_SECOND 1000000000LL

struct parts {
    flowscope_engine *engine;
    struct flowscope_config config;
    struct flowscope_counters counters;
    uint32_t link_type;                  /* raw IP, or Ethernet */
    struct flowscope_result results[64]; /* by frame */
    uint64_t frames;
    unsigned settled; /* events of frames that waited */
    int64_t now_ns;
    GArray *ended; /* records */
    struct build whole;
};

extern struct parts parts;

/* Defaults, but for duplicates, which are not looked for. */
void parts_begin(void);
void parts_start(void);

/* Ends the run: every frame is settled, and the books are as they were before. */
void parts_stop(void);

/* parts.counters, and that they balance. */
void parts_count(void);

/* The record of a flow, after all have ended. */
const struct flowscope_flow_record *parts_flush(uint64_t flow_id);

const struct flowscope_result *parts_feed_bytes(const uint8_t *bytes, uint32_t length,
                                                uint32_t captured);
const struct flowscope_result *parts_feed(const struct build *b);

/* A fragment of packet: the bytes [from, to) of what its outermost IP header carries; to 0: to its
 * end. */
struct build parts_of(const struct build *packet, unsigned id, uint32_t from, uint32_t to);
const struct flowscope_result *parts_feed_part(unsigned id, uint32_t from, uint32_t to);

/* parts.whole: UDP from `port` to 53. */
void parts_udp(unsigned version, uint16_t port, uint32_t payload);

/* `inside`, an IP packet, in VXLAN `vni` from port `entropy`. */
void parts_vxlan(struct build *b, uint16_t entropy, uint32_t vni, const struct build *inside);

void parts_assert_packet(uint64_t frame, uint64_t flow_id, uint64_t number, uint64_t prev_frame);
void parts_assert_waits(const struct flowscope_result *result);

#endif
