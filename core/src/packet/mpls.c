/* SPDX-License-Identifier: BSD-2-Clause */
/* MPLS: labels, and the guess at what lies behind the last one. */
#include "packet/mpls.h"

#include "packet/ethernet.h"
#include "packet/guess.h"

/* No field names what a label stack carries. IP is told by its version nibble (RFC 4928, 3); an
 * Ethernet pseudowire has a control word whose nibble is 0 (RFC 4448, 4.6), or none, and then the
 * nibble is the MAC address's and can be any. */
static enum flowscope_verdict read_bottom(struct fs_walk *walk, unsigned *version)
{
    enum { CONTROL_WORD = 4 };
    struct fs_rest *rest = &walk->rest;
    const unsigned ip = fs_guess_ip(rest, 0);

    if (ip != 0)
        return fs_walk_found(ip, version);
    if (!fs_guess_can(rest, FS_GUESS_BYTES))
        return FLOWSCOPE_VERDICT_truncated_link;
    if (rest->bytes.left == 0)
        return FLOWSCOPE_VERDICT_not_ip;
    const unsigned nibble = fs_cursor_u8(&rest->bytes, 0) >> 4;
    if (fs_guess_ethernet(rest, 0)) /* first: behind a tag, a frame may look like the other too */
        return fs_ethernet_read(walk, version);
    if (nibble == 0 && fs_guess_ethernet(rest, CONTROL_WORD)) {
        fs_rest_skip(rest, CONTROL_WORD);
        return fs_ethernet_read(walk, version);
    }
    if (nibble == 4 || nibble == 6) /* whose header contradicts itself, or claims too much */
        return fs_walk_found(nibble, version);
    return FLOWSCOPE_VERDICT_not_ip;
}

/* RFC 3032, 2.1: label 20 bits, traffic class 3, bottom of stack 1, TTL 8. */
enum flowscope_verdict fs_mpls_read(struct fs_walk *walk, unsigned *version)
{
    enum {
        LABEL_GENERIC_CHANNEL = 13, /* RFC 5586, 4: an associated channel follows, no packet */
        LABEL_OAM_ALERT = 14,       /* RFC 3429 */
    };
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
    if (entry >> 12 == LABEL_GENERIC_CHANNEL || entry >> 12 == LABEL_OAM_ALERT)
        return FLOWSCOPE_VERDICT_not_ip;
    return read_bottom(walk, version);
}
