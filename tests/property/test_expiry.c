/* SPDX-License-Identifier: BSD-2-Clause */
/* Which flows timers end, when, and in which order: beside a plain array of flows, each with the
 * time at which its timer fires. Of one timeout and one worth, flows end in the order of that time.
 * UDP alone: what TCP states do to timeouts is for test_model. */
#include "support/drive.h"
#include "support/traffic.h"

#define SECOND   INT64_C(1000000000)
#define QUARTER  (INT64_C(1) << 28)
#define PORTS    200
#define FIRST    1000 /* of them */
#define SERVICES 3    /* 53 and 54 with timeouts of their own, 55 without */

static const int64_t timeout_ns[SERVICES] = {5 * SECOND, 9 * SECOND + 1, 60 * SECOND};

struct entry {
    uint64_t id; /* 0: not open */
    bool two_way;
    int64_t seen_ns, moved_ns;
};

struct world {
    struct drive drive;
    struct random_state random;
    struct entry entries[PORTS][SERVICES];
    int64_t now_ns;
    uint64_t last_id, ended;
    struct {
        bool told;
        int64_t moved_ns[2];
    } order[SERVICES];
};

static struct world *world;

/* A flow moves in its list in the fifth quarter of a second after the last time, and its timer
 * fires as much after its timeout. */
static bool is_due(const struct entry *entry, unsigned service)
{
    return entry->id && world->now_ns - entry->moved_ns >= timeout_ns[service] + 5 * QUARTER;
}

static bool is_over(const struct entry *entry, unsigned service)
{
    return entry->id && world->now_ns - entry->seen_ns >= timeout_ns[service];
}

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    const unsigned service = record->destination_port - 53u;
    struct entry *entry = &world->entries[record->source_port - FIRST][service];

    (void)user;
    g_assert_cmpuint(entry->id, ==, record->flow_id);
    g_assert_cmpint(record->end_reason, ==, FLOWSCOPE_END_idle);
    g_assert_true(is_over(entry, service));
    if (is_due(entry, service)) {
        g_assert_cmpint(world->order[service].moved_ns[entry->two_way], <=, entry->moved_ns);
        world->order[service].moved_ns[entry->two_way] = entry->moved_ns;
    }
    entry->id = 0;
    world->ended++;
}

/* Time has come to now: what was due has ended, and nothing else (on_ended looks). */
static void check_due(void)
{
    for (unsigned port = 0; port < PORTS; port++) {
        for (unsigned service = 0; service < SERVICES; service++)
            g_assert_false(is_due(&world->entries[port][service], service));
    }
}

static void begin_order(void)
{
    for (unsigned service = 0; service < SERVICES; service++)
        world->order[service].moved_ns[0] = world->order[service].moved_ns[1] = INT64_MIN;
}

static void pass_time(void)
{
    static const int64_t most_ns[] = {SECOND / 10, SECOND, 3 * SECOND, 10 * SECOND, 100 * SECOND};
    const int64_t limit_ns = most_ns[random_below(&world->random, 5)];

    world->now_ns += (int64_t)(random_u64(&world->random) % (uint64_t)limit_ns);
    if (random_chance(&world->random, 100)) /* to the moment */
        world->now_ns += SECOND - world->now_ns % SECOND;
}

static void packet(void)
{
    const unsigned port = random_below(&world->random, PORTS);
    const unsigned service = random_below(&world->random, SERVICES);
    struct entry *entry = &world->entries[port][service];
    /* An answer to a flow that is over would begin one in the other direction. */
    const bool reply = entry->id && !is_over(entry, service) && random_chance(&world->random, 300);
    const int64_t quarter = world->now_ns - world->now_ns % QUARTER; /* when it began */
    struct flowscope_result result = drive_udp(&world->drive, (uint16_t)(FIRST + port),
                                               (uint16_t)(53 + service), reply, world->now_ns);

    if (!entry->id) { /* never there, or over by now */
        *entry = (struct entry){.id = ++world->last_id, .moved_ns = quarter};
    } else if ((reply && !entry->two_way) || quarter - entry->moved_ns >= 5 * QUARTER) {
        entry->two_way = entry->two_way || reply;
        entry->moved_ns = quarter;
    }
    entry->seen_ns = world->now_ns;
    g_assert_cmpuint(result.flow_id, ==, entry->id);
}

static void test_order(gconstpointer seed)
{
    world = g_new0(struct world, 1);
    world->random.word = GPOINTER_TO_UINT(seed);
    drive_init(&world->drive);
    world->drive.config.max_flows = PORTS * SERVICES + 1;
    for (unsigned i = 0; i < 2; i++)
        world->drive.config.port_timeout[i] = (struct flowscope_port_timeout){
            .timeout_ns = timeout_ns[i], .port = (uint16_t)(53 + i)};
    world->drive.sink.flow_ended = on_ended;
    world->drive.sink.flow_started = NULL;
    drive_start(&world->drive);
    for (unsigned step = 0; step < 20000; step++) {
        begin_order();
        if (random_chance(&world->random, 300))
            pass_time();
        if (random_chance(&world->random, 100) && step > 0)
            flowscope_engine_advance(world->drive.engine, world->now_ns);
        else
            packet();
        if (step % 8 == 0)
            check_due();
    }
    g_assert_cmpuint(world->ended, >, 2000);
    drive_stop(&world->drive);
    g_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/expiry/order/1", GUINT_TO_POINTER(1), test_order);
    g_test_add_data_func("/expiry/order/2", GUINT_TO_POINTER(2), test_order);
    g_test_add_data_func("/expiry/order/3", GUINT_TO_POINTER(3), test_order);
    return g_test_run();
}
