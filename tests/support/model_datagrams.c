/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/model_datagrams.h"

#include "support/model_fragments.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 256

struct model_fragments *model_fragments_new(void)
{
    struct model_fragments *fragments = calloc(1, sizeof *fragments);
    if (!fragments)
        abort();
    return fragments;
}

void model_fragments_free(struct model_fragments *fragments)
{
    for (size_t i = 0; fragments && i < fragments->count; i++) {
        for (size_t k = 0; k < fragments->list[i].count; k++)
            free(fragments->list[i].parts[k].bytes);
        free(fragments->list[i].parts);
    }
    if (fragments)
        free(fragments->list);
    free(fragments);
}

bool model_takes_byte(uint64_t policy, uint32_t later_begin, uint32_t later_end,
                      uint32_t earlier_begin, uint32_t earlier_end)
{
    switch (policy) {
    case FLOWSCOPE_OVERLAP_FIRST:
        return false;
    case FLOWSCOPE_OVERLAP_LAST:
        return true;
    case FLOWSCOPE_OVERLAP_BSD:
        return later_begin < earlier_begin;
    case FLOWSCOPE_OVERLAP_LINUX:
        return later_begin <= earlier_begin;
    default:
        return later_begin < earlier_begin && later_end > earlier_end;
    }
}

void model_call_lost(struct model *model, struct flowscope_result *result)
{
    result->pending = 0;
    if (result->flow_id == 0) {
        result->verdict = FLOWSCOPE_VERDICT_fragment_lost;
        model->counters.fragment_pending--;
        model->counters.fragment_lost++;
    }
}

void model_lose(struct model *model, struct model_part *part)
{
    part->waits = false;
    model_call_lost(model, &part->result);
    if (model->settled)
        model->settled(model->user, part->frame, &part->result);
}

static void give_up(struct model *model, struct model_datagram *datagram, uint64_t *counter)
{
    if (datagram->state == MODEL_GATHERS)
        ++*counter;
    for (size_t i = 0; i < datagram->count; i++)
        if (datagram->parts[i].waits)
            model_lose(model, &datagram->parts[i]);
    datagram->gone = true;
}

void model_close_datagram(struct model *model, struct model_datagram *datagram,
                          enum model_state state)
{
    datagram->state = state;
    datagram->closed = ++model->fragments->closings;
}

static void drop(struct model *model, struct model_datagram *datagram, uint64_t *counter)
{
    ++*counter;
    model_close_datagram(model, datagram, MODEL_DROPPED);
}

static bool is_held(const struct model_held *held, size_t index)
{
    for (size_t i = 0; i < held->count; i++)
        if (held->index[i] == index)
            return true;
    return false;
}

/* Those that gather no more go first, the one that ceased first before; then the oldest. */
static bool evict(struct model *model, const struct model_held *held)
{
    struct model_fragments *all = model->fragments;
    struct model_datagram *victim = NULL;
    for (size_t i = 0; i < all->count; i++) {
        struct model_datagram *datagram = &all->list[i];
        if (datagram->gone || is_held(held, i))
            continue;
        if (!victim || (datagram->state != MODEL_GATHERS &&
                        (victim->state == MODEL_GATHERS || datagram->closed < victim->closed)))
            victim = datagram;
    }
    if (victim)
        give_up(model, victim, &model->counters.datagrams_evicted);
    return victim != NULL;
}

static size_t live_datagrams(const struct model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->fragments->count; i++)
        count += !model->fragments->list[i].gone;
    return count;
}

static size_t live_parts(const struct model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->fragments->count; i++)
        if (!model->fragments->list[i].gone)
            count += model->fragments->list[i].count;
    return count;
}

static uint64_t chunks_of(uint64_t bytes)
{
    return (bytes + CHUNK - 1) / CHUNK;
}

static uint64_t kept_chunks(const struct model *model)
{
    uint64_t count = 0;
    for (size_t i = 0; i < model->fragments->count; i++) {
        const struct model_datagram *datagram = &model->fragments->list[i];
        for (size_t k = 0; k < datagram->count; k++)
            if (!datagram->gone && datagram->state == MODEL_GATHERS && datagram->parts[k].counts)
                count += chunks_of(datagram->parts[k].captured);
    }
    return count;
}

static uint32_t captured_of(const struct fs_fragment *fragment)
{
    return fragment->bytes.left < fragment->length ? (uint32_t)fragment->bytes.left
                                                   : fragment->length;
}

static bool repeats(const struct model_datagram *datagram, const struct fs_fragment *fragment)
{
    for (size_t i = 0; i < datagram->count; i++) {
        const struct model_part *part = &datagram->parts[i];
        if (part->counts && part->begin == fragment->offset &&
            part->end == fragment->offset + fragment->length && part->last == !fragment->more &&
            part->captured == captured_of(fragment) &&
            memcmp(part->bytes, fragment->bytes.at, part->captured) == 0)
            return true;
    }
    return false;
}

static struct fs_key from_of(const struct fs_fragment *fragment)
{
    struct fs_key from = fragment->key;
    if (from.kind == 6)
        from.protocol = 0;
    return from;
}

size_t model_find_datagram(struct model *model, const struct fs_fragment *fragment,
                           struct model_held *held)
{
    struct model_fragments *all = model->fragments;
    const struct fs_key from = from_of(fragment);
    size_t found = MODEL_NONE;
    for (size_t i = 0; i < all->count; i++)
        if (!all->list[i].gone && all->list[i].id == fragment->id &&
            memcmp(&all->list[i].from, &from, sizeof from) == 0)
            found = i;
    if (found != MODEL_NONE && is_held(held, found))
        return MODEL_NONE;
    if (found != MODEL_NONE && all->list[found].state == MODEL_WHOLE &&
        !repeats(&all->list[found], fragment)) {
        give_up(model, &all->list[found], NULL);
        found = MODEL_NONE;
    }
    if (found == MODEL_NONE) {
        while (live_datagrams(model) >= model->config.max_datagrams && evict(model, held))
            ;
        if (all->count == all->room) {
            all->room = all->room ? 2 * all->room : 16;
            all->list = realloc(all->list, all->room * sizeof *all->list);
            if (!all->list)
                abort();
        }
        found = all->count++;
        all->list[found] = (struct model_datagram){.from = from,
                                                   .id = fragment->id,
                                                   .since = model->clock,
                                                   .has_ahead = model->has_candidate,
                                                   .ahead = model->candidate};
        model->counters.datagrams++;
    }
    held->level[held->count] = fragment->level;
    held->index[held->count++] = found;
    return found;
}

struct model_part *model_add_part(struct model *model, struct model_datagram *datagram,
                                  const struct model_held *held)
{
    struct model_part *part;
    if (datagram->count >= model->config.datagram_fragments)
        return NULL;
    while (live_parts(model) >= model->config.max_fragments)
        if (!evict(model, held))
            return NULL;
    datagram->parts = realloc(datagram->parts, (datagram->count + 1) * sizeof *datagram->parts);
    if (!datagram->parts)
        abort();
    part = &datagram->parts[datagram->count++];
    memset(part, 0, sizeof *part);
    return part;
}

static bool make_bytes(struct model *model, const struct model_datagram *datagram, uint64_t chunks)
{
    const uint64_t limit = model->config.fragment_bytes / CHUNK;
    struct model_fragments *all = model->fragments;
    for (size_t i = 0; chunks <= limit && i < all->count; i++) {
        if (kept_chunks(model) + chunks <= limit)
            return true;
        if (!all->list[i].gone && all->list[i].state == MODEL_GATHERS && &all->list[i] != datagram)
            drop(model, &all->list[i], &model->counters.datagrams_unkept);
    }
    return kept_chunks(model) + chunks <= limit;
}

/* Byte by byte: which part owns each of the datagram. False while one has no owner. */
bool model_own_all(const struct model *model, const struct model_datagram *datagram,
                   uint32_t *total, const struct model_part **owners)
{
    uint32_t most = 0;
    *total = 0;
    for (size_t i = 0; i < datagram->count; i++) {
        if (datagram->parts[i].counts && datagram->parts[i].end > most)
            most = datagram->parts[i].end;
        if (datagram->parts[i].counts && datagram->parts[i].last)
            *total = datagram->parts[i].end;
    }
    if (*total == 0)
        return false; /* its end is not there yet */
    for (uint32_t at = 0; at < most; at++)
        owners[at] = NULL;
    for (size_t i = 0; i < datagram->count; i++) {
        const struct model_part *part = &datagram->parts[i];
        for (uint32_t at = part->begin; part->counts && at < part->end; at++)
            if (!owners[at] || model_takes_byte(model->config.ipv4_overlap, part->begin, part->end,
                                                owners[at]->begin, owners[at]->end))
                owners[at] = part;
    }
    for (uint32_t at = 0; at < *total; at++)
        if (!owners[at])
            return false;
    return true;
}

/* Returns the part that the fragment became; NULL for none. */
struct model_part *model_put(struct model *model, struct model_datagram *datagram,
                             const struct fs_fragment *fragment, const struct model_held *held)
{
    const uint32_t end = fragment->offset + fragment->length;
    bool meets = false, contradicts = false;
    struct model_part *part;
    if (datagram->state != MODEL_GATHERS || repeats(datagram, fragment))
        return NULL;
    for (size_t i = 0; i < datagram->count; i++) {
        const struct model_part *other = &datagram->parts[i];
        if (!other->counts)
            continue;
        meets = meets || (other->begin < end && fragment->offset < other->end);
        contradicts = contradicts || (other->last && end > other->end) ||
                      (!fragment->more && (other->end > end || (other->last && other->end != end)));
    }
    if (meets && !contradicts && !datagram->overlaps) {
        datagram->overlaps = true;
        model->counters.datagrams_overlapping++;
    }
    if (contradicts || (meets && datagram->from.kind == 6)) {
        drop(model, datagram, &model->counters.datagrams_damaged);
        return NULL;
    }
    if (datagram->count >= model->config.datagram_fragments) {
        drop(model, datagram, &model->counters.datagrams_shredded);
        return NULL;
    }
    part = model_add_part(model, datagram, held);
    if (!part) {
        drop(model, datagram, &model->counters.datagrams_evicted);
        return NULL;
    }
    if (!make_bytes(model, datagram, chunks_of(captured_of(fragment)))) {
        drop(model, datagram, &model->counters.datagrams_unkept);
        return part;
    }
    part->counts = true;
    part->begin = fragment->offset;
    part->end = end;
    part->last = !fragment->more;
    part->captured = captured_of(fragment);
    part->bytes = malloc(part->captured + 1u);
    if (!part->bytes)
        abort();
    memcpy(part->bytes, fragment->bytes.at, part->captured);
    return part;
}

void model_fragments_expire(struct model *model)
{
    for (size_t i = 0; i < model->fragments->count; i++) {
        struct model_datagram *datagram = &model->fragments->list[i];
        if (!datagram->gone &&
            (__int128)model->clock - datagram->since >= model->config.fragment_timeout_ns)
            give_up(model, datagram, &model->counters.datagrams_incomplete);
    }
}

void model_fragments_start_clock(struct model *model, int64_t time)
{
    for (size_t i = 0; i < model->fragments->count; i++)
        model->fragments->list[i].since = time;
}

void model_fragments_believe(struct model *model, int64_t candidate)
{
    for (size_t i = model->fragments->count; i-- > 0;) {
        struct model_datagram *datagram = &model->fragments->list[i];
        if (datagram->gone)
            continue;
        if (!datagram->has_ahead || datagram->ahead != candidate)
            return;
        datagram->since = candidate;
    }
}

uint64_t model_fragments_open(const struct model *model)
{
    uint64_t count = 0;
    for (size_t i = 0; i < model->fragments->count; i++)
        count +=
            !model->fragments->list[i].gone && model->fragments->list[i].state == MODEL_GATHERS;
    return count;
}
