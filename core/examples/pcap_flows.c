/* SPDX-License-Identifier: BSD-2-Clause */
/* pcap_flows FILE: the flows of a capture, each as it ends.
 *
 *     cc pcap_flows.c -o pcap_flows $(pkg-config --cflags --libs flowscope libpcap)
 */
#include <flowscope/flowscope.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>

static void print_end(const struct flowscope_flow_record *flow, const uint8_t *address,
                      uint16_t port)
{
    char text[INET6_ADDRSTRLEN];

    inet_ntop(flow->ip_version == 4 ? AF_INET : AF_INET6, address, text, sizeof text);
    printf(" %s", text);
    if (flow->has_ports)
        printf(" %u", port);
}

/* The record lives for this call: what is wanted later is to be copied. */
static void flow_ended(void *user, const struct flowscope_flow_record *flow)
{
    uint64_t *flows = user;

    ++*flows;
    printf("%" PRIu64 ": protocol %u,", flow->flow_id, flow->protocol);
    print_end(flow, flow->source, flow->source_port);
    printf(" ->");
    print_end(flow, flow->destination, flow->destination_port);
    printf(", packets %" PRIu64 " %" PRIu64 ", bytes %" PRIu64 " %" PRIu64 ", %s\n",
           flow->packets[0], flow->packets[1], flow->bytes[0], flow->bytes[1],
           flowscope_end_reason_name(flow->end_reason));
}

static bool feed_all(flowscope_engine *engine, pcap_t *capture)
{
    struct flowscope_packet packet = {.size = sizeof packet, .is_packet = true};
    struct pcap_pkthdr *header;
    int got;

    packet.link_type = (uint32_t)pcap_datalink(capture);
    while ((got = pcap_next_ex(capture, &header, &packet.data)) == 1) {
        packet.frame++;
        packet.captured_bytes = header->caplen;
        packet.wire_bytes = header->len;
        /* Asked for nanoseconds, libpcap has them in tv_usec. */
        packet.time_ns =
            flowscope_time_ns(header->ts.tv_sec, header->ts.tv_usec, true, &packet.time_quality);
        /* In the place of NULL a struct flowscope_result gets what the engine says of the frame. */
        if (flowscope_engine_feed(engine, &packet, 1, NULL) != FLOWSCOPE_OK)
            return false;
    }
    if (got == PCAP_ERROR)
        fprintf(stderr, "pcap_flows: after frame %" PRIu64 ": %s\n", packet.frame,
                pcap_geterr(capture));
    return got != PCAP_ERROR;
}

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    uint64_t flows = 0;
    struct flowscope_sink sink = {.size = sizeof sink, .user = &flows, .flow_ended = flow_ended};
    struct flowscope_counters counters = {.size = sizeof counters};
    struct flowscope_config config;
    enum flowscope_status status;
    flowscope_engine *engine;
    pcap_t *capture;
    bool whole;

    if (argc != 2) {
        fprintf(stderr, "usage: pcap_flows FILE\n");
        return 2;
    }
    capture = pcap_open_offline_with_tstamp_precision(argv[1], PCAP_TSTAMP_PRECISION_NANO, error);
    if (!capture) {
        fprintf(stderr, "pcap_flows: %s\n", error);
        return 1;
    }
    flowscope_config_init(&config);
    config.max_flows = 100000; /* all the memory is reserved by create, by this number */
    status = flowscope_engine_create(&engine, &config, &sink);
    if (status != FLOWSCOPE_OK) {
        fprintf(stderr, "pcap_flows: %s\n", flowscope_status_text(status));
        pcap_close(capture);
        return 1;
    }
    whole = feed_all(engine, capture);
    flowscope_engine_flush(engine); /* those that are open end with the capture */
    flowscope_engine_counters(engine, &counters);
    printf("%" PRIu64 " frames, %" PRIu64 " flows\n", counters.frames, flows);
    flowscope_engine_destroy(engine);
    pcap_close(capture);
    return whole ? 0 : 1;
}
