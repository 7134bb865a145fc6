/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes through fs_headers_read(). Input: link type (an index), tunnel depth and identity
 * policy, what the wire carried more than was captured (two bytes), then the frame. */
#include "fuzz.h"
#include "headers_seed.h"

#include "packet/ah.h"
#include "packet/extract.h"
#include "packet/fingerprint.h"
#include "packet/headers.h"
#include "packet/ip.h"
#include "packet/link.h"
#include "packet/tcp_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX = HEADERS_PREFIX, FRAME_MAX = 4096 };

static bool equal_endpoints(const struct fs_key *key)
{
    return memcmp(key->addr[0], key->addr[1], 16) == 0 && key->port[0] == key->port[1];
}

static void check_key(const struct fs_headers *headers)
{
    static const uint8_t zero[12];
    const struct fs_key *key = &headers->key;
    const bool one_way = (key->kind & FS_KEY_ONE_WAY) != 0;
    const bool icmp = key->protocol == 1 || key->protocol == 58;
    const int order = memcmp(key->addr[0], key->addr[1], 16);

    CHECK((key->kind & ~FS_KEY_ONE_WAY) == 4 || (key->kind & ~FS_KEY_ONE_WAY) == 6);
    CHECK(!one_way || icmp);
    CHECK(one_way || order < 0 || (order == 0 && key->port[0] <= key->port[1]));
    CHECK(!headers->swapped || (!one_way && !equal_endpoints(key)));
    CHECK(key->extra == 0 || icmp);
    if ((key->kind & ~FS_KEY_ONE_WAY) == 4)
        CHECK(memcmp(key->addr[0] + 4, zero, 12) == 0 && memcmp(key->addr[1] + 4, zero, 12) == 0);
    if (!headers->has_ports)
        CHECK(key->port[0] == 0 && key->port[1] == 0);
}

static void check_facts(const struct fs_headers *headers, uint32_t wire)
{
    const uint8_t protocol = headers->key.protocol;

    CHECK(headers->bytes >= 20 && headers->bytes <= wire);
    CHECK(headers->payload_bytes <= headers->bytes);
    CHECK(headers->has_ports ==
          (protocol == 1 || protocol == 6 || protocol == 17 || protocol == 58 || protocol == 132));
    CHECK(!headers->has_tcp || (protocol == 6 && !headers->bad_l4));
    CHECK(!headers->bad_l4 || headers->has_ports);
}

static const struct {
    unsigned id_bits;
} kinds[FLOWSCOPE_LAYER_COUNT] = {
#define FLOWSCOPE_LAYER(name, word, bits, text) [FLOWSCOPE_LAYER_##name] = {.id_bits = bits},
#include <flowscope/layer.def>
#undef FLOWSCOPE_LAYER
};

static bool enters(const struct flowscope_layer *layer, enum flowscope_identity identity)
{
    if (identity == FLOWSCOPE_IDENTITY_STRICT)
        return kinds[layer->kind].id_bits != 0;
    return identity == FLOWSCOPE_IDENTITY_IGNORE_VLAN &&
           (layer->kind == FLOWSCOPE_LAYER_vxlan || layer->kind == FLOWSCOPE_LAYER_geneve ||
            layer->kind == FLOWSCOPE_LAYER_nvgre || layer->kind == FLOWSCOPE_LAYER_pppoe);
}

static void check_path(const struct fs_frame *frame, unsigned level,
                       const struct fs_packet_options *options)
{
    const uint32_t path = frame->level[level].key.path;
    unsigned entering = 0;

    for (unsigned i = 0; i < frame->level[level].layer_count; i++)
        entering += enters(&frame->layers[i], options->identity);
    if (options->identity == FLOWSCOPE_IDENTITY_STRICT)
        entering += level;
    CHECK((path != 0) == (entering != 0));
}

/* Levels lie inside each other, each behind more layers than the one around it. */
static void check_frame(const struct fs_frame *frame, const struct flowscope_packet *packet,
                        const struct fs_packet_options *options)
{
    uint32_t room =
        packet->wire_bytes > packet->captured_bytes ? packet->wire_bytes : packet->captured_bytes;

    CHECK(frame->level_count >= 1 && frame->level_count <= FS_LEVELS_MAX);
    CHECK(frame->layer_count <= options->tunnel_depth);
    CHECK(frame->layer_count <= FLOWSCOPE_LAYERS_MAX);
    CHECK(frame->layer_count == frame->level[frame->level_count - 1].layer_count);
    for (unsigned i = 0; i < frame->layer_count; i++) {
        CHECK(frame->layers[i].kind != FLOWSCOPE_LAYER_none);
        CHECK(frame->layers[i].kind < FLOWSCOPE_LAYER_COUNT);
        CHECK((uint64_t)frame->layers[i].id >> kinds[frame->layers[i].kind].id_bits == 0);
    }
    for (unsigned i = 0; i < frame->level_count; i++) {
        const struct fs_headers *level = &frame->level[i];
        check_key(level);
        check_facts(level, room);
        check_path(frame, i, options);
        if (i > 0)
            CHECK(level->layer_count > frame->level[i - 1].layer_count);
        room = level->bytes - 20;
    }
}

/* Where the outermost headers of a good frame begin. */
struct places {
    size_t ip, transport;
};

static struct places find_places(const struct flowscope_packet *packet,
                                 const struct fs_packet_options *options)
{
    struct fs_frame scratch = {.layer_count = 0};
    struct fs_headers *headers = &scratch.level[0];
    struct fs_walk walk = {
        .rest = {.bytes = fs_cursor_over(packet->data, packet->captured_bytes),
                 .wire = packet->wire_bytes > packet->captured_bytes ? packet->wire_bytes
                                                                     : packet->captured_bytes},
        .start = packet->data,
        .frame = &scratch,
        .options = options,
        .depth = options->tunnel_depth < FLOWSCOPE_LAYERS_MAX ? options->tunnel_depth
                                                              : FLOWSCOPE_LAYERS_MAX};
    struct fs_ip_payload payload;
    unsigned version;

    CHECK(fs_link_read(&walk, packet->link_type, &version) == FLOWSCOPE_VERDICT_ok);
    CHECK((version == 4 ? fs_ipv4_read : fs_ipv6_read)(&walk.rest, headers, &payload) ==
          FLOWSCOPE_VERDICT_ok);
    CHECK(fs_ah_skip(&walk, &payload, &headers->key) == FLOWSCOPE_VERDICT_ok);
    return (struct places){(size_t)(walk.rest.bytes.at - packet->data),
                           (size_t)(payload.bytes.at - packet->data)};
}

static void swap_bytes(uint8_t *one, uint8_t *two, size_t length)
{
    uint8_t kept[16];

    memcpy(kept, one, length);
    memcpy(one, two, length);
    memcpy(two, kept, length);
}

/* Turns the frame into one of the other direction. */
static void turn(uint8_t *frame, const struct places *at, const struct fs_headers *headers)
{
    if (headers->key.kind == 4)
        swap_bytes(frame + at->ip + 12, frame + at->ip + 16, 4);
    else
        swap_bytes(frame + at->ip + 8, frame + at->ip + 24, 16);
    if (headers->key.protocol == 1 || headers->key.protocol == 58)
        frame[at->transport] = (uint8_t)headers->key.port[headers->swapped ? 0 : 1];
    else if (headers->has_ports)
        swap_bytes(frame + at->transport, frame + at->transport + 2, 2);
}

/* The outermost level; what it carries may depend on its ports. */
static void check_other_direction(const struct flowscope_packet *packet,
                                  const struct fs_packet_options *options, const struct places *at,
                                  const struct fs_headers *headers)
{
    uint8_t bytes[FRAME_MAX];
    struct flowscope_packet turned = *packet;
    struct fs_frame frame;
    const struct fs_headers *other = &frame.level[0];

    if ((headers->key.kind & FS_KEY_ONE_WAY) != 0)
        return;
    memcpy(bytes, packet->data, packet->captured_bytes);
    turn(bytes, at, headers);
    turned.data = bytes;
    const enum flowscope_verdict verdict = fs_headers_read(&turned, options, &frame);
    CHECK(verdict == FLOWSCOPE_VERDICT_ok);
    CHECK(memcmp(&other->key, &headers->key, sizeof(other->key)) == 0);
    CHECK(other->bytes == headers->bytes && other->payload_bytes == headers->payload_bytes);
    CHECK(other->bad_l4 == headers->bad_l4 && other->has_tcp == headers->has_tcp);
    if (equal_endpoints(&headers->key))
        CHECK(!other->swapped && !headers->swapped);
    else
        CHECK(other->swapped != headers->swapped);
}

/* Behind a label or a session of which nothing says what it carries, the addresses are part of what
 * is looked at. */
static bool is_guessed(const struct fs_frame *frame)
{
    for (unsigned i = 0; i < frame->level[0].layer_count; i++)
        if (frame->layers[i].kind == FLOWSCOPE_LAYER_mpls)
            return true;
    return false;
}

static void check_same_levels(const struct fs_frame *one, const struct fs_frame *other,
                              unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        CHECK(memcmp(&one->level[i].key, &other->level[i].key, sizeof(one->level[i].key)) == 0);
        CHECK(one->level[i].bytes == other->level[i].bytes);
        CHECK(one->level[i].layer_count == other->level[i].layer_count);
        CHECK(one->level[i].swapped == other->level[i].swapped);
    }
}

/* What lies behind the outermost IP packet says nothing. */
static void check_padding(const struct flowscope_packet *packet,
                          const struct fs_packet_options *options, const struct places *at,
                          const struct fs_frame *frame)
{
    uint8_t bytes[FRAME_MAX];
    struct flowscope_packet padded = *packet;
    struct fs_frame other;

    memcpy(bytes, packet->data, packet->captured_bytes);
    for (size_t i = at->ip + frame->level[0].bytes; i < packet->captured_bytes; i++)
        bytes[i] = (uint8_t)~bytes[i];
    padded.data = bytes;
    CHECK(fs_headers_read(&padded, options, &other) == FLOWSCOPE_VERDICT_ok);
    CHECK(other.level_count == frame->level_count);
    check_same_levels(&other, frame, frame->level_count);
    for (unsigned i = 0; i < frame->level_count; i++) {
        CHECK(other.level[i].payload_bytes == frame->level[i].payload_bytes);
        CHECK(other.level[i].bad_l4 == frame->level[i].bad_l4);
        CHECK(other.level[i].has_tcp == frame->level[i].has_tcp);
    }
}

/* With fewer bytes captured the frame has the same keys, only the outer ones, or none. */
static void check_cut(const struct flowscope_packet *packet,
                      const struct fs_packet_options *options, const struct fs_frame *frame)
{
    struct flowscope_packet cut = *packet;
    struct fs_frame other;

    if (cut.wire_bytes < cut.captured_bytes)
        cut.wire_bytes = cut.captured_bytes;
    cut.captured_bytes = cut.captured_bytes * 3 / 4;
    switch (fs_headers_read(&cut, options, &other)) {
    case FLOWSCOPE_VERDICT_ok:
        CHECK(other.level_count <= frame->level_count);
        check_same_levels(&other, frame, other.level_count);
        CHECK(other.level[0].payload_bytes <= frame->level[0].payload_bytes);
        break;
    case FLOWSCOPE_VERDICT_no_data:
    case FLOWSCOPE_VERDICT_truncated_link:
    case FLOWSCOPE_VERDICT_truncated_ip:
    case FLOWSCOPE_VERDICT_truncated_ports:
        break;
    default:
        CHECK(false); /* a cut frame is truncated, nothing else */
    }
}

static bool same_options(const struct fs_tcp_options *a, const struct fs_tcp_options *b)
{
    bool same = a->flags == b->flags && a->window_shift == b->window_shift &&
                a->sack_count == b->sack_count && a->mss == b->mss &&
                a->timestamp == b->timestamp && a->echo == b->echo;

    for (unsigned i = 0; i < FS_TCP_SACK_MAX; i++)
        same = same && a->sack[i].left == b->sack[i].left && a->sack[i].right == b->sack[i].right;
    return same;
}

/* On every level, whole and with half of the bytes: a cut header says less, and nothing else. */
static void check_tcp_options(const struct flowscope_packet *packet, const struct fs_headers *level)
{
    struct flowscope_packet cut = *packet;
    struct fs_tcp_options whole, part;

    fs_tcp_options_of(packet, level->transport_at, &whole);
    CHECK(whole.sack_count <= FS_TCP_SACK_MAX && whole.window_shift <= FS_TCP_SHIFT_MAX);
    CHECK((whole.flags & FS_TCP_HAS_MSS) != 0 || whole.mss == 0);
    CHECK((level->tcp.flags & FS_TCP_SYN) != 0 || whole.mss == 0);
    cut.captured_bytes = level->transport_at + (cut.captured_bytes - level->transport_at) / 2;
    fs_tcp_options_of(&cut, level->transport_at, &part);
    CHECK((part.flags & ~(whole.flags | FS_TCP_OPTIONS_CUT)) == 0);
    CHECK((part.flags & FS_TCP_OPTIONS_CUT) != 0 || same_options(&part, &whole));
}

/* The short way for plain frames says what the long way says. */
static void check_both_ways(const struct flowscope_packet *packet,
                            const struct fs_packet_options *options, enum flowscope_verdict verdict,
                            const struct fs_frame *frame)
{
    struct fs_packet_options longest = *options;
    struct fs_frame other;

    longest.long_way_alone = true;
    CHECK(fs_headers_read_long(packet, &longest, &other) == verdict);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return;
    CHECK(other.level_count == frame->level_count);
    check_same_levels(&other, frame, frame->level_count);
    CHECK(other.level[0].payload_bytes == frame->level[0].payload_bytes);
    CHECK(other.level[0].bad_l4 == frame->level[0].bad_l4);
    CHECK(other.level[0].has_tcp == frame->level[0].has_tcp);
}

/* The key of a flow from one MAC address and payload, as a user might want it. */
static bool own_key(void *user, const struct flowscope_packet *packet,
                    const struct flowscope_level *level, struct flowscope_own_key *key)
{
    CHECK(user == NULL && level->layer_count <= FLOWSCOPE_LAYERS_MAX);
    CHECK(level->ip_at <= packet->captured_bytes);
    CHECK(level->transport_at <= packet->captured_bytes || level->transport_at == FS_NOT_IN_FRAME);
    CHECK(level->flow_label <= 0xfffff && (level->ip_version == 6 || level->flow_label == 0));
    key->bytes[0] = level->source_mac[0];
    key->reverse = level->tcp_flags != 0;
    return level->payload_bytes % 2 == 0;
}

/* Every other key: there is one wherever the five-tuple is, and it is sorted. */
static void check_keys(const struct flowscope_packet *packet, struct fs_packet_options options,
                       enum flowscope_verdict five_tuple)
{
    struct fs_reading reading;
    struct fs_frame frame;

    options.has_own_way = options.long_way_alone = true;
    options.key_function = own_key;
    for (unsigned way = 0; way < 10; way++) {
        options.key = way % 5;
        options.one_way = way >= 5;
        memset(&frame, 0xa5, sizeof(frame));
        enum flowscope_verdict verdict = fs_reading_take(&reading, packet, &options, &frame);
        verdict = fs_reading_key(&reading, verdict);
        if (options.key <= FLOWSCOPE_KEY_IP_PAIR || options.key == FLOWSCOPE_KEY_FLOW_LABEL)
            CHECK(five_tuple != FLOWSCOPE_VERDICT_ok || verdict == FLOWSCOPE_VERDICT_ok);
        if (options.key == FLOWSCOPE_KEY_FIVE_TUPLE)
            CHECK(verdict == five_tuple || five_tuple == FLOWSCOPE_VERDICT_fragment_pending);
        if (verdict != FLOWSCOPE_VERDICT_ok)
            continue;
        CHECK(frame.level_count >= 1 && frame.level_count <= FS_LEVELS_MAX);
        CHECK(frame.layer_count == frame.level[frame.level_count - 1].layer_count);
        for (unsigned i = 0; i < frame.level_count; i++) {
            const struct fs_headers *level = &frame.level[i];
            const bool sorted = memcmp(level->key.addr[0], level->key.addr[1], 16) <= 0;
            CHECK(level->layer_count <= frame.layer_count);
            CHECK(level->transport_at <= packet->captured_bytes ||
                  level->transport_at == FS_NOT_IN_FRAME);
            if (options.one_way && options.key != FLOWSCOPE_KEY_OWN)
                CHECK(!level->swapped && (level->key.kind & FS_KEY_ONE_WAY) != 0);
            else if (options.key != FLOWSCOPE_KEY_OWN && options.key != FLOWSCOPE_KEY_FIVE_TUPLE)
                CHECK(sorted);
        }
    }
}

/* Of the frame as it was read, and as if its IP headers began anywhere. The TTL is not the
 * packet's. */
static void check_fingerprints(const struct flowscope_packet *packet, const struct fs_frame *frame,
                               enum flowscope_verdict verdict, uint32_t anywhere)
{
    static struct fs_fingerprint_options options = {.inside = true};
    uint8_t copy[FRAME_MAX];
    struct flowscope_packet other = *packet;
    struct fs_fingerprint one, two;
    const uint32_t ip = frame->ip_at;

    if (packet->captured_bytes == 0)
        return;
    if (!options.key.wide)
        fs_hash128_key_init(&options.key, 1);
    fs_fingerprint_take(&options, packet, anywhere % (packet->captured_bytes + 2), anywhere >> 8,
                        &one);
    const uint32_t inner =
        verdict == FLOWSCOPE_VERDICT_ok ? frame->level[frame->level_count - 1].ip_at : ip;
    fs_fingerprint_take(&options, packet, ip, inner, &one);
    if (!one.is_packet)
        return;
    CHECK(ip < packet->captured_bytes && one.length >= 20);
    memcpy(copy, packet->data, packet->captured_bytes);
    other.data = copy;
    fs_fingerprint_take(&options, &other, ip, inner, &two);
    CHECK(one.frame == two.frame && one.packet.low == two.packet.low && one.ttl == two.ttl);
    copy[ip + (copy[ip] >> 4 == 4 ? 8 : 7)] ^= 1;
    fs_fingerprint_take(&options, &other, ip, inner, &two);
    CHECK(one.frame != two.frame && one.ttl != two.ttl);
    CHECK(one.packet.low == two.packet.low && one.packet.high == two.packet.high);
}

/* A part of a datagram is sound, lies in the frame, and goes on as if it were the whole. */
static void check_fragment(const struct flowscope_packet *packet,
                           const struct fs_packet_options *options, struct fs_frame *frame)
{
    const struct fs_fragment fragment = frame->fragment;
    const uint8_t *end = fragment.bytes.at + fragment.bytes.left;
    const struct fs_cursor known = fs_cursor_over(
        fragment.bytes.at,
        fragment.bytes.left < fragment.length ? fragment.bytes.left : fragment.length);

    CHECK(fragment.length > 0 && fragment.offset + fragment.length <= 65535);
    CHECK(fragment.offset % 8 == 0 && (!fragment.more || fragment.length % 8 == 0));
    CHECK(fragment.more || fragment.offset != 0);
    CHECK(fragment.counted <= fragment.length && fragment.bytes.left <= fragment.counted);
    CHECK(fragment.bytes.at >= packet->data && end <= packet->data + packet->captured_bytes);
    CHECK(fragment.level < FS_LEVELS_MAX && fragment.layer_count <= options->tunnel_depth);
    CHECK(frame->level_count == fragment.level + (fragment.has_level ? 1 : 0));
    CHECK(!fragment.has_level || fragment.offset == 0);
    for (unsigned i = 0; i < frame->level_count; i++)
        check_key(&frame->level[i]);
    const enum flowscope_verdict verdict = fs_headers_read_datagram(
        frame, options, fragment.key.protocol, known, fragment.length, NULL);
    CHECK(frame->level_count >= fragment.level && frame->level_count <= FS_LEVELS_MAX);
    CHECK(verdict != FLOWSCOPE_VERDICT_ok || frame->level_count > fragment.level);
    CHECK(verdict != FLOWSCOPE_VERDICT_fragment_pending || frame->fragment.level > fragment.level);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fs_frame frame;

    if (size < PREFIX || size > FRAME_MAX)
        return 0;
    const struct fs_packet_options options = {.tunnel_depth = data[1] % 10,
                                              .identity = data[1] / 10 % 3,
                                              .vxlan_port = 4789,
                                              .vxlan_gpe_port = 4790,
                                              .geneve_port = 6081,
                                              .gtpu_port = 2152,
                                              .l2tp_port = 1701,
                                              .teredo_port = 3544};
    const uint32_t captured = (uint32_t)size - PREFIX;
    const struct flowscope_packet packet = {
        .size = sizeof(packet),
        .link_type = headers_link_types[data[0] % HEADERS_LINK_TYPES],
        .frame = 1,
        .data = data + PREFIX,
        .captured_bytes = captured,
        .wire_bytes = captured + (uint32_t)(data[2] << 8 | data[3]),
        .is_packet = true};
    memset(&frame, 0xa5, sizeof(frame));
    const enum flowscope_verdict verdict = fs_headers_read(&packet, &options, &frame);
    check_both_ways(&packet, &options, verdict, &frame);
    check_keys(&packet, options, verdict);
    check_fingerprints(&packet, &frame, verdict, (uint32_t)(data[0] << 8 | data[1]) * 257u);
    switch (verdict) {
    case FLOWSCOPE_VERDICT_ok: {
        const struct fs_headers *headers = &frame.level[0];
        check_frame(&frame, &packet, &options);
        const struct places at = find_places(&packet, &options);
        CHECK(at.ip == headers->ip_at && at.transport == headers->transport_at);
        CHECK(headers->payload_bytes <= headers->bytes - (at.transport - at.ip));
        for (unsigned i = 0; i < frame.level_count; i++)
            if (frame.level[i].has_tcp)
                check_tcp_options(&packet, &frame.level[i]);
        if (!is_guessed(&frame))
            check_other_direction(&packet, &options, &at, headers);
        check_padding(&packet, &options, &at, &frame);
        check_cut(&packet, &options, &frame);
        break;
    }
    case FLOWSCOPE_VERDICT_fragment_pending:
        check_fragment(&packet, &options, &frame);
        break;
    case FLOWSCOPE_VERDICT_duplicate:
    case FLOWSCOPE_VERDICT_fragment_lost:
    case FLOWSCOPE_VERDICT_not_a_packet:
    case FLOWSCOPE_VERDICT_no_key:
    case FLOWSCOPE_VERDICT_COUNT:
        CHECK(false); /* not said by this layer */
        break;
    default:
        CHECK((verdict == FLOWSCOPE_VERDICT_no_data) == (captured == 0));
        break;
    }
    return 0;
}
