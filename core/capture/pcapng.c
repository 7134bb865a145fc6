/* SPDX-License-Identifier: BSD-2-Clause */
/* pcapng files: sections, interfaces and packets. */
#include "capture/pcapng.h"

#include "capture/link_layer.h"

#include <stdlib.h>

enum {
    BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET_OBSOLETE = 2,
    BLOCK_PACKET_SIMPLE = 3,
    BLOCK_NAMES = 4,
    BLOCK_STATISTICS = 5,
    BLOCK_PACKET = 6,
    BLOCK_JOURNAL = 9,
    BLOCK_SECRETS = 10,
    BLOCK_SYSDIG = 0x204,
    BLOCK_SYSDIG_V2 = 0x216,
    BLOCK_SYSDIG_V2_LARGE = 0x221,
    BLOCK_CUSTOM = 0xbad,
    BLOCK_CUSTOM_NO_COPY = 0x40000bad,

    HEADER = 8,
    TRAILER = 4,
    SECTION_HEADER = 16,
    INTERFACE_HEADER = 8,
    PACKET_HEADER = 20,
    SIMPLE_HEADER = 4,
    /* The largest packet of any link type and 128 KiB of options. */
    MAX_BLOCK = HEADER + PACKET_HEADER + TRAILER + 128 * 1024 * 1024 + 128 * 1024,
    MAX_INTERFACES = 1024 * 1024, /* per section; nothing grows without end */
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4du

bool fs_pcapng_recognise(const uint8_t *start)
{
    uint32_t magic = fs_load32(start + HEADER, false);

    return fs_load32(start, false) == BLOCK_SECTION &&
           (magic == BYTE_ORDER_MAGIC || magic == __builtin_bswap32(BYTE_ORDER_MAGIC));
}

void fs_pcapng_close(struct fs_pcapng *pcapng)
{
    free(pcapng->interfaces);
    free(pcapng->names);
    pcapng->interfaces = NULL;
    pcapng->names = NULL;
}

static enum fs_read missing(struct fs_input *input, enum fs_input_status status, bool inside,
                            struct fs_fault *fault)
{
    if (status == FS_INPUT_AGAIN) {
        return FS_READ_AGAIN;
    }
    if (status == FS_INPUT_SHORT && !inside && input->left == 0) {
        return FS_READ_END;
    }
    fs_fault_at(fault, input->offset, "%s",
                status == FS_INPUT_FAILED ? input->failure : "the block is cut short");
    return FS_READ_ERROR;
}

/* The section header block says itself in which byte order it is. */
static enum fs_read byte_order(struct fs_input *input, bool *swapped, struct fs_fault *fault)
{
    enum fs_input_status status = fs_input_need(input, HEADER + 4);

    if (status != FS_INPUT_OK) {
        return missing(input, status, true, fault);
    }
    if (!fs_pcapng_recognise(input->at)) {
        fs_fault_at(fault, input->offset, "the section header has no byte order");
        return FS_READ_ERROR;
    }
    *swapped = fs_load32(input->at + HEADER, false) != BYTE_ORDER_MAGIC;
    return FS_READ_PACKET;
}

static uint32_t padded_to_4(uint32_t length)
{
    return (length + 3) & ~3u;
}

static uint32_t simple_captured(const struct fs_interface *interface, uint32_t wire)
{
    return interface->snaplen != 0 && wire > interface->snaplen ? interface->snaplen : wire;
}

/* Wireshark takes the four bytes behind the data of a simple packet for its second length, wherever
 * the first says that the block ends, and counts the bytes of a pseudo-header twice. A length that
 * its own checks refuse gives `total`: the block is refused then. */
static enum fs_read simple_extent(const struct fs_pcapng *pcapng, struct fs_input *input,
                                  struct fs_block *block, struct fs_fault *fault)
{
    const char *ignored;
    enum fs_input_status status = fs_input_need(input, HEADER + SIMPLE_HEADER);

    if (status != FS_INPUT_OK) {
        return missing(input, status, true, fault);
    }
    if (pcapng->interface_count == 0) {
        return FS_READ_PACKET;
    }
    const struct fs_interface *interface = &pcapng->interfaces[0];
    uint32_t captured = simple_captured(interface, fs_load32(input->at + HEADER, block->swapped));
    if (captured > interface->max_packet ||
        block->total < HEADER + SIMPLE_HEADER + padded_to_4(captured) + TRAILER) {
        return FS_READ_PACKET;
    }
    status = fs_input_need(input, HEADER + SIMPLE_HEADER + captured);
    if (status != FS_INPUT_OK) {
        return missing(input, status, true, fault);
    }
    int header = fs_link_pseudo_header(interface->link_type, input->at + HEADER + SIMPLE_HEADER,
                                       captured, &ignored);
    if (header >= 0) {
        block->extent = HEADER + SIMPLE_HEADER + (uint32_t)header + padded_to_4(captured) + TRAILER;
    }
    return FS_READ_PACKET;
}

/* Makes the next block readable in one piece and checks its two lengths. */
static enum fs_read next_block(const struct fs_pcapng *pcapng, struct fs_input *input,
                               struct fs_block *block, struct fs_fault *fault)
{
    enum fs_input_status status = fs_input_need(input, HEADER);

    if (__builtin_expect(status != FS_INPUT_OK, 0)) {
        return missing(input, status, false, fault);
    }
    block->offset = input->offset;
    block->swapped = pcapng->swapped;
    block->type = fs_load32(input->at, block->swapped);
    if (block->type == BLOCK_SECTION) {
        enum fs_read result = byte_order(input, &block->swapped, fault);
        if (result != FS_READ_PACKET) {
            return result;
        }
    }
    /* Some writers do not count the padding. */
    block->total = padded_to_4(fs_load32(input->at + 4, block->swapped));
    if (block->total < HEADER + TRAILER || block->total > MAX_BLOCK) {
        fs_fault_at(fault, input->offset, "a block of %u bytes is not possible", block->total);
        return FS_READ_ERROR;
    }
    block->extent = block->total;
    if (__builtin_expect(block->type == BLOCK_PACKET_SIMPLE, 0)) {
        enum fs_read result = simple_extent(pcapng, input, block, fault);
        if (result != FS_READ_PACKET) {
            return result;
        }
    }
    status = fs_input_need(input, block->extent);
    if (__builtin_expect(status != FS_INPUT_OK, 0)) {
        return missing(input, status, true, fault);
    }
    uint32_t trailer = padded_to_4(fs_load32(input->at + block->extent - TRAILER, block->swapped));
    if (trailer != block->total) {
        fs_fault_at(fault, input->offset, "the two lengths of a block differ, %u and %u",
                    block->total, trailer);
        return FS_READ_ERROR;
    }
    block->body = input->at + HEADER;
    block->length = block->extent - HEADER - TRAILER;
    return FS_READ_PACKET;
}

static bool read_section(struct fs_pcapng *pcapng, const struct fs_block *block,
                         struct fs_fault *fault)
{
    if (block->length < SECTION_HEADER) {
        return fs_fault_at(fault, block->offset, "a section header is too short");
    }
    unsigned major = fs_load16(block->body + 4, block->swapped);
    unsigned minor = fs_load16(block->body + 6, block->swapped);
    if (major != 1 || (minor != 0 && minor != 2)) {
        return fs_fault_at(fault, block->offset, "pcapng version %u.%u is not known", major, minor);
    }
    pcapng->bblog_seconds = 0;
    pcapng->bblog_microseconds = 0;
    if (!fs_pcapng_options(block, SECTION_HEADER, block->swapped, (struct fs_bblog){pcapng, NULL},
                           NULL, NULL, fault)) {
        return false;
    }
    pcapng->swapped = block->swapped;
    pcapng->interface_count = 0;
    return true;
}

/* Wireshark 4.0 knows the names of the first section alone. Without memory there are none. */
static void keep_name(struct fs_pcapng *pcapng, const char *name)
{
    size_t count = pcapng->name_count;

    if (pcapng->section != 0 || count == FS_INTERFACE_NAMES_MAX) {
        return;
    }
    if ((count & (count - 1)) == 0) { /* full */
        void *names = realloc(pcapng->names, (count == 0 ? 1 : 2 * count) * sizeof(*pcapng->names));
        if (names == NULL) {
            return;
        }
        pcapng->names = names;
    }
    memcpy(pcapng->names[pcapng->name_count++], name, FS_INTERFACE_NAME_MAX);
}

static bool read_interface(struct fs_pcapng *pcapng, const struct fs_block *block,
                           struct fs_fault *fault)
{
    if (block->length < INTERFACE_HEADER) {
        return fs_fault_at(fault, block->offset, "an interface description is too short");
    }
    struct fs_interface interface = {
        .units_per_second = 1000000,
        .link_type = fs_load16(block->body, block->swapped),
        .snaplen = fs_load32(block->body + 4, block->swapped),
    };
    interface.max_packet = fs_link_max_packet(interface.link_type);
    interface.pseudo_header = fs_link_has_pseudo_header(interface.link_type);
    char name[FS_INTERFACE_NAME_MAX] = "";
    if (!fs_pcapng_interface_options(block, INTERFACE_HEADER, pcapng, &interface, name, fault)) {
        return false;
    }
    keep_name(pcapng, name);
    if (pcapng->interface_count == pcapng->interface_capacity) {
        size_t capacity = pcapng->interface_capacity == 0 ? 4 : 2 * pcapng->interface_capacity;
        struct fs_interface *interfaces =
            capacity > MAX_INTERFACES
                ? NULL
                : realloc(pcapng->interfaces, capacity * sizeof(*pcapng->interfaces));
        if (interfaces == NULL) {
            return fs_fault_at(fault, block->offset, "too many interfaces in one section");
        }
        pcapng->interfaces = interfaces;
        pcapng->interface_capacity = capacity;
    }
    pcapng->interfaces[pcapng->interface_count++] = interface;
    return true;
}

/* Wireshark's arithmetic, with its 64-bit wrap for resolutions finer than a nanosecond. */
static int64_t time_of(const struct fs_interface *interface, uint64_t units, uint8_t *quality)
{
    uint64_t per_second = interface->units_per_second;
    uint64_t seconds, nanoseconds;

    switch (per_second) { /* constants divide faster */
    case 1000000:
        seconds = units / 1000000;
        nanoseconds = units % 1000000 * 1000;
        break;
    case 1000000000:
        seconds = units / 1000000000;
        nanoseconds = units % 1000000000;
        break;
    default:
        seconds = units / per_second;
        nanoseconds = units % per_second * 1000000000 / per_second;
        break;
    }
    return flowscope_time_ns((int64_t)(seconds + (uint64_t)interface->offset_seconds),
                             (int32_t)nanoseconds, true, quality);
}

static bool cut_pseudo_header(const struct fs_interface *interface, const struct fs_block *block,
                              struct flowscope_packet *packet, struct fs_fault *fault)
{
    const char *reason = NULL;
    const uint8_t *record = packet->data;
    int header =
        fs_link_pseudo_header(interface->link_type, record, packet->captured_bytes, &reason);

    if (header < 0) {
        return fs_fault_at(fault, block->offset, "%s", reason);
    }
    packet->data += header;
    packet->captured_bytes -= (uint32_t)header;
    packet->wire_bytes -= (uint32_t)header;
    if (interface->link_type == FS_LINK_ERF) {
        fs_link_erf_facts(record, packet, false);
    }
    return true;
}

static bool read_packet(struct fs_pcapng *pcapng, const struct fs_block *block,
                        struct flowscope_packet *packet, struct fs_fault *fault)
{
    const uint8_t *body = block->body;

    if (block->length < PACKET_HEADER) {
        return fs_fault_at(fault, block->offset, "a packet block is too short");
    }
    uint32_t captured = fs_load32(body + 12, block->swapped);
    uint32_t padded = padded_to_4(captured);
    uint32_t interface_id = block->type == BLOCK_PACKET_OBSOLETE ? fs_load16(body, block->swapped)
                                                                 : fs_load32(body, block->swapped);
    if (captured > block->length - PACKET_HEADER || padded > block->length - PACKET_HEADER) {
        return fs_fault_at(fault, block->offset, "a block of %u bytes holds no packet of %u bytes",
                           block->total, captured);
    }
    if (interface_id >= pcapng->interface_count) {
        return fs_fault_at(fault, block->offset, "a packet of interface %u, which is not described",
                           interface_id);
    }
    const struct fs_interface *interface = &pcapng->interfaces[interface_id];
    if (captured > interface->max_packet) {
        return fs_fault_at(fault, block->offset,
                           "a packet of %u bytes is more than the possible %u", captured,
                           interface->max_packet);
    }
    uint64_t units =
        (uint64_t)fs_load32(body + 4, block->swapped) << 32 | fs_load32(body + 8, block->swapped);
    packet->link_type = interface->link_type;
    packet->data = body + PACKET_HEADER;
    packet->captured_bytes = captured;
    packet->wire_bytes = fs_load32(body + 16, block->swapped);
    packet->interface = interface_id;
    packet->direction = FLOWSCOPE_INTERFACE_UNKNOWN;
    packet->is_packet = true;
    packet->time_ns = time_of(interface, units, &packet->time_quality);
    if (__builtin_expect(interface->pseudo_header, 0) &&
        !cut_pseudo_header(interface, block, packet, fault)) {
        return false;
    }
    return block->length == PACKET_HEADER + padded ||
           fs_pcapng_packet_options(block, PACKET_HEADER + padded, pcapng, packet, fault);
}

static bool read_simple_packet(struct fs_pcapng *pcapng, const struct fs_block *block,
                               struct flowscope_packet *packet, struct fs_fault *fault)
{
    if (block->length < SIMPLE_HEADER) {
        return fs_fault_at(fault, block->offset, "a simple packet block is too short");
    }
    if (pcapng->interface_count == 0) {
        return fs_fault_at(fault, block->offset, "a packet before any interface is described");
    }
    const struct fs_interface *interface = &pcapng->interfaces[0];
    uint32_t wire = fs_load32(block->body, block->swapped);
    uint32_t captured = simple_captured(interface, wire);
    uint32_t room = block->length - SIMPLE_HEADER;

    if (captured > room || padded_to_4(captured) > room || captured > interface->max_packet) {
        return fs_fault_at(fault, block->offset, "a block of %u bytes holds no packet of %u bytes",
                           block->total, captured);
    }
    packet->link_type = interface->link_type;
    packet->data = block->body + SIMPLE_HEADER;
    packet->captured_bytes = captured;
    packet->wire_bytes = wire;
    packet->interface = 0;
    packet->direction = FLOWSCOPE_INTERFACE_UNKNOWN;
    packet->is_packet = true;
    packet->time_ns = flowscope_time_ns(0, 0, false, &packet->time_quality);
    return !interface->pseudo_header || cut_pseudo_header(interface, block, packet, fault);
}

/* FS_READ_PACKET: the block is a record; FS_READ_AGAIN: it is none, look at the next. */
static enum fs_read read_block(struct fs_pcapng *pcapng, const struct fs_block *block,
                               struct flowscope_packet *packet, struct fs_fault *fault)
{
    bool numbered = false;
    bool good = true;

    switch (block->type) {
    case BLOCK_PACKET:
    case BLOCK_PACKET_OBSOLETE:
        good = read_packet(pcapng, block, packet, fault);
        numbered = true;
        break;
    case BLOCK_PACKET_SIMPLE:
        good = read_simple_packet(pcapng, block, packet, fault);
        numbered = true;
        break;
    case BLOCK_CUSTOM:
    case BLOCK_CUSTOM_NO_COPY:
        good = fs_pcapng_custom(block, pcapng, packet, fault);
        numbered = true;
        break;
    case BLOCK_SYSDIG:
    case BLOCK_SYSDIG_V2:
    case BLOCK_SYSDIG_V2_LARGE:
        good = fs_pcapng_sysdig(block, packet, fault);
        numbered = true;
        break;
    case BLOCK_JOURNAL:
        good = fs_pcapng_journal(block, packet, fault);
        numbered = true;
        break;
    case BLOCK_SECTION:
        good = read_section(pcapng, block, fault);
        pcapng->section += good;
        break;
    case BLOCK_INTERFACE:
        good = read_interface(pcapng, block, fault);
        break;
    case BLOCK_NAMES:
        good = fs_pcapng_names(block, pcapng, fault);
        break;
    case BLOCK_STATISTICS:
        good = fs_pcapng_statistics(block, pcapng, fault);
        break;
    case BLOCK_SECRETS:
        good = fs_pcapng_secrets(block, fault);
        break;
    default:
        break;
    }
    return !good ? FS_READ_ERROR : numbered ? FS_READ_PACKET : FS_READ_AGAIN;
}

static inline void show(const struct fs_pcapng *pcapng, const struct fs_block *block,
                        bool is_record)
{
    if (__builtin_expect(pcapng->watch != NULL, 0)) {
        pcapng->watch->block(pcapng->watch->user, block->body - HEADER, block->extent, is_record);
    }
}

enum fs_read fs_pcapng_next(struct fs_pcapng *pcapng, struct fs_input *input,
                            struct flowscope_packet *packet, struct fs_fault *fault)
{
    for (;;) {
        struct fs_block block;
        enum fs_read result = next_block(pcapng, input, &block, fault);

        if (__builtin_expect(result != FS_READ_PACKET, 0)) {
            return result;
        }
        result = read_block(pcapng, &block, packet, fault);
        if (result == FS_READ_ERROR) {
            return result;
        }
        show(pcapng, &block, result == FS_READ_PACKET);
        fs_input_skip(input, block.extent);
        if (result == FS_READ_PACKET) {
            packet->section = pcapng->section;
            return result;
        }
    }
}

bool fs_pcapng_open(struct fs_pcapng *pcapng, struct fs_input *input, const struct fs_watch *watch,
                    struct fs_fault *fault)
{
    struct fs_block block;
    bool first = true;

    *pcapng = (struct fs_pcapng){.watch = watch};
    for (;;) {
        if (!first) {
            enum fs_input_status status = fs_input_need(input, HEADER);
            if (status == FS_INPUT_SHORT && input->left == 0) {
                return true;
            }
            if (status == FS_INPUT_OK && fs_load32(input->at, pcapng->swapped) != BLOCK_INTERFACE) {
                return true;
            }
        }
        switch (next_block(pcapng, input, &block, fault)) {
        case FS_READ_PACKET:
            break;
        case FS_READ_AGAIN:
            return fs_fault_at(fault, input->offset, "interrupted");
        default:
            return false;
        }
        if (!(first ? read_section(pcapng, &block, fault)
                    : read_interface(pcapng, &block, fault))) {
            return false;
        }
        first = false;
        show(pcapng, &block, false);
        fs_input_skip(input, block.extent);
    }
}
