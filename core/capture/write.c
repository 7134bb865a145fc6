/* SPDX-License-Identifier: BSD-2-Clause */
/* pcapng blocks in this machine's byte order (draft-ietf-opsawg-pcapng, 4). */
#include "capture/write.h"

#include "capture/load.h"

#define BYTE_ORDER_MAGIC 0x1a2b3c4du

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    OPTION_RESOLUTION = 9,
    OPTION_FCS_LENGTH = 13,
    SECTION_LENGTH_AT = 16,
    HEADERS = 12, /* type and length before a body, the length behind it */
};

static void put(FILE *out, const void *bytes, size_t length)
{
    fwrite(bytes, 1, length, out);
}

void fs_write_block(FILE *out, const uint8_t *block, uint32_t length)
{
    static const uint8_t unknown[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    if (fs_load32(block, false) != BLOCK_SECTION) {
        put(out, block, length);
        return;
    }
    put(out, block, SECTION_LENGTH_AT);
    put(out, unknown, sizeof unknown);
    put(out, block + SECTION_LENGTH_AT + sizeof unknown,
        length - SECTION_LENGTH_AT - sizeof unknown);
}

void fs_write_interface(FILE *out, const struct fs_watch_interface *interface)
{
    const uint32_t section[] = {BLOCK_SECTION, 28, BYTE_ORDER_MAGIC, 1, UINT32_MAX, UINT32_MAX, 28};
    /* Options: code and length, a byte with three of padding. */
    const uint16_t resolution[] = {OPTION_RESOLUTION, 1}, fcs[] = {OPTION_FCS_LENGTH, 1};
    const uint8_t digits[4] = {interface->nanoseconds ? 9 : 6};
    const uint8_t bits[4] = {(uint8_t)interface->fcs_bits};
    const uint32_t end = 0;
    const uint32_t length = HEADERS + 8 + 8 + (interface->has_fcs ? 8 : 0) + 4;
    const uint32_t head[] = {BLOCK_INTERFACE, length};
    const uint16_t link[] = {(uint16_t)interface->link_type, 0};

    put(out, section, sizeof section);
    put(out, head, sizeof head);
    put(out, link, sizeof link);
    put(out, &interface->snaplen, sizeof interface->snaplen);
    put(out, resolution, sizeof resolution);
    put(out, digits, sizeof digits);
    if (interface->has_fcs) {
        put(out, fcs, sizeof fcs);
        put(out, bits, sizeof bits);
    }
    put(out, &end, sizeof end);
    put(out, &length, sizeof length);
}

void fs_write_record(FILE *out, const struct fs_watch_interface *interface,
                     const struct flowscope_packet *packet, const uint8_t *bytes, uint32_t captured,
                     uint32_t wire)
{
    static const uint8_t zeroes[4] = {0};
    const uint32_t padding = -captured & 3u;
    const uint32_t length = HEADERS + 20 + captured + padding;
    const int64_t unit_ns = interface->nanoseconds ? 1 : 1000;
    const uint64_t units = (uint64_t)(packet->time_ns / unit_ns);
    const uint32_t head[] = {BLOCK_PACKET,    length,   0,   (uint32_t)(units >> 32),
                             (uint32_t)units, captured, wire};

    put(out, head, sizeof head);
    put(out, bytes, captured);
    put(out, zeroes, padding);
    put(out, &length, sizeof length);
}
