/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams that come in fragments: found by key, kept in slots, with their fragments in the order
 * of arrival. The table decides nothing: who goes when there is no room, and what becomes of frames
 * that wait, is the engine's business. */
#ifndef FS_PACKET_FRAGMENT_TABLE_H
#define FS_PACKET_FRAGMENT_TABLE_H

#include "base/memory.h"
#include "base/slab.h"
#include "base/tag_table.h"
#include "packet/headers.h"

#define FS_DATAGRAM_NONE FS_SLAB_NONE
#define FS_PIECE_NONE    FS_SLAB_NONE

enum {
    FS_DATAGRAM_BYTES = 65536,
    FS_UNIT = 8, /* all offsets are multiples, and all lengths but the last */
    FS_DATAGRAM_UNITS = FS_DATAGRAM_BYTES / FS_UNIT,
    FS_CHUNK_BYTES = 256,
};

/* Addresses in the packets' order: a datagram has one direction. The protocol is part of it in IPv4
 * (RFC 791, 3.2), not in IPv6 (RFC 8200, 4.5), where it is 0 here. */
struct fs_datagram_key {
    uint8_t addr[2][16];
    uint32_t path; /* that of its flow's key: what may share a flow may share a datagram */
    uint32_t id;
    uint8_t version;
    uint8_t protocol;
};

/* A frame whose flow is not known yet. */
struct fs_waiting {
    uint64_t frame;
    uint64_t fed; /* which frame of the engine it was */
    int64_t time_ns;
    bool has_time;
    uint32_t bytes, payload_bytes; /* what its flow will count */
    uint32_t outer_bytes;          /* what the flow around it has counted */
    struct flowscope_result result;
};

/* A fragment. Its bytes lie in chunks from `chunk` on; a frame that waits is in `waiting` of the
 * table, at the same index. */
struct fs_piece {
    uint64_t hash; /* of the captured bytes */
    uint32_t offset;
    uint32_t length;
    uint32_t kept; /* how many of its bytes were captured */
    uint32_t chunk;
    bool more;
    bool counts; /* a part of the whole; false for a repeat, or what came too late for that */
    bool waits;
};

enum fs_datagram_state {
    FS_DATAGRAM_OPEN,    /* bytes are kept */
    FS_DATAGRAM_WHOLE,   /* it was put together; its fragments are known, for repeats */
    FS_DATAGRAM_DROPPED, /* it will never be; its fragments still belong to its flow */
};

/* What one more fragment of many looks at comes first. */
struct fs_datagram {
    struct fs_datagram_key key;
    uint8_t state;    /* enum fs_datagram_state */
    uint8_t protocol; /* of what it carries; known with the first fragment */
    bool has_first;   /* protocol is known */
    bool has_flow;    /* flow_key and the three after it are known */
    bool swapped;
    bool has_ports;
    bool has_tcp; /* its flow has had the facts of its TCP header */
    bool bad_l4;  /* a transport header that contradicts itself was counted */
    bool overlaps;
    bool scattered;   /* what is covered is in its map, and not only the units from `from` on */
    uint64_t flow_id; /* of its last fragment outside of tunnels that was taken; else 0 */

    uint64_t flow_hash; /* of that flow's key */
    uint32_t total;     /* bytes, 0 until its end is known */
    uint32_t end;       /* where the fragment ends that reaches farthest */
    uint32_t covered;   /* units */
    uint32_t from;      /* the first of them, while they follow each other */
    uint32_t first, last, pieces;
    uint32_t waiting;       /* of its pieces */
    uint32_t older, newer;  /* by age */
    uint32_t before, after; /* in its list */
    uint64_t hash;

    int64_t since_ns; /* the expiry clock when it was opened */
    int64_t ahead_ns; /* the time that the clock did not believe then */
    struct fs_key flow_key;
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct fs_datagram) == 192, "three cache lines");

/* What is covered of a datagram whose fragments left gaps as they came; those of most never do. */
struct fs_datagram_map {
    uint64_t units[FS_DATAGRAM_UNITS / 64];
};

struct fs_datagram_list {
    uint32_t head, tail;
};

struct fs_fragment_table {
    struct fs_tag_table tags;
    struct fs_slab slots, piece_slots, chunk_slots;
    struct fs_datagram *datagrams;
    struct fs_datagram_map *maps; /* at the same index */
    struct fs_piece *pieces;
    struct fs_waiting *waiting;
    uint8_t *chunks;
    uint8_t *joined;  /* the datagram that was put together last */
    uint32_t *owners; /* by unit, while that is done */
    struct fs_datagram_list ages;
    struct fs_datagram_list kept, unkept; /* with bytes and without, each in the order of coming */
    uint64_t seed;
    uint64_t hash_mask; /* all ones; a test narrows it to force collisions */
};

struct fs_fragment_limits {
    uint32_t datagrams, pieces, chunks;
};

struct fs_fragment_layout {
    size_t buckets, datagrams, maps, slot_links, pieces, waiting, piece_links;
    size_t chunks, chunk_links, joined, owners;
};

void fs_fragment_table_plan(struct fs_fragment_layout *plan, struct fs_layout *layout,
                            const struct fs_fragment_limits *limits);

/* `memory` is the reservation, zeroed from plan->buckets on; it stays the caller's. */
void fs_fragment_table_init(struct fs_fragment_table *table, const struct fs_fragment_layout *plan,
                            void *memory, const struct fs_fragment_limits *limits, uint64_t seed);

/* Of the key of the datagram that `fragment` is a part of. */
uint64_t fs_fragment_table_hash(const struct fs_fragment_table *table,
                                const struct fs_fragment *fragment);

/* Loads what a find with this hash looks at: first the bucket, a little later the datagram. */
static inline void fs_fragment_table_prefetch(const struct fs_fragment_table *table, uint64_t hash)
{
    fs_memory_fetch(fs_tag_table_home(&table->tags, hash));
}

static inline void fs_fragment_table_prefetch_datagram(const struct fs_fragment_table *table,
                                                       uint64_t hash)
{
    const struct fs_tag_bucket *bucket = fs_tag_table_home(&table->tags, hash);
    const unsigned slots = fs_tag_bucket_match(bucket, fs_tag_of(hash));

    if (!slots)
        return;
    const char *datagram = (const char *)&table->datagrams[bucket->index[__builtin_ctz(slots)]];
    fs_memory_fetch(datagram);
    fs_memory_fetch(datagram + 64);
}

/* FS_DATAGRAM_NONE when there is none. */
uint32_t fs_fragment_table_find(const struct fs_fragment_table *table, uint64_t hash,
                                const struct fs_fragment *fragment);

/* A new datagram, of which `fragment` will be a part, the youngest. FS_DATAGRAM_NONE: there is no
 * slot. */
uint32_t fs_fragment_table_open(struct fs_fragment_table *table, uint64_t hash,
                                const struct fs_fragment *fragment, int64_t now_ns);

/* Forgets the datagram, with its pieces and bytes. */
void fs_fragment_table_remove(struct fs_fragment_table *table, uint32_t index);

/* A new piece at the end of the datagram's, without bytes. FS_PIECE_NONE: there is no slot. */
uint32_t fs_fragment_table_add(struct fs_fragment_table *table, uint32_t index);

/* Gives up the bytes of an open datagram, which is in `state` from now on. */
void fs_fragment_table_close(struct fs_fragment_table *table, uint32_t index,
                             enum fs_datagram_state state);

/* Who goes first: those without bytes, then those with; the older before the younger; none of the
 * `count` in `spared`. FS_DATAGRAM_NONE: there is no other. */
uint32_t fs_fragment_table_victim(const struct fs_fragment_table *table, const uint32_t *spared,
                                  unsigned count);

#endif
