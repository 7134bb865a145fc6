/* SPDX-License-Identifier: BSD-2-Clause */
/* Which variant of pcap a file is, where the magic number does not say: the one in whose format the
 * first three records make most sense. */
#include "capture/pcap.h"

enum {
    RECORDS_TO_TRY = 3,
    HARD_ERROR = -1,
};

#define SUSPICIOUS_WIRE_LENGTH (128u * 1024 * 1024)

/* How many things are wrong with a record header. */
static int oddities(const struct fs_pcap *pcap, const struct fs_pcap_header *header)
{
    return (header->fraction >= 1000000) + (header->captured > pcap->max_packet) +
           (header->wire > SUSPICIOUS_WIRE_LENGTH) + (header->captured > pcap->snaplen) +
           (header->captured > header->wire);
}

/* 0 when `count` bytes are there, else how wrong it is that they are not. */
static int missing(struct fs_input *input, size_t count)
{
    enum fs_input_status status = fs_input_need(input, count);

    if (status == FS_INPUT_OK) {
        return 0;
    }
    return status == FS_INPUT_SHORT || input->cut ? 1 : HARD_ERROR;
}

static int try_variant(const struct fs_pcap *pcap, struct fs_input *input)
{
    size_t size = fs_pcap_header_size(pcap->variant);
    size_t position = 0;

    for (int i = 0; i < RECORDS_TO_TRY; i++) {
        int wrong = missing(input, position + size);
        if (wrong != 0) {
            /* A file may well have fewer records. */
            return wrong > 0 && input->left == position && !input->cut ? 0 : wrong;
        }
        struct fs_pcap_header header = fs_pcap_header(pcap, input->at + position);
        wrong = oddities(pcap, &header);
        if (wrong != 0) {
            return wrong;
        }
        position += size + header.captured;
        wrong = missing(input, position);
        if (wrong != 0) {
            return wrong;
        }
    }
    return 0;
}

bool fs_pcap_guess(struct fs_pcap *pcap, struct fs_input *input,
                   const enum fs_pcap_variant *variants, size_t count, struct fs_fault *fault)
{
    enum fs_pcap_variant best = variants[0];
    int least = INT32_MAX;

    for (size_t i = 0; i < count && least != 0; i++) {
        pcap->variant = variants[i];
        int wrong = try_variant(pcap, input);
        if (wrong == HARD_ERROR) {
            return fs_fault_at(fault, input->offset + input->left, "%s", input->failure);
        }
        if (wrong < least) {
            least = wrong;
            best = variants[i];
        }
    }
    pcap->variant = best;
    return true;
}
