/* SPDX-License-Identifier: BSD-2-Clause */
/* Transport headers: TCP, UDP, SCTP; ICMP is next door. */
#include "packet/transport.h"

#include "packet/icmp.h"

static bool read_ports(const struct fs_cursor *bytes, struct fs_headers *headers, uint32_t *ports)
{
    if (!fs_cursor_has(bytes, 4))
        return false;
    *ports = fs_cursor_u32(bytes, 0);
    headers->has_ports = true;
    return true;
}

/* The fixed part of the header is enough for the state of a connection: many captures cut off the
 * options. A header cut before its own length leaves the payload unknown, which counts as none. */
static enum flowscope_verdict read_tcp(const struct fs_ip_payload *payload,
                                       struct fs_headers *headers, uint32_t *ports)
{
    enum { FIXED = 20, OFFSET_AT = 12 };
    const struct fs_cursor *bytes = &payload->bytes;
    if (!read_ports(bytes, headers, ports))
        return FLOWSCOPE_VERDICT_truncated_ports;
    if (!fs_cursor_has(bytes, OFFSET_AT + 1)) {
        headers->bad_l4 = fs_transport_too_short(payload, FIXED);
        return FLOWSCOPE_VERDICT_ok;
    }
    const uint32_t header_length = (fs_cursor_u8(bytes, OFFSET_AT) >> 4) * 4u;
    if (header_length < FIXED || fs_transport_too_short(payload, header_length)) {
        headers->bad_l4 = true;
        return FLOWSCOPE_VERDICT_ok;
    }
    headers->payload_bytes = fs_transport_rest(payload, header_length);
    if (!fs_cursor_has(bytes, FIXED))
        return FLOWSCOPE_VERDICT_ok;
    headers->tcp = (struct fs_tcp_segment){.seq = fs_cursor_u32(bytes, 4),
                                           .ack = fs_cursor_u32(bytes, 8),
                                           .window = fs_cursor_u16(bytes, 14),
                                           .flags = fs_cursor_u8(bytes, 13)};
    headers->has_tcp = true;
    return FLOWSCOPE_VERDICT_ok;
}

static enum flowscope_verdict read_udp(const struct fs_ip_payload *payload,
                                       struct fs_headers *headers, uint32_t *ports)
{
    enum { HEADER_LENGTH = 8, LENGTH_AT = 4 };
    const struct fs_cursor *bytes = &payload->bytes;
    if (!read_ports(bytes, headers, ports))
        return FLOWSCOPE_VERDICT_truncated_ports;
    headers->payload_bytes = fs_transport_rest(payload, HEADER_LENGTH);
    headers->bad_l4 = fs_transport_too_short(payload, HEADER_LENGTH);
    if (!fs_cursor_has(bytes, LENGTH_AT + 2))
        return FLOWSCOPE_VERDICT_ok;
    /* In a packet without an IP length, 0 says the same here (RFC 2675, 4). */
    const uint16_t length = fs_cursor_u16(bytes, LENGTH_AT);
    if (length == 0 ? payload->has_length : length < HEADER_LENGTH)
        headers->bad_l4 = true;
    if (fs_transport_too_short(payload, length))
        headers->bad_l4 = true;
    return FLOWSCOPE_VERDICT_ok;
}

static enum flowscope_verdict read_sctp(const struct fs_ip_payload *payload,
                                        struct fs_headers *headers, uint32_t *ports)
{
    enum { HEADER_LENGTH = 12 };
    if (!read_ports(&payload->bytes, headers, ports))
        return FLOWSCOPE_VERDICT_truncated_ports;
    headers->payload_bytes = fs_transport_rest(payload, HEADER_LENGTH);
    headers->bad_l4 = fs_transport_too_short(payload, HEADER_LENGTH);
    return FLOWSCOPE_VERDICT_ok;
}

enum flowscope_verdict fs_transport_read(const struct fs_ip_payload *payload,
                                         struct fs_headers *headers, uint32_t *ports)
{
    *ports = 0;
    headers->payload_bytes = 0;
    headers->has_ports = false;
    headers->has_tcp = false;
    headers->bad_l4 = false;
    switch (headers->key.protocol) {
    case FS_PROTOCOL_TCP:
        return read_tcp(payload, headers, ports);
    case FS_PROTOCOL_UDP:
        return read_udp(payload, headers, ports);
    case FS_PROTOCOL_ICMP:
        return fs_icmp_read(FS_ICMP_V4, payload, headers, ports);
    case FS_PROTOCOL_ICMP6:
        return fs_icmp_read(FS_ICMP_V6, payload, headers, ports);
    case FS_PROTOCOL_SCTP:
        return read_sctp(payload, headers, ports);
    default:
        headers->payload_bytes = payload->length;
        return FLOWSCOPE_VERDICT_ok;
    }
}
