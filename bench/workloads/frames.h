/* SPDX-License-Identifier: BSD-2-Clause */
/* The frames that workloads go through, laid out once before anything is timed. */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One frame. Frames lie in the order of their use, each on cache lines of its own, as malloc would
 * put small ones and a capture nearly does. */
struct bench_frame {
    uint8_t *data;
    uint32_t length;
    uint32_t time_us; /* after the first frame's */
};

struct bench_frames {
    struct bench_frame *frame;
    size_t count;
    uint64_t bytes;     /* of all frames */
    uint32_t link_type; /* of all frames; Ethernet unless it is changed */
    uint8_t *memory;
    size_t used, room;
};

/* The workloads end the program when there is no memory: there is nothing else to do. */
void *bench_allocate(size_t count, size_t size);
_Noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Room for `count` frames of up to `length` bytes. */
void bench_frames_begin(struct bench_frames *frames, size_t count, size_t length);
void bench_frames_free(struct bench_frames *frames);

/* A TCP or UDP frame from 10.0.0.1 + host to 10.0.0.2, or back. */
struct bench_packet {
    uint8_t protocol; /* 6 or 17 */
    bool reverse;
    uint32_t host;
    uint16_t source_port, destination_port; /* of the forward direction */
    uint32_t seq, ack;
    uint8_t flags;
    uint16_t ip_id;
    const void *payload; /* NULL: zero bytes */
    uint32_t payload_bytes;
    uint32_t time_us;
};

/* Ethernet II with zero addresses, IPv4 without options (TTL 64, checksum set), TCP (window 8192)
 * or UDP without checksum: the frame builder of the seed's benches, byte for byte. */
void bench_frames_add(struct bench_frames *frames, const struct bench_packet *packet);

/* A frame of these bytes. */
void bench_frames_add_bytes(struct bench_frames *frames, const void *data, size_t length);

/* Lists the frames from `from` on again until there are at least `least` of them: the same bytes,
 * which a batch then goes through more than once. */
void bench_frames_repeat(struct bench_frames *frames, size_t from, size_t least);

/* Moves a frame on: TCP sequence number and IP identification, with the header checksum. */
void bench_frame_advance(struct bench_frame *frame, uint32_t seq, uint16_t ip_id);

/* All frames of a capture file, as flowscope reads it. */
void bench_frames_load(struct bench_frames *frames, const char *path);

/* The same frames for other programs: a pcap with microseconds. */
void bench_frames_write(const struct bench_frames *frames, const char *path);

#endif
