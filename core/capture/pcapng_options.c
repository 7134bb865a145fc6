/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of pcapng blocks. What makes Wireshark refuse a block makes us refuse it. */
#include "capture/pcapng.h"

enum {
    OPTION_HEADER = 4,
    END_OF_OPTIONS = 0,
    COMMENT = 1,
    CUSTOM_STRING = 2988,
    CUSTOM_BINARY = 2989,
    CUSTOM_STRING_NO_COPY = 19372,
    CUSTOM_BINARY_NO_COPY = 19373,
    PEN_SIZE = 4,
    PEN_NETFLIX = 10949,
    NETFLIX_TCPINFO = 2,
    NETFLIX_DUMPINFO = 4,
    NETFLIX_DUMPINFO_SIZE = 208,
    NETFLIX_DUMPINFO_TIME = 56,
};

/* Microseconds of a 32-bit product: Wireshark carries once, and takes the rest as it is. */
static void set_bblog_time(const struct fs_bblog *bblog, const uint8_t *value)
{
    uint64_t seconds = fs_load64(value, FS_LITTLE_IS_SWAPPED) + bblog->section->bblog_seconds;
    uint64_t micro =
        fs_load64(value + 8, FS_LITTLE_IS_SWAPPED) + bblog->section->bblog_microseconds;
    int32_t nano = (int32_t)((uint32_t)micro * 1000u);

    if (nano >= 1000000000) {
        seconds++;
        nano -= 1000000000;
    }
    bblog->packet->time_ns =
        flowscope_time_ns((int64_t)seconds, nano, true, &bblog->packet->time_quality);
}

static bool netflix_option(const struct fs_bblog *bblog, const uint8_t *value, size_t length,
                           const char **reason)
{
    enum { TYPE = 4, TIME = 16 };

    /* Wireshark ends the file here without a word; its frames and ours are the same. */
    if (length < TYPE) {
        *reason = "a Netflix option is too short";
        return false;
    }
    uint32_t type = fs_load32(value, FS_LITTLE_IS_SWAPPED);
    value += TYPE;
    length -= TYPE;
    if (type == NETFLIX_DUMPINFO && length == NETFLIX_DUMPINFO_SIZE) {
        const uint8_t *time = value + NETFLIX_DUMPINFO_TIME;
        bblog->section->bblog_seconds = fs_load64(time, FS_LITTLE_IS_SWAPPED);
        bblog->section->bblog_microseconds = fs_load64(time + 8, FS_LITTLE_IS_SWAPPED);
    }
    if (type == NETFLIX_TCPINFO && bblog->packet != NULL && length >= TIME) {
        set_bblog_time(bblog, value);
        bblog->packet->data = value;
        bblog->packet->captured_bytes = (uint32_t)length;
        bblog->packet->wire_bytes = (uint32_t)length;
    }
    return true;
}

static bool custom_option(const struct fs_option *option, const struct fs_bblog *bblog,
                          const char **reason)
{
    if (option->length < PEN_SIZE) {
        *reason = "a custom option is too short for its enterprise number";
        return false;
    }
    if (fs_load32(option->value, option->swapped) != PEN_NETFLIX) {
        return true;
    }
    return netflix_option(bblog, option->value + PEN_SIZE, option->length - PEN_SIZE, reason);
}

static bool one_option(const struct fs_option *option, const struct fs_bblog *bblog,
                       fs_option_handler *handle, void *context, const char **reason)
{
    switch (option->code) {
    case COMMENT:
        return true;
    case CUSTOM_STRING:
    case CUSTOM_BINARY:
    case CUSTOM_STRING_NO_COPY:
    case CUSTOM_BINARY_NO_COPY:
        return custom_option(option, bblog, reason);
    default:
        return handle == NULL || handle(context, option, reason);
    }
}

bool fs_pcapng_options(const struct fs_block *block, uint32_t at, bool swapped,
                       struct fs_bblog bblog, fs_option_handler *handle, void *context,
                       struct fs_fault *fault)
{
    const char *reason = "the options of the block are cut short";
    const uint8_t *next = block->body + at;
    uint32_t left = block->length - at;

    while (left != 0) {
        if (left < OPTION_HEADER) {
            return fs_fault_at(fault, block->offset, "%s", reason);
        }
        struct fs_option option = {
            .code = fs_load16(next, swapped),
            .length = fs_load16(next + 2, swapped),
            .value = next + OPTION_HEADER,
            .swapped = swapped,
        };
        uint32_t padded = ((uint32_t)option.length + 3) & ~3u;
        left -= OPTION_HEADER;
        if (padded > left) {
            return fs_fault_at(fault, block->offset, "%s", reason);
        }
        if (option.code == END_OF_OPTIONS) {
            return true;
        }
        if (!one_option(&option, &bblog, handle, context, &reason)) {
            return fs_fault_at(fault, block->offset, "%s", reason);
        }
        next += OPTION_HEADER + padded;
        left -= padded;
    }
    return true;
}

static bool wants_length(const struct fs_option *option, uint16_t length, const char **reason)
{
    *reason = "an option of the packet has a wrong length";
    return option->length == length;
}

struct packet_options {
    struct flowscope_packet *packet;
    bool has_flags;
};

static bool packet_option(void *context, const struct fs_option *option, const char **reason)
{
    struct packet_options *options = context;
    enum { FLAGS = 2, DROP_COUNT = 4, PACKET_ID = 5, QUEUE = 6, VERDICT = 7, VERDICT_HARDWARE = 0 };
    enum { DIRECTION = 3, INBOUND = 1, OUTBOUND = 2 };

    switch (option->code) {
    case FLAGS:
        if (!wants_length(option, 4, reason)) {
            return false;
        }
        if (!options->has_flags) {
            unsigned direction = fs_load32(option->value, option->swapped) & DIRECTION;
            options->has_flags = true;
            options->packet->direction = direction == INBOUND    ? FLOWSCOPE_INTERFACE_INBOUND
                                         : direction == OUTBOUND ? FLOWSCOPE_INTERFACE_OUTBOUND
                                                                 : FLOWSCOPE_INTERFACE_UNKNOWN;
        }
        return true;
    case DROP_COUNT:
    case PACKET_ID:
        return wants_length(option, 8, reason);
    case QUEUE:
        return wants_length(option, 4, reason);
    case VERDICT:
        if (option->length == 0) {
            return wants_length(option, 1, reason);
        }
        /* 1 and 2: what eBPF said, 64 bits. */
        return (option->value[0] != 1 && option->value[0] != 2) || wants_length(option, 9, reason);
    default:
        return true;
    }
}

bool fs_pcapng_packet_options(const struct fs_block *block, uint32_t at, struct fs_pcapng *section,
                              struct flowscope_packet *packet, struct fs_fault *fault)
{
    struct packet_options options = {.packet = packet};

    return fs_pcapng_options(block, at, block->swapped, (struct fs_bblog){section, NULL},
                             packet_option, &options, fault);
}

struct interface_options {
    struct fs_interface *interface;
    char *name;
    unsigned name_rank;
    bool has_resolution;
    bool has_offset;
};

/* As Wireshark names interfaces: by name, else by description, else by hardware; the first of each
 * counts. */
static void take_name(struct interface_options *options, const struct fs_option *option,
                      unsigned rank)
{
    const size_t room = FS_INTERFACE_NAME_MAX - 1;
    const size_t length = option->length < room ? option->length : room;

    if (options->name_rank >= rank) {
        return;
    }
    options->name_rank = rank;
    memcpy(options->name, option->value, length);
    options->name[length] = '\0';
}

/* The units in a second: 10^-n, or 2^-n with the top bit; too fine to count is the finest. */
static uint64_t units_per_second(uint8_t resolution)
{
    unsigned exponent = resolution & 0x7f;
    uint64_t units = 1;

    if ((resolution & 0x80) != 0) {
        return exponent < 64 ? UINT64_C(1) << exponent : UINT64_MAX;
    }
    if (exponent >= 20) {
        return UINT64_MAX;
    }
    while (exponent-- != 0) {
        units *= 10;
    }
    return units;
}

static bool interface_option(void *context, const struct fs_option *option, const char **reason)
{
    struct interface_options *options = context;
    enum { NAME = 2, DESCRIPTION = 3, RESOLUTION = 9, FILTER = 11, OFFSET = 14, HARDWARE = 15 };

    switch (option->code) {
    case NAME:
        take_name(options, option, 3);
        return true;
    case DESCRIPTION:
        take_name(options, option, 2);
        return true;
    case HARDWARE:
        take_name(options, option, 1);
        return true;
    case RESOLUTION:
        if (option->length == 1 && !options->has_resolution) {
            options->has_resolution = true;
            options->interface->units_per_second = units_per_second(option->value[0]);
        }
        return true;
    case OFFSET:
        if (option->length == 8 && !options->has_offset) {
            options->has_offset = true;
            options->interface->offset_seconds = (int64_t)fs_load64(option->value, option->swapped);
        }
        return true;
    case FILTER:
        *reason = "the filter of the interface is empty";
        return option->length != 0;
    default:
        return true;
    }
}

bool fs_pcapng_interface_options(const struct fs_block *block, uint32_t at,
                                 struct fs_pcapng *section, struct fs_interface *interface,
                                 char name[FS_INTERFACE_NAME_MAX], struct fs_fault *fault)
{
    struct interface_options options = {.interface = interface, .name = name};

    return fs_pcapng_options(block, at, block->swapped, (struct fs_bblog){section, NULL},
                             interface_option, &options, fault);
}
