/* SPDX-License-Identifier: BSD-2-Clause */
/* What depends on a link type before any frame is looked at. Sizes and limits are Wireshark's. */
#include "capture/link_layer.h"

#include "capture/load.h"

enum {
    MAX_PACKET = 256 * 1024,
    MAX_PACKET_HUGE = 128 * 1024 * 1024, /* D-Bus, USB */
    MAX_PACKET_EBHSCR = 8 * 1024 * 1024,
    ERF_HEADER = 16,
    ERF_EXTENSION = 8,
    COOKED_HEADER = 16,
    COOKED_PROTOCOL = 14,
};

uint32_t fs_link_max_packet(uint32_t link_type)
{
    switch (link_type) {
    case 186: /* USB: FreeBSD, Linux twice, USBPcap, macOS */
    case 189:
    case 220:
    case 249:
    case 266:
    case 231: /* D-Bus */
        return MAX_PACKET_HUGE;
    case 279:
        return MAX_PACKET_EBHSCR;
    default:
        return MAX_PACKET;
    }
}

static const struct pseudo_header {
    uint16_t link_type;
    uint16_t length;
    uint16_t protocol; /* that a cooked header must name; 0: none */
} pseudo_headers[] = {
    {FS_LINK_SUNATM, 4, 0},
    {139, 4, 0},                  /* MTP2 */
    {144, COOKED_HEADER, 0x0017}, /* IrDA */
    {177, COOKED_HEADER, 0x0030}, /* Linux LAPD */
    {196, 5, 0},                  /* SITA */
    {FS_LINK_ERF, ERF_HEADER, 0},
    {201, 4, 0}, /* Bluetooth H4 with direction */
    {204, 1, 0}, /* PPP with direction */
    {209, 5, 0}, /* Linux I2C */
    {245, 2, 0}, /* NFC LLCP */
    {254, 4, 0}, /* Bluetooth Linux monitor */
};

static const struct pseudo_header *find(uint32_t link_type)
{
    for (size_t i = 0; i < sizeof(pseudo_headers) / sizeof(pseudo_headers[0]); i++) {
        if (pseudo_headers[i].link_type == link_type) {
            return &pseudo_headers[i];
        }
    }
    return NULL;
}

bool fs_link_has_pseudo_header(uint32_t link_type)
{
    return find(link_type) != NULL;
}

/* Bytes between the ERF header with its extensions and the frame. */
static uint32_t erf_subheader(unsigned type)
{
    switch (type) {
    case 5: /* multichannel */
    case 6:
    case 7:
    case 8:
    case 9:
    case 12:
    case 17:
    case 18: /* AAL2 */
        return 4;
    case 2: /* Ethernet */
    case 11:
    case 16:
    case 20:
        return 2;
    default:
        return 0;
    }
}

static int erf_pseudo_header(const uint8_t *record, uint32_t size, const char **reason)
{
    uint32_t length = ERF_HEADER;
    bool more = (record[8] & 0x80) != 0;

    *reason = "the record is too short for its ERF header";
    while (more) {
        if (size - length < ERF_EXTENSION) {
            return -1;
        }
        more = (record[length] & 0x80) != 0;
        length += ERF_EXTENSION;
    }
    uint32_t subheader = erf_subheader(record[8] & 0x7f);
    if (size - length < subheader) {
        return -1;
    }
    return (int)(length + subheader);
}

int fs_link_pseudo_header(uint32_t link_type, const uint8_t *record, uint32_t size,
                          const char **reason)
{
    const struct pseudo_header *header = find(link_type);

    if (header == NULL) {
        return 0;
    }
    if (size < header->length) {
        *reason = "the record is too short for the pseudo-header of its link type";
        return -1;
    }
    if (header->protocol != 0 &&
        (record[COOKED_PROTOCOL] << 8 | record[COOKED_PROTOCOL + 1]) != header->protocol) {
        *reason = "the cooked header names another protocol than its link type";
        return -1;
    }
    return link_type == FS_LINK_ERF ? erf_pseudo_header(record, size, reason) : header->length;
}

void fs_link_erf_facts(const uint8_t *record, struct flowscope_packet *packet, bool with_time)
{
    uint64_t time = fs_load64(record, FS_LITTLE_IS_SWAPPED);
    uint32_t wire = (uint32_t)record[14] << 8 | record[15];

    packet->wire_bytes = wire;
    if (packet->captured_bytes > wire) {
        packet->captured_bytes = wire;
    }
    if (with_time) {
        /* The low half is a binary fraction of a second, rounded as Wireshark does. */
        uint64_t fraction = (time & UINT32_MAX) * 1000000000u;
        fraction += (fraction & 0x80000000u) << 1;
        packet->time_ns = flowscope_time_ns((int64_t)(time >> 32), (int64_t)(fraction >> 32), true,
                                            &packet->time_quality);
        packet->time_quality = FLOWSCOPE_TIME_GOOD;
    }
}
