/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies: random frames against a slow, obvious model that compares bytes with bytes; and what
 * marking leaves alone, which is everything. */
#include "support/build.h"
#include "support/traffic.h"

#include "engine/engine.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define US INT64_C(1000)

enum { FRAMES = 120, STORIES = 3000, TRAFFICS = 400, FRAME_MAX = 200 };

static uint64_t first_seed = 1, seed_count; /* --seed N: that one alone; --seeds N: so many */

/* A frame, and what its maker knows of it. */
struct made {
    struct flowscope_packet packet;
    uint8_t bytes[FRAME_MAX];
    uint8_t telling[FRAME_MAX]; /* of the packet: what no router changes, as far as it goes */
    uint32_t telling_bytes;     /* 0: no packet can be told from it */
    uint32_t ip_bytes;
    bool has_identity;
    uint8_t ttl;
};

static uint16_t sixteen(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* Few packets, so that the same ones come again and again. */
static void make_packet(struct build *b, struct random_state *random)
{
    const bool v6 = random_chance(random, 250);

    if (v6) {
        build_ipv6(b, "2001:db8::1", "2001:db8::2");
    } else {
        build_ipv4(b, "192.0.2.1", "192.0.2.2");
        build_ipv4_id(b, (uint16_t)random_below(random, 3));
        if (random_chance(random, 100))
            build_ipv4_options(b, 2);
        build_ipv4_ttl(b, (uint8_t)(62 + random_below(random, 3)));
    }
    if (random_chance(random, 500))
        build_tcp(b, 1000, 80, random_below(random, 2), 0, FS_TCP_ACK);
    else
        build_udp(b, 1000, 53);
    build_fill(b, random_below(random, 3) * 10);
    build_end(b);
    if (v6)
        b->data[b->ip + 7] = (uint8_t)(62 + random_below(random, 3));
    else if (random_chance(random,
                           200)) /* DSCP and ECN; the checksum is then wrong, as it may be */
        b->data[b->ip + 1] = (uint8_t)random_below(random, 256);
}

static void tell(struct made *made, const struct build *b, uint32_t captured)
{
    const uint8_t *ip = b->data + b->ip;
    const bool v6 = ip[0] >> 4 == 6;
    const uint32_t header = v6 ? 40 : (ip[0] & 15u) * 4u;
    const bool tcp = ip[v6 ? 6 : 9] == 6;
    const uint32_t reach = captured > b->ip ? captured - b->ip : 0;

    made->ip_bytes = v6 ? 40u + sixteen(ip + 4) : sixteen(ip + 2);
    made->has_identity = !v6 && sixteen(ip + 4) != 0;
    made->ttl = ip[v6 ? 7 : 8];
    made->telling_bytes = made->ip_bytes;
    if (reach < made->ip_bytes) { /* cut: headers, if they are there */
        made->telling_bytes = header + (tcp ? 20 : 8);
        if (reach < made->telling_bytes)
            made->telling_bytes = made->has_identity && reach >= header ? header : 0;
    }
    memcpy(made->telling, ip, made->telling_bytes);
    if (v6 && made->telling_bytes) {
        made->telling[0] &= 0xf0;
        made->telling[1] &= 0x0f;
        made->telling[7] = 0;
    } else if (made->telling_bytes) {
        made->telling[1] = made->telling[8] = made->telling[10] = made->telling[11] = 0;
    }
}

static void make(struct made *made, struct random_state *random, int64_t *now, uint64_t frame)
{
    static const int64_t steps[] = {0, 1, 20 * US, 90 * US, 99 * US, 100 * US, 300 * US, 700 * US};
    struct build b;

    memset(made, 0, sizeof(*made));
    build_begin(&b);
    if (random_chance(random, 300))
        build_eth_between(&b, 7, 8);
    else
        build_eth(&b);
    if (random_chance(random, 200))
        build_vlan(&b, 0x8100, 10);
    if (random_chance(random, 100)) {
        build_type(&b, 0x0806);
        build_fill(&b, 28);
        build_end(&b);
        made->packet = build_packet(&b, BUILD_LINK_ETHERNET);
        made->has_identity = true;
    } else {
        make_packet(&b, random);
        if (random_chance(random, 200))
            build_fill(&b, 4); /* a trailer */
        made->packet = build_packet(&b, BUILD_LINK_ETHERNET);
        if (random_chance(random, 200))
            made->packet.captured_bytes =
                MIN(made->packet.captured_bytes, 14 + random_below(random, 60));
        tell(made, &b, made->packet.captured_bytes);
        if (!made->telling_bytes) {
            made->has_identity = true;
            made->ttl = 0;
        }
    }
    g_assert_cmpuint(b.length, <=, FRAME_MAX);
    memcpy(made->bytes, b.data, b.length);
    *now += steps[random_below(random, G_N_ELEMENTS(steps))];
    if (random_chance(random, 50))
        *now -= random_chance(random, 800) ? 50 * US : 10000 * US;
    made->packet.data = made->bytes;
    made->packet.frame = frame;
    made->packet.time_ns = *now;
    made->packet.time_quality =
        random_chance(random, 30) ? FLOWSCOPE_TIME_NONE : FLOWSCOPE_TIME_GOOD;
    made->packet.interface = random_below(random, 4);
    if (made->packet.interface)
        made->packet.direction = (uint8_t)random_below(random, 3);
}

/* What the model remembers of a frame. */
struct seen {
    const struct made *made;
    uint64_t first_frame;
    uint8_t first_ttl;
};

static bool same_bytes(const struct made *a, const struct made *b)
{
    return a->packet.captured_bytes == b->packet.captured_bytes &&
           a->packet.wire_bytes == b->packet.wire_bytes &&
           memcmp(a->bytes, b->bytes, a->packet.captured_bytes) == 0;
}

static bool same_packet(const struct made *a, const struct made *b)
{
    return a->telling_bytes != 0 && a->telling_bytes == b->telling_bytes &&
           a->ip_bytes == b->ip_bytes && memcmp(a->telling, b->telling, a->telling_bytes) == 0;
}

static bool near(const struct made *a, const struct made *b, int64_t window, int64_t no_id)
{
    const int64_t apart = ABS(a->packet.time_ns - b->packet.time_ns);

    return apart < (a->has_identity ? window : MIN(window, no_id));
}

/* One direction of an interface is seen once: of all frames of the set from `first` on. */
static bool may_pair(const GArray *all, guint first, const struct seen *of, const struct made *made)
{
    for (guint i = first; i < all->len && made->packet.direction; i++) {
        const struct seen *seen = &g_array_index(all, struct seen, i);

        if (seen->first_frame == of->first_frame &&
            (made->telling_bytes ? same_packet(seen->made, made) : same_bytes(seen->made, made)) &&
            seen->made->packet.interface == made->packet.interface &&
            seen->made->packet.direction == made->packet.direction)
            return false;
    }
    return true;
}

static enum flowscope_dup_kind model(const struct flowscope_config *config, GArray *all,
                                     const struct made *made, uint64_t *dup_of)
{
    const struct seen *bytes = NULL, *packet = NULL, *of = NULL;
    enum flowscope_dup_kind kind = FLOWSCOPE_DUP_none;
    struct seen now = {.made = made, .first_frame = made->packet.frame, .first_ttl = made->ttl};
    const guint first = all->len > config->dup_frames ? all->len - (guint)config->dup_frames : 0;

    *dup_of = 0;
    if (made->packet.time_quality == FLOWSCOPE_TIME_NONE || !made->packet.captured_bytes)
        return FLOWSCOPE_DUP_none;
    for (guint i = first; i < all->len; i++) { /* the last one counts */
        const struct seen *seen = &g_array_index(all, struct seen, i);

        if (same_bytes(seen->made, made))
            bytes = seen;
        if (same_packet(seen->made, made))
            packet = seen;
    }
    if (bytes &&
        near(bytes->made, made, config->dup_exact_window_ns, config->dup_no_id_window_ns) &&
        may_pair(all, first, bytes, made)) {
        kind = FLOWSCOPE_DUP_exact;
        of = bytes;
    } else if (packet && packet != bytes &&
               near(packet->made, made, config->dup_changed_window_ns,
                    config->dup_no_id_window_ns) &&
               may_pair(all, first, packet, made)) {
        kind = packet->first_ttl != made->ttl ? FLOWSCOPE_DUP_routed : FLOWSCOPE_DUP_vlan;
        of = packet;
    }
    if (of) {
        now.first_frame = *dup_of = of->first_frame;
        now.first_ttl = of->first_ttl;
    }
    g_array_append_val(all, now);
    return kind;
}

static void check_story(uint64_t seed)
{
    static struct made made[FRAMES];
    struct random_state random = {seed * 0x2545f4914f6cdd1du + 1};
    struct flowscope_config config;
    flowscope_engine *engine;
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct seen));
    int64_t now = random_chance(&random, 900) ? 1700000000 * FS_NS_PER_S : 5;
    uint64_t copies = 0;
    struct flowscope_counters counters = {.size = sizeof(counters)};

    flowscope_config_init(&config);
    config.hash_seed = random_u64(&random);
    config.dup_frames = 1 + random_below(&random, random_chance(&random, 500) ? 4 : 2 * FRAMES);
    if (random_chance(&random, 100))
        config.dup_exact_window_ns = 0;
    if (random_chance(&random, 100))
        config.dup_changed_window_ns = random_below(&random, 2) ? 0 : 5000 * US;
    g_assert_cmpint(flowscope_engine_create(&engine, &config, NULL), ==, FLOWSCOPE_OK);
    if (random_chance(&random, 300))
        fs_engine_mask_hash(engine, random_below(&random, 2));
    if (random_chance(&random, 300)) /* few chains, or one */
        engine->duplicates.mask = random_below(&random, 2) * 3;
    for (unsigned i = 0; i < FRAMES; i++) {
        enum flowscope_dup_kind kind;
        struct flowscope_result result;
        uint64_t dup_of;

        make(&made[i], &random, &now, i + 1);
        kind = model(&config, all, &made[i], &dup_of);
        copies += kind != FLOWSCOPE_DUP_none;
        flowscope_engine_feed(engine, &made[i].packet, 1, &result);
        if (result.dup_kind != kind || result.dup_of != dup_of)
            g_error("seed %" G_GUINT64_FORMAT ", frame %u: %s of %" G_GUINT64_FORMAT
                    ", the model says %s of %" G_GUINT64_FORMAT,
                    seed, i + 1, flowscope_dup_kind_name(result.dup_kind), result.dup_of,
                    flowscope_dup_kind_name(kind), dup_of);
    }
    flowscope_engine_counters(engine, &counters);
    g_assert_cmpuint(counters.duplicates, ==, copies);
    g_assert_cmpuint(counters.copies.copies, ==, copies);
    g_assert_cmpuint(counters.copies.seen, ==, all->len);
    g_assert_cmpuint(counters.copies.buffered, ==, MIN(all->len, config.dup_frames));
    flowscope_engine_destroy(engine);
    g_array_free(all, TRUE);
}

static void test_model(void)
{
    for (uint64_t i = 0; i < (seed_count ? seed_count : STORIES); i++)
        check_story(first_seed + i);
}

/* Engines that are fed the same packets, or some of them. */
struct outcome {
    flowscope_engine *engine;
    GArray *records; /* by flow_id - 1 */
    struct flowscope_result *results;
    struct flowscope_counters counters;
};

static void put_record(void *user, const struct flowscope_flow_record *record)
{
    struct outcome *outcome = user;

    if (record->flow_id > outcome->records->len)
        g_array_set_size(outcome->records, (guint)record->flow_id);
    g_array_index(outcome->records, struct flowscope_flow_record, record->flow_id - 1) = *record;
}

static void run(struct outcome *outcome, const struct flowscope_config *config,
                enum flowscope_duplicates_action action, const struct flowscope_packet *packets,
                size_t count)
{
    struct flowscope_config with = *config;
    struct flowscope_sink sink = {.size = sizeof(sink), .user = outcome, .flow_ended = put_record};

    with.duplicates = action;
    outcome->records = g_array_new(FALSE, TRUE, sizeof(struct flowscope_flow_record));
    outcome->results = g_new0(struct flowscope_result, count + 1);
    outcome->counters.size = sizeof(outcome->counters);
    g_assert_cmpint(flowscope_engine_create(&outcome->engine, &with, &sink), ==, FLOWSCOPE_OK);
    flowscope_engine_feed(outcome->engine, packets, count, outcome->results);
    flowscope_engine_counters(outcome->engine, &outcome->counters);
    flowscope_engine_flush(outcome->engine);
    flowscope_engine_destroy(outcome->engine);
}

static void clear(struct outcome *outcome)
{
    g_array_free(outcome->records, TRUE);
    g_free(outcome->results);
}

/* Some frames come again at once. */
static size_t with_copies(const struct traffic *traffic, struct random_state *random,
                          struct flowscope_packet *packets)
{
    size_t count = 0;

    for (size_t i = 0; i < traffic->count; i++) {
        packets[count++] = traffic->packets[i];
        while (random_chance(random, 300)) {
            packets[count] = packets[count - 1 - random_below(random, count < 3 ? 1 : 3)];
            packets[count].time_ns =
                fs_time_after(packets[count].time_ns, random_below(random, 2000) * US);
            if (++count == 4 * traffic->count)
                break;
        }
        if (count + 1 >= 4 * traffic->count)
            break;
    }
    for (size_t i = 0; i < count; i++)
        packets[i].frame = i + 1;
    return count;
}

static void compare_records(const struct outcome *marked, const struct outcome *clean,
                            uint64_t *dup_packets)
{
    g_assert_cmpuint(marked->records->len, ==, clean->records->len);
    for (guint i = 0; i < clean->records->len; i++) {
        struct flowscope_flow_record record =
            g_array_index(marked->records, struct flowscope_flow_record, i);

        *dup_packets += record.dup_packets;
        g_assert_true(record.has_dup_packets);
        record.has_dup_packets = 0;
        record.dup_packets = 0;
        g_assert_cmpint(memcmp(&record,
                               &g_array_index(clean->records, struct flowscope_flow_record, i),
                               sizeof(record)),
                        ==, 0);
    }
}

/* `in_place`: of records that are no packets, in the places of copies. */
static void compare_counters(const struct flowscope_counters *marked,
                             const struct flowscope_counters *clean, bool in_place)
{
    struct flowscope_counters same = *marked;

    g_assert_cmpuint(marked->frames, ==,
                     marked->packets_in_flows + marked->duplicates + marked->no_flow);
    if (in_place) {
        same.no_flow += same.duplicates;
        same.not_a_packet += same.duplicates;
        same.no_time += same.duplicates;
    } else {
        same.frames -= same.duplicates;
    }
    same.duplicates = same.dup_forgotten = same.dup_pairs_cut = 0;
    same.copies = clean->copies;
    same.bounds[FLOWSCOPE_BOUND_dup_frames] = clean->bounds[FLOWSCOPE_BOUND_dup_frames];
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): both were zeroed, padding too */
    g_assert_cmpint(memcmp(&same, clean, sizeof(same)), ==, 0);
}

/* What moves nothing but the number of frames. */
static struct flowscope_packet no_packet(const struct flowscope_packet *packet)
{
    struct flowscope_packet none = *packet;

    none.is_packet = 0;
    none.captured_bytes = none.wire_bytes = 0;
    none.time_quality = FLOWSCOPE_TIME_NONE;
    none.time_ns = 0;
    return none;
}

/* A fragment waits for a number of frames, of which copies are some. So what is compared with is
 * either the traffic without its copies, where no fragment waits for so long, or has records that
 * are no packets in their places. */
static void check_traffic(uint64_t seed)
{
    struct random_state random = {seed};
    struct traffic traffic;
    struct outcome marked, dropped, clean;
    struct flowscope_packet *packets, *left;
    size_t count, kept = 0;
    uint64_t in_flows = 0, dup_packets = 0;
    const bool in_place = random_chance(&random, 500);

    traffic_make_repeats(&traffic, seed, 20 + random_below(&random, 300));
    if (!in_place)
        traffic.config.fragment_window = 1000000;
    packets = g_new0(struct flowscope_packet, 4 * traffic.count);
    left = g_new0(struct flowscope_packet, 4 * traffic.count);
    count = with_copies(&traffic, &random, packets);
    run(&marked, &traffic.config, FLOWSCOPE_DUPLICATES_MARK, packets, count);
    run(&dropped, &traffic.config, FLOWSCOPE_DUPLICATES_DROP, packets, count);
    for (size_t i = 0; i < count; i++)
        if (!marked.results[i].dup_of)
            left[kept++] = packets[i];
        else if (in_place)
            left[kept++] = no_packet(&packets[i]);
    run(&clean, &traffic.config, FLOWSCOPE_DUPLICATES_IGNORE, left, kept);
    kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct flowscope_result *mark = &marked.results[i], *drop = &dropped.results[i];

        g_assert_cmpuint(mark->dup_of, ==, drop->dup_of);
        g_assert_cmpuint(mark->dup_kind, ==, drop->dup_kind);
        if (!mark->dup_of) {
            g_assert_cmpint(memcmp(mark, &clean.results[kept++], sizeof(*mark)), ==, 0);
            g_assert_cmpint(memcmp(mark, drop, sizeof(*mark)), ==, 0);
            continue;
        }
        kept += in_place;
        in_flows += mark->flow_id != 0;
        if (mark->parent_id) /* every flow around counts its copy too */
            in_flows += traffic.config.tunnel_depth;
        g_assert_cmpuint(mark->dup_of, <=, i);
        g_assert_cmpuint(mark->flow_id, ==, marked.results[mark->dup_of - 1].flow_id);
        g_assert_cmpuint(mark->direction, ==, marked.results[mark->dup_of - 1].direction);
        g_assert_cmpuint(mark->packet_number | mark->prev_frame | mark->tcp_state, ==, 0);
        g_assert_cmpuint(drop->verdict, ==, FLOWSCOPE_VERDICT_duplicate);
        g_assert_cmpuint(drop->flow_id | drop->direction, ==, 0);
    }
    compare_records(&marked, &clean, &dup_packets);
    g_assert_cmpuint(dup_packets, <=, in_flows); /* a flow may end between a frame and its copy */
    compare_counters(&marked.counters, &clean.counters, in_place);
    clear(&marked);
    clear(&dropped);
    clear(&clean);
    g_free(packets);
    g_free(left);
    traffic_clear(&traffic);
}

static void test_nothing_moves(void)
{
    for (uint64_t i = 0; i < (seed_count ? seed_count : TRAFFICS); i++)
        check_traffic(first_seed + i);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0) {
            first_seed = strtoull(argv[i + 1], NULL, 10);
            seed_count = 1;
        } else if (strcmp(argv[i], "--seeds") == 0) {
            seed_count = strtoull(argv[i + 1], NULL, 10);
        }
    }
    g_test_add_func("/property/duplicates/model", test_model);
    g_test_add_func("/property/duplicates/nothing-moves", test_nothing_moves);
    return g_test_run();
}
