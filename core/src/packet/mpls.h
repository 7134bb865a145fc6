/* SPDX-License-Identifier: BSD-2-Clause */
/* MPLS label stacks. */
#ifndef FS_PACKET_MPLS_H
#define FS_PACKET_MPLS_H

#include "packet/walk.h"

/* A step (walk.h) at a label. */
enum flowscope_verdict fs_mpls_read(struct fs_walk *walk, unsigned *version);

/* A pseudowire whose Ethernet header leads to IP at once: how far that is from the last label; 0:
 * it is another, or none. */
uint32_t fs_mpls_measure_pseudowire(const struct fs_rest *rest, unsigned *version);

/* RFC 3032, 2.1: label 20 bits, traffic class 3, bottom of stack 1, TTL 8. *label is the last. */
FS_STEP enum flowscope_verdict fs_mpls_skip_labels(struct fs_walk *walk, uint32_t *label)
{
    uint32_t entry;

    do {
        if (!fs_cursor_has(&walk->rest.bytes, 4))
            return FLOWSCOPE_VERDICT_truncated_link;
        entry = fs_cursor_u32(&walk->rest.bytes, 0);
        fs_rest_skip(&walk->rest, 4);
        const enum flowscope_verdict added = fs_walk_add(walk, FLOWSCOPE_LAYER_mpls, entry >> 12);
        if (added != FLOWSCOPE_VERDICT_ok)
            return added;
    } while ((entry & 0x100) == 0);
    *label = entry >> 12;
    return FLOWSCOPE_VERDICT_ok;
}

/* Behind this label there is no packet. */
static inline bool fs_mpls_is_channel(uint32_t label)
{
    enum {
        LABEL_GENERIC_CHANNEL = 13, /* RFC 5586, 4: an associated channel follows */
        LABEL_OAM_ALERT = 14,       /* RFC 3429 */
    };

    return label == LABEL_GENERIC_CHANNEL || label == LABEL_OAM_ALERT;
}

#endif
