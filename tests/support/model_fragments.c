/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of fragments, byte by byte. */
#include "support/model_fragments.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 256

struct part {
    uint32_t begin, end;
    bool last;   /* the datagram ends with it */
    bool counts; /* a part of the whole */
    uint32_t captured;
    uint8_t *bytes;

    bool waits;
    uint64_t frame, fed;
    int64_t time;
    bool has_time;
    uint32_t length, payload, outer_length;
    struct flowscope_result result;
};

enum state { GATHERS, WHOLE, DROPPED };

struct datagram {
    bool gone;
    enum state state;
    uint64_t closed;    /* when it ceased to gather, among all that did */
    struct fs_key from; /* addresses, path, and in IPv4 the protocol */
    uint32_t id;
    struct part *parts;
    size_t count;
    int64_t since;
    bool has_ahead;
    int64_t ahead;
    bool overlaps, has_protocol, has_flow, has_tcp, bad_l4;
    uint8_t protocol;
    struct fs_headers flow;
};

struct model_fragments {
    struct datagram *list;
    size_t count, room;
    uint64_t closings;
};

/* The datagrams of the frame at hand. */
struct held {
    size_t index[FS_LEVELS_MAX];
    size_t count;
};

#define NONE SIZE_MAX

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

static void call_lost(struct model *model, struct flowscope_result *result)
{
    result->pending = 0;
    if (result->flow_id == 0) {
        result->verdict = FLOWSCOPE_VERDICT_fragment_lost;
        model->counters.fragment_pending--;
        model->counters.fragment_lost++;
    }
}

static void lose(struct model *model, struct part *part)
{
    part->waits = false;
    call_lost(model, &part->result);
    if (model->settled)
        model->settled(model->user, part->frame, &part->result);
}

static void give_up(struct model *model, struct datagram *datagram, uint64_t *counter)
{
    if (datagram->state == GATHERS)
        ++*counter;
    for (size_t i = 0; i < datagram->count; i++)
        if (datagram->parts[i].waits)
            lose(model, &datagram->parts[i]);
    datagram->gone = true;
}

static void close_it(struct model *model, struct datagram *datagram, enum state state)
{
    datagram->state = state;
    datagram->closed = ++model->fragments->closings;
}

static void drop(struct model *model, struct datagram *datagram, uint64_t *counter)
{
    ++*counter;
    close_it(model, datagram, DROPPED);
}

static bool is_held(const struct held *held, size_t index)
{
    for (size_t i = 0; i < held->count; i++)
        if (held->index[i] == index)
            return true;
    return false;
}

/* Those that gather no more go first, the one that ceased first before; then the oldest. */
static bool evict(struct model *model, const struct held *held)
{
    struct model_fragments *all = model->fragments;
    struct datagram *victim = NULL;
    for (size_t i = 0; i < all->count; i++) {
        struct datagram *datagram = &all->list[i];
        if (datagram->gone || is_held(held, i))
            continue;
        if (!victim || (datagram->state != GATHERS &&
                        (victim->state == GATHERS || datagram->closed < victim->closed)))
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
        const struct datagram *datagram = &model->fragments->list[i];
        for (size_t k = 0; k < datagram->count; k++)
            if (!datagram->gone && datagram->state == GATHERS && datagram->parts[k].counts)
                count += chunks_of(datagram->parts[k].captured);
    }
    return count;
}

static uint32_t captured_of(const struct fs_fragment *fragment)
{
    return fragment->bytes.left < fragment->length ? (uint32_t)fragment->bytes.left
                                                   : fragment->length;
}

static bool repeats(const struct datagram *datagram, const struct fs_fragment *fragment)
{
    for (size_t i = 0; i < datagram->count; i++) {
        const struct part *part = &datagram->parts[i];
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

static size_t find(struct model *model, const struct fs_fragment *fragment, struct held *held)
{
    struct model_fragments *all = model->fragments;
    const struct fs_key from = from_of(fragment);
    size_t found = NONE;
    for (size_t i = 0; i < all->count; i++)
        if (!all->list[i].gone && all->list[i].id == fragment->id &&
            memcmp(&all->list[i].from, &from, sizeof from) == 0)
            found = i;
    if (found != NONE && is_held(held, found))
        return NONE;
    if (found != NONE && all->list[found].state == WHOLE && !repeats(&all->list[found], fragment)) {
        give_up(model, &all->list[found], NULL);
        found = NONE;
    }
    if (found == NONE) {
        while (live_datagrams(model) >= model->config.max_datagrams && evict(model, held))
            ;
        if (all->count == all->room) {
            all->room = all->room ? 2 * all->room : 16;
            all->list = realloc(all->list, all->room * sizeof *all->list);
            if (!all->list)
                abort();
        }
        found = all->count++;
        all->list[found] = (struct datagram){.from = from,
                                             .id = fragment->id,
                                             .since = model->clock,
                                             .has_ahead = model->has_candidate,
                                             .ahead = model->candidate};
        model->counters.datagrams++;
    }
    held->index[held->count++] = found;
    return found;
}

static struct part *add_part(struct model *model, struct datagram *datagram,
                             const struct held *held)
{
    struct part *part;
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

static bool make_bytes(struct model *model, const struct datagram *datagram, uint64_t chunks)
{
    const uint64_t limit = model->config.fragment_bytes / CHUNK;
    struct model_fragments *all = model->fragments;
    for (size_t i = 0; chunks <= limit && i < all->count; i++) {
        if (kept_chunks(model) + chunks <= limit)
            return true;
        if (!all->list[i].gone && all->list[i].state == GATHERS && &all->list[i] != datagram)
            drop(model, &all->list[i], &model->counters.datagrams_unkept);
    }
    return kept_chunks(model) + chunks <= limit;
}

/* Byte by byte: which part owns each of the datagram. False while one has no owner. */
static bool own_all(const struct model *model, const struct datagram *datagram, uint32_t *total,
                    const struct part **owners)
{
    *total = 0;
    for (size_t i = 0; i < datagram->count; i++)
        if (datagram->parts[i].counts && datagram->parts[i].last)
            *total = datagram->parts[i].end;
    memset(owners, 0, 65536 * sizeof *owners);
    for (size_t i = 0; i < datagram->count; i++) {
        const struct part *part = &datagram->parts[i];
        for (uint32_t at = part->begin; part->counts && at < part->end; at++)
            if (!owners[at] || model_takes_byte(model->config.ipv4_overlap, part->begin, part->end,
                                                owners[at]->begin, owners[at]->end))
                owners[at] = part;
    }
    for (uint32_t at = 0; at < *total; at++)
        if (!owners[at])
            return false;
    return *total > 0;
}

/* Returns the part that the fragment became; NULL for none. */
static struct part *put(struct model *model, struct datagram *datagram,
                        const struct fs_fragment *fragment, const struct held *held)
{
    const uint32_t end = fragment->offset + fragment->length;
    bool meets = false, contradicts = false;
    struct part *part;
    if (datagram->state != GATHERS || repeats(datagram, fragment))
        return NULL;
    for (size_t i = 0; i < datagram->count; i++) {
        const struct part *other = &datagram->parts[i];
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
    part = add_part(model, datagram, held);
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

static void set_level(struct datagram *datagram, const struct fs_fragment *fragment,
                      const struct fs_headers *own, struct fs_frame *frame)
{
    struct fs_headers *level = &frame->level[fragment->level];
    if (fragment->has_level && memcmp(&own->key, &datagram->flow.key, sizeof own->key) == 0) {
        *level = *own;
        datagram->has_tcp = datagram->has_tcp || own->has_tcp;
        datagram->bad_l4 = datagram->bad_l4 || own->bad_l4;
    } else {
        memset(level, 0, sizeof *level);
        level->key = datagram->flow.key;
        level->swapped = datagram->flow.swapped;
        level->has_ports = datagram->flow.has_ports;
        level->bytes = own->bytes;
        level->payload_bytes = fragment->has_level ? own->payload_bytes : fragment->counted;
        level->layer_count = fragment->layer_count;
        frame->has_quote = false; /* only its first fragment quotes */
    }
    frame->level_count = (uint8_t)(fragment->level + 1);
    frame->layer_count = level->layer_count;
}

enum next { KNOWN, WAITS, INSIDE };

static enum next take_whole(struct model *model, struct datagram *datagram,
                            const struct part **owners, uint32_t total,
                            const struct fs_fragment *fragment, const struct fs_headers *own,
                            struct fs_frame *frame)
{
    static uint8_t whole[65536];
    const struct fs_packet_options options = fs_packet_options_of(&model->config);
    struct fs_headers *level = &frame->level[fragment->level];
    uint32_t known = 0;
    enum flowscope_verdict verdict;
    while (known < total && known - owners[known]->begin < owners[known]->captured) {
        whole[known] = owners[known]->bytes[known - owners[known]->begin];
        known++;
    }
    close_it(model, datagram, WHOLE);
    model->counters.datagrams_complete++;
    verdict = fs_headers_read_datagram(frame, &options, datagram->protocol,
                                       fs_cursor_over(whole, known), total);
    if (frame->level_count > fragment->level && !datagram->has_flow) {
        datagram->has_flow = true;
        datagram->flow = *level;
    }
    if (!datagram->has_flow)
        return WAITS;
    if (frame->level_count <= fragment->level ||
        memcmp(&level->key, &datagram->flow.key, sizeof level->key) != 0) {
        set_level(datagram, fragment, own, frame);
        return KNOWN;
    }
    level->payload_bytes = fragment->has_level ? own->payload_bytes : fragment->counted;
    if (fragment->has_level && own->has_tcp)
        level->tcp = own->tcp;
    else if (datagram->has_tcp)
        level->has_tcp = false;
    if (datagram->bad_l4)
        level->bad_l4 = false;
    datagram->has_tcp = datagram->has_tcp || level->has_tcp;
    datagram->bad_l4 = datagram->bad_l4 || level->bad_l4;
    return verdict == FLOWSCOPE_VERDICT_fragment_pending ? INSIDE : KNOWN;
}

static enum next take_part(struct model *model, struct fs_frame *frame, struct held *held,
                           size_t *part_index)
{
    static const struct part *owners[65536];
    const struct fs_fragment fragment = frame->fragment;
    const struct fs_headers own = frame->level[fragment.level];
    const size_t index = find(model, &fragment, held);
    struct datagram *datagram;
    struct part *part;
    uint32_t total = 0;
    if (index == NONE) {
        frame->level_count = fragment.level;
        frame->layer_count = frame->level[fragment.level - 1].layer_count;
        return KNOWN;
    }
    datagram = &model->fragments->list[index];
    part = put(model, datagram, &fragment, held);
    *part_index = part ? datagram->count - 1 : NONE;
    if (fragment.offset == 0 && !datagram->has_protocol) {
        datagram->has_protocol = true;
        datagram->protocol = fragment.key.protocol;
    }
    if (fragment.has_level && !datagram->has_flow) {
        datagram->has_flow = true;
        datagram->flow = own;
    }
    if (part && datagram->state == GATHERS && own_all(model, datagram, &total, owners))
        return take_whole(model, datagram, owners, total, &fragment, &own, frame);
    if (datagram->has_flow) {
        set_level(datagram, &fragment, &own, frame);
        return KNOWN;
    }
    frame->level_count = fragment.level;
    return WAITS;
}

static struct model_flow *flow_of(struct model *model, const struct datagram *datagram)
{
    return model_find(model, &datagram->flow.key);
}

/* In the flow as if it had come just before the frame at hand. */
static void settle(struct model *model, struct datagram *datagram, uint64_t id_before,
                   uint64_t last_before, struct flowscope_result *at_hand)
{
    struct model_flow *flow = flow_of(model, datagram);
    struct flowscope_flow_record *record = &flow->record;
    const bool shown = at_hand->flow_id == record->flow_id;
    const unsigned way = (datagram->flow.swapped ? 1u : 0u) != flow->initiator;
    uint64_t number = record->packets[0] + record->packets[1] - 1;
    uint64_t last = id_before == record->flow_id ? last_before : 0;
    for (size_t i = 0; i < datagram->count; i++) {
        struct part *part = &datagram->parts[i];
        struct flowscope_result *result = &part->result;
        const uint64_t parent_id = result->flow_id;
        if (!part->waits)
            continue;
        if (model->counters.frames - part->fed > model->config.fragment_window) {
            model->counters.fragments_outwaited++;
            lose(model, part);
            continue;
        }
        part->waits = false;
        model_count_late(model, flow, way, part->frame, part->time, part->has_time, part->length,
                         part->payload);
        model->counters.bytes += part->length;
        model->counters.bytes -= part->outer_length;
        if (parent_id) {
            model->counters.nested++;
        } else {
            model->counters.fragment_pending--;
            model->counters.no_flow--;
            model->counters.packets_in_flows++;
        }
        memset(result, 0, sizeof *result);
        result->flow_id = record->flow_id;
        result->parent_id = parent_id;
        result->packet_number = ++number;
        result->first_frame = record->first_frame;
        result->prev_frame = last < part->frame ? last : 0;
        result->direction = way ? FLOWSCOPE_DIRECTION_REVERSE : FLOWSCOPE_DIRECTION_FORWARD;
        result->tcp_state = record->tcp_state;
        if (last < part->frame)
            last = part->frame;
        if (model->settled)
            model->settled(model->user, part->frame, result);
    }
    if (shown) {
        at_hand->packet_number = number + 1;
        at_hand->first_frame = record->first_frame;
        at_hand->prev_frame = last;
    }
}

static bool has_waiting(const struct datagram *datagram)
{
    for (size_t i = 0; i < datagram->count; i++)
        if (datagram->parts[i].waits)
            return true;
    return false;
}

static void let_wait(struct model *model, struct datagram *datagram, size_t part_index,
                     const struct held *held, const struct fs_frame *frame,
                     const struct flowscope_packet *packet, int64_t own_time,
                     struct flowscope_result *result)
{
    struct part *part =
        part_index == NONE ? add_part(model, datagram, held) : &datagram->parts[part_index];
    result->pending = 1;
    if (!part) {
        model->counters.fragments_outwaited++;
        call_lost(model, result);
        return;
    }
    part->waits = true;
    part->frame = packet->frame;
    part->fed = model->counters.frames;
    part->time = own_time;
    part->has_time = packet->time_quality != FLOWSCOPE_TIME_NONE;
    part->length = frame->level[frame->fragment.level].bytes;
    part->payload = frame->fragment.counted;
    part->outer_length = frame->fragment.level ? frame->level[frame->fragment.level - 1].bytes : 0;
    part->result = *result;
}

void model_take_fragment(struct model *model, const struct flowscope_packet *packet,
                         struct fs_frame *frame, int64_t own_time, struct flowscope_result *result)
{
    uint64_t id_before[FS_LEVELS_MAX] = {0}, last_before[FS_LEVELS_MAX] = {0};
    struct held held = {.count = 0};
    size_t part_index = NONE;
    enum next next;
    do
        next = take_part(model, frame, &held, &part_index);
    while (next == INSIDE);
    for (size_t i = 0; i < held.count; i++) {
        struct datagram *datagram = &model->fragments->list[held.index[i]];
        const struct model_flow *flow = datagram->has_flow ? flow_of(model, datagram) : NULL;
        if (flow) {
            id_before[i] = flow->record.flow_id;
            last_before[i] = flow->record.last_frame;
        }
    }
    if (frame->level_count > 0) {
        model_follow(model, packet, frame, own_time, result);
    } else {
        memset(result, 0, sizeof *result);
        result->verdict = FLOWSCOPE_VERDICT_fragment_pending;
        model->counters.no_flow++;
        model->counters.fragment_pending++;
    }
    for (size_t i = 0; i < held.count; i++) {
        struct datagram *datagram = &model->fragments->list[held.index[i]];
        if (datagram->has_flow && has_waiting(datagram))
            settle(model, datagram, id_before[i], last_before[i], result);
    }
    if (next == WAITS)
        let_wait(model, &model->fragments->list[held.index[held.count - 1]], part_index, &held,
                 frame, packet, own_time, result);
}

void model_fragments_expire(struct model *model)
{
    for (size_t i = 0; i < model->fragments->count; i++) {
        struct datagram *datagram = &model->fragments->list[i];
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
        struct datagram *datagram = &model->fragments->list[i];
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
        count += !model->fragments->list[i].gone && model->fragments->list[i].state == GATHERS;
    return count;
}
