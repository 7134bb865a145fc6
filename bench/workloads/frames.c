/* SPDX-License-Identifier: BSD-2-Clause */
#include "workloads/frames.h"

#include "capture/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 64, ETHERNET = 14, IPV4 = 20, TCP = 20, UDP = 8, PROTOCOL_UDP = 17 };
enum { LINK_ETHERNET = 1 };

void bench_fail(const char *format, ...)
{
    char text[512];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    fprintf(stderr, "flowscope bench: %s\n", text);
    exit(1);
}

void *bench_allocate(size_t count, size_t size)
{
    void *memory = NULL;
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes) ||
        posix_memalign(&memory, LINE, bytes ? bytes : LINE) != 0)
        bench_fail("no memory");
    memset(memory, 0, bytes);
    return memory;
}

static size_t lines(size_t length)
{
    return (length + LINE - 1) / LINE * LINE;
}

void bench_frames_begin(struct bench_frames *frames, size_t count, size_t length)
{
    *frames = (struct bench_frames){.room = count * lines(length), .link_type = LINK_ETHERNET};
    frames->frame = bench_allocate(count, sizeof(*frames->frame));
    frames->memory = bench_allocate(frames->room, 1);
}

void bench_frames_free(struct bench_frames *frames)
{
    free(frames->frame);
    free(frames->memory);
    *frames = (struct bench_frames){0};
}

static struct bench_frame *next_frame(struct bench_frames *frames, size_t length, uint32_t time_us)
{
    struct bench_frame *frame = &frames->frame[frames->count++];

    if (lines(length) > frames->room - frames->used)
        bench_fail("more bytes of frames than planned");
    *frame = (struct bench_frame){
        .data = frames->memory + frames->used, .length = (uint32_t)length, .time_us = time_us};
    frames->used += lines(length);
    frames->bytes += length;
    return frame;
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

static void put_ip_id(uint8_t *ip, uint16_t ip_id)
{
    uint32_t sum = 0;

    put16(ip + 4, ip_id);
    put16(ip + 10, 0);
    for (unsigned i = 0; i < IPV4; i += 2)
        sum += (uint32_t)ip[i] << 8 | ip[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    put16(ip + 10, ~sum & 0xffff);
}

void bench_frames_add(struct bench_frames *frames, const struct bench_packet *packet)
{
    uint32_t header = packet->protocol == PROTOCOL_UDP ? UDP : TCP;
    uint32_t client = 0x0a000001u + packet->host, server = 0x0a000002u;
    struct bench_frame *frame =
        next_frame(frames, ETHERNET + IPV4 + header + packet->payload_bytes, packet->time_us);
    uint8_t *ip = frame->data + ETHERNET, *l4 = ip + IPV4;

    if (packet->host) /* 10.0.0.2 stays the server's own */
        client += 1;
    put16(frame->data + 12, 0x0800);
    ip[0] = 0x45;
    put16(ip + 2, IPV4 + header + packet->payload_bytes);
    ip[8] = 64;
    ip[9] = packet->protocol;
    put32(ip + 12, packet->reverse ? server : client);
    put32(ip + 16, packet->reverse ? client : server);
    put_ip_id(ip, packet->ip_id);
    put16(l4, packet->reverse ? packet->destination_port : packet->source_port);
    put16(l4 + 2, packet->reverse ? packet->source_port : packet->destination_port);
    if (packet->protocol == PROTOCOL_UDP) {
        put16(l4 + 4, UDP + packet->payload_bytes);
    } else {
        put32(l4 + 4, packet->seq);
        put32(l4 + 8, packet->ack);
        l4[12] = TCP / 4 << 4;
        l4[13] = packet->flags;
        put16(l4 + 14, 8192);
    }
    if (packet->payload)
        memcpy(l4 + header, packet->payload, packet->payload_bytes);
}

void bench_frames_add_bytes(struct bench_frames *frames, const void *data, size_t length)
{
    memcpy(next_frame(frames, length, 0)->data, data, length);
}

void bench_frames_repeat(struct bench_frames *frames, size_t from, size_t least)
{
    const size_t cycle = frames->count - from, cycles = (least + cycle - 1) / cycle;
    struct bench_frame *list;

    if (cycles < 2)
        return;
    list = bench_allocate(from + cycles * cycle, sizeof(*list));
    memcpy(list, frames->frame, frames->count * sizeof(*list));
    for (size_t i = frames->count; i < from + cycles * cycle; i++)
        list[i] = list[i - cycle];
    free(frames->frame);
    frames->frame = list;
    frames->bytes *= cycles;
    frames->count = from + cycles * cycle;
}

void bench_frame_advance(struct bench_frame *frame, uint32_t seq, uint16_t ip_id)
{
    uint8_t *ip = frame->data + ETHERNET;

    put_ip_id(ip, ip_id);
    if (ip[9] != PROTOCOL_UDP)
        put32(ip + IPV4 + 4, seq);
}

static fs_reader *open_capture(const char *path)
{
    char error[256];
    fs_reader *reader = fs_reader_open(path, 1, error, sizeof(error));

    if (!reader)
        bench_fail("%s", error);
    return reader;
}

void bench_frames_load(struct bench_frames *frames, const char *path)
{
    struct flowscope_packet packet = {0};
    fs_reader *reader = open_capture(path);
    size_t count = 0, room = 0;
    int64_t start_ns = 0;

    while (fs_reader_next(reader, &packet) == FS_READ_PACKET) {
        if (packet.link_type != LINK_ETHERNET)
            bench_fail("%s: a frame that is not Ethernet", path);
        if (count++ == 0)
            start_ns = packet.time_ns;
        room += lines(packet.captured_bytes);
    }
    fs_reader_close(reader);
    *frames = (struct bench_frames){.room = room, .link_type = LINK_ETHERNET};
    frames->frame = bench_allocate(count, sizeof(*frames->frame));
    frames->memory = bench_allocate(room, 1);
    reader = open_capture(path);
    while (frames->count < count && fs_reader_next(reader, &packet) == FS_READ_PACKET) {
        struct bench_frame *frame = next_frame(frames, packet.captured_bytes,
                                               (uint32_t)((packet.time_ns - start_ns) / 1000));

        if (packet.captured_bytes)
            memcpy(frame->data, packet.data, packet.captured_bytes);
    }
    fs_reader_close(reader);
}

void bench_frames_write(const struct bench_frames *frames, const char *path)
{
    const uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, frames->link_type};
    FILE *out = fopen(path, "wb");
    bool failed;

    if (!out)
        bench_fail("%s: %s", path, strerror(errno));
    fwrite(header, sizeof(header), 1, out);
    for (size_t i = 0; i < frames->count; i++) {
        const struct bench_frame *frame = &frames->frame[i];
        uint32_t record[4] = {frame->time_us / 1000000, frame->time_us % 1000000, frame->length,
                              frame->length};

        fwrite(record, sizeof(record), 1, out);
        fwrite(frame->data, frame->length, 1, out);
    }
    failed = ferror(out);
    if (fclose(out) || failed)
        bench_fail("%s: not written whole", path);
}
