/* SPDX-License-Identifier: BSD-2-Clause */
/* real_mix OUT TURNS CAPTURE...: one large Ethernet capture out of many small ones. All begin at
 * once and are merged by time (those longer than ten minutes are sped up); TURNS times one after
 * the other, each turn with other IP addresses. Captures of another link type are left out. */
#include "workloads/frames.h"

#include "capture/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ETHERNET = 14, LINK_ETHERNET = 1 };

#define SPAN_US UINT64_C(600000000)

struct record {
    uint64_t time_us;
    uint64_t order; /* among frames of the same time */
    size_t at;      /* of its bytes */
    uint32_t captured, wire;
};

struct mix {
    struct record *records;
    size_t count, room;
    uint8_t *bytes;
    size_t used, size;
};

static void *grow(void *old, size_t *room, size_t need, size_t size)
{
    void *memory;

    if (need <= *room)
        return old;
    *room = need * 2;
    memory = realloc(old, *room * size);
    if (!memory)
        bench_fail("no memory");
    return memory;
}

static void add(struct mix *mix, const struct flowscope_packet *packet, uint64_t time_us)
{
    struct record *record;

    mix->records = grow(mix->records, &mix->room, mix->count + 1, sizeof(*mix->records));
    mix->bytes = grow(mix->bytes, &mix->size, mix->used + packet->captured_bytes, 1);
    record = &mix->records[mix->count];
    *record = (struct record){.time_us = time_us,
                              .order = mix->count++,
                              .at = mix->used,
                              .captured = packet->captured_bytes,
                              .wire = packet->wire_bytes};
    memcpy(mix->bytes + mix->used, packet->data, packet->captured_bytes);
    mix->used += packet->captured_bytes;
}

static void add_capture(struct mix *mix, const char *path)
{
    struct flowscope_packet packet = {0};
    size_t from = mix->count;
    uint64_t span_us = 0;
    int64_t start_ns = 0;
    char error[256];
    fs_reader *reader = fs_reader_open(path, 1, error, sizeof(error));

    if (!reader) {
        fprintf(stderr, "real_mix: left out: %s\n", error);
        return;
    }
    while (fs_reader_next(reader, &packet) == FS_READ_PACKET) {
        int64_t since_ns;

        if (!packet.is_packet || packet.link_type != LINK_ETHERNET || !packet.captured_bytes ||
            packet.time_quality != FLOWSCOPE_TIME_GOOD)
            continue;
        if (mix->count == from)
            start_ns = packet.time_ns;
        if (__builtin_sub_overflow(packet.time_ns, start_ns, &since_ns) || since_ns < 0)
            since_ns = 0;
        if ((uint64_t)since_ns / 1000 > span_us)
            span_us = (uint64_t)since_ns / 1000;
        add(mix, &packet, (uint64_t)since_ns / 1000);
    }
    fs_reader_close(reader);
    for (size_t i = from; span_us > SPAN_US && i < mix->count; i++)
        mix->records[i].time_us =
            (uint64_t)((double)mix->records[i].time_us * ((double)SPAN_US / (double)span_us));
}

static int by_time(const void *a, const void *b)
{
    const struct record *one = a, *two = b;

    if (one->time_us != two->time_us)
        return one->time_us < two->time_us ? -1 : 1;
    return one->order < two->order ? -1 : one->order > two->order;
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void flip(uint8_t *at, unsigned turn)
{
    at[0] ^= (uint8_t)(turn >> 8);
    at[1] ^= (uint8_t)turn;
}

/* Both outer IP addresses change alike, so that flows stay flows. The IPv4 header checksum is made
 * anew; a sum over the pseudo header is not. */
static void vary(uint8_t *frame, uint32_t length, unsigned turn)
{
    uint32_t at = ETHERNET - 2;

    while (at + 6 <= length && (get16(frame + at) == 0x8100 || get16(frame + at) == 0x88a8))
        at += 4;
    if (at + 2 + 20 <= length && get16(frame + at) == 0x0800) {
        uint8_t *ip = frame + at + 2;
        uint32_t sum = 0, header = (ip[0] & 15u) * 4;

        flip(ip + 12, turn);
        flip(ip + 16, turn);
        if (header < 20 || at + 2 + header > length)
            return;
        ip[10] = ip[11] = 0;
        for (uint32_t i = 0; i < header; i += 2)
            sum += get16(ip + i);
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        ip[10] = (uint8_t)(~sum >> 8);
        ip[11] = (uint8_t)~sum;
    } else if (at + 2 + 40 <= length && get16(frame + at) == 0x86dd) {
        flip(frame + at + 2 + 8 + 2, turn);
        flip(frame + at + 2 + 24 + 2, turn);
    }
}

static void write_turn(const struct mix *mix, FILE *out, unsigned turn)
{
    static uint8_t frame[1 << 18];
    uint64_t start_us = UINT64_C(1700000000000000) + turn * (SPAN_US + 1000000);

    for (size_t i = 0; i < mix->count; i++) {
        const struct record *record = &mix->records[i];
        uint64_t time_us = start_us + record->time_us;
        uint32_t captured = record->captured < sizeof(frame) ? record->captured : sizeof(frame);
        uint32_t header[4] = {(uint32_t)(time_us / 1000000), (uint32_t)(time_us % 1000000),
                              captured, record->wire > captured ? record->wire : captured};

        memcpy(frame, mix->bytes + record->at, captured);
        vary(frame, captured, turn);
        fwrite(header, sizeof(header), 1, out);
        fwrite(frame, captured, 1, out);
    }
}

int main(int argc, char **argv)
{
    static const uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};
    struct mix mix = {0};
    unsigned long turns;
    FILE *out;
    bool failed;

    if (argc < 4 || (turns = strtoul(argv[2], NULL, 10)) == 0 || turns > 1000) {
        fputs("usage: real_mix OUT TURNS CAPTURE...\n", stderr);
        return 2;
    }
    for (int i = 3; i < argc; i++)
        add_capture(&mix, argv[i]);
    if (mix.count == 0)
        bench_fail("no Ethernet frames at all");
    qsort(mix.records, mix.count, sizeof(*mix.records), by_time);
    out = fopen(argv[1], "wb");
    if (!out)
        bench_fail("%s: %s", argv[1], strerror(errno));
    fwrite(header, sizeof(header), 1, out);
    for (unsigned turn = 0; turn < turns; turn++)
        write_turn(&mix, out, turn);
    failed = ferror(out);
    if (fclose(out) || failed)
        bench_fail("%s: not written whole", argv[1]);
    printf("%zu frames, %lu turns\n", mix.count * turns, turns);
    free(mix.records);
    free(mix.bytes);
    return 0;
}
