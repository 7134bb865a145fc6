/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the headers of built frames, from memory that ends where the frame does. */
#include "support/packet_read.h"

#include <string.h>

struct fs_frame read_frame;

static const struct fs_packet_options options = {
    .tunnel_depth = FLOWSCOPE_LAYERS_MAX,
    .vxlan_port = 4789,
    .vxlan_gpe_port = 4790,
    .geneve_port = 6081,
    .gtpu_port = 2152,
    .l2tp_port = 1701,
    .teredo_port = 3544,
};

enum flowscope_verdict read_with(const struct build *b, uint32_t link_type, uint32_t captured,
                                 uint32_t wire, const struct fs_packet_options *with)
{
    struct flowscope_packet packet = build_packet(b, link_type);
    uint8_t *copy = g_memdup2(b->data, captured);

    memset(&read_frame, 0xa5, sizeof(read_frame));
    packet.data = copy;
    packet.captured_bytes = captured;
    packet.wire_bytes = wire;
    const enum flowscope_verdict verdict = fs_headers_read(&packet, with, &read_frame);
    g_free(copy);
    return verdict;
}

enum flowscope_verdict read_cut(const struct build *b, uint32_t link_type, uint32_t captured,
                                uint32_t wire, unsigned depth, struct fs_headers *headers)
{
    struct fs_packet_options with = options;

    with.tunnel_depth = depth;
    const enum flowscope_verdict verdict = read_with(b, link_type, captured, wire, &with);
    if (verdict == FLOWSCOPE_VERDICT_ok)
        *headers = read_frame.level[read_frame.level_count - 1];
    return verdict;
}

enum flowscope_verdict read_whole(const struct build *b, uint32_t link_type,
                                  struct fs_headers *headers)
{
    return read_cut(b, link_type, b->length, b->length, FLOWSCOPE_LAYERS_MAX, headers);
}

enum flowscope_verdict read_under(const struct build *b, uint32_t link_type,
                                  enum flowscope_identity identity)
{
    struct fs_packet_options with = options;

    with.identity = identity;
    return read_with(b, link_type, b->length, b->length, &with);
}

/* How far a frame was understood; what more bytes cannot change is as far as can be. */
static unsigned rank(enum flowscope_verdict verdict)
{
    switch (verdict) {
    case FLOWSCOPE_VERDICT_no_data:
        return 0;
    case FLOWSCOPE_VERDICT_truncated_link:
        return 1;
    case FLOWSCOPE_VERDICT_truncated_ip:
        return 2;
    case FLOWSCOPE_VERDICT_truncated_ports:
        return 3;
    default:
        return 4;
    }
}

static void check_level(const struct fs_headers *cut, const struct fs_headers *whole)
{
    g_assert_true(memcmp(&cut->key, &whole->key, sizeof(cut->key)) == 0);
    g_assert_cmpuint(cut->bytes, ==, whole->bytes);
    g_assert_cmpuint(cut->payload_bytes, <=, whole->payload_bytes);
    g_assert_cmpint(cut->swapped, ==, whole->swapped);
    g_assert_cmpint(cut->has_ports, ==, whole->has_ports);
    g_assert_cmpuint(cut->layer_count, ==, whole->layer_count);
    g_assert_true(whole->has_tcp || !cut->has_tcp);
    g_assert_true(whole->bad_l4 || !cut->bad_l4);
}

void check_cuts(const struct build *b, uint32_t link_type)
{
    struct fs_headers innermost;
    const enum flowscope_verdict final = read_whole(b, link_type, &innermost);
    const struct fs_frame whole = read_frame;
    unsigned reached = 0, levels = 0;

    for (uint32_t captured = 0; captured <= b->length; captured++) {
        const enum flowscope_verdict verdict =
            read_cut(b, link_type, captured, b->length, FLOWSCOPE_LAYERS_MAX, &innermost);
        g_assert_cmpuint(rank(verdict), >=, reached);
        reached = rank(verdict);
        if (reached == 4)
            g_assert_cmpint(verdict, ==, final);
        if (verdict != FLOWSCOPE_VERDICT_ok)
            continue;
        g_assert_cmpuint(read_frame.level_count, >=, levels);
        g_assert_cmpuint(read_frame.level_count, <=, whole.level_count);
        levels = read_frame.level_count;
        for (unsigned i = 0; i < levels; i++)
            check_level(&read_frame.level[i], &whole.level[i]);
        g_assert_cmpuint(read_frame.layer_count, ==, innermost.layer_count);
        g_assert_true(memcmp(read_frame.layers, whole.layers,
                             read_frame.layer_count * sizeof(whole.layers[0])) == 0);
    }
}
