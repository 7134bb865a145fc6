/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/table.h"

#include <assert.h>
#include <string.h>

#define FIRST_BUCKETS 64u

void fs_flow_table_plan(struct fs_flow_table_layout *plan, struct fs_layout *layout,
                        uint32_t capacity)
{
    plan->buckets =
        fs_layout_add(layout, fs_tag_table_buckets(capacity), sizeof(struct fs_tag_bucket));
    plan->flows = fs_layout_add(layout, capacity, sizeof(struct fs_flow));
    plan->cold = fs_layout_add(layout, capacity, sizeof(struct fs_flow_cold));
    plan->layers = fs_layout_add(layout, capacity, sizeof(struct fs_layers));
    plan->addresses = fs_layout_add(layout, capacity, sizeof(struct fs_flow_addresses));
    plan->recent = fs_layout_add(layout, 1, sizeof(struct fs_recent));
}

static void empty_lists(struct fs_flow_table *table)
{
    for (unsigned i = 0; i < FS_FLOWS_LEAVING; i++)
        table->leaving[i].index = FS_FLOW_NONE;
    for (unsigned i = 0; i < FS_FLOW_LISTS; i++)
        table->lists[i] = (struct fs_flow_list){FS_FLOW_NONE, FS_FLOW_NONE};
    memset(table->waiting, 0, sizeof(table->waiting));
}

/* Few buckets while there are few flows: spread over all of them, some thousand flows would make
 * every page resident. */
static void begin_buckets(struct fs_flow_table *table, struct fs_tag_bucket *buckets)
{
    uint32_t first = table->most_buckets < FIRST_BUCKETS ? table->most_buckets : FIRST_BUCKETS;

    fs_tag_table_init(&table->tags, buckets, first);
}

void fs_flow_table_init(struct fs_flow_table *table, const struct fs_flow_table_layout *plan,
                        void *memory, uint32_t capacity, uint64_t seed)
{
    char *base = memory;

    *table = (struct fs_flow_table){
        .flows = (struct fs_flow *)(void *)(base + plan->flows),
        .cold = (struct fs_flow_cold *)(void *)(base + plan->cold),
        .layers = (struct fs_layers *)(void *)(base + plan->layers),
        .addresses = (struct fs_flow_addresses *)(void *)(base + plan->addresses),
        .recent = (struct fs_recent *)(void *)(base + plan->recent),
        .seed = seed,
        .hash_mask = UINT64_MAX,
        .capacity = capacity,
        .free = FS_FLOW_NONE,
        .timeouts = FS_TIMEOUT_COUNT,
    };
    table->recent->last = table->recent->flows;
    table->most_buckets = fs_tag_table_buckets(capacity);
    fs_memory_prefer_large_pages(base + plan->buckets,
                                 (size_t)table->most_buckets * sizeof(struct fs_tag_bucket));
    fs_memory_prefer_large_pages(table->flows, (size_t)capacity * sizeof(struct fs_flow));
    fs_memory_prefer_large_pages(table->cold, (size_t)capacity * sizeof(struct fs_flow_cold));
    begin_buckets(table, (struct fs_tag_bucket *)(void *)(base + plan->buckets));
    empty_lists(table);
}

_Static_assert(FS_TIMEOUTS_MAX <= 64, "a bit for each timeout");

static uint64_t *waiting_at(struct fs_flow_table *table, unsigned list)
{
    return &table->waiting[fs_flow_list_worth(list)];
}

void fs_flow_table_key(const struct fs_flow_table *table, uint32_t index, struct fs_key *key)
{
    const struct fs_flow *flow = &table->flows[index];
    uint64_t words[4];

    fs_key_lengthen(&flow->key, fs_short_key_is_whole(&flow->key) ? 0 : table->cold[index].path,
                    key);
    if (!(key->kind & FS_KEY_LONG))
        return;
    key->kind &= (uint8_t)~FS_KEY_LONG;
    memcpy(words, &table->addresses[index], sizeof(struct fs_flow_addresses));
    words[3] = words[0] ^ words[1] ^ words[2] ^ key->path ^ flow->key.addresses;
    memcpy(key->addr, words, sizeof(words));
}

static uint64_t hash_of(const struct fs_flow_table *table, uint32_t index)
{
    struct fs_key key;

    if (fs_short_key_is_whole(&table->flows[index].key))
        return fs_flow_table_hash_short(table, &table->flows[index].key);
    fs_flow_table_key(table, index, &key);
    return fs_flow_table_hash(table, &key);
}

static struct fs_flow_leaving *leaving_at(struct fs_flow_table *table, uint32_t index)
{
    return &table->leaving[index % FS_FLOWS_LEAVING];
}

/* The hash of a flow that leaves now: after this its slot may have another key. */
static uint64_t last_hash_of(struct fs_flow_table *table, uint32_t index)
{
    struct fs_flow_leaving *leaving = leaving_at(table, index);

    if (leaving->index != index)
        return hash_of(table, index);
    leaving->index = FS_FLOW_NONE;
    return leaving->hash;
}

/* Twice the buckets: every flow is placed anew, at most twice for each that was ever opened. */
static void grow(struct fs_flow_table *table)
{
    uint32_t buckets = table->tags.mask + 1;

    memset(table->tags.buckets, 0, buckets * sizeof(struct fs_tag_bucket));
    fs_tag_table_init(&table->tags, table->tags.buckets, 2 * buckets);
    for (uint32_t index = 0; index < table->ever_used; index++) {
        const struct fs_flow *flow = &table->flows[index];

        if (flow->flags & FS_FLOW_OPEN)
            fs_tag_table_insert(&table->tags, hash_of(table, index), index);
    }
}

uint32_t fs_flow_table_open(struct fs_flow_table *table, uint64_t hash, const struct fs_key *key)
{
    struct fs_flow *flow;
    uint32_t index;

    assert(table->open < table->capacity);
    if (fs_flow_table_is_to_grow(table))
        grow(table);
    index = fs_flow_table_take_slot(table);
    flow = &table->flows[index];
    memset(flow, 0, sizeof(*flow));
    memset(&table->cold[index], 0, sizeof(table->cold[index]));
    flow->key = fs_key_stand_in(key);
    table->cold[index].path = key->path;
    if (!fs_key_is_short(key))
        memcpy(&table->addresses[index], key->addr, sizeof(struct fs_flow_addresses));
    flow->flags = FS_FLOW_OPEN;
    fs_tag_table_insert(&table->tags, hash, index);
    table->open++;
    return index;
}

static void delist(struct fs_flow_table *table, uint32_t index)
{
    const uint32_t prev = table->cold[index].prev, next = table->cold[index].next;
    const unsigned number = table->flows[index].list;
    struct fs_flow_list *list = &table->lists[number];

    if (prev == FS_FLOW_NONE)
        list->head = next;
    else
        table->cold[prev].next = next;
    if (next == FS_FLOW_NONE)
        list->tail = prev;
    else
        table->cold[next].prev = prev;
    if (list->head == FS_FLOW_NONE)
        *waiting_at(table, number) &= ~(UINT64_C(1) << fs_flow_list_timeout(number));
}

void fs_flow_table_move(struct fs_flow_table *table, uint32_t index, unsigned list)
{
    delist(table, index);
    fs_flow_table_enlist(table, index, list);
}

void fs_flow_table_remove(struct fs_flow_table *table, uint32_t index)
{
    struct fs_flow *flow = &table->flows[index];

    assert(flow->flags & FS_FLOW_OPEN);
    delist(table, index);
    fs_tag_table_erase(&table->tags, last_hash_of(table, index), index);
    flow->flags &= (uint8_t)~FS_FLOW_OPEN;
    flow->usual = 0; /* who still has its index is not to use it */
    fs_recent_forget(table->recent, &flow->key);
    table->cold[index].next = table->free;
    table->free = index;
    table->open--;
}

/* The least recently used of a list that is not spared. */
static uint32_t oldest_of(const struct fs_flow_table *table, unsigned list, const uint32_t *spared,
                          unsigned count)
{
    uint32_t index = table->lists[list].head;

    for (unsigned i = 0; i < count && index != FS_FLOW_NONE;) {
        if (index == spared[i]) {
            index = table->cold[index].next;
            i = 0;
        } else {
            i++;
        }
    }
    return index;
}

/* The least recently used of the flows worth so much. */
static uint32_t oldest_worth(const struct fs_flow_table *table, enum fs_worth worth,
                             const uint32_t *spared, unsigned count)
{
    uint32_t victim = FS_FLOW_NONE;

    for (uint64_t left = table->waiting[worth]; left; left &= left - 1) {
        const unsigned list = fs_flow_list_of((unsigned)__builtin_ctzll(left), worth);
        const uint32_t index = oldest_of(table, list, spared, count);

        if (index != FS_FLOW_NONE &&
            (victim == FS_FLOW_NONE ||
             fs_flow_touch_of(&table->cold[index]) < fs_flow_touch_of(&table->cold[victim])))
            victim = index;
    }
    return victim;
}

uint32_t fs_flow_table_victim(const struct fs_flow_table *table, const uint32_t *spared,
                              unsigned count)
{
    uint32_t victim = FS_FLOW_NONE;

    for (unsigned worth = 0; worth < FS_WORTHS && victim == FS_FLOW_NONE; worth++) {
        const uint64_t waiting = table->waiting[worth];

        if (waiting == 0)
            continue;
        if (count == 0 && (waiting & (waiting - 1)) == 0) /* one list has them all */
            return table
                ->lists[fs_flow_list_of((unsigned)__builtin_ctzll(waiting), (enum fs_worth)worth)]
                .head;
        victim = oldest_worth(table, (enum fs_worth)worth, spared, count);
    }
    return victim;
}

/* So many flows further on in the list; FS_FLOW_NONE past its end. */
static uint32_t walk(const struct fs_flow_table *table, uint32_t index, unsigned count)
{
    while (count-- && index != FS_FLOW_NONE)
        index = table->cold[index].next;
    return index;
}

uint32_t fs_flow_table_prefetch_leaving(struct fs_flow_table *table, uint32_t leaving,
                                        unsigned ahead)
{
    const uint32_t near = walk(table, leaving, ahead), far = walk(table, near, ahead);
    const char *record;

    if (near != FS_FLOW_NONE) {
        struct fs_flow_leaving *next = leaving_at(table, near);

        *next = (struct fs_flow_leaving){.hash = hash_of(table, near), .index = near};
        fs_flow_table_prefetch_bucket(table, next->hash);
    }
    if (far == FS_FLOW_NONE)
        return FS_FLOW_NONE;
    record = (const char *)&table->flows[far];
    fs_memory_fetch(record);
    fs_memory_fetch(record + 64);
    fs_memory_fetch(&table->cold[far]);
    return far;
}

static void sift_down(struct fs_flow_ref *heap, size_t count, size_t at)
{
    struct fs_flow_ref moving = heap[at];

    for (size_t child = 2 * at + 1; child < count; at = child, child = 2 * at + 1) {
        if (child + 1 < count && heap[child + 1].id > heap[child].id)
            child++;
        if (heap[child].id <= moving.id)
            break;
        heap[at] = heap[child];
    }
    heap[at] = moving;
}

/* In place, since there is no other memory (qsort() of glibc allocates). */
static void heap_sort(struct fs_flow_ref *refs, size_t count)
{
    for (size_t at = count / 2; at-- > 0;)
        sift_down(refs, count, at);
    for (size_t last = count; last-- > 1;) {
        struct fs_flow_ref largest = refs[0];

        refs[0] = refs[last];
        refs[last] = largest;
        sift_down(refs, last, 0);
    }
}

const struct fs_flow_ref *fs_flow_table_drain(struct fs_flow_table *table)
{
    struct fs_flow_ref *refs = (struct fs_flow_ref *)(void *)table->tags.buckets;
    uint32_t count = 0;
    bool in_order = true;

    _Static_assert(sizeof(struct fs_flow_ref) * FS_TAG_SLOTS <= 2 * sizeof(struct fs_tag_bucket),
                   "the buckets of a table at most half full hold a reference to every flow");
    for (uint32_t index = 0; index < table->ever_used; index++) {
        struct fs_flow *flow = &table->flows[index];

        if (flow->flags & FS_FLOW_OPEN) {
            flow->usual = 0; /* it will not be open */
            in_order = in_order && (count == 0 || refs[count - 1].id < flow->id);
            refs[count++] = (struct fs_flow_ref){.id = flow->id, .index = index};
        }
    }
    assert(count == table->open);
    if (!in_order)
        heap_sort(refs, count);
    return refs;
}

void fs_flow_table_clear(struct fs_flow_table *table)
{
    fs_memory_forget(table->tags.buckets,
                     ((size_t)table->tags.mask + 1) * sizeof(struct fs_tag_bucket));
    begin_buckets(table, table->tags.buckets);
    fs_memory_forget(table->recent, sizeof(*table->recent));
    table->recent->last = table->recent->flows;
    empty_lists(table);
    table->open = 0;
    table->ever_used = 0;
    table->free = FS_FLOW_NONE;
}
