/* SPDX-License-Identifier: BSD-2-Clause */
/* memory_per_flow [FLOWS [MOST]]: opens FLOWS flows of each kind in an engine that has room for
 * just as many, and prints what one costs: real memory once all are open, and address space: by how
 * much the reservation grows for twice the flows, a flow, and all of it, with what does not depend
 * on flows (fragments, copies). With MOST, fails when either per flow is above it, or above twice
 * as much with TCP facts. */
#include <flowscope/flowscope.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IPV4 = 20, TCP = 20, UDP = 8, LINKTYPE_RAW = 101 };

/* A packet of flow `number`: raw IPv4, TCP with a SYN, or UDP. */
static uint32_t make_packet(uint8_t *at, uint8_t protocol, uint32_t number)
{
    uint32_t transport = protocol == 6 ? TCP : UDP;
    memset(at, 0, IPV4 + TCP);
    at[0] = 0x45;
    at[3] = (uint8_t)(IPV4 + transport);
    at[9] = protocol;
    at[12] = 10;
    at[13] = (uint8_t)(number >> 24);
    at[14] = (uint8_t)(number >> 16);
    at[15] = (uint8_t)(number >> 8);
    at[16] = 192;
    at[IPV4 + 1] = (uint8_t)number;
    at[IPV4 + 3] = 80;
    if (protocol == 6) {
        at[IPV4 + 12] = TCP / 4 << 4;
        at[IPV4 + 13] = 2;
    } else {
        at[IPV4 + 5] = UDP;
    }
    return IPV4 + transport;
}

static uint64_t resident_bytes(void)
{
    char line[128] = ""; /* pages in all, pages resident, ... */
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || !fgets(line, sizeof line, file)) {
        fputs("memory_per_flow: /proc/self/statm cannot be read\n", stderr);
        exit(1);
    }
    fclose(file);
    return strtoul(line + strcspn(line, " "), NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void require(enum flowscope_status status)
{
    if (status != FLOWSCOPE_OK) {
        fprintf(stderr, "memory_per_flow: %s\n", flowscope_status_text(status));
        exit(1);
    }
}

/* Prints one row; gives the bytes per flow, reserved or real, whichever are more. */
static uint64_t measure(const char *name, uint8_t protocol, uint64_t facts, uint32_t flows)
{
    struct flowscope_config config;
    struct flowscope_counters counters = {.size = sizeof counters};
    flowscope_engine *engine;
    uint8_t bytes[IPV4 + TCP];
    uint64_t all, reserved;
    struct flowscope_packet packet = {.size = sizeof packet,
                                      .link_type = LINKTYPE_RAW,
                                      .data = bytes,
                                      .time_quality = FLOWSCOPE_TIME_GOOD,
                                      .is_packet = true};

    flowscope_config_init(&config);
    config.max_flows = flows;
    config.tcp_facts = facts;
    uint64_t before = resident_bytes();
    require(flowscope_engine_create(&engine, &config, NULL));
    for (uint32_t i = 0; i < flows; i++) {
        packet.captured_bytes = packet.wire_bytes = make_packet(bytes, protocol, i);
        packet.frame = i + 1;
        packet.time_ns = i;
        require(flowscope_engine_feed(engine, &packet, 1, NULL));
    }
    uint64_t grown = resident_bytes() - before;
    require(flowscope_engine_counters(engine, &counters));
    if (counters.open_flows != flows) {
        fprintf(stderr, "memory_per_flow: %lu of %u flows are open\n", counters.open_flows, flows);
        exit(1);
    }
    flowscope_engine_destroy(engine);
    all = flowscope_config_footprint(&config);
    config.max_flows = 2 * (uint64_t)flows;
    reserved = (flowscope_config_footprint(&config) - all + flows - 1) / flows;
    printf("%-8s %10u %16lu %16lu %16lu\n", name, flows, reserved, grown / flows, all);
    return grown / flows > reserved ? grown / flows : reserved;
}

static const struct {
    const char *name;
    uint8_t protocol;
    uint64_t facts;
} rows[] = {
    {"udp", 17, FLOWSCOPE_TCP_FACTS_OFF},
    {"tcp", 6, FLOWSCOPE_TCP_FACTS_OFF},
    {"history", 6, FLOWSCOPE_TCP_FACTS_HISTORY},
    {"facts", 6, FLOWSCOPE_TCP_FACTS_ON},
};

int main(int argc, char **argv)
{
    uint32_t flows = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    uint64_t most = argc > 2 ? strtoul(argv[2], NULL, 10) : UINT64_MAX;
    if (argc > 3 || flows == 0) {
        fputs("usage: memory_per_flow [FLOWS [MOST]]\n", stderr);
        return 2;
    }
    printf("%-8s %10s %16s %16s %16s\n", "kind", "flows", "reserved B/flow", "resident B/flow",
           "reserved bytes");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t bytes = measure(rows[i].name, rows[i].protocol, rows[i].facts, flows);
        if (bytes > most && (bytes - most > most || rows[i].facts == FLOWSCOPE_TCP_FACTS_OFF)) {
            printf("more than allowed\n");
            return 1;
        }
    }
    return 0;
}
