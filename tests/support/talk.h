/* SPDX-License-Identifier: BSD-2-Clause */
/* One conversation of the random traffic: who talks, how far it has come, and its next frame. */
#ifndef FS_TESTS_TALK_H
#define FS_TESTS_TALK_H

#include "support/traffic.h"

#include "packet/headers.h"

/* protocol and version, kinds of ICMP */
enum kind { TCP4, TCP6, UDP4, UDP6, SCTP4, ECHO4, ECHO6, UNREACHABLE4, GRE4, OWN_ECHO, KINDS };

struct talk {
    enum kind kind;
    unsigned number;
    unsigned phase;
    unsigned closer; /* who sends the first FIN */
    uint32_t isn[2];
    uint32_t next[2];              /* next sequence number of each side */
    bool repeats;                  /* segments come again, windows close */
    struct fs_tcp_segment last[2]; /* what each side sent last */
    uint32_t last_payload[2];
    int64_t last_time;
};

/* Writes a sound frame of the conversation into `bytes` and describes it. Out of 1000 segments,
 * `odd` are out of turn; of 1000 frames, `vlan` have a tag. */
void talk_frame(struct talk *talk, struct random_state *random, uint32_t odd, uint32_t vlan,
                uint8_t *bytes, struct flowscope_packet *packet, struct traffic_fact *fact);

/* Small, anything, or about to wrap. */
uint32_t talk_random_isn(struct random_state *random);

void put16(uint8_t *at, unsigned value);

/* Gives the packet that talk_frame() made the checksum of its transport header. */
void talk_sum(uint8_t *bytes, const struct flowscope_packet *packet);

/* Puts it into a tunnel: IP in IP, GRE with a key, VXLAN, GTP-U. */
void talk_wrap(struct random_state *random, uint8_t *bytes, struct flowscope_packet *packet);

#endif
