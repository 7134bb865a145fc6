/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 4302, 2: next header, length in words less two, reserved, SPI, sequence number, ICV. */
#include "packet/ah.h"

/* Of a header that ends past what the packet says to carry. A first fragment may end before it. */
static enum flowscope_verdict too_long(const struct fs_ip_payload *payload)
{
    return payload->fragment ? FLOWSCOPE_VERDICT_truncated_ip : FLOWSCOPE_VERDICT_ok;
}

/* *length is 0 for a header that contradicts itself. */
static enum flowscope_verdict measure(const struct fs_ip_payload *payload, uint32_t *length)
{
    enum { FIXED = 12 };

    *length = 0;
    if (payload->claimed < FIXED)
        return too_long(payload);
    if (!fs_cursor_has(&payload->bytes, 2))
        return FLOWSCOPE_VERDICT_truncated_ip;
    const uint32_t whole = (fs_cursor_u8(&payload->bytes, 1) + 2u) * 4u;
    if (whole < FIXED)
        return FLOWSCOPE_VERDICT_ok;
    if (payload->claimed < whole)
        return too_long(payload);
    if (!fs_cursor_has(&payload->bytes, whole))
        return FLOWSCOPE_VERDICT_truncated_ip;
    *length = whole;
    return FLOWSCOPE_VERDICT_ok;
}

static enum flowscope_verdict pass(struct fs_ip_payload *payload, uint32_t length,
                                   struct fs_key *key)
{
    key->protocol = fs_cursor_u8(&payload->bytes, 0);
    fs_ip_payload_skip(payload, length);
    return key->kind == 6 ? fs_ipv6_skip_extensions(payload, &key->protocol) : FLOWSCOPE_VERDICT_ok;
}

enum flowscope_verdict fs_ah_skip(struct fs_walk *walk, struct fs_ip_payload *payload,
                                  struct fs_key *key)
{
    enum flowscope_verdict verdict = FLOWSCOPE_VERDICT_ok;

    while (verdict == FLOWSCOPE_VERDICT_ok && key->protocol == FS_PROTOCOL_AH) {
        uint32_t length;

        verdict = measure(payload, &length);
        if (verdict != FLOWSCOPE_VERDICT_ok || length == 0)
            break;
        if (fs_walk_add(walk, FLOWSCOPE_LAYER_ah, 0) != FLOWSCOPE_VERDICT_ok) {
            walk->frame->cut_by_depth = true;
            break;
        }
        verdict = pass(payload, length, key);
    }
    return verdict;
}

enum flowscope_verdict fs_ah_skip_quoted(unsigned most, struct fs_ip_payload *payload,
                                         struct fs_key *key)
{
    enum flowscope_verdict verdict = FLOWSCOPE_VERDICT_ok;

    for (; verdict == FLOWSCOPE_VERDICT_ok && key->protocol == FS_PROTOCOL_AH && most > 0; most--) {
        uint32_t length;

        verdict = measure(payload, &length);
        if (verdict != FLOWSCOPE_VERDICT_ok || length == 0)
            break;
        verdict = pass(payload, length, key);
    }
    return verdict;
}
