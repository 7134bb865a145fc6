/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/quote.h"

#include "packet/ah.h"
#include "packet/transport.h"

enum { REDIRECT6 = 137 };

/* RFC 792: destination unreachable, source quench, redirect, time exceeded, parameter problem.
 * RFC 4443, 3: destination unreachable, packet too big, time exceeded, parameter problem; RFC 4861,
 * 4.5: redirect. */
static bool may_quote(const struct fs_headers *headers, uint8_t type)
{
    if (headers->key.protocol == FS_PROTOCOL_ICMP6)
        return (type >= 1 && type <= 4) || type == REDIRECT6;
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* RFC 4861, 4.5 and 4.6.3: behind the two addresses of a redirect stand options, one of which is
 * the packet that was redirected. Their lengths are in units of eight bytes. */
static bool find_redirected(struct fs_cursor *bytes)
{
    enum { ADDRESSES = 32, UNIT = 8, REDIRECTED = 4, OPTIONS_MOST = 8 };

    if (!fs_cursor_has(bytes, ADDRESSES))
        return false;
    fs_cursor_skip(bytes, ADDRESSES);
    for (unsigned i = 0; i < OPTIONS_MOST && fs_cursor_has(bytes, UNIT); i++) {
        const uint32_t length = fs_cursor_u8(bytes, 1) * (uint32_t)UNIT;

        if (fs_cursor_u8(bytes, 0) == REDIRECTED) {
            fs_cursor_skip(bytes, UNIT);
            return true;
        }
        if (length == 0 || !fs_cursor_has(bytes, length))
            return false;
        fs_cursor_skip(bytes, length);
    }
    return false;
}

/* What the IP header carries, from its first byte on. */
static bool read_transport(const struct fs_walk *walk, struct fs_ip_payload *payload,
                           struct fs_headers *quoted)
{
    uint32_t ports;

    if (fs_walk_may_open(walk, FLOWSCOPE_LAYER_ah) &&
        fs_ah_skip_quoted(walk->depth - walk->frame->layer_count, payload, &quoted->key) !=
            FLOWSCOPE_VERDICT_ok)
        return false;
    if (fs_transport_read(payload, quoted, &ports) != FLOWSCOPE_VERDICT_ok)
        return false;
    if (walk->options->one_way)
        quoted->key.kind |= FS_KEY_ONE_WAY;
    fs_key_sort(&quoted->key, ports);
    return true;
}

bool fs_quote_read(const struct fs_walk *walk, const struct fs_ip_payload *payload,
                   const struct fs_headers *headers, uint8_t type, struct fs_key *key)
{
    enum { HEADER_LENGTH = 8 };
    const bool is_ipv6 = headers->key.protocol == FS_PROTOCOL_ICMP6;
    /* Its lengths are those that it had: none of them is limited by what is quoted. */
    struct fs_rest rest = {.bytes = payload->bytes, .wire = INT32_MAX};
    struct fs_headers quoted;
    struct fs_ip_payload inside;
    enum flowscope_verdict verdict;

    if (!may_quote(headers, type) || !fs_cursor_has(&rest.bytes, HEADER_LENGTH))
        return false;
    fs_cursor_skip(&rest.bytes, HEADER_LENGTH);
    if (is_ipv6 && type == REDIRECT6 && !find_redirected(&rest.bytes))
        return false;
    verdict =
        is_ipv6 ? fs_ipv6_read(&rest, &quoted, &inside) : fs_ipv4_read(&rest, &quoted, &inside);
    if (verdict != FLOWSCOPE_VERDICT_ok || (inside.fragment && inside.fragment_offset != 0))
        return false;
    if (inside.fragment && is_ipv6 &&
        fs_ipv6_skip_extensions(&inside, &quoted.key.protocol) != FLOWSCOPE_VERDICT_ok)
        return false;
    if (!read_transport(walk, &inside, &quoted))
        return false;
    *key = quoted.key;
    return true;
}
