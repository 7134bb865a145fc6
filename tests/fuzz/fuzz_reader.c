/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a pcap or a pcapng file. Input: whether it is a pipe, then the file. The parsers see
 * a block of exactly its size, so that the sanitizer knows where it ends. */
#include "fuzz.h"

#include "capture/input.h"
#include "capture/pcap.h"
#include "capture/pcapng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Instead of core/capture/fault.c: to put the numbers into the words would take most of the
 * time. */
bool fs_fault_at(struct fs_fault *fault, uint64_t offset, const char *format, ...)
{
    *fault = (struct fs_fault){.offset = offset, .has_offset = true};
    strncpy(fault->reason, format, sizeof(fault->reason) - 1);
    return false;
}

static const uint8_t *begin, *end;
static volatile uint8_t sink;

/* Bytes lie inside the file, and every one can be read. */
static void check_packet(const struct flowscope_packet *packet)
{
    uint8_t sum = 0;

    CHECK(packet->time_quality <= FLOWSCOPE_TIME_BAD);
    CHECK(packet->direction <= FLOWSCOPE_INTERFACE_OUTBOUND);
    if (packet->captured_bytes == 0)
        return;
    CHECK(packet->data >= begin && packet->data <= end);
    CHECK(packet->captured_bytes <= (size_t)(end - packet->data));
    for (uint32_t i = 0; i < packet->captured_bytes; i++)
        sum = (uint8_t)(sum + packet->data[i]);
    sink = sum;
}

static void check_end(enum fs_read result, const struct fs_input *input,
                      const struct fs_fault *fault, size_t size)
{
    CHECK(result == FS_READ_END || result == FS_READ_ERROR);
    CHECK(result != FS_READ_END || input->left == 0);
    CHECK(result != FS_READ_ERROR || (fault->has_offset && fault->offset <= size));
    CHECK(result != FS_READ_ERROR || memchr(fault->reason, 0, sizeof(fault->reason)) != NULL);
    CHECK(input->offset + input->left == size);
}

static void read_pcap(struct fs_input *input, size_t size)
{
    struct fs_fault fault = {.has_offset = false};
    struct flowscope_packet packet = {.size = sizeof(packet)};
    struct fs_pcap pcap;
    enum fs_read result;

    if (!fs_pcap_open(&pcap, input, NULL, &fault)) {
        CHECK(fault.reason[0] != '\0');
        return;
    }
    while ((result = fs_pcap_next(&pcap, input, &packet, &fault)) == FS_READ_PACKET)
        check_packet(&packet);
    check_end(result, input, &fault, size);
}

static void read_pcapng(struct fs_input *input, size_t size)
{
    struct fs_fault fault = {.has_offset = false};
    struct flowscope_packet packet = {.size = sizeof(packet)};
    struct fs_pcapng pcapng;
    enum fs_read result;

    if (!fs_pcapng_open(&pcapng, input, NULL, &fault)) {
        CHECK(fault.reason[0] != '\0');
        fs_pcapng_close(&pcapng);
        return;
    }
    while ((result = fs_pcapng_next(&pcapng, input, &packet, &fault)) == FS_READ_PACKET)
        check_packet(&packet);
    check_end(result, input, &fault, size);
    fs_pcapng_close(&pcapng);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 13)
        return 0;
    begin = data + 1;
    end = data + size;
    struct fs_input input = {
        .at = begin, .left = size - 1, .fd = -1, .at_end = true, .is_pipe = (data[0] & 1) != 0};
    if (fs_pcap_recognise(begin))
        read_pcap(&input, size - 1);
    else if (fs_pcapng_recognise(begin))
        read_pcapng(&input, size - 1);
    return 0;
}

struct writer {
    uint8_t *data;
    size_t size;
    bool swapped;
};

static void put(struct writer *to, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        unsigned shift = 8 * (to->swapped ? bytes - 1 - i : i);
        to->data[to->size++] = (uint8_t)(value >> shift);
    }
}

static void fill(struct writer *to, size_t count, uint8_t value)
{
    memset(to->data + to->size, value, count);
    to->size += count;
}

static void seed_pcap(struct writer *to, uint32_t magic, uint32_t version, uint32_t link_type,
                      unsigned extra)
{
    put(to, magic, 4);
    put(to, 2, 2);
    put(to, version, 2);
    fill(to, 8, 0);
    put(to, 1500, 4);
    put(to, link_type, 4);
    if (magic == 0x1c0001ac)
        put(to, 200, 4);
    for (uint32_t i = 0; i < 4; i++) {
        put(to, 1700000000, 4);
        put(to, i, 4);
        put(to, 40 + i, 4);
        put(to, version == 4 ? 60 + i : 40 + i, 4);
        fill(to, extra, 1);
        fill(to, 40 + i, 0x45);
    }
}

static void block(struct writer *to, uint32_t type, const uint32_t *words, size_t count)
{
    put(to, type, 4);
    put(to, (uint32_t)(12 + 4 * count), 4);
    for (size_t i = 0; i < count; i++)
        put(to, words[i], 4);
    put(to, (uint32_t)(12 + 4 * count), 4);
}

/* Two 16-bit fields as one word of the file's byte order. */
static uint32_t pair(const struct writer *to, uint32_t first, uint32_t second)
{
    return to->swapped ? first << 16 | second : second << 16 | first;
}

/* A word that is little endian in any file. */
static uint32_t little(const struct writer *to, uint32_t value)
{
    return to->swapped ? __builtin_bswap32(value) : value;
}

static void seed_pcapng(struct writer *to)
{
    const uint32_t nine = to->swapped ? 9u << 24 : 9;
    const uint32_t section[] = {0x1a2b3c4d, pair(to, 1, 0), 0xffffffff, 0xffffffff};
    const uint32_t interface[] = {
        pair(to, 1, 0), 100, pair(to, 9, 1), nine, pair(to, 14, 8), 0, 5, pair(to, 13, 1), nine, 0};
    const uint32_t ppp[] = {pair(to, 204, 0), 0};
    const uint32_t packet[] = {0,
                               1,
                               2,
                               6,
                               60,
                               0x01020304,
                               0x0506,
                               pair(to, 2, 4),
                               1,
                               pair(to, 2988, 8),
                               1,
                               2,
                               pair(to, 7, 9),
                               1,
                               2,
                               3,
                               0};
    const uint32_t with_pseudo_header[] = {1, 1, 2, 4, 60, 0x01020304};
    const uint32_t obsolete[] = {pair(to, 0, 9), 1, 2, 4, 60, 0x01020304};
    const uint32_t simple[] = {6, 0x01020304, 0x0506};
    const uint32_t names[] = {pair(to, 1, 8), 0x0a000001, 0, pair(to, 2, 18), 1, 2, 3, 4, 0, 0,
                              pair(to, 2, 2), 0x6161};
    const uint32_t statistics[] = {0, 1, 2, pair(to, 4, 8), 0, 7, 0};
    const uint32_t secrets[] = {0x544c534b, 6, 0x41414141, 0x4141};
    const uint32_t custom[] = {32473, 1, 2};
    const uint32_t netflix[] = {10949,
                                little(to, 1),
                                little(to, 24u << 16 | 2989),
                                little(to, 10949),
                                little(to, 2),
                                1,
                                0,
                                2,
                                0};
    uint32_t words[16] = {0};

    block(to, 0x0a0d0d0a, section, 4);
    block(to, 1, interface, 10);
    block(to, 1, ppp, 2);
    block(to, 6, packet, 17);
    block(to, 6, with_pseudo_header, 6);
    block(to, 2, obsolete, 6);
    block(to, 3, simple, 3);
    block(to, 4, names, 12);
    block(to, 5, statistics, 7);
    block(to, 10, secrets, 4);
    block(to, 0xbad, custom, 3);
    block(to, 0x204, words, 10);
    block(to, 0x216, words, 12);
    memcpy(words, "__REALTIME_TIMESTAMP=1700000000000000\n", 38);
    put(to, 9, 4);
    put(to, 12 + 40, 4);
    memcpy(to->data + to->size, words, 40);
    to->size += 40;
    put(to, 12 + 40, 4);
    block(to, 0xbad, netflix, 9);
}

size_t fuzz_seed(unsigned number, uint8_t *data, size_t room)
{
    static const struct {
        uint32_t magic, version, link_type;
        unsigned extra;
    } files[] = {
        {0xa1b2c3d4, 4, 1, 0},   {0xa1b23c4d, 4, 101, 0}, {0xa1b2c3d4, 4, 1, 8},
        {0xa1b2c3d4, 4, 13, 4},  {0xa1b2cd34, 4, 1, 8},   {0xa1b2cd34, 4, 1, 12},
        {0xa1b2c3d4, 2, 15, 0},  {0xa1b2c3d4, 3, 1, 0},   {0x1c0001ac, 4, 1, 0},
        {0xa1b2c3d4, 4, 197, 0}, {0xa1b2c3d4, 4, 204, 0}, {0xa1b2c3d4, 4, 139, 0},
    };
    const unsigned kinds = sizeof(files) / sizeof(files[0]) + 1;
    struct writer to = {.data = data, .swapped = number % 2 != 0};

    if (number >= 2 * kinds || room < 2048)
        return 0;
    to.data[to.size++] = 0;
    number /= 2;
    if (number == kinds - 1)
        seed_pcapng(&to);
    else
        seed_pcap(&to, files[number].magic, files[number].version, files[number].link_type,
                  files[number].extra);
    return to.size;
}
