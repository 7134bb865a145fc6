/* SPDX-License-Identifier: BSD-2-Clause */
/* An engine that is driven packet by packet, and writes down its events, one word group each:
 * "start 1, end 1 idle, ". */
#ifndef FS_TESTS_DRIVE_H
#define FS_TESTS_DRIVE_H

#include "support/build.h"

#include "base/time.h"
#include "engine/engine.h"

#include <glib.h>

struct drive {
    flowscope_engine *engine;
    struct flowscope_config config; /* change it between drive_init() and drive_start() */
    struct flowscope_sink sink;
    struct flowscope_flow_record last_ended;
    uint64_t last_count; /* of the last anomaly */
    GString *log;
    uint64_t frame;
    struct build build;
};

/* Defaults, and a sink that writes down starts and ends. */
void drive_init(struct drive *drive);
void drive_watch(struct drive *drive); /* everything else too */
void drive_start(struct drive *drive);
void drive_stop(struct drive *drive);

/* Between 192.0.2.1, which has `port`, and 198.51.100.2, which has `service`. */
struct flowscope_result drive_udp(struct drive *drive, uint16_t port, uint16_t service, bool reply,
                                  int64_t time_ns);
struct flowscope_result drive_tcp(struct drive *drive, uint16_t port, bool reply, uint32_t seq,
                                  uint32_t ack, uint8_t flags, int64_t time_ns);
/* SYN, SYN-ACK, ACK; sequence numbers go on at 101 and 501. */
void drive_handshake(struct drive *drive, uint16_t port, int64_t time_ns);

/* The frame in drive->build as it is. */
struct flowscope_result drive_frame(struct drive *drive, int64_t time_ns);

/* What was written down since the last call. */
void drive_expect(struct drive *drive, const char *events);

struct flowscope_counters drive_counters(const struct drive *drive);

#endif
