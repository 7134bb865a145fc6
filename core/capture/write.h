/* SPDX-License-Identifier: BSD-2-Clause */
/* pcapng blocks, for captures written anew. */
#ifndef FS_CAPTURE_WRITE_H
#define FS_CAPTURE_WRITE_H

#include "capture/watch.h"

#include <flowscope/packet.h>

#include <stdio.h>

/* Errors of these stay in ferror(out). */

/* A block as it was read; a section header loses the length of its section, which may be another
 * now. */
void fs_write_block(FILE *out, const uint8_t *block, uint32_t length);

/* The section and the interface of the records of a pcap file. */
void fs_write_interface(FILE *out, const struct fs_watch_interface *interface);

/* A record of that interface, with the time of `packet`. */
void fs_write_record(FILE *out, const struct fs_watch_interface *interface,
                     const struct flowscope_packet *packet, const uint8_t *bytes, uint32_t captured,
                     uint32_t wire);

#endif
