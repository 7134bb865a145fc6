/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds copies of frames: each is compared with the last one before it that has the same bytes, and
 * with the last one that has the same packet, among so many frames and inside windows of time. */
#ifndef FS_PACKET_DUPLICATE_H
#define FS_PACKET_DUPLICATE_H

#include "base/memory.h"
#include "packet/fingerprint.h"
#include "packet/pairs.h"

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
    uint64_t hash; /* by which the flow table finds it, without its bits 32 to 47 */
    uint8_t direction;
};

/* Bits of an entry. */
enum {
    FS_DUPLICATE_DIRECTIONS = 3, /* enum flowscope_interface_direction, a bit each */
    FS_DUPLICATE_PACKET = 1 << 2,
    FS_DUPLICATE_LINKED = 1 << 3, /* into the chain of its bytes */
    FS_DUPLICATE_COPY = 1 << 4,   /* first_time_ns is in struct fs_duplicate_set */
    FS_DUPLICATE_INSIDE = 1 << 5, /* and so is parent_id */
    FS_DUPLICATE_FLOW_AT = 6,     /* two bits: the direction in the flow */
};

/* What a frame that is no copy leaves behind, and what a search compares. A link is the ordinal of
 * the entry before in its chain. */
struct fs_duplicate_entry {
    struct fs_hash128 packet;
    int64_t time_ns;
    uint64_t first_frame; /* of the set */
    uint64_t flow_id;
    uint64_t origin; /* fs_duplicate_origin() */
    uint32_t frame;
    uint32_t length;
    uint32_t link; /* of its packet; of its bytes where there is none */
    uint16_t place;
    uint8_t first_ttl;
    uint8_t bits;
};

_Static_assert(sizeof(struct fs_duplicate_entry) == 64, "a cache line");

/* The place of a set's first frame above what the flow table needs of its flow's hash: one word, as
 * it is read a moment after it was written, and then in pieces of the same size. */
static inline uint64_t fs_duplicate_origin(uint16_t first_place, uint64_t flow_hash)
{
    return (uint64_t)first_place << 48 | (flow_hash << 16 & 0xffffffff0000) | flow_hash >> 48;
}

static inline uint16_t fs_duplicate_first_place(uint64_t origin)
{
    return (uint16_t)(origin >> 48);
}

static inline uint64_t fs_duplicate_flow_hash(uint64_t origin)
{
    return origin << 48 | (origin >> 16 & UINT32_MAX);
}

/* What few entries have besides. */
struct fs_duplicate_set {
    int64_t first_time_ns;
    uint64_t parent_id;
    uint32_t link; /* of the bytes of a frame with a packet */
};

struct fs_duplicate_inner {
    struct fs_hash128 packet;
    uint32_t same_inner;
};

/* Offsets of the parts in their reservation, and the number of chains. */
struct fs_duplicates_layout {
    size_t entries, sets, inner, frame_chains, packet_chains, inner_chains;
    struct fs_places_layout places;
    uint32_t chains;
};

/* A ring in order of arrival. A chain's head is the last entry with that hash; entries that the
 * ring has overwritten are known by their age, so that nothing ever has to be taken out. Packets
 * are in the chain of their frame's bytes from when they come with others: most never do, and need
 * one chain. */
struct fs_duplicates {
    struct fs_duplicate_options options;
    struct fs_fingerprint_options fingerprint;
    struct fs_duplicate_entry *entries;
    struct fs_duplicate_set *sets;
    struct fs_duplicate_inner *inner; /* NULL unless options.inside */
    uint32_t *frame_chains, *packet_chains, *inner_chains;
    uint32_t mask;    /* of a hash, to its chain */
    uint32_t ordinal; /* of the entry to come; from 1, and it wraps */
    uint32_t at;      /* where that entry goes */
    uint32_t filled;
    bool is_far;        /* more than a core's own cache holds: lines are asked for early */
    int64_t longest_ns; /* window */
    /* By whether the packet has an identity. */
    int64_t exact_ns[2], changed_ns[2];
    uint64_t forgotten; /* entries overwritten inside of the longest window */
    uint64_t seen;
    uint64_t last_place_word; /* of the last frame without a cooked header: section, interface */
    uint16_t last_place;
    struct fs_places places;
    struct fs_pairs pairs;
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
                                                  struct fs_hash128 packet, uint32_t frame)
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

/* The head of the chain that a search begins with. */
static inline uint32_t *fs_duplicates_chain(const struct fs_duplicates *duplicates,
                                            const struct fs_fingerprint *fingerprint)
{
    return fingerprint->is_packet
               ? fs_duplicates_packet_chain(duplicates, fingerprint)
               : fs_duplicates_frame_chain(duplicates, fingerprint->packet, fingerprint->frame);
}

/* Asks for the heads of chains that fs_duplicates_take() will need. */
static inline void fs_duplicates_prefetch(const struct fs_duplicates *duplicates,
                                          const struct fs_fingerprint *fingerprint)
{
    if (!duplicates->is_far)
        return;
    fs_memory_fetch(fs_duplicates_chain(duplicates, fingerprint));
    if (fingerprint->has_inner)
        fs_memory_fetch(fs_duplicates_inner_chain(duplicates, fingerprint));
}

/* Then, when the heads are there, for the entry that one of them leads to. Some are overwritten
 * before they are looked at: then nothing is lost but the asking. */
static inline void fs_duplicates_prefetch_entry(const struct fs_duplicates *duplicates,
                                                const struct fs_fingerprint *fingerprint)
{
    uint32_t age;

    if (!duplicates->is_far)
        return;
    age = duplicates->ordinal - *fs_duplicates_chain(duplicates, fingerprint);
    if (age - 1 < duplicates->filled)
        fs_memory_fetch(
            &duplicates->entries[duplicates->at >= age
                                     ? duplicates->at - age
                                     : duplicates->at + duplicates->options.frames - age]);
}

/* Takes the next frame in order of arrival. FLOWSCOPE_DUP_none: it is no copy, and
 * fs_duplicates_belongs() may say its flow. */
enum flowscope_dup_kind fs_duplicates_take(struct fs_duplicates *duplicates,
                                           const struct flowscope_packet *packet,
                                           const struct fs_fingerprint *fingerprint);

/* Where the frame taken last is. */
static inline uint32_t fs_duplicates_last(const struct fs_duplicates *duplicates)
{
    return duplicates->at ? duplicates->at - 1 : duplicates->options.frames - 1;
}

/* The first frame of the copy taken last, and that frame's flow. */
static inline uint64_t fs_duplicates_first(const struct fs_duplicates *duplicates,
                                           struct fs_duplicate_flow *flow)
{
    const uint32_t last = fs_duplicates_last(duplicates);
    const struct fs_duplicate_entry *entry = &duplicates->entries[last];

    *flow = (struct fs_duplicate_flow){
        .flow_id = entry->flow_id,
        .parent_id = entry->bits & FS_DUPLICATE_INSIDE ? duplicates->sets[last].parent_id : 0,
        .hash = fs_duplicate_flow_hash(entry->origin),
        .direction = entry->bits >> FS_DUPLICATE_FLOW_AT,
    };
    return entry->first_frame;
}

/* The flow of the frame taken last, which is no copy. */
static inline void fs_duplicates_belongs(struct fs_duplicates *duplicates,
                                         const struct fs_duplicate_flow *flow)
{
    const uint32_t last = fs_duplicates_last(duplicates);
    struct fs_duplicate_entry *entry = &duplicates->entries[last];

    entry->flow_id = flow->flow_id;
    entry->origin |= fs_duplicate_origin(0, flow->hash);
    entry->bits |= (uint8_t)(flow->direction << FS_DUPLICATE_FLOW_AT);
    if (flow->parent_id) {
        entry->bits |= FS_DUPLICATE_INSIDE;
        duplicates->sets[last].parent_id = flow->parent_id;
    }
}

/* What is told of the frame taken last; false: it is no copy. */
bool fs_duplicates_last_copy(const struct fs_duplicates *duplicates, struct flowscope_copy *copy);

/* What is known of all copies so far; `pairs_cut` are those between further places. */
void fs_duplicates_counts(const struct fs_duplicates *duplicates,
                          struct flowscope_duplicates *counts, uint64_t *pairs_cut);

#endif
