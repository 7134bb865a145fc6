/* SPDX-License-Identifier: BSD-2-Clause */
/* MPLS label stacks (RFC 3032). Nothing in them says what they carry. */
#include "packet/walk.h"

enum flowscope_verdict fs_mpls_read(struct fs_walk *walk, unsigned *version)
{
    enum { BOTTOM_OF_STACK = 0x100, CONTROL_WORD = 4, ENOUGH = CONTROL_WORD + 14 + 2 * 4 + 20 };
    struct fs_rest after_control;
    enum flowscope_verdict verdict;
    uint32_t entry;

    do {
        if (!fs_cursor_has(&walk->rest.bytes, 4))
            return FLOWSCOPE_VERDICT_truncated_link;
        entry = fs_cursor_u32(&walk->rest.bytes, 0);
        verdict = fs_walk_layer(walk, FLOWSCOPE_LAYER_mpls, entry >> 12);
        if (verdict != FLOWSCOPE_VERDICT_ok)
            return verdict;
        fs_rest_skip(&walk->rest, 4);
    } while (!(entry & BOTTOM_OF_STACK));

    *version = fs_ip_guess(&walk->rest);
    if (*version)
        return FLOWSCOPE_VERDICT_ok;
    /* A pseudowire of Ethernet (RFC 4448), behind a control word whose first nibble is 0 (RFC 4385)
     * or without one. */
    after_control = walk->rest;
    if (fs_cursor_has(&after_control.bytes, CONTROL_WORD) &&
        fs_cursor_u8(&after_control.bytes, 0) >> 4 == 0) {
        fs_rest_skip(&after_control, CONTROL_WORD);
        if (fs_ethernet_guess(&after_control)) {
            walk->rest = after_control;
            return fs_ethernet_read(walk, version);
        }
    }
    if (fs_ethernet_guess(&walk->rest))
        return fs_ethernet_read(walk, version);
    return walk->rest.bytes.left < ENOUGH && walk->rest.bytes.left < walk->rest.wire
               ? FLOWSCOPE_VERDICT_truncated_link
               : FLOWSCOPE_VERDICT_not_ip;
}
