/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 4302, 2: next header, length in words less two, reserved, SPI, sequence number, ICV. */
#include "packet/ah.h"

enum flowscope_verdict fs_ah_skip(struct fs_walk *walk, struct fs_ip_payload *payload,
                                  struct fs_key *key)
{
    enum { FIXED = 12 };

    while (key->protocol == FS_PROTOCOL_AH) {
        if (payload->claimed < FIXED)
            return FLOWSCOPE_VERDICT_ok;
        if (!fs_cursor_has(&payload->bytes, 2))
            return FLOWSCOPE_VERDICT_truncated_ip;
        const uint32_t length = (fs_cursor_u8(&payload->bytes, 1) + 2u) * 4u;
        if (length < FIXED || payload->claimed < length)
            return FLOWSCOPE_VERDICT_ok;
        if (!fs_cursor_has(&payload->bytes, length))
            return FLOWSCOPE_VERDICT_truncated_ip;
        if (fs_walk_add(walk, FLOWSCOPE_LAYER_ah, 0) != FLOWSCOPE_VERDICT_ok) {
            walk->frame->cut_by_depth = true;
            return FLOWSCOPE_VERDICT_ok;
        }
        key->protocol = fs_cursor_u8(&payload->bytes, 0);
        fs_ip_payload_skip(payload, length);
        if (key->kind == 6) {
            const enum flowscope_verdict verdict = fs_ipv6_skip_extensions(payload, &key->protocol);
            if (verdict != FLOWSCOPE_VERDICT_ok)
                return verdict;
        }
    }
    return FLOWSCOPE_VERDICT_ok;
}
