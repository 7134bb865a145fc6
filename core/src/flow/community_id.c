/* SPDX-License-Identifier: BSD-2-Clause */
/* Community ID, version 1: seed, addresses, protocol, a zero, ports where there are some, in
 * network order; the smaller end first, so that both directions have the same. */
#include <flowscope/digest.h>

#include "packet/icmp.h"
#include "packet/key.h"

#include <string.h>

enum { SEED = 2, ADDRESS_MAX = 16, DIGEST = 20, INPUT_MAX = SEED + 2 * ADDRESS_MAX + 2 + 4 };

static void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* ICMP messages without a counterpart have a direction: their ends stay where they are. */
static bool is_one_way(const struct flowscope_flow_record *record)
{
    switch (record->protocol) {
    case FS_PROTOCOL_ICMP:
        return !fs_icmp_is_paired(FS_ICMP_V4, record->source_port);
    case FS_PROTOCOL_ICMP6:
        return !fs_icmp_is_paired(FS_ICMP_V6, record->source_port);
    default:
        return false;
    }
}

static bool goes_second(const struct flowscope_flow_record *record)
{
    const int order = memcmp(record->source, record->destination, sizeof(record->source));

    if (is_one_way(record))
        return false;
    return order > 0 || (order == 0 && record->source_port > record->destination_port);
}

static size_t make_input(const struct flowscope_flow_record *record, uint16_t seed,
                         uint8_t input[INPUT_MAX])
{
    const size_t address = record->ip_version == 4 ? 4 : ADDRESS_MAX;
    const bool swap = goes_second(record);
    size_t at = SEED;

    put16(input, seed);
    memcpy(input + at, swap ? record->destination : record->source, address);
    at += address;
    memcpy(input + at, swap ? record->source : record->destination, address);
    at += address;
    input[at++] = record->protocol;
    input[at++] = 0;
    if (!record->has_ports)
        return at;
    put16(input + at, swap ? record->destination_port : record->source_port);
    put16(input + at + 2, swap ? record->source_port : record->destination_port);
    return at + 4;
}

/* RFC 4648, 4 */
static char *put_base64(char *to, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < length; i += 3) {
        const size_t left = length - i;
        const uint32_t bits = (uint32_t)bytes[i] << 16 |
                              (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                              (left > 2 ? bytes[i + 2] : 0u);

        *to++ = digits[bits >> 18];
        *to++ = digits[bits >> 12 & 63];
        *to++ = left > 1 ? digits[bits >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[bits & 63] : '=';
    }
    return to;
}

bool flowscope_community_id(const struct flowscope_digests *digests, uint16_t seed,
                            const struct flowscope_flow_record *record,
                            char text[FLOWSCOPE_COMMUNITY_ID_SIZE])
{
    enum { SHA1_END = offsetof(struct flowscope_digests, sha1) + sizeof(digests->sha1) };
    uint8_t input[INPUT_MAX], digest[DIGEST];

    text[0] = '\0';
    if (!digests || digests->size < SHA1_END || !digests->sha1 ||
        record->key != FLOWSCOPE_KEY_FIVE_TUPLE)
        return false;
    if (!digests->sha1(digests->user, input, make_input(record, seed, input), digest))
        return false;
    text[0] = '1';
    text[1] = ':';
    *put_base64(text + 2, digest, sizeof(digest)) = '\0';
    return true;
}
