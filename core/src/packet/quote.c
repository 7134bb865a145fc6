/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/quote.h"

#include "packet/transport.h"

/* RFC 792: destination unreachable, source quench, redirect, time exceeded, parameter problem.
 * RFC 4443, 3: destination unreachable, packet too big, time exceeded, parameter problem. */
static bool is_error(const struct fs_headers *headers, uint8_t type)
{
    if (headers->key.protocol == FS_PROTOCOL_ICMP6)
        return type >= 1 && type <= 4;
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

bool fs_quote_read(const struct fs_ip_payload *payload, const struct fs_headers *headers,
                   uint8_t type, bool one_way, struct fs_key *key)
{
    enum { HEADER_LENGTH = 8 };
    const bool is_ipv6 = headers->key.protocol == FS_PROTOCOL_ICMP6;
    /* Its lengths are those that it had: none of them is limited by what is quoted. */
    struct fs_rest rest = {.bytes = payload->bytes, .wire = INT32_MAX};
    struct fs_headers quoted;
    struct fs_ip_payload inside;
    enum flowscope_verdict verdict;
    uint32_t ports;

    if (!is_error(headers, type) || !fs_cursor_has(&rest.bytes, HEADER_LENGTH))
        return false;
    fs_cursor_skip(&rest.bytes, HEADER_LENGTH);
    verdict =
        is_ipv6 ? fs_ipv6_read(&rest, &quoted, &inside) : fs_ipv4_read(&rest, &quoted, &inside);
    if (verdict != FLOWSCOPE_VERDICT_ok || (inside.fragment && inside.fragment_offset != 0))
        return false;
    if (inside.fragment && is_ipv6 &&
        fs_ipv6_skip_extensions(&inside, &quoted.key.protocol) != FLOWSCOPE_VERDICT_ok)
        return false;
    if (fs_transport_read(&inside, &quoted, &ports) != FLOWSCOPE_VERDICT_ok)
        return false;
    if (one_way)
        quoted.key.kind |= FS_KEY_ONE_WAY;
    fs_key_sort(&quoted.key, ports);
    *key = quoted.key;
    return true;
}
