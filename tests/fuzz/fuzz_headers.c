/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes through fs_headers_read(). Input: link type (an index), tunnel depth, what the wire
 * carried more than was captured (two bytes), then the frame. */
#include "fuzz.h"

#include "packet/headers.h"
#include "packet/ip.h"
#include "packet/link.h"
#include "support/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX = 4, FRAME_MAX = 4096 };

static struct fs_packet_options options = {
    .vxlan_port = 4789,
    .vxlan_gpe_port = 4790,
    .geneve_port = 6081,
    .gtpu_port = 2152,
    .l2tp_port = 1701,
    .teredo_port = 3544,
};

static const uint32_t link_types[] = {1,   0,   12, 14, 101, 108, 113, 228, 229,
                                      276, 147, 9,  50, 51,  104, 105, 127, 192};

#define LINK_TYPES (sizeof(link_types) / sizeof(link_types[0]))

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

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

static void check_facts(const struct fs_headers *headers, const struct flowscope_packet *packet)
{
    const uint8_t protocol = headers->key.protocol;
    const uint32_t wire =
        packet->wire_bytes > packet->captured_bytes ? packet->wire_bytes : packet->captured_bytes;

    CHECK(headers->bytes >= 20 && headers->bytes <= wire);
    CHECK(headers->has_ports ==
          (protocol == 1 || protocol == 6 || protocol == 17 || protocol == 58 || protocol == 132));
    CHECK(!headers->has_tcp || (protocol == 6 && !headers->bad_l4));
    CHECK(!headers->bad_l4 || headers->has_ports);
}

static void check_layers(const struct fs_frame *frame, unsigned depth)
{
    static const unsigned id_bits[] = {
        0,
#define FLOWSCOPE_LAYER(name, word, bits, text) bits,
#include <flowscope/layer.def>
#undef FLOWSCOPE_LAYER
    };

    CHECK(frame->layer_count <= depth && frame->layer_count <= FLOWSCOPE_LAYERS_MAX);
    for (unsigned i = 0; i < frame->layer_count; i++) {
        CHECK(frame->layers[i].kind > 0 && frame->layers[i].kind < FLOWSCOPE_LAYER_COUNT);
        CHECK(frame->layers[i].id >> 1 < UINT64_C(1) << id_bits[frame->layers[i].kind]);
    }
}

/* Each level lies inside the one before it, behind a layer more at least. */
static void check_levels(const struct fs_frame *frame, const struct flowscope_packet *packet)
{
    CHECK(frame->level_count >= 1 && frame->level_count <= FS_LEVELS_MAX);
    for (unsigned i = 0; i < frame->level_count; i++) {
        const struct fs_headers *level = &frame->level[i];

        check_key(level);
        check_facts(level, packet);
        if (i == 0)
            continue;
        CHECK(level->bytes <= level[-1].payload_bytes);
        CHECK(level->layer_count > level[-1].layer_count);
    }
    CHECK(frame->level[frame->level_count - 1].layer_count == frame->layer_count);
}

/* Where the headers of a good frame begin. */
struct places {
    size_t ip, transport;
};

static struct places find_places(const struct flowscope_packet *packet)
{
    struct fs_frame scratch = {.layer_count = 0};
    struct fs_headers headers;
    struct fs_walk walk = {.options = &options,
                           .frame = &scratch,
                           .rest = {.bytes = fs_cursor_over(packet->data, packet->captured_bytes),
                                    .wire = packet->wire_bytes > packet->captured_bytes
                                                ? packet->wire_bytes
                                                : packet->captured_bytes}};
    struct fs_ip_payload payload;
    unsigned version;

    CHECK(fs_link_read(&walk, packet->link_type, &version) == FLOWSCOPE_VERDICT_ok);
    CHECK((version == 4 ? fs_ipv4_read : fs_ipv6_read)(&walk.rest, &headers, &payload) ==
          FLOWSCOPE_VERDICT_ok);
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

static enum flowscope_verdict read_outermost(const struct flowscope_packet *packet,
                                             struct fs_headers *outermost)
{
    struct fs_frame frame;
    const enum flowscope_verdict verdict = fs_headers_read(packet, &options, &frame);

    if (verdict == FLOWSCOPE_VERDICT_ok)
        *outermost = frame.level[0];
    return verdict;
}

/* The checks of the outermost level work on the bytes where it lies, which they find for themselves
 * but behind an authentication header, and where the bytes inside decided what it is. */
static bool is_plain(const struct fs_frame *frame)
{
    for (unsigned i = 0; i < frame->level[0].layer_count; i++)
        if (frame->layers[i].kind == FLOWSCOPE_LAYER_ah ||
            frame->layers[i].kind == FLOWSCOPE_LAYER_mpls)
            return false;
    return true;
}

static void check_other_direction(const struct flowscope_packet *packet, const struct places *at,
                                  const struct fs_headers *headers)
{
    uint8_t frame[FRAME_MAX];
    struct flowscope_packet turned = *packet;
    struct fs_headers other;

    if ((headers->key.kind & FS_KEY_ONE_WAY) != 0)
        return;
    memcpy(frame, packet->data, packet->captured_bytes);
    turn(frame, at, headers);
    turned.data = frame;
    CHECK(read_outermost(&turned, &other) == FLOWSCOPE_VERDICT_ok);
    CHECK(memcmp(&other.key, &headers->key, sizeof(other.key)) == 0);
    CHECK(other.bytes == headers->bytes && other.payload_bytes == headers->payload_bytes);
    CHECK(other.bad_l4 == headers->bad_l4 && other.has_tcp == headers->has_tcp);
    if (equal_endpoints(&headers->key))
        CHECK(!other.swapped && !headers->swapped);
    else
        CHECK(other.swapped != headers->swapped);
}

/* What lies behind the IP packet says nothing. */
static void check_padding(const struct flowscope_packet *packet, const struct places *at,
                          const struct fs_headers *headers)
{
    uint8_t frame[FRAME_MAX];
    struct flowscope_packet padded = *packet;
    struct fs_headers other;

    memcpy(frame, packet->data, packet->captured_bytes);
    for (size_t i = at->ip + headers->bytes; i < packet->captured_bytes; i++)
        frame[i] = (uint8_t)~frame[i];
    padded.data = frame;
    CHECK(read_outermost(&padded, &other) == FLOWSCOPE_VERDICT_ok);
    CHECK(memcmp(&other.key, &headers->key, sizeof(other.key)) == 0);
    CHECK(other.payload_bytes == headers->payload_bytes);
    CHECK(other.bad_l4 == headers->bad_l4 && other.has_tcp == headers->has_tcp);
}

/* With fewer bytes captured the frame has the same key or none. */
static void check_cut(const struct flowscope_packet *packet, const struct fs_headers *headers)
{
    struct flowscope_packet cut = *packet;
    struct fs_headers other;

    if (cut.wire_bytes < cut.captured_bytes)
        cut.wire_bytes = cut.captured_bytes;
    cut.captured_bytes = cut.captured_bytes * 3 / 4;
    switch (read_outermost(&cut, &other)) {
    case FLOWSCOPE_VERDICT_ok:
        CHECK(memcmp(&other.key, &headers->key, sizeof(other.key)) == 0);
        CHECK(other.bytes == headers->bytes);
        CHECK(other.payload_bytes <= headers->payload_bytes);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fs_frame frame;

    if (size < PREFIX || size > FRAME_MAX)
        return 0;
    const unsigned depth = data[1] % 10;
    options.tunnel_depth = depth;
    options.identity = (enum flowscope_identity)(data[1] / 10 % 3);
    const uint32_t captured = (uint32_t)size - PREFIX;
    const struct flowscope_packet packet = {.size = sizeof(packet),
                                            .link_type = link_types[data[0] % LINK_TYPES],
                                            .frame = 1,
                                            .data = data + PREFIX,
                                            .captured_bytes = captured,
                                            .wire_bytes =
                                                captured + (uint32_t)(data[2] << 8 | data[3]),
                                            .is_packet = true};
    memset(&frame, 0xa5, sizeof(frame));
    const enum flowscope_verdict verdict = fs_headers_read(&packet, &options, &frame);
    switch (verdict) {
    case FLOWSCOPE_VERDICT_ok: {
        check_layers(&frame, depth);
        check_levels(&frame, &packet);
        if (!is_plain(&frame))
            break;
        const struct fs_headers *headers = &frame.level[0];
        const struct places at = find_places(&packet);
        CHECK(headers->payload_bytes <= headers->bytes - (at.transport - at.ip));
        check_other_direction(&packet, &at, headers);
        check_padding(&packet, &at, headers);
        check_cut(&packet, headers);
        break;
    }
    case FLOWSCOPE_VERDICT_duplicate:
    case FLOWSCOPE_VERDICT_fragment_lost:
    case FLOWSCOPE_VERDICT_not_a_packet:
    case FLOWSCOPE_VERDICT_COUNT:
        CHECK(false); /* not said by this layer */
        break;
    default:
        CHECK((verdict == FLOWSCOPE_VERDICT_no_data) == (captured == 0));
        break;
    }
    return 0;
}

static void begin_link(struct build *b, uint32_t link_type)
{
    build_begin(b);
    switch (link_type) {
    case BUILD_LINK_ETHERNET:
        build_eth(b);
        break;
    case BUILD_LINK_NULL:
        build_null(b, false);
        break;
    case BUILD_LINK_LOOP:
        build_null(b, true);
        break;
    case BUILD_LINK_SLL:
        build_sll(b);
        break;
    case BUILD_LINK_SLL2:
        build_sll2(b);
        break;
    default:
        break;
    }
}

static void add_tags(struct build *b, uint32_t link_type, unsigned how)
{
    if (link_type != BUILD_LINK_ETHERNET)
        return;
    for (unsigned i = 0; i < how; i++)
        build_vlan(b, i == 0 ? 0x8100 : 0x88a8, (uint16_t)(10 + i));
    if (how == 3)
        build_snap(b);
}

static void add_transport(struct build *b, unsigned how)
{
    switch (how) {
    case 0:
        build_tcp(b, 50000, 80, 1, 1, 0x18);
        build_tcp_options(b, "\2\4\5\264", 4);
        break;
    case 1:
        build_udp(b, 50000, 53);
        break;
    case 2:
        build_icmp(b, 8, 0, 7, 1);
        break;
    case 3:
        build_icmp6(b, 135, 0, 0, 0);
        break;
    case 4:
        build_sctp(b, 2905, 2906);
        break;
    default:
        build_protocol(b, 47);
        break;
    }
    build_fill(b, 24);
}

static void add_ip(struct build *b, bool six, unsigned how)
{
    if (six) {
        build_ipv6(b, "2001:db8::1", "2001:db8::2");
        if ((how & 1) != 0)
            build_ipv6_extension(b, how > 2 ? 43 : 0, how);
        if ((how & 2) != 0)
            build_ipv6_fragment(b, 0, how == 2);
    } else {
        build_ipv4(b, "192.0.2.1", "192.0.2.2");
        build_ipv4_options(b, how);
        if (how == 3)
            build_ipv4_fragment(b, 0, true);
    }
}

/* Every link type with either IP version, six transports, four shapes of each. */
size_t fuzz_seed(unsigned number, uint8_t *data, size_t room)
{
    static struct build b;
    const unsigned link = number % LINK_TYPES;
    const bool six = number / LINK_TYPES % 2 != 0;
    const unsigned transport = number / LINK_TYPES / 2 % 6;
    const unsigned how = number / LINK_TYPES / 2 / 6;

    if (how >= 4)
        return 0;
    begin_link(&b, link_types[link]);
    add_tags(&b, link_types[link], how);
    add_ip(&b, six, how);
    add_transport(&b, transport);
    build_end(&b);
    if (b.length + PREFIX > room)
        abort();
    memcpy(data, (uint8_t[PREFIX]){(uint8_t)link, 8, 0, (uint8_t)(how * 10)}, PREFIX);
    memcpy(data + PREFIX, b.data, b.length);
    return PREFIX + b.length;
}
