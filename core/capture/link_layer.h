/* SPDX-License-Identifier: BSD-2-Clause */
/* What depends on a link type before any frame is looked at: the largest record that makes sense,
 * and the pseudo-header that does not belong to the frame. */
#ifndef FS_CAPTURE_LINK_LAYER_H
#define FS_CAPTURE_LINK_LAYER_H

#include <flowscope/packet.h>

enum {
    FS_LINK_SUNATM = 123,
    FS_LINK_ERF = 197,
};

/* A captured length above this is damage. */
uint32_t fs_link_max_packet(uint32_t link_type);

/* Whether frames of the type follow a pseudo-header in the record. */
bool fs_link_has_pseudo_header(uint32_t link_type);

/* The length of the pseudo-header of a record of `size` captured bytes; -1 and *reason when the
 * record is too short for one or it is not one. */
int fs_link_pseudo_header(uint32_t link_type, const uint8_t *record, uint32_t size,
                          const char **reason);

/* An ERF record in a pcap file carries the frame's own time and length. */
void fs_link_erf_facts(const uint8_t *record, struct flowscope_packet *packet, bool with_time);

#endif
