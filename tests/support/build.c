/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames made header by header. */
#include "support/build.h"
#include "support/build_inside.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void build_give_up(const char *why)
{
    fprintf(stderr, "build: %s\n", why);
    abort();
}

void build_put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void build_put32(uint8_t *at, uint32_t value)
{
    build_put16(at, value >> 16);
    build_put16(at + 2, value & 0xffff);
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

uint8_t *build_grow(struct build *b, uint32_t length)
{
    if (length > BUILD_MAX - b->length)
        build_give_up("the frame is too long");
    uint8_t *at = b->data + b->length;
    memset(at, 0, length);
    b->length += length;
    return at;
}

void build_note(struct build *b, enum build_kind kind)
{
    if (b->headers == BUILD_HEADERS)
        build_give_up("too many headers");
    b->header[b->headers++] = (struct build_header){.kind = (uint8_t)kind, .at = b->length};
}

void build_set_next(struct build *b, enum build_next kind, uint32_t at)
{
    b->next_kind = (uint8_t)kind;
    b->next_at = at;
}

/* Other numberings of what has an Ethernet type. */
static void put_ppp(uint8_t *at, int type)
{
    build_put16(at, type == 0x0800   ? 0x0021
                    : type == 0x86dd ? 0x0057
                    : type == 0x8847 ? 0x0281
                                     : 0xc021);
}

static void put_gpe(uint8_t *at, int type)
{
    *at = type == 0x0800 ? 1 : type == 0x86dd ? 2 : type == 0x6558 ? 3 : 5;
}

void build_name_next(struct build *b, int type, int protocol, int family)
{
    uint8_t *at = b->data + b->next_at;

    switch ((enum build_next)b->next_kind) {
    case BUILD_NEXT_TYPE:
        if (type != BUILD_UNNAMED)
            build_put16(at, (unsigned)type);
        break;
    case BUILD_NEXT_PROTOCOL:
        if (protocol != BUILD_UNNAMED)
            *at = (uint8_t)protocol;
        break;
    case BUILD_NEXT_FAMILY_BIG:
        if (family != BUILD_UNNAMED)
            build_put32(at, (uint32_t)family);
        break;
    case BUILD_NEXT_FAMILY_LITTLE:
        if (family != BUILD_UNNAMED)
            *at = (uint8_t)family;
        break;
    case BUILD_NEXT_PPP:
        if (type != BUILD_UNNAMED)
            put_ppp(at, type);
        break;
    case BUILD_NEXT_GPE:
        if (type != BUILD_UNNAMED)
            put_gpe(at, type);
        break;
    case BUILD_NEXT_NONE:
        break;
    }
    build_set_next(b, BUILD_NEXT_NONE, 0);
}

void build_begin(struct build *b)
{
    memset(b, 0, offsetof(struct build, data));
}

void build_eth(struct build *b)
{
    build_eth_between(b, 1, 2);
}

void build_eth_between(struct build *b, uint8_t source, uint8_t destination)
{
    static const uint8_t documentation[5] = {0x00, 0x00, 0x5e, 0x00, 0x53};
    build_name_next(b, 0x6558, BUILD_UNNAMED, BUILD_UNNAMED);
    const uint32_t start = b->length;
    uint8_t *at = build_grow(b, 14);

    memcpy(at, documentation, sizeof(documentation));
    at[5] = destination;
    memcpy(at + 6, documentation, sizeof(documentation));
    at[11] = source;
    build_set_next(b, BUILD_NEXT_TYPE, start + 12);
}

void build_vlan(struct build *b, uint16_t tpid, uint16_t tci)
{
    build_name_next(b, tpid, BUILD_UNNAMED, BUILD_UNNAMED);
    const uint32_t start = b->length;
    build_put16(build_grow(b, 4), tci);
    build_set_next(b, BUILD_NEXT_TYPE, start + 2);
}

void build_llc(struct build *b, uint8_t dsap, uint8_t ssap)
{
    if (b->next_kind != BUILD_NEXT_TYPE)
        build_give_up("LLC wants a length before it");
    build_note(b, BUILD_KIND_LENGTH);
    uint8_t *at = build_grow(b, 3);
    at[0] = dsap;
    at[1] = ssap;
    at[2] = 0x03;
    build_set_next(b, BUILD_NEXT_NONE, 0);
}

void build_snap(struct build *b)
{
    build_llc(b, 0xaa, 0xaa);
    build_grow(b, 5);
    build_set_next(b, BUILD_NEXT_TYPE, b->length - 2);
}

void build_type(struct build *b, uint16_t type)
{
    build_name_next(b, type, BUILD_UNNAMED, BUILD_UNNAMED);
}

void build_sll(struct build *b)
{
    uint8_t *at = build_grow(b, 16);

    build_put16(at + 2, 1); /* ARPHRD_ETHER */
    build_put16(at + 4, 6);
    build_set_next(b, BUILD_NEXT_TYPE, b->length - 2);
}

void build_sll2(struct build *b)
{
    const uint32_t start = b->length;
    uint8_t *at = build_grow(b, 20);

    build_put32(at + 4, 2);
    build_put16(at + 8, 1); /* ARPHRD_ETHER */
    at[11] = 6;
    build_set_next(b, BUILD_NEXT_TYPE, start);
}

void build_null(struct build *b, bool big_endian)
{
    const uint32_t start = b->length;

    build_grow(b, 4);
    build_set_next(b, big_endian ? BUILD_NEXT_FAMILY_BIG : BUILD_NEXT_FAMILY_LITTLE, start);
}

void build_ipv4(struct build *b, const char *source, const char *destination)
{
    build_name_next(b, 0x0800, 4, 2);
    build_note(b, BUILD_KIND_IPV4);
    b->ip = b->length;
    uint8_t *at = build_grow(b, 20);
    at[0] = 0x45;
    at[8] = 64;
    if (inet_pton(AF_INET, source, at + 12) != 1 || inet_pton(AF_INET, destination, at + 16) != 1)
        build_give_up("no IPv4 address");
    build_set_next(b, BUILD_NEXT_PROTOCOL, b->ip + 9);
}

void build_ipv4_options(struct build *b, unsigned words)
{
    memset(build_grow(b, words * 4), 1, words * 4); /* no operation */
    b->data[b->ip] = (uint8_t)(b->data[b->ip] + words);
}

void build_ipv4_id(struct build *b, uint16_t id)
{
    build_put16(b->data + b->ip + 4, id);
}

void build_ipv4_ttl(struct build *b, uint8_t ttl)
{
    b->data[b->ip + 8] = ttl;
}

void build_ipv4_fragment(struct build *b, unsigned offset, bool more)
{
    build_put16(b->data + b->ip + 6, offset / 8 | (more ? 0x2000u : 0));
}

void build_ipv6(struct build *b, const char *source, const char *destination)
{
    build_name_next(b, 0x86dd, 41, 30);
    build_note(b, BUILD_KIND_IPV6);
    b->ip = b->length;
    uint8_t *at = build_grow(b, 40);
    at[0] = 0x60;
    at[6] = 59;
    at[7] = 64;
    if (inet_pton(AF_INET6, source, at + 8) != 1 || inet_pton(AF_INET6, destination, at + 24) != 1)
        build_give_up("no IPv6 address");
    build_set_next(b, BUILD_NEXT_PROTOCOL, b->ip + 6);
}

void build_ipv6_extension(struct build *b, uint8_t header, unsigned words)
{
    build_name_next(b, BUILD_UNNAMED, header, BUILD_UNNAMED);
    const uint32_t start = b->length;
    uint8_t *at = build_grow(b, words * 8);
    at[0] = 59;
    at[1] = (uint8_t)(words - 1);
    at[2] = 1; /* PadN over the rest; a routing header reads it as a type without segments left */
    at[3] = header == 43 ? 0 : 4;
    build_set_next(b, BUILD_NEXT_PROTOCOL, start);
}

void build_ipv6_fragment(struct build *b, unsigned offset, bool more)
{
    build_name_next(b, BUILD_UNNAMED, 44, BUILD_UNNAMED);
    const uint32_t start = b->length;
    uint8_t *at = build_grow(b, 8);
    at[0] = 59;
    build_put16(at + 2, (offset & 0xfff8) | (more ? 1u : 0));
    build_put32(at + 4, 0x5eed);
    build_set_next(b, BUILD_NEXT_PROTOCOL, start);
}

void build_protocol(struct build *b, uint8_t protocol)
{
    build_name_next(b, BUILD_UNNAMED, protocol, BUILD_UNNAMED);
}

static uint8_t *begin_transport(struct build *b, enum build_kind kind, uint8_t protocol,
                                uint32_t length)
{
    build_name_next(b, BUILD_UNNAMED, protocol, BUILD_UNNAMED);
    build_note(b, kind);
    b->l4 = b->length;
    return build_grow(b, length);
}

void build_tcp(struct build *b, uint16_t source, uint16_t destination, uint32_t seq, uint32_t ack,
               uint8_t flags)
{
    uint8_t *at = begin_transport(b, BUILD_KIND_TCP, 6, 20);

    build_put16(at, source);
    build_put16(at + 2, destination);
    build_put32(at + 4, seq);
    build_put32(at + 8, ack);
    at[12] = 0x50;
    at[13] = flags;
    build_put16(at + 14, 0xfaf0);
}

void build_tcp_options(struct build *b, const void *options, unsigned length)
{
    const unsigned padded = (length + 3) & ~3u;

    memcpy(build_grow(b, padded), options, length);
    b->data[b->l4 + 12] = (uint8_t)((5 + padded / 4) << 4);
}

void build_udp(struct build *b, uint16_t source, uint16_t destination)
{
    uint8_t *at = begin_transport(b, BUILD_KIND_UDP, 17, 8);

    build_put16(at, source);
    build_put16(at + 2, destination);
}

void build_sctp(struct build *b, uint16_t source, uint16_t destination)
{
    uint8_t *at = begin_transport(b, BUILD_KIND_SCTP, 132, 12);

    build_put16(at, source);
    build_put16(at + 2, destination);
    build_put32(at + 4, 0x7a67);
}

static void begin_icmp(struct build *b, enum build_kind kind, uint8_t protocol, uint8_t type,
                       uint8_t code, uint16_t id, uint16_t seq)
{
    uint8_t *at = begin_transport(b, kind, protocol, 8);

    at[0] = type;
    at[1] = code;
    build_put16(at + 4, id);
    build_put16(at + 6, seq);
}

void build_icmp(struct build *b, uint8_t type, uint8_t code, uint16_t id, uint16_t seq)
{
    begin_icmp(b, BUILD_KIND_ICMP, 1, type, code, id, seq);
}

void build_icmp6(struct build *b, uint8_t type, uint8_t code, uint16_t id, uint16_t seq)
{
    begin_icmp(b, BUILD_KIND_ICMP6, 58, type, code, id, seq);
}

void build_data(struct build *b, const void *data, uint32_t length)
{
    memcpy(build_grow(b, length), data, length);
}

void build_fill(struct build *b, uint32_t length)
{
    uint8_t *at = build_grow(b, length);

    for (uint32_t i = 0; i < length; i++)
        at[i] = (uint8_t)i;
}

/* RFC 1071, over what `sum` has so far and `length` bytes. */
static uint32_t add_up(uint32_t sum, const uint8_t *at, uint32_t length)
{
    for (; length > 1; at += 2, length -= 2)
        sum += get16(at);
    if (length != 0)
        sum += (uint32_t)*at << 8;
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* The checksum of the transport header at `at`, with the pseudo header of the IP header around it,
 * if `protocol` is not 0. */
static void set_checksum(struct build *b, const struct build_header *ip, uint32_t at,
                         uint8_t protocol, uint32_t field)
{
    const uint32_t length = b->length - at;
    uint32_t sum = 0;

    build_put16(b->data + at + field, 0);
    if (protocol != 0 && ip) {
        const uint8_t *header = b->data + ip->at;
        sum = ip->kind == BUILD_KIND_IPV4 ? add_up(0, header + 12, 8) : add_up(0, header + 8, 32);
        sum += protocol + (length >> 16) + (length & 0xffff);
    }
    sum = ~add_up(sum, b->data + at, length) & 0xffff;
    build_put16(b->data + at + field, protocol == 17 && sum == 0 ? 0xffff : sum);
}

/* CRC32c (RFC 9260, 6.8 and appendix A), least significant byte first in the packet. */
static void set_crc(struct build *b, uint32_t at)
{
    uint32_t crc = 0xffffffff;

    build_put32(b->data + at + 8, 0);
    for (uint32_t i = at; i < b->length; i++) {
        crc ^= b->data[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
    }
    for (unsigned i = 0; i < 4; i++)
        b->data[at + 8 + i] = (uint8_t)(~crc >> 8 * i);
}

static bool is_ip(uint8_t kind)
{
    return kind == BUILD_KIND_IPV4 || kind == BUILD_KIND_IPV6;
}

static void end_header(struct build *b, unsigned index)
{
    const struct build_header *ip = NULL;
    const uint32_t at = b->header[index].at;
    const uint32_t length = b->length - at;
    uint8_t *header = b->data + at;

    for (unsigned i = 0; i < index; i++)
        if (is_ip(b->header[i].kind))
            ip = &b->header[i];
    switch ((enum build_kind)b->header[index].kind) {
    case BUILD_KIND_LENGTH:
        build_put16(header - 2, length);
        break;
    case BUILD_KIND_IPV4:
        build_put16(header + 2, length);
        build_put16(header + 10, 0);
        build_put16(header + 10, ~add_up(0, header, (header[0] & 0x0fu) * 4u) & 0xffff);
        break;
    case BUILD_KIND_IPV6:
        build_put16(header + 4, length - 40);
        break;
    case BUILD_KIND_TCP:
        set_checksum(b, ip, at, 6, 16);
        break;
    case BUILD_KIND_UDP:
        build_put16(header + 4, length);
        set_checksum(b, ip, at, 17, 6);
        break;
    case BUILD_KIND_SCTP:
        set_crc(b, at);
        break;
    case BUILD_KIND_GTPU:
        build_put16(header + 2, length - 8);
        break;
    case BUILD_KIND_L2TP:
        build_put16(header + 2, length);
        break;
    case BUILD_KIND_PPTP:
        build_put16(header + 4, length - 8);
        break;
    case BUILD_KIND_ICMP:
        set_checksum(b, ip, at, 0, 2);
        break;
    case BUILD_KIND_ICMP6:
        set_checksum(b, ip, at, 58, 2);
        break;
    }
}

void build_end(struct build *b)
{
    for (unsigned i = b->headers; i > 0; i--)
        end_header(b, i - 1);
}

struct flowscope_packet build_packet(const struct build *b, uint32_t link_type)
{
    return (struct flowscope_packet){.size = sizeof(struct flowscope_packet),
                                     .link_type = link_type,
                                     .frame = 1,
                                     .data = b->data,
                                     .captured_bytes = b->length,
                                     .wire_bytes = b->length,
                                     .time_quality = FLOWSCOPE_TIME_NONE,
                                     .is_packet = true};
}
