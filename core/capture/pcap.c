/* SPDX-License-Identifier: BSD-2-Clause */
/* pcap files and their variants: the file header and the records. */
#include "capture/pcap.h"

#include "capture/link_layer.h"

enum {
    FILE_HEADER = 24,
    PLAIN_HEADER = 16,
    IXIA_EXTRA = 4, /* the size of all records, after the file header */
    AIX_FDDI_PADDING = 3,
    LINK_ETHERNET = 1,
    LINK_FDDI = 10,
    LINK_NOKIA_ATM = 13,
};

/* The upper half of the link type field: reserved bits, and the FCS length, which only who writes
 * the frames anew needs: a frame is handed on with its FCS. */
#define LINK_TYPE_MASK     0x0000ffffu
#define LINK_TYPE_HAS_FCS  0x04000000u
#define LINK_TYPE_RESERVED 0x03ff0000u

static const struct magic {
    uint32_t value;
    enum fs_pcap_variant variant;
    bool modified; /* one of Kuznetsov's later two, which only their records tell apart */
    bool ixia;
} magics[] = {
    {0xa1b2c3d4, FS_PCAP_UNKNOWN, false, false}, {0xa1b23c4d, FS_PCAP_NANOSECONDS, false, false},
    {0xa1b2cd34, FS_PCAP_UNKNOWN, true, false},  {0x1c0001ac, FS_PCAP_STANDARD, false, true},
    {0x1c0001ab, FS_PCAP_STANDARD, false, true},
};

static const struct magic *find_magic(const uint8_t *at, bool *swapped)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        for (int swap = 0; swap < 2; swap++) {
            if (fs_load32(at, swap != 0) == magics[i].value) {
                *swapped = swap != 0;
                return &magics[i];
            }
        }
    }
    return NULL;
}

bool fs_pcap_recognise(const uint8_t *magic)
{
    bool swapped;

    return find_magic(magic, &swapped) != NULL;
}

uint8_t fs_pcap_header_size(enum fs_pcap_variant variant)
{
    switch (variant) {
    case FS_PCAP_SS990417:
    case FS_PCAP_SS991029:
        return 24;
    case FS_PCAP_SS990915:
        return 28;
    case FS_PCAP_NOKIA:
        return 20;
    default:
        return 16;
    }
}

static enum fs_pcap_lengths order_of_lengths(unsigned major, unsigned minor)
{
    if (major == 543 || (major == 2 && minor < 3)) {
        return FS_PCAP_WIRE_FIRST;
    }
    return major == 2 && minor == 3 ? FS_PCAP_SMALLER_IS_CAPTURED : FS_PCAP_CAPTURED_FIRST;
}

/* AIX writes version 2.2 and the interface type of RFC 1573 instead of a link type. */
static bool aix_link_type(uint32_t *link_type)
{
    static const uint8_t interface_types[][2] = {{6, 1}, {9, 6}, {15, 10}, {24, 0}};

    for (size_t i = 0; i < sizeof(interface_types) / sizeof(interface_types[0]); i++) {
        if (*link_type == interface_types[i][0]) {
            *link_type = interface_types[i][1];
            return true;
        }
    }
    return false;
}

static bool choose_variant(struct fs_pcap *pcap, const struct magic *magic, struct fs_input *input,
                           struct fs_fault *fault)
{
    static const enum fs_pcap_variant standard[] = {FS_PCAP_STANDARD, FS_PCAP_SS990417,
                                                    FS_PCAP_NOKIA};
    static const enum fs_pcap_variant modified[] = {FS_PCAP_SS991029, FS_PCAP_SS990915};

    if (pcap->variant != FS_PCAP_UNKNOWN) {
        return true;
    }
    if (magic->modified) {
        if (input->is_pipe) {
            return fs_fault_at(fault, 0, "this variant of pcap cannot be read from a pipe");
        }
        return fs_pcap_guess(pcap, input, modified, 2, fault);
    }
    /* A guess would wait for the third packet before the first one is seen. */
    if (input->is_pipe) {
        pcap->variant = FS_PCAP_STANDARD;
        return true;
    }
    return fs_pcap_guess(pcap, input, standard, 3, fault);
}

static void settle(struct fs_pcap *pcap)
{
    if (pcap->variant == FS_PCAP_NOKIA && pcap->link_type == LINK_NOKIA_ATM) {
        pcap->link_type = FS_LINK_SUNATM;
    }
    pcap->nanoseconds = pcap->variant == FS_PCAP_NANOSECONDS || pcap->variant == FS_PCAP_AIX;
    pcap->fddi_padding = pcap->variant == FS_PCAP_AIX && pcap->link_type == LINK_FDDI;
    pcap->pseudo_header = fs_link_has_pseudo_header(pcap->link_type);
    pcap->header_size = fs_pcap_header_size(pcap->variant);
    pcap->plain = pcap->header_size == PLAIN_HEADER && pcap->lengths == FS_PCAP_CAPTURED_FIRST &&
                  !pcap->fddi_padding && !pcap->pseudo_header && pcap->watch == NULL;
}

bool fs_pcap_open(struct fs_pcap *pcap, struct fs_input *input, const struct fs_watch *watch,
                  struct fs_fault *fault)
{
    bool swapped = false;
    const struct magic *magic = find_magic(input->at, &swapped);
    size_t size = magic->ixia ? FILE_HEADER + IXIA_EXTRA : FILE_HEADER;
    enum fs_input_status status = fs_input_need(input, size);

    if (status != FS_INPUT_OK) {
        return fs_fault_at(fault, 0, "%s",
                           status == FS_INPUT_FAILED ? input->failure
                                                     : "the pcap file header is cut short");
    }
    unsigned major = fs_load16(input->at + 4, swapped);
    unsigned minor = fs_load16(input->at + 6, swapped);
    uint32_t link_type = fs_load32(input->at + 20, swapped);

    *pcap = (struct fs_pcap){.swapped = swapped, .variant = magic->variant, .watch = watch};
    pcap->snaplen = fs_load32(input->at + 16, swapped);
    pcap->lengths = order_of_lengths(major, minor);
    if (major < 2) {
        return fs_fault_at(fault, 0, "pcap version %u.%u is not known", major, minor);
    }
    if (pcap->variant == FS_PCAP_UNKNOWN && !magic->modified && major == 2 && minor == 2 &&
        aix_link_type(&link_type)) {
        pcap->variant = FS_PCAP_AIX;
    }
    if ((link_type & LINK_TYPE_RESERVED) != 0) {
        return fs_fault_at(fault, 0, "reserved bits are set in the link type 0x%08x", link_type);
    }
    pcap->has_fcs = (link_type & LINK_TYPE_HAS_FCS) != 0;
    pcap->fcs_bits = (link_type >> 28) * 16; /* in units of 16 bits */
    pcap->link_type = link_type & LINK_TYPE_MASK;
    pcap->max_packet = fs_link_max_packet(pcap->link_type);
    fs_input_skip(input, size);
    if (!choose_variant(pcap, magic, input, fault)) {
        return false;
    }
    settle(pcap);
    if (watch != NULL) {
        watch->interface(watch->user,
                         &(struct fs_watch_interface){.link_type = pcap->link_type,
                                                      .snaplen = pcap->snaplen,
                                                      .fcs_bits = pcap->fcs_bits,
                                                      .has_fcs = pcap->has_fcs,
                                                      .nanoseconds = pcap->nanoseconds});
    }
    return true;
}

static enum fs_read no_record(struct fs_input *input, enum fs_input_status status,
                              struct fs_fault *fault)
{
    if (status == FS_INPUT_AGAIN) {
        return FS_READ_AGAIN;
    }
    if (status == FS_INPUT_SHORT && input->left == 0) {
        return FS_READ_END;
    }
    fs_fault_at(fault, input->offset, "%s",
                status == FS_INPUT_FAILED ? input->failure : "the packet is cut short");
    return FS_READ_ERROR;
}

/* The unsigned wrap and the signed reading of absurd fractions are Wireshark's. */
static inline int32_t nanoseconds_of(const struct fs_pcap *pcap, uint32_t fraction)
{
    return (int32_t)(pcap->nanoseconds ? fraction : fraction * 1000u);
}

/* Cuts off what stands before the frame in records of rare kinds. */
static enum fs_read frame_inside(const struct fs_pcap *pcap, const struct fs_input *input,
                                 struct flowscope_packet *packet, struct fs_fault *fault)
{
    const char *reason = "the record is too short for its padding";
    const uint8_t *record = packet->data;
    uint32_t before = pcap->fddi_padding ? AIX_FDDI_PADDING : 0;

    if (packet->captured_bytes < before) {
        fs_fault_at(fault, input->offset, "%s", reason);
        return FS_READ_ERROR;
    }
    int header =
        fs_link_pseudo_header(pcap->link_type, record, packet->captured_bytes - before, &reason);
    if (header < 0) {
        fs_fault_at(fault, input->offset, "%s", reason);
        return FS_READ_ERROR;
    }
    before += (uint32_t)header;
    packet->data += before;
    packet->captured_bytes -= before;
    packet->wire_bytes -= before;
    if (pcap->link_type == FS_LINK_ERF) {
        fs_link_erf_facts(record, packet, true);
    }
    return FS_READ_PACKET;
}

enum fs_read fs_pcap_next(const struct fs_pcap *pcap, struct fs_input *input,
                          struct flowscope_packet *packet, struct fs_fault *fault)
{
    enum fs_input_status status = fs_input_need(input, pcap->header_size);

    if (__builtin_expect(status != FS_INPUT_OK, 0)) {
        return no_record(input, status, fault);
    }
    struct fs_pcap_header header = fs_pcap_header(pcap, input->at);
    if (__builtin_expect(header.captured > pcap->max_packet, 0)) {
        fs_fault_at(fault, input->offset, "a packet of %u bytes is more than the possible %u",
                    header.captured, pcap->max_packet);
        return FS_READ_ERROR;
    }
    size_t size = (size_t)pcap->header_size + header.captured;
    status = fs_input_need(input, size);
    if (__builtin_expect(status != FS_INPUT_OK, 0)) {
        return no_record(input, status, fault);
    }
    packet->link_type = pcap->link_type;
    packet->data = input->at + pcap->header_size;
    packet->captured_bytes = header.captured;
    packet->wire_bytes = header.wire;
    packet->section = 0;
    packet->interface = 0;
    packet->direction = FLOWSCOPE_INTERFACE_UNKNOWN;
    packet->is_packet = true;
    packet->time_ns =
        flowscope_time_ns((int64_t)header.seconds, nanoseconds_of(pcap, header.fraction), true,
                          &packet->time_quality);
    if (__builtin_expect(pcap->pseudo_header || pcap->fddi_padding, 0)) {
        enum fs_read result = frame_inside(pcap, input, packet, fault);
        if (result != FS_READ_PACKET) {
            return result;
        }
    }
    if (__builtin_expect(pcap->watch != NULL, 0)) {
        const uint32_t before = pcap->fddi_padding ? AIX_FDDI_PADDING : 0;

        pcap->watch->record(pcap->watch->user, input->at + pcap->header_size + before,
                            header.captured - before, header.wire - before);
    }
    fs_input_skip(input, size);
    return FS_READ_PACKET;
}

size_t fs_pcap_batch(const struct fs_pcap *pcap, struct fs_input *input,
                     struct flowscope_packet *packets, size_t room, uint64_t frame)
{
    const uint8_t *at = input->at;
    size_t left = input->left, count = 0;

    if (!pcap->plain) {
        return 0;
    }
    while (count < room && left >= PLAIN_HEADER) {
        const struct fs_pcap_header header = fs_pcap_header(pcap, at);
        uint8_t quality;

        if (header.captured > pcap->max_packet || header.captured > left - PLAIN_HEADER) {
            break;
        }
        const int64_t time_ns = flowscope_time_ns(
            (int64_t)header.seconds, nanoseconds_of(pcap, header.fraction), true, &quality);
        packets[count] = (struct flowscope_packet){
            .size = sizeof(packets[count]),
            .link_type = pcap->link_type,
            .frame = frame + count,
            .data = at + PLAIN_HEADER,
            .time_ns = time_ns,
            .captured_bytes = header.captured,
            .wire_bytes = header.wire,
            .time_quality = quality,
            .direction = FLOWSCOPE_INTERFACE_UNKNOWN,
            .is_packet = true,
        };
        at += PLAIN_HEADER + header.captured;
        left -= PLAIN_HEADER + header.captured;
        count++;
    }
    fs_input_skip(input, input->left - left);
    return count;
}
