/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of TCP connections beside their state, in an array of its own at the flow's index:
 * the history, or with the facts, as far as the option tcp_facts asks for them. */
#ifndef FS_FLOW_NOTES_H
#define FS_FLOW_NOTES_H

#include "base/memory.h"
#include "flow/facts.h"
#include "flow/history.h"

#include <string.h>

/* An item of the array without facts. */
struct fs_notes_history {
    struct fs_history history;
} __attribute__((aligned(64)));

/* One with them. */
struct fs_notes_facts {
    struct fs_facts facts;
    struct fs_history history;
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct fs_notes_history) == 64, "one cache line");
_Static_assert(sizeof(struct fs_notes_facts) == 256, "four: with the flow within 512 bytes");

struct fs_notes_layout {
    size_t items;
};

struct fs_notes {
    char *history;                /* of the first flow; NULL: not kept */
    struct fs_notes_facts *facts; /* NULL: not kept */
    unsigned item_bits;           /* an item has so many bytes, as a power of two */
    enum flowscope_tcp_facts_level level;
    uint64_t stuck; /* times that a count stayed at its most */
};

/* Of the flow at `index`; histories are kept. */
static inline struct fs_history *fs_notes_history(const struct fs_notes *notes, uint32_t index)
{
    return (struct fs_history *)(void *)(notes->history + ((size_t)index << notes->item_bits));
}

/* Adds the array for `capacity` flows to a reservation. */
void fs_notes_plan(struct fs_notes_layout *plan, struct fs_layout *layout, uint32_t capacity,
                   enum flowscope_tcp_facts_level level);

/* `memory` is the reservation; capacity and level as they were planned. */
void fs_notes_init(struct fs_notes *notes, const struct fs_notes_layout *plan, void *memory,
                   uint32_t capacity, enum flowscope_tcp_facts_level level);

/* A TCP flow begins at `index`; `answered`: with a SYN-ACK. */
void fs_notes_begin(struct fs_notes *notes, uint32_t index, bool answered);

/* The facts alone take a segment of the flow at `index`; as fs_notes_take(). */
static inline unsigned fs_notes_take_facts(struct fs_notes *notes, uint32_t index,
                                           struct fs_flow_cold *cold, unsigned side,
                                           const struct fs_tcp_segment *segment,
                                           uint32_t payload_bytes, int64_t time_ns, bool has_time)
{
    unsigned news = 0;

    if (notes->facts)
        news = fs_facts_take(&notes->facts[index].facts, cold, side, segment, payload_bytes,
                             time_ns, has_time);
    notes->stuck += news & FS_FACTS_STUCK;
    return news & ~(unsigned)FS_FACTS_STUCK;
}

/* Takes a segment of the flow at `index`, after fs_tcp_take(). Returns FS_FACTS_REPEATED and the
 * like. */
static inline unsigned fs_notes_take(struct fs_notes *notes, uint32_t index, struct fs_flow *flow,
                                     struct fs_flow_cold *cold, unsigned side,
                                     const struct fs_tcp_segment *segment, uint32_t payload_bytes,
                                     int64_t time_ns, bool has_time)
{
    if (notes->history)
        notes->stuck += fs_history_take(fs_notes_history(notes, index), flow, cold, side, segment,
                                        payload_bytes);
    return fs_notes_take_facts(notes, index, cold, side, segment, payload_bytes, time_ns, has_time);
}

/* fs_notes_begin() and fs_notes_take() of a bare SYN, of a window, that opens the flow. */
static inline unsigned fs_notes_begin_syn(struct fs_notes *notes, uint32_t index,
                                          struct fs_flow *flow, struct fs_flow_cold *cold,
                                          const struct fs_tcp_segment *segment,
                                          uint32_t payload_bytes, int64_t time_ns)
{
    if (notes->history)
        fs_history_begin_syn(fs_notes_history(notes, index), flow, segment->seq, payload_bytes);
    if (!notes->facts)
        return 0;
    memset(&notes->facts[index].facts, 0, sizeof(notes->facts[index].facts));
    return fs_notes_take_facts(notes, index, cold, 0, segment, payload_bytes, time_ns, true);
}

/* Which segments of the side are but one more of many (FS_USUAL_BARE, FS_USUAL_DATA), as far as
 * the notes go. */
static inline unsigned fs_notes_usual(const struct fs_notes *notes, uint32_t index, unsigned side)
{
    return notes->history ? fs_history_usual(fs_notes_history(notes, index), side)
                          : FS_USUAL_BARE | FS_USUAL_DATA;
}

/* Loads all that is kept of the flow at `index`. */
static inline void fs_notes_prefetch(const struct fs_notes *notes, uint32_t index)
{
    enum { LINE = 64 };

    if (notes->facts) {
        for (size_t at = 0; at < sizeof(notes->facts[index]); at += LINE)
            fs_memory_fetch((const char *)&notes->facts[index] + at);
    } else if (notes->history) {
        fs_memory_fetch(fs_notes_history(notes, index));
    }
}

/* Loads what a segment of the flow will most likely need: the history alone needs the flow. */
static inline void fs_notes_prefetch_segment(const struct fs_notes *notes, uint32_t index)
{
    if (notes->facts)
        fs_notes_prefetch(notes, index);
}

/* Fills what is kept into the record of the flow at `index`. */
static inline void fs_notes_record(const struct fs_notes *notes, uint32_t index,
                                   const struct fs_flow *flow, struct flowscope_flow_record *record)
{
    if (notes->history)
        fs_history_record(fs_notes_history(notes, index), flow, record);
    if (notes->facts && record->protocol == FS_PROTOCOL_TCP)
        fs_facts_record(&notes->facts[index].facts, record);
}

#endif
