/* SPDX-License-Identifier: BSD-2-Clause */
#include "workloads/traffic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TCP = 6, UDP = 17, SYN = 2, PSH = 8, ACK = 16 };
enum { PORTS = 50000, FIRST_PORT = 1024, SEQ = 1000, STEPS = 10, TOGETHER = 1000 };

static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u; /* splitmix64 */

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* [0, 1) */
static double random_part(uint64_t *state)
{
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

static struct bench_packet packet_of(size_t flow, uint8_t flags, const char *payload,
                                     uint32_t payload_bytes)
{
    return (struct bench_packet){.protocol = TCP,
                                 .host = (uint32_t)(flow / PORTS),
                                 .source_port = (uint16_t)(FIRST_PORT + flow % PORTS),
                                 .destination_port = 80,
                                 .seq = SEQ,
                                 .flags = flags,
                                 .payload = payload,
                                 .payload_bytes = payload_bytes};
}

static void add_one(struct bench_frames *frames, bool udp)
{
    static const char request[] = "GET / HTTP/1.1\r\n\r\n";
    struct bench_packet packet = packet_of(0, PSH | ACK, request, sizeof(request) - 1);

    packet.source_port = 1234;
    if (udp) {
        packet.protocol = UDP;
        packet.destination_port = 53;
        packet.payload = "query";
        packet.payload_bytes = 5;
    }
    bench_frames_add(frames, &packet);
}

static size_t flow_at(const struct bench_traffic *traffic, size_t i, uint64_t *state)
{
    const size_t flows = traffic->flows ? traffic->flows : 1;

    switch (traffic->pattern) {
    case BENCH_RANDOM:
        return (size_t)(random_next(state) % flows);
    case BENCH_ZIPF:
        return (size_t)pow((double)flows + 1, random_part(state)) - 1;
    default:
        return i % flows;
    }
}

/* The n-th packet of a connection: handshake, then data and acknowledgments. */
static struct bench_packet step_of(size_t flow, size_t step)
{
    struct bench_packet packet = packet_of(flow, ACK, NULL, 0);
    uint32_t exchanges = step < 3 ? 0 : (uint32_t)(step - 3) / 2;

    packet.reverse = step == 1 || (step >= 3 && step % 2 == 0);
    packet.seq = SEQ;
    if (step == 0)
        packet.flags = SYN;
    if (step == 1) {
        packet.flags = SYN | ACK;
        packet.ack = SEQ + 1;
    }
    if (step == 2) {
        packet.seq = packet.ack = SEQ + 1;
    }
    if (step >= 3) {
        packet.flags = PSH | ACK;
        packet.payload_bytes = 1;
        packet.seq = SEQ + 1 + exchanges;
        packet.ack = SEQ + 1 + exchanges + (packet.reverse ? 1 : 0);
    }
    return packet;
}

static void add_churn10(const struct bench_traffic *traffic, struct bench_frames *frames)
{
    for (size_t i = 0; i < traffic->packets; i++) {
        size_t group = i / (STEPS * TOGETHER), in_group = i % (STEPS * TOGETHER);
        struct bench_packet packet =
            step_of(group * TOGETHER + in_group % TOGETHER, in_group / TOGETHER);

        if (traffic->step_us) {
            packet.time_us = (uint32_t)i * traffic->step_us;
            packet.ip_id = (uint16_t)i;
        }
        bench_frames_add(frames, &packet);
    }
}

/* The handshakes of the connections, then their data among the SYNs. Hosts of the flood are far
 * from those of the connections. */
static void add_flood(const struct bench_traffic *traffic, struct bench_frames *frames)
{
    enum { SHARE = 10, FAR = 1 << 20, HANDSHAKE = 3 };
    const size_t handshakes = HANDSHAKE * BENCH_FLOODED;

    for (size_t i = 0; i < traffic->packets; i++) {
        size_t after = i < handshakes ? 0 : i - handshakes;
        size_t turn = after / SHARE;
        struct bench_packet packet = packet_of(i, SYN, NULL, 0);

        packet.host += FAR;
        if (i < handshakes)
            packet = step_of(i / HANDSHAKE, i % HANDSHAKE);
        else if (after % SHARE == 0)
            packet = step_of(turn % BENCH_FLOODED, HANDSHAKE + turn / BENCH_FLOODED % 2);
        packet.time_us = (uint32_t)i * traffic->step_us;
        packet.ip_id = (uint16_t)i;
        bench_frames_add(frames, &packet);
    }
}

static void add_drawn(const struct bench_traffic *traffic, struct bench_frames *frames)
{
    bool syn = traffic->pattern == BENCH_SYN;
    uint32_t *seq = traffic->step_us ? bench_allocate(traffic->flows, sizeof(*seq)) : NULL;
    uint64_t state = 1;

    for (size_t i = 0; i < traffic->packets; i++) {
        size_t flow = flow_at(traffic, i, &state);
        struct bench_packet packet =
            syn ? packet_of(flow, SYN, NULL, 0) : packet_of(flow, PSH | ACK, "x", 1);

        if (traffic->flows == 1)
            packet.source_port = 1234;
        if (seq) {
            packet.seq += seq[flow]++;
            packet.ip_id = (uint16_t)i;
            packet.time_us = (uint32_t)i * traffic->step_us;
        }
        bench_frames_add(frames, &packet);
    }
    free(seq);
}

/* No identification comes again while the engine still knows the datagram that had it. */
static void add_fragments(const struct bench_traffic *traffic, struct bench_frames *frames)
{
    enum { HEADERS = 14 + 20, FIRST = 24, SECOND = 18, ID_AT = 18, FIELD_AT = 20 };
    const uint8_t headers[HEADERS + 8] = {
        [12] = 0x08, 0, 0x45, 0, 0,  0, 0, 0, 0, 0,   64, 17, 0, 0,
        10,          0, 0,    1, 10, 0, 0, 2, 4, 210, 0,  53, 0, FIRST + SECOND};

    for (size_t i = 0; i < traffic->packets; i++) {
        const bool second = i % 2;
        const size_t carried = second ? SECOND : FIRST;
        uint8_t frame[HEADERS + FIRST] = {0};

        memcpy(frame, headers, second ? HEADERS : sizeof(headers));
        frame[17] = (uint8_t)(20 + carried);
        frame[ID_AT] = (uint8_t)(i / 2 >> 8);
        frame[ID_AT + 1] = (uint8_t)(i / 2);
        frame[FIELD_AT] = second ? 0 : 0x20;
        frame[FIELD_AT + 1] = second ? FIRST / 8 : 0;
        bench_frames_add_bytes(frames, frame, HEADERS + carried);
    }
}

size_t bench_traffic_before(const struct bench_traffic *traffic)
{
    return traffic->opened ? traffic->flows : 0;
}

void bench_traffic_make(const struct bench_traffic *traffic, struct bench_frames *frames)
{
    switch (traffic->pattern) {
    case BENCH_NO_FRAMES:
        *frames = (struct bench_frames){0};
        return;
    case BENCH_CAPTURE:
        bench_frames_load(frames, traffic->path);
        return;
    case BENCH_ONE_TCP:
    case BENCH_ONE_UDP:
        bench_frames_begin(frames, 1, 128);
        add_one(frames, traffic->pattern == BENCH_ONE_UDP);
        return;
    case BENCH_SHAPE:
        bench_frames_begin(frames, 1, 256);
        bench_shape_add(frames, traffic->shape);
        return;
    default:
        break;
    }
    bench_frames_begin(frames, bench_traffic_before(traffic) + traffic->packets, 64);
    for (size_t flow = 0; flow < bench_traffic_before(traffic); flow++) {
        struct bench_packet packet = packet_of(flow, PSH | ACK, "x", 1);

        bench_frames_add(frames, &packet);
    }
    if (traffic->pattern == BENCH_FRAGMENTS)
        add_fragments(traffic, frames);
    else if (traffic->pattern == BENCH_CHURN10)
        add_churn10(traffic, frames);
    else if (traffic->pattern == BENCH_FLOOD)
        add_flood(traffic, frames);
    else
        add_drawn(traffic, frames);
}

uint32_t bench_traffic_span_us(const struct bench_traffic *traffic)
{
    return (uint32_t)traffic->packets * traffic->step_us;
}

void bench_traffic_next_cycle(const struct bench_traffic *traffic, struct bench_frames *frames)
{
    const size_t before = bench_traffic_before(traffic);
    const size_t seq_at = 14 + 20 + 4;
    bool opens = traffic->pattern == BENCH_SYN || traffic->pattern == BENCH_CHURN10 ||
                 traffic->pattern == BENCH_FLOOD;

    for (size_t i = before; i < frames->count; i++) {
        struct bench_frame *frame = &frames->frame[i];
        const uint8_t *at = frame->data + seq_at;
        uint32_t seq = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];

        /* A connection opened anew has the numbers that it had; others go on by what they sent. */
        if (!opens)
            seq += (uint32_t)(traffic->packets / traffic->flows + 1);
        bench_frame_advance(frame, seq, (uint16_t)(i - before));
    }
}
