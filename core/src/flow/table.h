/* SPDX-License-Identifier: BSD-2-Clause */
/* The flows that are open: found by key, kept in slots, and listed by timeout and worth in the
 * order of their use. The table knows no time but what it is told, and decides nothing. */
#ifndef FS_FLOW_TABLE_H
#define FS_FLOW_TABLE_H

#include "base/hash.h"
#include "base/memory.h"
#include "base/tag_table.h"
#include "flow/life.h"
#include "flow/recent.h"

/* By fs_flow_list_of(). */
#define FS_FLOW_LISTS (4u * FS_TIMEOUTS_MAX)

struct fs_flow_list {
    uint32_t head; /* the least recently used */
    uint32_t tail;
};

/* Both addresses as four words, but the last, which is the sum of these, the path and what stands
 * for them in the short key, without carry: fs_key_stand_in(). */
struct fs_flow_addresses {
    uint64_t word[3];
};

/* So many flows that leave next have their hash kept, from when their bucket was fetched on. */
#define FS_FLOWS_LEAVING 8u

struct fs_flow_leaving {
    uint64_t hash;
    uint32_t index; /* FS_FLOW_NONE: of none */
};

struct fs_flow_table {
    struct fs_tag_table tags;
    struct fs_flow *flows;
    struct fs_flow_cold *cold;
    struct fs_layers *layers;            /* of the flows that have some; outermost first */
    struct fs_flow_addresses *addresses; /* of the flows whose short key stands for a long one */
    struct fs_flow_list lists[FS_FLOW_LISTS];
    uint64_t waiting[FS_WORTHS]; /* one bit for each timeout whose list of that worth has flows */
    unsigned timeouts;           /* of which there are lists in use */
    uint64_t touches;
    uint64_t seed;
    uint64_t hash_mask;    /* all ones; a test narrows it to force collisions */
    uint32_t most_buckets; /* that there is room for; tags begins with few and doubles */
    uint32_t capacity;
    uint32_t open;
    uint32_t ever_used; /* slots from here on were never used */
    uint32_t free;      /* first of the slots that were used and are free */
    struct fs_flow_leaving leaving[FS_FLOWS_LEAVING]; /* by the lowest bits of their index */
    struct fs_recent *recent;
};

/* Where the table's parts lie in a reservation. */
struct fs_flow_table_layout {
    size_t buckets, flows, cold, layers, addresses, recent;
};

void fs_flow_table_plan(struct fs_flow_table_layout *plan, struct fs_layout *layout,
                        uint32_t capacity);

/* `memory` is the reservation, zeroed from plan->buckets on; it stays the caller's. */
void fs_flow_table_init(struct fs_flow_table *table, const struct fs_flow_table_layout *plan,
                        void *memory, uint32_t capacity, uint64_t seed);

static inline __attribute__((always_inline)) uint64_t
fs_flow_table_hash_short(const struct fs_flow_table *table, const struct fs_short_key *key)
{
    return fs_hash(key, sizeof(*key), table->seed) & table->hash_mask;
}

/* Of an IPv4 key and its path, which is not 0. */
static inline __attribute__((always_inline)) uint64_t
fs_flow_table_hash_inside(const struct fs_flow_table *table, const struct fs_short_key *key,
                          uint32_t path)
{
    return fs_hash_with(fs_hash(key, sizeof(*key), table->seed), path, table->seed) &
           table->hash_mask;
}

/* Of any other. */
static inline __attribute__((always_inline)) uint64_t
fs_flow_table_hash_long(const struct fs_flow_table *table, const struct fs_key *key)
{
    return fs_hash(key, sizeof(*key), table->seed) & table->hash_mask;
}

/* The keys of most flows fit in two words, and a hash of as many costs half. */
static inline uint64_t fs_flow_table_hash(const struct fs_flow_table *table,
                                          const struct fs_key *key)
{
    if (fs_key_is_short(key)) {
        const struct fs_short_key short_key = fs_key_shorten(key);

        return key->path == 0 ? fs_flow_table_hash_short(table, &short_key)
                              : fs_flow_table_hash_inside(table, &short_key, key->path);
    }
    return fs_flow_table_hash_long(table, key);
}

/* Whether the flow with this short key has the rest of the key too. `key` is read if it is long. */
static inline __attribute__((always_inline)) bool
fs_flow_table_has_rest(const struct fs_flow_table *table, uint32_t index,
                       const struct fs_short_key *stand_in, uint32_t path, const struct fs_key *key)
{
    return fs_short_key_is_whole(stand_in) ||
           (table->cold[index].path == path &&
            (!(fs_short_key_kind(stand_in) & FS_KEY_LONG) ||
             memcmp(&table->addresses[index], key->addr, sizeof(struct fs_flow_addresses)) == 0));
}

struct fs_flow_sought {
    struct fs_short_key stand_in;
    const struct fs_key *key;
};

static inline bool fs_flow_table_has_key(const void *context, const void *sought, uint32_t index)
{
    const struct fs_flow_table *table = context;
    const struct fs_flow_sought *of = sought;

    return fs_short_key_is_equal(&table->flows[index].key, &of->stand_in) &&
           fs_flow_table_has_rest(table, index, &of->stand_in, of->key->path, of->key);
}

/* FS_FLOW_NONE when there is none. */
static inline uint32_t fs_flow_table_find(const struct fs_flow_table *table, uint64_t hash,
                                          const struct fs_key *key)
{
    const struct fs_flow_sought sought = {.stand_in = fs_key_stand_in(key), .key = key};

    return fs_tag_table_find(&table->tags, hash, fs_flow_table_has_key, table, &sought);
}

static inline bool fs_flow_table_has_id(const void *context, const void *id, uint32_t index)
{
    const struct fs_flow_table *table = context;

    return table->flows[index].id == *(const uint64_t *)id;
}

/* The open flow with that id and the hash of its key; FS_FLOW_NONE when there is none any more. */
static inline uint32_t fs_flow_table_find_id(const struct fs_flow_table *table, uint64_t hash,
                                             uint64_t id)
{
    return fs_tag_table_find(&table->tags, hash, fs_flow_table_has_id, table, &id);
}

/* The flow of a short key, or NULL; NULL too where only fs_flow_table_find() can tell, which is
 * seldom. */
static inline __attribute__((always_inline)) struct fs_flow *
fs_flow_table_find_short(const struct fs_flow_table *table, uint64_t hash,
                         const struct fs_short_key *key)
{
    const struct fs_tag_bucket *bucket = fs_tag_table_home(&table->tags, hash);
    const unsigned slots = fs_tag_bucket_match(bucket, fs_tag_of(hash));
    struct fs_flow *flow;

    if (!slots)
        return NULL;
    flow = &table->flows[bucket->index[__builtin_ctz(slots)]];
    return fs_short_key_is_equal(&flow->key, key) ? flow : NULL;
}

/* The same for any key: its short one, its path, and all of it if it is long. */
static inline __attribute__((always_inline)) struct fs_flow *
fs_flow_table_find_likely(const struct fs_flow_table *table, uint64_t hash,
                          const struct fs_short_key *stand_in, uint32_t path,
                          const struct fs_key *key)
{
    struct fs_flow *flow = fs_flow_table_find_short(table, hash, stand_in);

    return flow && fs_flow_table_has_rest(table, (uint32_t)(flow - table->flows), stand_in, path,
                                          key)
               ? flow
               : NULL;
}

/* Loads what a find with this hash will look at: first the bucket, a little later the record. */
static inline void fs_flow_table_prefetch_bucket(const struct fs_flow_table *table, uint64_t hash)
{
    fs_memory_fetch(fs_tag_table_home(&table->tags, hash));
}

/* The flow that it loads, most likely that of the hash; FS_FLOW_NONE: there is none. */
static inline uint32_t fs_flow_table_prefetch_record(const struct fs_flow_table *table,
                                                     uint64_t hash)
{
    const struct fs_tag_bucket *bucket = fs_tag_table_home(&table->tags, hash);
    unsigned slots = fs_tag_bucket_match(bucket, fs_tag_of(hash));

    if (!slots)
        return FS_FLOW_NONE;
    const uint32_t index = bucket->index[__builtin_ctz(slots)];
    const char *flow = (const char *)&table->flows[index];

    fs_memory_fetch(flow);
    fs_memory_fetch(flow + 64);
    return index;
}

/* The whole key of an open flow. */
void fs_flow_table_key(const struct fs_flow_table *table, uint32_t index, struct fs_key *key);

/* A new flow under `key`, zeroed but for its key and FS_FLOW_OPEN, in no list yet. There must be
 * room (open < capacity) and no such key. */
uint32_t fs_flow_table_open(struct fs_flow_table *table, uint64_t hash, const struct fs_key *key);

/* True where the key of this hash has no flow for certain: its bucket has no such tag, and was
 * never full. */
static inline bool fs_flow_table_lacks(const struct fs_flow_table *table, uint64_t hash)
{
    const struct fs_tag_bucket *bucket = fs_tag_table_home(&table->tags, hash);

    return !fs_tag_bucket_match(bucket, fs_tag_of(hash)) && bucket->passed_on == 0;
}

/* The next fs_flow_table_open() doubles the buckets. */
static inline bool fs_flow_table_is_to_grow(const struct fs_flow_table *table)
{
    return table->open >= (table->tags.mask + 1) * (FS_TAG_SLOTS / 2) &&
           table->tags.mask + 1 < table->most_buckets;
}

static inline uint32_t fs_flow_table_take_slot(struct fs_flow_table *table)
{
    const uint32_t index = table->free;

    if (index == FS_FLOW_NONE)
        return table->ever_used++;
    table->free = table->cold[index].next;
    if (table->free != FS_FLOW_NONE) { /* the next one to be opened may have been away for long */
        const char *next = (const char *)&table->flows[table->free];

        fs_memory_fetch(next);
        fs_memory_fetch(next + 64);
        fs_memory_fetch(&table->cold[table->free]);
    }
    return index;
}

/* The same as fs_flow_table_open() for a whole short key, which the table lacks, where it is not to
 * grow. */
static inline uint32_t fs_flow_table_open_short(struct fs_flow_table *table, uint64_t hash,
                                                const struct fs_short_key *key)
{
    const uint32_t index = fs_flow_table_take_slot(table);
    struct fs_tag_bucket *bucket = fs_tag_table_home(&table->tags, hash);
    const unsigned empty = fs_tag_bucket_match(bucket, 0);
    struct fs_flow *flow = &table->flows[index];

    memset(flow, 0, sizeof(*flow));
    memset(&table->cold[index], 0, sizeof(table->cold[index]));
    flow->key = *key;
    flow->flags = FS_FLOW_OPEN;
    table->open++;
    if (empty)
        fs_tag_bucket_put(bucket, (unsigned)__builtin_ctz(empty), fs_tag_of(hash), index);
    else
        fs_tag_table_insert(&table->tags, hash, index);
    return index;
}

/* Puts an open flow, seen at the clock's time of now, at the end of `list`; fs_flow_table_move()
 * takes it out of its own first. */
static inline void fs_flow_table_enlist(struct fs_flow_table *table, uint32_t index, unsigned list)
{
    struct fs_flow_list *into = &table->lists[list];
    struct fs_flow *flow = &table->flows[index];
    struct fs_flow_cold *cold = &table->cold[index];

    flow->list = (uint8_t)list;
    fs_flow_set_touched(flow);
    cold->touch_low = (uint32_t)++table->touches;
    cold->touch_high = (uint16_t)(table->touches >> 32);
    cold->next = FS_FLOW_NONE;
    cold->prev = into->tail;
    if (into->tail == FS_FLOW_NONE) {
        into->head = index;
        table->waiting[fs_flow_list_worth(list)] |= UINT64_C(1) << fs_flow_list_timeout(list);
    } else {
        table->cold[into->tail].next = index;
    }
    into->tail = index;
}

void fs_flow_table_move(struct fs_flow_table *table, uint32_t index, unsigned list);

/* Takes the flow out of its list and out of the table. The record is read until the next open. */
void fs_flow_table_remove(struct fs_flow_table *table, uint32_t index);

/* What goes when the table is full: the least recently used of those that are worth least; none of
 * the `count` in `spared`. FS_FLOW_NONE: there is no other. */
uint32_t fs_flow_table_victim(const struct fs_flow_table *table, const uint32_t *spared,
                              unsigned count);

/* `leaving` leaves its list by the head, and others will after it: loads the bucket of the
 * `ahead`th of them, and the records of one as far behind that, which it returns; FS_FLOW_NONE:
 * there is none. */
uint32_t fs_flow_table_prefetch_leaving(struct fs_flow_table *table, uint32_t leaving,
                                        unsigned ahead);

/* The open flows (table->open of them) in order of id, in memory that the buckets give up: nothing
 * can be found, opened or removed any more until fs_flow_table_clear(). */
struct fs_flow_ref {
    uint64_t id;
    uint32_t index;
};

const struct fs_flow_ref *fs_flow_table_drain(struct fs_flow_table *table);

/* Forgets all flows. */
void fs_flow_table_clear(struct fs_flow_table *table);

#endif
