/* SPDX-License-Identifier: BSD-2-Clause */
/* gen OUT [--OPTION=N ...]: a synthetic capture of any size, the same bytes for the same options:
 * connections from SYN to FIN and UDP exchanges, many at once. For measuring, not for
 * correctness. */
#include "workloads/frames.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16, TCP = 6, UDP = 17 };
enum { PORTS = 50000, FRAME_MOST = 2048, ETHERNET = 14, LATE_MOST = 64, LATE_BY = 8 };
enum tunnel { NONE, VLAN, GRE, VXLAN, TUNNELS };

/* Shares are in thousandths. */
static struct option {
    const char *name;
    uint64_t value, most;
    const char *help;
} options[] = {
    {"frames", 1000000, 4000000000, "frames to write"},
    {"flows", 10000, 50000000, "flows at once"},
    {"skew", 0, 3000, "0: all flows alike; 1000: the n-th has a share of 1/n; up to 3000"},
    {"udp", 250, 1000, "flows in a thousand that are UDP"},
    {"segments", 30, 1000000, "data segments of a connection, on average"},
    {"payload", 700, 1400, "bytes of a data segment"},
    {"loss", 0, 1000, "frames in a thousand that are missing"},
    {"reorder", 0, 1000, "frames in a thousand that come up to 8 frames late"},
    {"duplicates", 0, 1000, "frames in a thousand that come twice"},
    {"tunnels", 0, 1000, "flows in a thousand behind a VLAN tag, GRE or VXLAN"},
    {"interval", 10, 1000000, "microseconds between frames, on average"},
    {"seed", 1, UINT64_MAX, "another number, another capture"},
};

enum {
    FRAMES,
    FLOWS,
    SKEW,
    UDP_SHARE,
    SEGMENTS,
    PAYLOAD,
    LOSS,
    REORDER,
    DUPLICATES,
    TUNNEL,
    INTERVAL,
    SEED,
    OPTIONS
};

struct flow {
    uint32_t number;     /* gives addresses and ports */
    uint32_t step, last; /* last: step after the data */
    uint32_t seq[2];
    bool udp;
    enum tunnel tunnel;
};

struct late {
    uint64_t due; /* frame before which it is written; 0: free */
    uint32_t length;
    uint8_t bytes[FRAME_MOST];
};

struct gen {
    FILE *out;
    uint64_t random, written, time_us;
    uint32_t next_flow;
    uint16_t ip_id;
    struct bench_frames scratch;
    struct late late[LATE_MOST];
};

static uint64_t value(unsigned option)
{
    return options[option].value;
}

/* splitmix64 */
static uint64_t draw(struct gen *gen)
{
    uint64_t z = gen->random += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static bool happens(struct gen *gen, unsigned option)
{
    return value(option) && draw(gen) % 1000 < value(option);
}

/* A flow's place by the skew: ranks with shares of 1/n^s. */
static size_t draw_flow(struct gen *gen)
{
    double part = (double)(draw(gen) >> 11) * 0x1p-53;
    double flows = (double)value(FLOWS), s = (double)value(SKEW) / 1000, rank;

    if (s == 1)
        rank = pow(flows + 1, part);
    else
        rank = pow((pow(flows + 1, 1 - s) - 1) * part + 1, 1 / (1 - s));
    return rank >= flows ? (size_t)flows - 1 : (size_t)rank - (rank >= 1);
}

static void start_flow(struct gen *gen, struct flow *flow)
{
    uint64_t mean = value(SEGMENTS);

    *flow = (struct flow){.number = gen->next_flow++, .udp = happens(gen, UDP_SHARE)};
    flow->seq[0] = (uint32_t)draw(gen);
    flow->seq[1] = (uint32_t)draw(gen);
    /* Exponential: most connections are short, a few are long. */
    flow->last = 3 + (uint32_t)(-log1p(-(double)(draw(gen) >> 11) * 0x1p-53) * (double)mean);
    if (happens(gen, TUNNEL))
        flow->tunnel = VLAN + draw(gen) % (TUNNELS - VLAN);
}

/* The next packet of the flow; true: its last. */
static bool step_flow(struct flow *flow, struct bench_packet *packet)
{
    uint32_t step = flow->step++, closing = step - flow->last;
    bool data = step >= 3 && step < flow->last;

    *packet = (struct bench_packet){.protocol = flow->udp ? UDP : TCP,
                                    .host = flow->number / PORTS,
                                    .source_port = (uint16_t)(1024 + flow->number % PORTS),
                                    .destination_port = flow->udp ? 9999 : 8081,
                                    .flags = ACK};
    if (flow->udp) {
        packet->reverse = step & 1;
        packet->payload_bytes = (uint32_t)(packet->reverse ? value(PAYLOAD) : 40);
        return step >= flow->last;
    }
    if (step < 2) {
        packet->flags = step ? SYN | ACK : SYN;
        packet->reverse = step;
    } else if (data) {
        packet->reverse = step % 3 != 0; /* two segments from the server, one acknowledgment */
        if (packet->reverse) {
            packet->flags |= PSH;
            packet->payload_bytes = (uint32_t)value(PAYLOAD);
        }
    } else if (step >= flow->last && closing < 2) {
        packet->flags |= FIN;
        packet->reverse = closing;
    }
    packet->seq = flow->seq[packet->reverse];
    packet->ack = step ? flow->seq[!packet->reverse] : 0;
    flow->seq[packet->reverse] += packet->payload_bytes + ((packet->flags & (SYN | FIN)) != 0);
    return step >= flow->last && closing >= 2;
}

static void put16(uint8_t *at, size_t number)
{
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

/* An Ethernet and IPv4 header around `inner` bytes, without checksum. */
static uint8_t *put_outer(uint8_t *at, uint8_t protocol, size_t inner, uint32_t number)
{
    static const uint8_t header[ETHERNET + 20] = {
        [12] = 0x08, [14] = 0x45, [22] = 64, [26] = 192, 168, 0, 1, 192, 168, 1, 1};

    memcpy(at, header, sizeof(header));
    put16(at + 16, 20 + inner);
    at[23] = protocol;
    at[28] = (uint8_t)(number % 250);
    return at + sizeof(header);
}

/* Puts the frame into the flow's tunnel; its new length. */
static uint32_t wrap(const struct flow *flow, const struct bench_frame *frame, uint8_t *to)
{
    const uint8_t *ip = frame->data + ETHERNET;
    size_t ip_bytes = frame->length - ETHERNET;
    uint8_t *at = to;

    switch (flow->tunnel) {
    case VLAN:
        memcpy(at, frame->data, 12);
        put16(at + 12, 0x8100);
        put16(at + 14, 1 + flow->number % 4000);
        memcpy(at + 16, frame->data + 12, frame->length - 12);
        return frame->length + 4;
    case GRE:
        at = put_outer(at, 47, 4 + ip_bytes, flow->number);
        put16(at, 0);
        put16(at + 2, 0x0800);
        memcpy(at + 4, ip, ip_bytes);
        return (uint32_t)(at + 4 + ip_bytes - to);
    case VXLAN:
        at = put_outer(at, UDP, 8 + 8 + frame->length, flow->number);
        put16(at, 49152 + flow->number % 16000);
        put16(at + 2, 4789);
        put16(at + 4, 16 + frame->length);
        put16(at + 6, 0);
        memset(at + 8, 0, 8);
        at[8] = 0x08; /* RFC 7348: the network identifier is valid */
        at[14] = (uint8_t)flow->number;
        memcpy(at + 16, frame->data, frame->length);
        return (uint32_t)(at + 16 + frame->length - to);
    default:
        memcpy(to, frame->data, frame->length);
        return frame->length;
    }
}

static void write_frame(struct gen *gen, const uint8_t *bytes, uint32_t length)
{
    uint32_t record[4] = {(uint32_t)(gen->time_us / 1000000), (uint32_t)(gen->time_us % 1000000),
                          length, length};

    if (gen->written == value(FRAMES))
        return;
    fwrite(record, sizeof(record), 1, gen->out);
    fwrite(bytes, length, 1, gen->out);
    gen->time_us += draw(gen) % (2 * value(INTERVAL) + 1);
    gen->written++;
}

static void write_late(struct gen *gen, bool all)
{
    for (unsigned i = 0; i < LATE_MOST; i++) {
        struct late *late = &gen->late[i];

        if (late->due && (all || late->due <= gen->written)) {
            late->due = 0;
            write_frame(gen, late->bytes, late->length);
        }
    }
}

static bool hold_back(struct gen *gen, const uint8_t *bytes, uint32_t length)
{
    for (unsigned i = 0; i < LATE_MOST; i++) {
        struct late *late = &gen->late[i];

        if (late->due)
            continue;
        late->due = gen->written + 1 + draw(gen) % LATE_BY;
        late->length = length;
        memcpy(late->bytes, bytes, length);
        return true;
    }
    return false;
}

static void generate(struct gen *gen, struct flow *flows)
{
    uint8_t bytes[FRAME_MOST];

    while (gen->written < value(FRAMES)) {
        struct flow *flow = &flows[draw_flow(gen)];
        struct bench_packet packet;
        bool ends = step_flow(flow, &packet);
        uint32_t length;

        packet.ip_id = gen->ip_id++;
        memset(gen->scratch.memory, 0, gen->scratch.room);
        gen->scratch.count = gen->scratch.used = 0;
        bench_frames_add(&gen->scratch, &packet);
        length = wrap(flow, &gen->scratch.frame[0], bytes);
        if (ends)
            start_flow(gen, flow);
        if (happens(gen, LOSS))
            continue;
        if (!happens(gen, REORDER) || !hold_back(gen, bytes, length))
            write_frame(gen, bytes, length);
        if (happens(gen, DUPLICATES))
            write_frame(gen, bytes, length);
        write_late(gen, false);
    }
}

/* With the defaults, so before any option is set. */
static void usage(FILE *to)
{
    fputs("usage: gen OUT [--OPTION=N ...]\n", to);
    for (unsigned i = 0; i < OPTIONS; i++)
        fprintf(to, "  --%-11s %s (%llu)\n", options[i].name, options[i].help,
                (unsigned long long)options[i].value);
}

static void misuse(const char *argument, const char *why)
{
    fprintf(stderr, "flowscope bench: gen: %s: %s; see --help\n", argument, why);
    exit(2);
}

static void set_option(const char *argument)
{
    for (unsigned i = 0; i < OPTIONS; i++) {
        size_t length = strlen(options[i].name);
        char *end;

        if (strncmp(argument, "--", 2) || strncmp(argument + 2, options[i].name, length) ||
            argument[2 + length] != '=')
            continue;
        errno = 0;
        options[i].value = strtoull(argument + 3 + length, &end, 10);
        if (errno || *end || argument[3 + length] < '0' || argument[3 + length] > '9' ||
            options[i].value > options[i].most)
            misuse(argument, "not a number that it takes");
        return;
    }
    misuse(argument, "no such option");
}

int main(int argc, char **argv)
{
    static const uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};
    static struct gen gen = {.time_us = UINT64_C(1700000000000000)};
    struct flow *flows;
    bool failed;

    if (argc == 2 && !strcmp(argv[1], "--help")) {
        usage(stdout);
        return 0;
    }
    if (argc < 2 || argv[1][0] == '-') {
        usage(stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++)
        set_option(argv[i]);
    if (value(FLOWS) == 0)
        misuse("--flows=0", "at least one");
    if (value(LOSS) == 1000)
        misuse("--loss=1000", "nothing would be left");
    gen.random = value(SEED);
    gen.out = fopen(argv[1], "wb");
    if (!gen.out)
        bench_fail("%s: %s", argv[1], strerror(errno));
    flows = bench_allocate(value(FLOWS), sizeof(*flows));
    bench_frames_begin(&gen.scratch, 1, FRAME_MOST);
    for (uint64_t i = 0; i < value(FLOWS); i++)
        start_flow(&gen, &flows[i]);
    fwrite(header, sizeof(header), 1, gen.out);
    generate(&gen, flows);
    bench_frames_free(&gen.scratch);
    free(flows);
    failed = ferror(gen.out);
    if (fclose(gen.out) || failed)
        bench_fail("%s: not written whole", argv[1]);
    return 0;
}
