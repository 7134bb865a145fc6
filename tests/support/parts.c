/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/parts.h"

#include <string.h>

struct parts parts;

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    (void)user;
    g_array_append_vals(parts.ended, record, 1);
}

static void on_settled(void *user, uint64_t frame, const struct flowscope_result *result)
{
    (void)user;
    g_assert_true(parts.results[frame].pending);
    g_assert_false(result->pending);
    parts.results[frame] = *result;
    parts.settled++;
}

void parts_begin(void)
{
    flowscope_config_init(&parts.config);
    parts.link_type = BUILD_LINK_RAW;
    parts.config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
}

void parts_start(void)
{
    struct flowscope_sink sink = {
        .size = sizeof(sink), .flow_ended = on_ended, .frame_settled = on_settled};

    parts.frames = parts.settled = 0;
    parts.now_ns = 1000 * PARTS_SECOND;
    parts.ended = g_array_new(FALSE, FALSE, sizeof(struct flowscope_flow_record));
    g_assert_cmpint(flowscope_engine_create(&parts.engine, &parts.config, &sink), ==, FLOWSCOPE_OK);
}

void parts_count(void)
{
    parts.counters.size = sizeof(parts.counters);
    flowscope_engine_counters(parts.engine, &parts.counters);
    g_assert_cmpuint(parts.counters.frames, ==,
                     parts.counters.packets_in_flows + parts.counters.no_flow);
    g_assert_cmpuint(parts.counters.datagrams, ==,
                     parts.counters.datagrams_complete + parts.counters.datagrams_incomplete +
                         parts.counters.datagrams_damaged + parts.counters.datagrams_shredded +
                         parts.counters.datagrams_unkept + parts.counters.datagrams_evicted);
}

/* Ends the run: every frame is settled, and the books are as they were before. */
void parts_stop(void)
{
    struct flowscope_counters before;

    parts_count();
    before = parts.counters;
    flowscope_engine_flush(parts.engine);
    parts_count();
    g_assert_cmpuint(before.fragment_lost, ==, parts.counters.fragment_lost);
    g_assert_cmpuint(before.datagrams_incomplete, ==, parts.counters.datagrams_incomplete);
    for (uint64_t frame = 1; frame <= parts.frames; frame++)
        g_assert_false(parts.results[frame].pending);
    g_array_free(parts.ended, TRUE);
    flowscope_engine_destroy(parts.engine);
}

const struct flowscope_result *parts_feed_bytes(const uint8_t *bytes, uint32_t length,
                                                uint32_t captured)
{
    const struct flowscope_packet packet = {.size = sizeof(packet),
                                            .link_type = parts.link_type,
                                            .frame = ++parts.frames,
                                            .data = bytes,
                                            .time_ns = parts.now_ns,
                                            .captured_bytes = captured,
                                            .wire_bytes = length,
                                            .time_quality = FLOWSCOPE_TIME_GOOD,
                                            .is_packet = true};

    g_assert_cmpint(flowscope_engine_feed(parts.engine, &packet, 1, &parts.results[parts.frames]),
                    ==, FLOWSCOPE_OK);
    return &parts.results[parts.frames];
}

const struct flowscope_result *parts_feed(const struct build *b)
{
    return parts_feed_bytes(b->data, b->length, b->length);
}

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

struct build parts_of(const struct build *packet, unsigned id, uint32_t from, uint32_t to)
{
    const uint32_t ip = parts.link_type == BUILD_LINK_ETHERNET ? 14 : 0;
    const bool is_ipv6 = packet->data[ip] >> 4 == 6;
    const uint32_t head = ip + (is_ipv6 ? 40 : 20), carried = packet->length - head;
    struct build part = {.length = head};
    const bool more = to != 0 && to < carried;
    uint8_t *at = part.data + ip;

    if (to == 0)
        to = carried;
    memcpy(part.data, packet->data, head);
    if (is_ipv6) {
        at[40] = at[6];
        at[6] = 44;
        put16(at + 42, from | (more ? 1 : 0));
        put16(at + 46, id);
        put16(at + 4, 8 + to - from);
        part.length += 8;
    } else {
        put16(at + 2, 20 + to - from);
        put16(at + 4, id);
        put16(at + 6, from / 8 | (more ? 0x2000 : 0));
    }
    memcpy(part.data + part.length, packet->data + head + from, to - from);
    part.length += to - from;
    return part;
}

const struct flowscope_result *parts_feed_part(unsigned id, uint32_t from, uint32_t to)
{
    const struct build part = parts_of(&parts.whole, id, from, to);

    return parts_feed(&part);
}

void parts_udp(unsigned version, uint16_t port, uint32_t payload)
{
    build_begin(&parts.whole);
    if (parts.link_type == BUILD_LINK_ETHERNET)
        build_eth(&parts.whole);
    if (version == 4)
        build_ipv4(&parts.whole, "192.0.2.1", "198.51.100.2");
    else
        build_ipv6(&parts.whole, "2001:db8::1", "2001:db8::2");
    build_udp(&parts.whole, port, 53);
    build_fill(&parts.whole, payload);
    build_end(&parts.whole);
}

void parts_assert_packet(uint64_t frame, uint64_t flow_id, uint64_t number, uint64_t prev_frame)
{
    g_assert_cmpuint(parts.results[frame].verdict, ==, FLOWSCOPE_VERDICT_ok);
    g_assert_cmpuint(parts.results[frame].flow_id, ==, flow_id);
    g_assert_cmpuint(parts.results[frame].packet_number, ==, number);
    g_assert_cmpuint(parts.results[frame].prev_frame, ==, prev_frame);
    g_assert_cmpuint(parts.results[frame].direction, ==, FLOWSCOPE_DIRECTION_FORWARD);
}

void parts_assert_waits(const struct flowscope_result *result)
{
    g_assert_cmpuint(result->verdict, ==, FLOWSCOPE_VERDICT_fragment_pending);
    g_assert_true(result->pending);
    g_assert_cmpuint(result->flow_id, ==, 0);
}

const struct flowscope_flow_record *parts_flush(uint64_t flow_id)
{
    flowscope_engine_flush(parts.engine);
    return &g_array_index(parts.ended, struct flowscope_flow_record, flow_id - 1);
}

/* A packet of `port` in VXLAN `vni`, from port `entropy`. */
void parts_vxlan(struct build *b, uint16_t entropy, uint32_t vni, const struct build *inside)
{
    build_begin(b);
    if (parts.link_type == BUILD_LINK_ETHERNET)
        build_eth(b);
    build_ipv4(b, "203.0.113.1", "203.0.113.2");
    build_udp(b, entropy, 4789);
    build_vxlan(b, vni);
    build_eth(b);
    build_type(b, inside->data[0] >> 4 == 6 ? 0x86dd : 0x0800);
    build_data(b, inside->data, inside->length);
    build_end(b);
}
