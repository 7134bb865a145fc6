/* SPDX-License-Identifier: BSD-2-Clause */
/* pcap files and their variants. */
#ifndef FS_CAPTURE_PCAP_H
#define FS_CAPTURE_PCAP_H

#include "capture/fault.h"
#include "capture/input.h"
#include "capture/reader.h"
#include "capture/watch.h"

enum fs_pcap_variant {
    FS_PCAP_STANDARD,
    FS_PCAP_NANOSECONDS,
    FS_PCAP_AIX,
    FS_PCAP_SS990417, /* Kuznetsov's three */
    FS_PCAP_SS990915,
    FS_PCAP_SS991029,
    FS_PCAP_NOKIA,
    FS_PCAP_UNKNOWN,
};

/* Old writers put the wire length before the captured length. */
enum fs_pcap_lengths {
    FS_PCAP_CAPTURED_FIRST,
    FS_PCAP_WIRE_FIRST,
    FS_PCAP_SMALLER_IS_CAPTURED,
};

struct fs_pcap {
    bool swapped;
    bool nanoseconds;
    bool fddi_padding;  /* AIX: three bytes before each FDDI frame */
    bool pseudo_header; /* frames follow one */
    bool plain;         /* records are a header of today's and a frame, which nobody else watches */
    uint8_t header_size; /* of a record */
    enum fs_pcap_variant variant;
    enum fs_pcap_lengths lengths;
    uint32_t link_type;
    uint32_t max_packet;
    uint32_t snaplen;
    uint32_t fcs_bits; /* of each frame, with has_fcs */
    bool has_fcs;
    const struct fs_watch *watch; /* NULL: nobody wants the records */
};

struct fs_pcap_header {
    uint32_t seconds;
    uint32_t fraction;
    uint32_t captured;
    uint32_t wire;
};

/* Whether a file that begins with `magic` (4 bytes) is a pcap file. */
bool fs_pcap_recognise(const uint8_t *magic);

/* Reads the file header. `watch` may be NULL. */
bool fs_pcap_open(struct fs_pcap *pcap, struct fs_input *input, const struct fs_watch *watch,
                  struct fs_fault *fault);

/* The next record; the packet's frame number is the caller's business. */
enum fs_read fs_pcap_next(const struct fs_pcap *pcap, struct fs_input *input,
                          struct flowscope_packet *packet, struct fs_fault *fault);

/* Up to `room` records that lie in the buffer whole, where a file has nothing but plain ones;
 * `frame` is the number of the first. Returns how many; what stopped it is for fs_pcap_next(). */
size_t fs_pcap_batch(const struct fs_pcap *pcap, struct fs_input *input,
                     struct flowscope_packet *packets, size_t room, uint64_t frame);

uint8_t fs_pcap_header_size(enum fs_pcap_variant variant);

static inline struct fs_pcap_header fs_pcap_header(const struct fs_pcap *pcap, const uint8_t *at);

/* pcap_variant.c: tells variants of one magic number apart by their first records. False: the file
 * cannot be read. */
bool fs_pcap_guess(struct fs_pcap *pcap, struct fs_input *input,
                   const enum fs_pcap_variant *variants, size_t count, struct fs_fault *fault);

#include "capture/load.h"

static inline struct fs_pcap_header fs_pcap_header(const struct fs_pcap *pcap, const uint8_t *at)
{
    struct fs_pcap_header header = {
        .seconds = fs_load32(at, pcap->swapped),
        .fraction = fs_load32(at + 4, pcap->swapped),
        .captured = fs_load32(at + 8, pcap->swapped),
        .wire = fs_load32(at + 12, pcap->swapped),
    };

    if (__builtin_expect(pcap->lengths != FS_PCAP_CAPTURED_FIRST, 0) &&
        (pcap->lengths == FS_PCAP_WIRE_FIRST || header.captured > header.wire)) {
        uint32_t captured = header.wire;
        header.wire = header.captured;
        header.captured = captured;
    }
    return header;
}

#endif
