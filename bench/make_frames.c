/* SPDX-License-Identifier: BSD-2-Clause */
/* make_frames OUT FRAMES [OPEN_FLOWS [PAYLOAD]]: a pcap of that many frames, the same bytes every time:
 * TCP connections from SYN to FIN (three of four flows) and UDP exchanges, OPEN_FLOWS of them at once,
 * interleaved at random, data segments with PAYLOAD bytes. For measuring, not for correctness. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ETHERNET = 14, IPV4 = 20, TCP = 20, UDP = 8, HEADERS = ETHERNET + IPV4 + TCP };
enum { PAYLOAD_MAX = 1460, DATA_SEGMENTS = 30, FLOWS_MAX = 10000000 };
enum { FIN = 1, SYN = 2, ACK = 16, PSH = 8 };

struct flow {
    uint32_t number; /* gives addresses and ports */
    uint32_t step;
    uint32_t seq[2];
};

struct writer {
    FILE *out;
    uint64_t time_us;
    uint32_t payload;
    uint8_t frame[HEADERS + PAYLOAD_MAX];
};

static uint64_t random_state = 88172645463325252u;

/* xorshift64 */
static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % limit;
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static uint16_t checksum(const uint8_t *at, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += (uint32_t)at[i] << 8 | at[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Transport checksums stay 0: neither Wireshark nor flowscope looks at them by default. */
static void write_frame(struct writer *writer, const struct flow *flow, int reverse, int is_udp,
                        uint8_t flags, uint32_t payload)
{
    uint8_t *ip = writer->frame + ETHERNET;
    uint8_t *l4 = ip + IPV4;
    uint32_t transport = is_udp ? UDP : TCP;
    uint32_t client = 0x0a000000u | (flow->number / 40000 + 1);
    uint32_t server = 0xc0a80000u | (flow->number % 251 + 1);
    uint32_t client_port = 20000 + flow->number % 40000;
    uint32_t server_port = is_udp ? 9999 : 8081; /* ports that no dissector claims */

    memset(writer->frame, 0, HEADERS);
    put16(writer->frame + 12, 0x0800);
    ip[0] = 0x45;
    put16(ip + 2, IPV4 + transport + payload);
    put16(ip + 4, random_below(65536));
    ip[8] = 64;
    ip[9] = is_udp ? 17 : 6;
    put32(ip + 12, reverse ? server : client);
    put32(ip + 16, reverse ? client : server);
    put16(ip + 10, checksum(ip, IPV4));
    put16(l4, reverse ? server_port : client_port);
    put16(l4 + 2, reverse ? client_port : server_port);
    if (is_udp) {
        put16(l4 + 4, UDP + payload);
    } else {
        put32(l4 + 4, flow->seq[reverse]);
        put32(l4 + 8, flags & ACK ? flow->seq[!reverse] : 0);
        l4[12] = TCP / 4 << 4;
        l4[13] = flags;
        put16(l4 + 14, 65535);
    }
    for (uint32_t i = 0; i < payload; i++)
        l4[transport + i] = (uint8_t)(i * 7 + flow->step);

    uint32_t length = ETHERNET + IPV4 + transport + payload;
    uint32_t record[4] = {(uint32_t)(writer->time_us / 1000000),
                          (uint32_t)(writer->time_us % 1000000), length, length};
    fwrite(record, sizeof record, 1, writer->out);
    fwrite(writer->frame, length, 1, writer->out);
    writer->time_us += 5 + random_below(10);
}

/* Writes the flow's next frame; true when it was the last. */
static int advance_udp(struct writer *writer, struct flow *flow)
{
    int reverse = flow->step & 1;
    write_frame(writer, flow, reverse, 1, 0, reverse ? writer->payload : 40);
    return ++flow->step == 8;
}

static int advance_tcp(struct writer *writer, struct flow *flow)
{
    /* SYN, SYN-ACK, ACK, then two segments from the server for each ACK, then FIN both ways. */
    static const struct {
        uint8_t reverse, flags;
    } close[] = {{0, FIN | ACK}, {1, FIN | ACK}, {0, ACK}};
    uint32_t step = flow->step++;
    uint32_t last_data = 2 + DATA_SEGMENTS;
    int reverse = 0;
    uint8_t flags = ACK;
    uint32_t payload = 0;

    if (step < 2) {
        reverse = (int)step;
        flags = step ? SYN | ACK : SYN;
    } else if (step > last_data) {
        reverse = close[step - last_data - 1].reverse;
        flags = close[step - last_data - 1].flags;
    } else if (step % 3 != 2) {
        reverse = 1;
        flags = ACK | PSH;
        payload = writer->payload;
    }
    write_frame(writer, flow, reverse, 0, flags, payload);
    flow->seq[reverse] += payload + ((flags & (SYN | FIN)) != 0);
    return flow->step == last_data + 1 + sizeof close / sizeof close[0];
}

static void start_flow(struct flow *flow, uint32_t number)
{
    *flow = (struct flow){.number = number, .seq = {number * 2654435761u, number * 40503u}};
}

static uint32_t number_or(const char *text, uint32_t least, uint32_t most)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*end || end == text || value < least || value > most) {
        fprintf(stderr, "make_frames: %s is no number from %u to %u\n", text, least, most);
        exit(2);
    }
    return (uint32_t)value;
}

int main(int argc, char **argv)
{
    static struct writer writer;
    static const uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};

    if (argc < 3 || argc > 5) {
        fputs("usage: make_frames OUT FRAMES [OPEN_FLOWS [PAYLOAD]]\n", stderr);
        return 2;
    }
    uint32_t frames = number_or(argv[2], 1, 1000000000);
    uint32_t open = argc > 3 ? number_or(argv[3], 1, FLOWS_MAX) : 10000;
    writer.payload = argc > 4 ? number_or(argv[4], 0, PAYLOAD_MAX) : 700;
    writer.time_us = 1700000000u * UINT64_C(1000000);
    writer.out = fopen(argv[1], "wb");
    if (!writer.out) {
        fprintf(stderr, "make_frames: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    struct flow *flows = calloc(open, sizeof *flows);
    if (!flows) {
        fputs("make_frames: no memory\n", stderr);
        return 1;
    }

    fwrite(header, sizeof header, 1, writer.out);
    uint32_t next = 0;
    while (next < open)
        start_flow(&flows[next], next), next++;
    for (uint32_t i = 0; i < frames; i++) {
        struct flow *flow = &flows[random_below(open)];
        int is_udp = flow->number % 4 == 3;
        if (is_udp ? advance_udp(&writer, flow) : advance_tcp(&writer, flow))
            start_flow(flow, next++);
    }

    free(flows);
    int failed = ferror(writer.out);
    if (fclose(writer.out) || failed) {
        fprintf(stderr, "make_frames: %s: not written whole\n", argv[1]);
        return 1;
    }
    return 0;
}
