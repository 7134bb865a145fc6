/* SPDX-License-Identifier: BSD-2-Clause */
/* For whoever writes a capture anew: what lies in the file, in its order, as it is read. */
#ifndef FS_CAPTURE_WATCH_H
#define FS_CAPTURE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/* Where the records of a pcap file come from; pcapng files say so in blocks. */
struct fs_watch_interface {
    uint32_t link_type;
    uint32_t snaplen;
    uint32_t fcs_bits;
    bool has_fcs;
    bool nanoseconds; /* the file has them */
};

/* The bytes live as long as the packet that the call of the reader returns; those of a block that
 * is no record, where the call has returned no packet yet, for the call. */
struct fs_watch {
    void *user;
    /* Of pcapng: every block, whole. `is_record`: the next packet is this one's. */
    void (*block)(void *user, const uint8_t *bytes, uint32_t length, bool is_record);
    /* Of pcap: the file has been opened; the data of the next packet, with its pseudo-header. */
    void (*interface)(void *user, const struct fs_watch_interface *interface);
    void (*record)(void *user, const uint8_t *bytes, uint32_t captured, uint32_t wire);
};

#endif
