/* SPDX-License-Identifier: BSD-2-Clause */
/* MPLS: labels, and the guess at what lies behind the last one. */
#include "packet/mpls.h"

#include "packet/ethernet.h"
#include "packet/guess.h"

enum { CONTROL_WORD = 4 };

/* No field names what a label stack carries. IP is told by its version nibble (RFC 4928, 3), where
 * no Ethernet header stands; an Ethernet pseudowire has a control word whose nibble is 0 (RFC
 * 4448, 4.6), or none, and then the nibble is the MAC address's and can be any. */
static enum flowscope_verdict read_bottom(struct fs_walk *walk, unsigned *version)
{
    struct fs_rest *rest = &walk->rest;
    const unsigned ip = fs_guess_packet(rest);

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

uint32_t fs_mpls_measure_pseudowire(const struct fs_rest *rest, unsigned *version)
{
    enum { HEADER = 14, TYPE_AT = 12 };
    uint32_t at = 0;

    if (!fs_guess_can(rest, FS_GUESS_BYTES) || rest->bytes.left == 0)
        return 0;
    if (!fs_guess_ethernet(rest, 0)) {
        at = CONTROL_WORD;
        if (fs_cursor_u8(&rest->bytes, 0) >> 4 != 0 || !fs_guess_ethernet(rest, at))
            return 0;
    }
    switch (fs_cursor_u16(&rest->bytes, at + TYPE_AT)) {
    case FS_TYPE_IPV4:
        *version = 4;
        return at + HEADER;
    case FS_TYPE_IPV6:
        *version = 6;
        return at + HEADER;
    default:
        return 0;
    }
}

enum flowscope_verdict fs_mpls_read(struct fs_walk *walk, unsigned *version)
{
    uint32_t label;
    const enum flowscope_verdict verdict = fs_mpls_skip_labels(walk, &label);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (fs_mpls_is_channel(label))
        return FLOWSCOPE_VERDICT_not_ip;
    return read_bottom(walk, version);
}
