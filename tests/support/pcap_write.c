/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes pcap files with nanoseconds. */
#include "support/pcap_write.h"

static void put32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

void pcap_write_header(FILE *file, uint32_t link_type, uint32_t snaplen)
{
    uint8_t header[24] = {[4] = 2, [6] = 4}; /* version 2.4 */

    put32(header, 0xa1b23c4d);
    put32(header + 16, snaplen);
    put32(header + 20, link_type);
    fwrite(header, sizeof(header), 1, file);
}

void pcap_write_frame(FILE *file, int64_t time_ns, const uint8_t *data, uint32_t captured,
                      uint32_t wire)
{
    uint8_t header[16];

    put32(header, (uint32_t)(time_ns / 1000000000));
    put32(header + 4, (uint32_t)(time_ns % 1000000000));
    put32(header + 8, captured);
    put32(header + 12, wire);
    fwrite(header, sizeof(header), 1, file);
    fwrite(data, 1, captured, file);
}

bool pcap_write_close(FILE *file)
{
    const bool failed = ferror(file) != 0;

    return fclose(file) == 0 && !failed;
}
