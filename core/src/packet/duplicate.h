/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds copies of frames: each is compared with the last one before it that has the same bytes, and
 * with the last one that has the same packet, among so many frames and inside windows of time. */
#ifndef FS_PACKET_DUPLICATE_H
#define FS_PACKET_DUPLICATE_H

#include "base/memory.h"
#include "packet/fingerprint.h"

#include <flowscope/duplicates.h>

struct fs_duplicate_options {
    int64_t exact_ns, changed_ns, no_id_ns; /* windows */
    uint32_t frames;                        /* compared with; 0: copies are not looked for */
    bool whole_frames;
    bool inside;
};

/* What of a configuration, which is valid, goes for copies: its profile over its windows. */
struct fs_duplicate_options fs_duplicate_options_of(const struct flowscope_config *config);

/* The flow of a set's first frame; flow_id 0 for none. */
struct fs_duplicate_flow {
    uint64_t flow_id;
    uint64_t parent_id;
    uint64_t hash; /* by which the flow table finds it */
    uint8_t direction;
};

struct fs_duplicate_entry {
    int64_t time_ns;
    int64_t first_time_ns; /* of the set */
    uint64_t first_frame;
    uint64_t flow_id, parent_id, flow_hash; /* struct fs_duplicate_flow, without its padding */
    uint32_t length;
    uint32_t place;
    uint32_t first_interface;
    uint8_t first_ttl;
    uint8_t directions; /* of the set at `place`, a bit for each */
    uint8_t flow_direction;
    bool is_linked; /* into the chain of its bytes */
};

_Static_assert(sizeof(struct fs_duplicate_entry) == 64, "a cache line");

/* What a search compares, apart from what it then needs: two to a cache line. A link is the ordinal
 * of the entry before in its chain. */
struct fs_duplicate_hash {
    struct fs_hash128 packet;
    uint64_t frame;
    uint32_t same_frame, same_packet;
};

struct fs_duplicate_inner {
    struct fs_hash128 packet;
    uint32_t same_inner;
};

/* Offsets of the parts in their reservation, and the number of chains. */
struct fs_duplicates_layout {
    size_t hashes, entries, inner, frame_chains, packet_chains, inner_chains;
    uint32_t chains;
};

/* A ring in order of arrival. A chain's head is the last entry with that hash; entries that the
 * ring has overwritten are known by their age, so that nothing ever has to be taken out. Packets
 * are in the chain of their frame's bytes from when they come with others: most never do, and need
 * one chain. */
struct fs_duplicates {
    struct fs_duplicate_options options;
    struct fs_fingerprint_options fingerprint;
    struct fs_duplicate_hash *hashes;
    struct fs_duplicate_entry *entries;
    struct fs_duplicate_inner *inner; /* NULL unless options.inside */
    uint32_t *frame_chains, *packet_chains, *inner_chains;
    uint32_t mask;    /* of a hash, to its chain */
    uint32_t ordinal; /* of the entry to come; from 1, and it wraps */
    uint32_t at;      /* where that entry goes */
    uint32_t filled;
    int64_t longest_ns; /* window */
    uint64_t forgotten; /* entries overwritten inside of the longest window */
    uint64_t pairs_cut;
    struct flowscope_duplicates counts;
};

/* Plans the parts; nothing where copies are not looked for. */
void fs_duplicates_plan(struct fs_duplicates_layout *parts, struct fs_layout *layout,
                        const struct fs_duplicate_options *options);

/* `memory` is the zeroed reservation. */
void fs_duplicates_init(struct fs_duplicates *duplicates, const struct fs_duplicates_layout *parts,
                        void *memory, const struct fs_duplicate_options *options, uint64_t seed);

/* Whether the frame takes part: it has bytes and a time. */
static inline bool fs_duplicates_want(const struct flowscope_packet *packet)
{
    return packet->is_packet && packet->captured_bytes != 0 &&
           packet->time_quality != FLOWSCOPE_TIME_NONE;
}

/* The heads of the chains that a frame may belong to. */
static inline uint32_t *fs_duplicates_frame_chain(const struct fs_duplicates *duplicates,
                                                  struct fs_hash128 packet, uint64_t frame)
{
    return &duplicates->frame_chains[(packet.high ^ frame) & duplicates->mask];
}

static inline uint32_t *fs_duplicates_packet_chain(const struct fs_duplicates *duplicates,
                                                   const struct fs_fingerprint *fingerprint)
{
    return &duplicates->packet_chains[fingerprint->packet.low & duplicates->mask];
}

static inline uint32_t *fs_duplicates_inner_chain(const struct fs_duplicates *duplicates,
                                                  const struct fs_fingerprint *fingerprint)
{
    return &duplicates->inner_chains[fingerprint->inner.low & duplicates->mask];
}

/* Asks for the lines that fs_duplicates_take() will need. */
static inline void fs_duplicates_prefetch(const struct fs_duplicates *duplicates,
                                          const struct fs_fingerprint *fingerprint)
{
    __builtin_prefetch(
        fingerprint->is_packet
            ? fs_duplicates_packet_chain(duplicates, fingerprint)
            : fs_duplicates_frame_chain(duplicates, fingerprint->packet, fingerprint->frame),
        1);
    if (fingerprint->has_inner)
        __builtin_prefetch(fs_duplicates_inner_chain(duplicates, fingerprint), 1);
}

/* Takes the next frame in order of arrival. FLOWSCOPE_DUP_none: it is no copy, and
 * fs_duplicates_belongs() may say its flow. Else *first_frame is that of its set, *flow its
 * flow. */
enum flowscope_dup_kind fs_duplicates_take(struct fs_duplicates *duplicates,
                                           const struct flowscope_packet *packet,
                                           const struct fs_fingerprint *fingerprint,
                                           uint64_t *first_frame, struct fs_duplicate_flow *flow);

static inline void fs_duplicate_set_flow(struct fs_duplicate_entry *entry,
                                         const struct fs_duplicate_flow *flow)
{
    entry->flow_id = flow->flow_id;
    entry->parent_id = flow->parent_id;
    entry->flow_hash = flow->hash;
    entry->flow_direction = flow->direction;
}

/* The flow of the frame taken last. */
static inline void fs_duplicates_belongs(struct fs_duplicates *duplicates,
                                         const struct fs_duplicate_flow *flow)
{
    const uint32_t last = duplicates->at ? duplicates->at - 1 : duplicates->options.frames - 1;

    fs_duplicate_set_flow(&duplicates->entries[last], flow);
}

#endif
