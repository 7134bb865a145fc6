/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of fragments, byte by byte. */
#include "support/model_fragments.h"

#include "support/model_datagrams.h"

#include <string.h>

static void set_level(struct model_datagram *datagram, const struct fs_fragment *fragment,
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
        level->ip_at = own->ip_at;
        level->transport_at = FS_NOT_IN_FRAME;
        level->bytes = own->bytes;
        level->payload_bytes = fragment->has_level ? own->payload_bytes : fragment->counted;
        level->layer_count = fragment->layer_count;
        frame->has_quote = false; /* only its first fragment quotes */
    }
    frame->level_count = (uint8_t)(fragment->level + 1);
    frame->layer_count = level->layer_count;
}

enum next { KNOWN, PARTIAL, WAITS, INSIDE };

/* No ports yet. Other keys than five-tuples may do without. */
static enum next leave_partial(const struct model_held *held, const struct fs_fragment *fragment,
                               const struct fs_headers *own, struct fs_frame *frame)
{
    frame->level_count = fragment->level;
    if (!held->reading)
        return WAITS;
    frame->level[fragment->level] = *own;
    frame->fragment = *fragment;
    frame->has_quote = false;
    fs_reading_set_fragment(frame);
    return PARTIAL;
}

static enum next take_whole(struct model *model, struct model_datagram *datagram,
                            const struct model_held *held, const struct model_part **owners,
                            uint32_t total, const struct fs_fragment *fragment,
                            const struct fs_headers *own, struct fs_frame *frame)
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
    model_close_datagram(model, datagram, MODEL_WHOLE);
    model->counters.datagrams_complete++;
    verdict =
        fs_headers_read_datagram(frame, &options, datagram->protocol, fs_cursor_over(whole, known),
                                 total, held->reading ? &held->reading->notes : NULL);
    if (frame->level_count > fragment->level && !datagram->has_flow) {
        datagram->has_flow = true;
        datagram->flow = *level;
    }
    if (!datagram->has_flow)
        return leave_partial(held, fragment, own, frame);
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

static enum next take_part(struct model *model, struct fs_frame *frame, struct model_held *held,
                           size_t *part_index)
{
    static const struct model_part *owners[65536];
    const struct fs_fragment fragment = frame->fragment;
    const struct fs_headers own = frame->level[fragment.level];
    const size_t index = model_find_datagram(model, &fragment, held);
    struct model_datagram *datagram;
    struct model_part *part;
    uint32_t total = 0;
    if (index == MODEL_NONE) {
        frame->level_count = fragment.level;
        frame->layer_count = frame->level[fragment.level - 1].layer_count;
        return KNOWN;
    }
    datagram = &model->fragments->list[index];
    held->bytes = own.bytes;
    part = model_put(model, datagram, &fragment, held);
    *part_index = part ? datagram->count - 1 : MODEL_NONE;
    if (fragment.offset == 0 && !datagram->has_protocol) {
        datagram->has_protocol = true;
        datagram->protocol = fragment.key.protocol;
    }
    if (fragment.has_level && !datagram->has_flow) {
        datagram->has_flow = true;
        datagram->flow = own;
    }
    if (part && datagram->state == MODEL_GATHERS && model_own_all(model, datagram, &total, owners))
        return take_whole(model, datagram, held, owners, total, &fragment, &own, frame);
    if (!datagram->has_flow)
        return leave_partial(held, &fragment, &own, frame);
    set_level(datagram, &fragment, &own, frame);
    return KNOWN;
}

/* The level, as its flow has it, of the datagram that the frame holds as number `i`; NULL: an own
 * function wants no flow of it. */
static const struct fs_headers *told_level(const struct model *model, const struct model_held *held,
                                           size_t i)
{
    if (!held->reading)
        return &model->fragments->list[held->index[i]].flow;
    const uint8_t place = held->reading->place[held->level[i]];
    return place == FS_NO_PLACE ? NULL : &held->reading->frame->level[place];
}

static bool is_in_time(struct model *model, struct model_part *part)
{
    if (model->counters.frames - part->fed <= model->config.fragment_window)
        return true;
    model->counters.fragments_outwaited++;
    model_lose(model, part);
    return false;
}

static void turn_away(struct model *model, struct model_datagram *datagram)
{
    for (size_t i = 0; i < datagram->count; i++) {
        struct model_part *part = &datagram->parts[i];
        if (!part->waits || !is_in_time(model, part))
            continue;
        part->waits = false;
        part->result.pending = 0;
        if (part->result.flow_id == 0) {
            part->result.verdict = FLOWSCOPE_VERDICT_no_key;
            model->counters.fragment_pending--;
            model->counters.no_key++;
        }
        if (model->settled)
            model->settled(model->user, part->frame, &part->result);
    }
}

/* In the flow as if it had come just before the frame at hand. */
static void settle(struct model *model, struct model_datagram *datagram,
                   const struct fs_headers *level, uint64_t id_before, uint64_t last_before,
                   struct flowscope_result *at_hand)
{
    struct model_flow *flow = model_find(model, &level->key);
    struct flowscope_flow_record *record = &flow->record;
    const bool shown = at_hand->flow_id == record->flow_id;
    const unsigned way = (level->swapped ? 1u : 0u) != flow->initiator;
    uint64_t number = record->packets[0] + record->packets[1] - 1;
    uint64_t last = id_before == record->flow_id ? last_before : 0;
    for (size_t i = 0; i < datagram->count; i++) {
        struct model_part *part = &datagram->parts[i];
        struct flowscope_result *result = &part->result;
        const uint64_t around_id = result->flow_id;
        const uint64_t parent_id = around_id == record->flow_id ? result->parent_id : around_id;
        if (!part->waits || !is_in_time(model, part))
            continue;
        part->waits = false;
        model_count_late(model, flow, way, part->frame, part->time, part->has_time, part->length,
                         part->payload);
        model->counters.bytes += part->length;
        model->counters.bytes -= part->outer_length;
        if (around_id) {
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

static bool has_waiting(const struct model_datagram *datagram)
{
    for (size_t i = 0; i < datagram->count; i++)
        if (datagram->parts[i].waits)
            return true;
    return false;
}

static void let_wait(struct model *model, struct model_datagram *datagram, size_t part_index,
                     const struct model_held *held, const struct fs_frame *frame,
                     const struct flowscope_packet *packet, int64_t own_time,
                     struct flowscope_result *result)
{
    struct model_part *part = part_index == MODEL_NONE ? model_add_part(model, datagram, held)
                                                       : &datagram->parts[part_index];
    result->pending = 1;
    if (!part) {
        model->counters.fragments_outwaited++;
        model_call_lost(model, result);
        return;
    }
    part->waits = true;
    part->frame = packet->frame;
    part->fed = model->counters.frames;
    part->time = own_time;
    part->has_time = packet->time_quality != FLOWSCOPE_TIME_NONE;
    part->length = held->bytes;
    part->payload = frame->fragment.counted;
    part->outer_length = frame->level_count ? frame->level[frame->level_count - 1].bytes : 0;
    part->result = *result;
}

void model_take_fragment(struct model *model, const struct flowscope_packet *packet,
                         struct fs_frame *frame, int64_t own_time, struct flowscope_result *result)
{
    const struct fs_packet_options options = fs_packet_options_of(&model->config);
    uint64_t id_before[FS_LEVELS_MAX] = {0}, last_before[FS_LEVELS_MAX] = {0};
    const struct fs_headers *told[FS_LEVELS_MAX] = {NULL};
    enum flowscope_verdict keyed = FLOWSCOPE_VERDICT_ok;
    struct model_held held = {.count = 0};
    size_t part_index = MODEL_NONE;
    struct fs_reading reading;
    enum next next;
    if (options.has_own_way) {
        held.reading = &reading;
        fs_reading_take(&reading, packet, &options, frame);
    }
    do
        next = take_part(model, frame, &held, &part_index);
    while (next == INSIDE);
    if (held.reading) {
        keyed = fs_reading_key(&reading, FLOWSCOPE_VERDICT_ok);
        if (next == PARTIAL && options.key == FLOWSCOPE_KEY_OWN &&
            reading.place[frame->fragment.level] == FS_NO_PLACE)
            next = WAITS;
    }
    for (size_t i = 0; i < held.count; i++) {
        const struct model_datagram *datagram = &model->fragments->list[held.index[i]];
        const struct model_flow *flow;
        if (!datagram->has_flow || !has_waiting(datagram))
            continue;
        told[i] = told_level(model, &held, i);
        flow = told[i] ? model_find(model, &told[i]->key) : NULL;
        if (flow) {
            id_before[i] = flow->record.flow_id;
            last_before[i] = flow->record.last_frame;
        }
    }
    if (frame->level_count > 0) {
        model_follow(model, packet, frame, own_time, result);
    } else {
        memset(result, 0, sizeof *result);
        result->verdict = (uint8_t)(next == WAITS ? FLOWSCOPE_VERDICT_fragment_pending : keyed);
        model->counters.no_flow++;
        if (next == WAITS)
            model->counters.fragment_pending++;
        else
            model->counters.no_key++;
    }
    for (size_t i = 0; i < held.count; i++) {
        struct model_datagram *datagram = &model->fragments->list[held.index[i]];
        if (!datagram->has_flow || !has_waiting(datagram))
            continue;
        if (told[i])
            settle(model, datagram, told[i], id_before[i], last_before[i], result);
        else
            turn_away(model, datagram);
    }
    if (next == WAITS)
        let_wait(model, &model->fragments->list[held.index[held.count - 1]], part_index, &held,
                 frame, packet, own_time, result);
}
