/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes pcap files with nanoseconds, little endian on every machine. */
#ifndef FS_TESTS_PCAP_WRITE_H
#define FS_TESTS_PCAP_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The file header; `snaplen` is only said, never applied. */
void pcap_write_header(FILE *file, uint32_t link_type, uint32_t snaplen);

/* One record of the first `captured` bytes of a frame that had `wire`. time_ns is not negative. */
void pcap_write_frame(FILE *file, int64_t time_ns, const uint8_t *data, uint32_t captured,
                      uint32_t wire);

/* Closes; false if anything since opening was not written. */
bool pcap_write_close(FILE *file);

#endif
