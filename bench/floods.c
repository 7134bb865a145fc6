/* SPDX-License-Identifier: BSD-2-Clause */
/* floods [TUPLES]: a full table of FLOWS flows, in which KEPT connections go on in both directions,
 * under TUPLES tuples of each flood: SYNs, SYNs that are answered, UDP, mid-stream ACKs. Prints a
 * row each: packets, nanoseconds a packet of the flood, evictions, growth of real memory. Fails if
 * one of the connections is lost, or memory grows by over a megabyte. */
#include <flowscope/flowscope.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { IPV4 = 20, TCP = 20, UDP = 8, LINKTYPE_RAW = 101, FLOWS = 100000, KEPT = 1000 };
enum { SYN = 2, ACK = 16 };
#define STEP_NS 1000 /* a million packets a second */

struct flood {
    const char *name;
    uint8_t protocol, flags;
    bool answered;
};

struct run {
    flowscope_engine *engine;
    struct flowscope_packet packet;
    uint8_t bytes[IPV4 + TCP];
    uint64_t lost; /* of the connections that go on */
};

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    struct run *run = user;

    if (record->flow_id <= KEPT)
        run->lost++;
}

static void fail(const char *why)
{
    fprintf(stderr, "floods: %s\n", why);
    exit(1);
}

static uint64_t resident_bytes(void)
{
    char line[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file || !fgets(line, sizeof line, file))
        fail("/proc/self/statm cannot be read");
    fclose(file);
    return strtoul(line + strcspn(line, " "), NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A packet of host `number` of network 10 or 11 to a service, or back. */
static void feed(struct run *run, uint8_t network, uint32_t number, uint8_t protocol, uint8_t flags,
                 bool reply)
{
    uint8_t *at = run->bytes, *transport = at + IPV4;
    uint8_t client[4] = {network, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    static const uint8_t server[4] = {192, 0, 2, 1};
    uint32_t header = protocol == 6 ? TCP : UDP;

    memset(at, 0, sizeof run->bytes);
    at[0] = 0x45;
    at[3] = (uint8_t)(IPV4 + header);
    at[9] = protocol;
    memcpy(at + 12, reply ? server : client, 4);
    memcpy(at + 16, reply ? client : server, 4);
    transport[reply ? 3 : 1] = (uint8_t)(1 + (number >> 24));
    transport[reply ? 1 : 3] = 80;
    if (protocol == 6) {
        transport[12] = TCP / 4 << 4;
        transport[13] = flags;
        transport[7] = !(flags & SYN); /* sequence numbers begin at 0 */
        transport[11] = (flags & ACK) != 0;
    } else {
        transport[5] = UDP;
    }
    run->packet.captured_bytes = run->packet.wire_bytes = IPV4 + header;
    run->packet.frame++;
    run->packet.time_ns += STEP_NS;
    if (flowscope_engine_feed(run->engine, &run->packet, 1, NULL) != FLOWSCOPE_OK)
        fail("the engine refused a packet");
}

static void start(struct run *run)
{
    struct flowscope_config config;
    struct flowscope_sink sink = {.size = sizeof sink, .user = run, .flow_ended = on_ended};

    flowscope_config_init(&config);
    config.max_flows = FLOWS;
    config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
    config.hash_seed = 1;
    if (flowscope_engine_create(&run->engine, &config, &sink) != FLOWSCOPE_OK)
        fail("no engine");
    run->packet = (struct flowscope_packet){.size = sizeof run->packet,
                                            .link_type = LINKTYPE_RAW,
                                            .data = run->bytes,
                                            .time_quality = FLOWSCOPE_TIME_GOOD,
                                            .is_packet = true};
    for (uint32_t i = 0; i < KEPT; i++) {
        feed(run, 10, i, 6, SYN, false);
        feed(run, 10, i, 6, SYN | ACK, true);
        feed(run, 10, i, 6, ACK, false);
    }
    for (uint32_t i = 0; i < 2 * FLOWS; i++) /* full, and every page used, those of TCP facts too */
        feed(run, 12, i, 6, ACK, false);
}

static bool measure(const struct flood *flood, uint32_t tuples)
{
    struct run run = {.lost = 0};
    struct flowscope_counters counters = {.size = sizeof counters};
    uint64_t before, grown, frames;
    double began;

    start(&run);
    before = resident_bytes();
    frames = run.packet.frame;
    began = seconds();
    for (uint32_t i = 0; i < tuples; i++) {
        feed(&run, 11, i, flood->protocol, flood->flags, false);
        if (flood->answered)
            feed(&run, 11, i, flood->protocol, SYN | ACK, true);
        if (i % 100 == 0) /* those that matter have a packet every tenth of a second */
            feed(&run, 10, i / 100 % KEPT, 6, ACK, i / 100 / KEPT % 2);
    }
    began = seconds() - began;
    frames = run.packet.frame - frames;
    grown = resident_bytes() - before;
    grown = grown > UINT64_MAX / 2 ? 0 : grown;
    flowscope_engine_counters(run.engine, &counters);
    printf("%-13s %10lu %6.0f %10lu %6lu %8lu\n", flood->name, frames, began * 1e9 / (double)frames,
           counters.flows_evicted, run.lost, grown);
    flowscope_engine_destroy(run.engine);
    return run.lost == 0 && grown <= 1 << 20;
}

/* A million flows that nobody talks to any more end by their timers. */
static void measure_expiry(uint32_t flows)
{
    struct run run = {.lost = 0};
    struct flowscope_config config;
    double began;

    start(&run);
    flowscope_engine_destroy(run.engine);
    flowscope_config_init(&config);
    config.max_flows = flows;
    config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
    if (flowscope_engine_create(&run.engine, &config, NULL) != FLOWSCOPE_OK)
        fail("no engine");
    for (uint32_t i = 0; i < flows; i++)
        feed(&run, 11, i, 17, 0, false);
    began = seconds();
    flowscope_engine_advance(run.engine, run.packet.time_ns + 3600 * INT64_C(1000000000));
    began = seconds() - began;
    printf("expiry of %u flows: %.0f ns each\n", flows, began * 1e9 / flows);
    flowscope_engine_destroy(run.engine);
}

int main(int argc, char **argv)
{
    static const struct flood floods[] = {
        {"syn", 6, SYN, false},
        {"syn, answered", 6, SYN, true},
        {"udp", 17, 0, false},
        {"ack", 6, ACK, false},
    };
    uint32_t tuples = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000000;
    bool good = true;

    if (argc > 2 || tuples == 0) {
        fputs("usage: floods [TUPLES]\n", stderr);
        return 2;
    }
    printf("%-13s %10s %6s %10s %6s %8s\n", "flood", "packets", "ns", "evicted", "lost", "grown");
    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++)
        good = measure(&floods[i], tuples) && good;
    measure_expiry(tuples < 1000000 ? tuples : 1000000);
    return good ? 0 : 1;
}
