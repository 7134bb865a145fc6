/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/datagrams.h"

#include "engine/waiting.h"
#include "packet/fragment_join.h"

#include <assert.h>

struct fs_fragment_limits fs_engine_fragment_limits(const struct flowscope_config *config)
{
    return (struct fs_fragment_limits){
        .datagrams = (uint32_t)config->max_datagrams + FS_LEVELS_MAX,
        .pieces = (uint32_t)config->max_fragments,
        .chunks = (uint32_t)(config->fragment_bytes / FS_CHUNK_BYTES),
    };
}

/* The datagram and all that waits for it go. `counter`: why, if it was still open. */
static void give_up(flowscope_engine *engine, uint32_t index, uint64_t *counter)
{
    struct fs_fragment_table *table = &engine->fragments;
    const struct fs_datagram *datagram = &table->datagrams[index];

    if (datagram->state == FS_DATAGRAM_OPEN)
        ++*counter;
    for (uint32_t i = datagram->first; datagram->waiting && i != FS_PIECE_NONE;
         i = table->piece_slots.link[i])
        if (table->pieces[i].waits)
            fs_waiting_lose(engine, i);
    fs_fragment_table_remove(table, index);
}

static void drop_bytes(flowscope_engine *engine, uint32_t index, uint64_t *counter)
{
    ++*counter;
    fs_fragment_table_close(&engine->fragments, index, FS_DATAGRAM_DROPPED);
}

/* False: all are at hand. */
static bool evict(flowscope_engine *engine, const struct fs_at_hand *hand)
{
    const uint32_t victim =
        fs_fragment_table_victim(&engine->fragments, hand->datagram, hand->count);

    if (victim == FS_DATAGRAM_NONE)
        return false;
    give_up(engine, victim, &engine->counters.datagrams_evicted);
    return true;
}

uint32_t fs_engine_open_datagram(flowscope_engine *engine, uint64_t hash,
                                 const struct fs_fragment *fragment, const struct fs_at_hand *hand)
{
    const int64_t now_ns = engine->clock.now_ns;
    uint32_t index;

    while (engine->fragments.slots.used >= engine->config.max_datagrams && evict(engine, hand))
        ;
    index = fs_fragment_table_open(&engine->fragments, hash, fragment, now_ns);
    assert(index != FS_DATAGRAM_NONE); /* there is room for those at hand */
    fs_engine_datagram(engine, index)->ahead_ns =
        engine->clock.has_ahead ? engine->clock.ahead_ns : INT64_MIN;
    engine->counters.datagrams++;
    const int64_t over_ns = fs_time_after(now_ns, engine->config.fragment_timeout_ns);
    fs_engine_set_timer(engine, over_ns);
    return index;
}

/* One that is whole takes repeats; anything else begins another with the same number. */
uint32_t fs_engine_find_datagram(flowscope_engine *engine, uint64_t hash,
                                 const struct fs_fragment *fragment, struct fs_at_hand *hand)
{
    const struct fs_fragment_table *table = &engine->fragments;
    uint32_t index = fs_fragment_table_find(table, hash, fragment);

    for (unsigned i = 0; i < hand->count; i++)
        if (hand->datagram[i] == index)
            return FS_DATAGRAM_NONE;
    if (index != FS_DATAGRAM_NONE &&
        fs_engine_datagram(engine, index)->state == FS_DATAGRAM_WHOLE &&
        !fs_fragment_repeats(table, index, fragment)) {
        give_up(engine, index, NULL);
        index = FS_DATAGRAM_NONE;
    }
    if (index == FS_DATAGRAM_NONE)
        index = fs_engine_open_datagram(engine, hash, fragment, hand);
    hand->datagram[hand->count++] = index;
    return index;
}

uint32_t fs_engine_new_piece(flowscope_engine *engine, uint32_t index,
                             const struct fs_at_hand *hand)
{
    if (fs_engine_datagram(engine, index)->pieces >= engine->config.datagram_fragments)
        return FS_PIECE_NONE;
    while (fs_slab_left(&engine->fragments.piece_slots) == 0)
        if (!evict(engine, hand))
            return FS_PIECE_NONE;
    return fs_fragment_table_add(&engine->fragments, index);
}

/* Other open datagrams give up their bytes, the oldest first. False: there is not so much room. */
static bool make_chunks(flowscope_engine *engine, uint32_t index, uint32_t chunks)
{
    struct fs_fragment_table *table = &engine->fragments;

    if (chunks > table->chunk_slots.capacity)
        return false;
    while (fs_slab_left(&table->chunk_slots) < chunks) {
        uint32_t oldest = table->kept.head;

        if (oldest == index)
            oldest = table->datagrams[oldest].after;
        if (oldest == FS_DATAGRAM_NONE)
            return false;
        drop_bytes(engine, oldest, &engine->counters.datagrams_unkept);
    }
    return true;
}

bool fs_engine_put_part(flowscope_engine *engine, uint32_t index,
                        const struct fs_fragment *fragment, const struct fs_at_hand *hand,
                        uint32_t *piece)
{
    struct flowscope_counters *counters = &engine->counters;
    struct fs_datagram *datagram = fs_engine_datagram(engine, index);
    enum fs_fragment_fit fit;

    *piece = FS_PIECE_NONE;
    if (datagram->state != FS_DATAGRAM_OPEN)
        return false;
    fit = fs_fragment_fit_of(&engine->fragments, index, fragment);
    if (fit == FS_FRAGMENT_REPEATS)
        return false;
    if (fit == FS_FRAGMENT_OVERLAPS && !datagram->overlaps) {
        datagram->overlaps = true;
        counters->datagrams_overlapping++;
    }
    if (fit == FS_FRAGMENT_CONTRADICTS ||
        (fit == FS_FRAGMENT_OVERLAPS && datagram->key.version == 6)) {
        drop_bytes(engine, index, &counters->datagrams_damaged);
        return false;
    }
    if (datagram->pieces >= engine->config.datagram_fragments) {
        drop_bytes(engine, index, &counters->datagrams_shredded);
        return false;
    }
    *piece = fs_engine_new_piece(engine, index, hand);
    if (*piece == FS_PIECE_NONE) {
        drop_bytes(engine, index, &counters->datagrams_evicted);
        return false;
    }
    if (!make_chunks(engine, index, fs_fragment_chunks(fragment))) {
        drop_bytes(engine, index, &counters->datagrams_unkept);
        return false;
    }
    return fs_fragment_keep(&engine->fragments, index, *piece, fragment);
}

bool fs_engine_has_place(const flowscope_engine *engine, uint32_t index,
                         const struct fs_fragment *fragment)
{
    const struct fs_fragment_table *table = &engine->fragments;

    return table->datagrams[index].pieces < engine->config.datagram_fragments &&
           fs_slab_left(&table->piece_slots) != 0 &&
           fs_slab_left(&table->chunk_slots) >= fs_fragment_chunks(fragment) &&
           fs_fragment_fit_of(table, index, fragment) == FS_FRAGMENT_FITS &&
           !fs_fragment_completes(table, index, fragment);
}

void fs_engine_expire_datagrams(flowscope_engine *engine)
{
    const struct fs_fragment_table *table = &engine->fragments;
    const int64_t timeout_ns = engine->config.fragment_timeout_ns;
    uint32_t index;

    while ((index = table->ages.head) != FS_DATAGRAM_NONE) {
        const int64_t since_ns = table->datagrams[index].since_ns;
        const int64_t over_ns = fs_time_after(since_ns, timeout_ns);

        if (fs_time_since(engine->clock.now_ns, since_ns) < timeout_ns) {
            fs_engine_set_timer(engine, over_ns);
            return;
        }
        give_up(engine, index, &engine->counters.datagrams_incomplete);
    }
}

void fs_engine_forget_datagrams(flowscope_engine *engine)
{
    while (engine->fragments.ages.head != FS_DATAGRAM_NONE)
        give_up(engine, engine->fragments.ages.head, &engine->counters.datagrams_incomplete);
}

void fs_engine_date_datagrams_ahead(flowscope_engine *engine)
{
    const struct fs_fragment_table *table = &engine->fragments;

    for (uint32_t i = table->ages.tail; i != FS_DATAGRAM_NONE; i = table->datagrams[i].older) {
        if (table->datagrams[i].ahead_ns != engine->clock.ahead_ns)
            return;
        table->datagrams[i].since_ns = engine->clock.ahead_ns;
    }
}

void fs_engine_date_datagrams(flowscope_engine *engine, int64_t now_ns)
{
    const struct fs_fragment_table *table = &engine->fragments;

    for (uint32_t i = table->ages.head; i != FS_DATAGRAM_NONE; i = table->datagrams[i].newer)
        table->datagrams[i].since_ns = now_ns;
}
