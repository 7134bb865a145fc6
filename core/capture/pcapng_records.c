/* SPDX-License-Identifier: BSD-2-Clause */
/* pcapng blocks that are no packets: those that Wireshark numbers all the same, and those that only
 * have to be well formed. */
#include "capture/pcapng.h"

#include <string.h>

enum {
    SYSDIG_V2 = 0x216,
    SYSDIG_V2_LARGE = 0x221,
    PEN_NETFLIX = 10949,
};

static void no_packet(struct flowscope_packet *packet, const uint8_t *data, uint32_t captured,
                      uint32_t wire)
{
    packet->link_type = FLOWSCOPE_LINK_TYPE_NONE;
    packet->data = data;
    packet->captured_bytes = captured;
    packet->wire_bytes = wire;
    packet->interface = 0;
    packet->direction = FLOWSCOPE_INTERFACE_UNKNOWN;
    packet->is_packet = false;
    packet->time_ns = flowscope_time_ns(0, 0, false, &packet->time_quality);
}

/* Wireshark ends the file at any other option, without a word; its frames and ours are the same. */
static bool no_other_option(void *context, const struct fs_option *option, const char **reason)
{
    (void)context;
    (void)option;
    *reason = "an option that a Netflix block cannot have";
    return false;
}

/* Events of FreeBSD's TCP log, and how many of them were skipped. */
static bool netflix_block(const struct fs_block *block, struct fs_pcapng *section,
                          struct flowscope_packet *packet, struct fs_fault *fault)
{
    enum { PEN_AND_TYPE = 8, EVENT = 1, SKIPPED = 2, SKIPPED_COUNT = 4 };
    uint32_t options = PEN_AND_TYPE;

    if (block->length < PEN_AND_TYPE) {
        return fs_fault_at(fault, block->offset, "a Netflix block is too short");
    }
    no_packet(packet, NULL, 0, 0);
    switch (fs_load32(block->body + 4, FS_LITTLE_IS_SWAPPED)) {
    case EVENT:
        break;
    case SKIPPED:
        options += SKIPPED_COUNT;
        if (block->length < options) {
            return fs_fault_at(fault, block->offset, "a Netflix block is too short");
        }
        break;
    default:
        /* Wireshark ends the file here without a word; its frames and ours are the same. */
        return fs_fault_at(fault, block->offset, "a Netflix block of an unknown type");
    }
    return fs_pcapng_options(block, options, FS_LITTLE_IS_SWAPPED,
                             (struct fs_bblog){section, packet}, no_other_option, NULL, fault);
}

bool fs_pcapng_custom(const struct fs_block *block, struct fs_pcapng *section,
                      struct flowscope_packet *packet, struct fs_fault *fault)
{
    enum { PEN = 4 };

    if (block->length < PEN) {
        return fs_fault_at(fault, block->offset, "a custom block is too short");
    }
    if (fs_load32(block->body, block->swapped) == PEN_NETFLIX) {
        return netflix_block(block, section, packet, fault);
    }
    no_packet(packet, block->body + PEN, block->length - PEN, block->length - PEN);
    return true;
}

bool fs_pcapng_sysdig(const struct fs_block *block, struct flowscope_packet *packet,
                      struct fs_fault *fault)
{
    /* CPU, time, thread, length, type; version 2 has a count of parameters too. */
    enum { TIME = 2, LENGTH = 18, HEADER = 24, HEADER_V2 = 28 };
    bool v2 = block->type == SYSDIG_V2 || block->type == SYSDIG_V2_LARGE;
    uint32_t header = v2 ? HEADER_V2 : HEADER;

    if (block->length < header) {
        return fs_fault_at(fault, block->offset, "a sysdig block is too short");
    }
    uint64_t time = fs_load64(block->body + TIME, block->swapped);
    no_packet(packet, block->body + header, block->length - header,
              fs_load32(block->body + LENGTH, block->swapped));
    packet->time_ns = flowscope_time_ns((int64_t)(time / 1000000000u),
                                        (int64_t)(time % 1000000000u), true, &packet->time_quality);
    return true;
}

/* Decimal digits after optional blanks, in `text` of `length` bytes. */
static bool read_decimal(const uint8_t *text, size_t length, uint64_t *value)
{
    size_t i = 0;

    while (i < length && (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r'))) {
        i++;
    }
    size_t first = i;
    for (*value = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
        if (__builtin_mul_overflow(*value, 10u, value) ||
            __builtin_add_overflow(*value, (uint64_t)(text[i] - '0'), value)) {
            return false;
        }
    }
    return i != first;
}

/* Where `field` ends in `text`; NULL: it is not there. */
static const uint8_t *find_field(const uint8_t *text, size_t length, const char *field,
                                 size_t field_length)
{
    for (size_t i = 0; i + field_length <= length; i++) {
        if (memcmp(text + i, field, field_length) == 0) {
            return text + i + field_length;
        }
    }
    return NULL;
}

bool fs_pcapng_journal(const struct fs_block *block, struct flowscope_packet *packet,
                       struct fs_fault *fault)
{
    static const char field[] = "__REALTIME_TIMESTAMP=";
    enum { FIELD = sizeof(field) - 1, LEAST = FIELD + 2 };
    uint32_t length = block->length;
    uint64_t microseconds;

    while (length != 0 && block->body[length - 1] == 0) {
        length--;
    }
    if (length < LEAST) {
        return fs_fault_at(fault, block->offset, "a journal entry is too short");
    }
    no_packet(packet, block->body, length, length);
    /* Text ends at a NUL, even where the entry goes on. */
    size_t text = strnlen((const char *)block->body, length);
    const uint8_t *at = find_field(block->body, text, field, FIELD);
    if (at != NULL && read_decimal(at, text - (size_t)(at - block->body), &microseconds)) {
        packet->time_ns = flowscope_time_ns((int64_t)(microseconds / 1000000u),
                                            (int64_t)(microseconds % 1000000u) * 1000, true,
                                            &packet->time_quality);
    }
    return true;
}

/* Names of an address record: text, each ended by a NUL. */
static bool names_are_ended(const uint8_t *record, uint32_t length)
{
    return length == 0 || record[length - 1] == 0;
}

bool fs_pcapng_names(const struct fs_block *block, struct fs_pcapng *section,
                     struct fs_fault *fault)
{
    enum { RECORD_HEADER = 4, LAST = 0, IPV4 = 1, IPV6 = 2 };
    uint32_t at = 0;

    if (block->length < RECORD_HEADER) {
        return fs_fault_at(fault, block->offset, "a name resolution block is too short");
    }
    while (at < block->length) {
        if (block->length - at < RECORD_HEADER) {
            return fs_fault_at(fault, block->offset, "a name record is cut short");
        }
        unsigned type = fs_load16(block->body + at, block->swapped);
        uint32_t length = fs_load16(block->body + at + 2, block->swapped);
        uint32_t padded = (length + 3) & ~3u;
        const uint8_t *record = block->body + at + RECORD_HEADER;
        at += RECORD_HEADER;
        if (block->length - at < padded) {
            return fs_fault_at(fault, block->offset, "a name record is cut short");
        }
        if (type == LAST) {
            break;
        }
        uint32_t address = type == IPV4 ? 4 : type == IPV6 ? 16 : 0;
        if (address != 0 &&
            (length < address || !names_are_ended(record + address, length - address))) {
            return fs_fault_at(fault, block->offset, "a name record is damaged");
        }
        at += padded;
    }
    return fs_pcapng_options(block, at, block->swapped, (struct fs_bblog){section, NULL}, NULL,
                             NULL, fault);
}

bool fs_pcapng_secrets(const struct fs_block *block, struct fs_fault *fault)
{
    enum { HEADER = 8 };

    if (block->length < HEADER ||
        fs_load32(block->body + 4, block->swapped) > block->length - HEADER) {
        return fs_fault_at(fault, block->offset, "a secrets block is too short for its secrets");
    }
    return true;
}

bool fs_pcapng_statistics(const struct fs_block *block, struct fs_pcapng *section,
                          struct fs_fault *fault)
{
    enum { HEADER = 12 };

    if (block->length < HEADER) {
        return fs_fault_at(fault, block->offset, "a statistics block is too short");
    }
    return fs_pcapng_options(block, HEADER, block->swapped, (struct fs_bblog){section, NULL}, NULL,
                             NULL, fault);
}
