/* SPDX-License-Identifier: BSD-2-Clause */
/* Random traffic of few conversations, so that everything that can go wrong between two packets of
 * one tuple does: reuse, reordering, jumps of time, exact timeouts, garbage. The same seed makes
 * the same frames. */
#ifndef FS_TESTS_TRAFFIC_H
#define FS_TESTS_TRAFFIC_H

#include <flowscope/config.h>
#include <flowscope/packet.h>

struct random_state {
    uint64_t word;
};

uint64_t random_u64(struct random_state *random);
uint32_t random_below(struct random_state *random, uint32_t limit);
bool random_chance(struct random_state *random, uint32_t of_1000);

#define TRAFFIC_FRAME_MAX 160

/* What the generator knows of a frame that it made well. */
struct traffic_fact {
    bool sound;       /* nothing in it is damaged: it must belong to a flow */
    uint32_t tuple;   /* frames of different tuples are never in one flow */
    bool reverse;     /* sent by the second end of the tuple */
    uint32_t bytes;   /* IP length */
    uint32_t payload; /* after the transport header */
};

struct traffic {
    struct flowscope_config config; /* random options that suit the frames */
    size_t count;
    struct flowscope_packet *packets;
    struct traffic_fact *facts;
    uint8_t (*bytes)[TRAFFIC_FRAME_MAX];
};

/* From so many frames on they are of a crowd of conversations. */
#define TRAFFIC_CROWD 1000

void traffic_make(struct traffic *traffic, uint64_t seed, size_t count);

/* The same with segments that come again, keep-alives and closed windows. */
void traffic_make_repeats(struct traffic *traffic, uint64_t seed, size_t count);
void traffic_clear(struct traffic *traffic);

#endif
