/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the headers of built frames, from memory that ends where the frame does. */
#include "support/packet_read.h"

#include <string.h>

const struct fs_packet_options read_defaults = {.tunnel_depth = FLOWSCOPE_LAYERS_MAX,
                                                .identity = FLOWSCOPE_IDENTITY_IGNORE_VLAN,
                                                .vxlan_port = 4789,
                                                .vxlan_gpe_port = 4790,
                                                .geneve_port = 6081,
                                                .gtpu_port = 2152,
                                                .l2tp_port = 1701,
                                                .teredo_port = 3544};

enum flowscope_verdict read_frame(const struct build *b, uint32_t link_type, uint32_t captured,
                                  uint32_t wire, const struct fs_packet_options *options,
                                  struct fs_frame *frame)
{
    struct flowscope_packet packet = build_packet(b, link_type);
    uint8_t *copy = g_memdup2(b->data, captured);

    memset(frame, 0xa5, sizeof(*frame));
    packet.data = copy;
    packet.captured_bytes = captured;
    packet.wire_bytes = wire;
    const enum flowscope_verdict verdict = fs_headers_read(&packet, options, frame);
    g_free(copy);
    return verdict;
}

enum flowscope_verdict read_cut(const struct build *b, uint32_t link_type, uint32_t captured,
                                uint32_t wire, unsigned depth, struct fs_headers *headers)
{
    struct fs_packet_options options = read_defaults;
    struct fs_frame frame;

    options.tunnel_depth = depth;
    const enum flowscope_verdict verdict =
        read_frame(b, link_type, captured, wire, &options, &frame);
    *headers = frame.level[0];
    return verdict;
}

enum flowscope_verdict read_whole(const struct build *b, uint32_t link_type,
                                  struct fs_headers *headers)
{
    return read_cut(b, link_type, b->length, b->length, FLOWSCOPE_LAYERS_MAX, headers);
}

void read_fragment(const struct build *b, uint32_t link_type, struct fs_frame *frame)
{
    const enum flowscope_verdict verdict =
        read_frame(b, link_type, b->length, b->length, &read_defaults, frame);

    assert_verdict(verdict, fragment_pending);
    g_assert_cmpuint(frame->level_count, ==, frame->fragment.level + frame->fragment.has_level);
    check_cuts(b, link_type);
}

void read_first_fragment(const struct build *b, uint32_t link_type, struct fs_headers *headers)
{
    struct fs_frame frame;

    read_fragment(b, link_type, &frame);
    g_assert_true(frame.fragment.has_level);
    g_assert_cmpuint(frame.fragment.offset, ==, 0);
    *headers = frame.level[frame.fragment.level];
}

void read_levels(const struct build *b, uint32_t link_type, struct fs_frame *frame)
{
    assert_verdict(read_frame(b, link_type, b->length, b->length, &read_defaults, frame), ok);
    g_assert_cmpuint(frame->level_count, >=, 1);
    g_assert_cmpuint(frame->level_count, <=, FS_LEVELS_MAX);
    g_assert_cmpuint(frame->layer_count, ==, frame->level[frame->level_count - 1].layer_count);
}

static const struct {
    const char *word;
    unsigned id_bits;
} kinds[FLOWSCOPE_LAYER_COUNT] = {
#define FLOWSCOPE_LAYER(name, word, id_bits, text) [FLOWSCOPE_LAYER_##name] = {word, id_bits},
#include <flowscope/layer.def>
#undef FLOWSCOPE_LAYER
};

void assert_tunnel(const struct fs_frame *frame, unsigned level, const char *expected)
{
    GString *text = g_string_new(NULL);

    g_assert_cmpuint(level, <, frame->level_count);
    for (unsigned i = 0; i < frame->level[level].layer_count; i++) {
        const struct flowscope_layer *layer = &frame->layers[i];
        g_string_append_printf(text, i == 0 ? "%s" : "/%s", kinds[layer->kind].word);
        if (kinds[layer->kind].id_bits != 0)
            g_string_append_printf(text, ":%u", layer->id);
    }
    g_assert_cmpstr(text->str, ==, expected);
    g_string_free(text, TRUE);
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
    struct fs_frame whole, cut;
    const enum flowscope_verdict final =
        read_frame(b, link_type, b->length, b->length, &read_defaults, &whole);
    unsigned reached = 0, levels = 0;

    for (uint32_t captured = 0; captured <= b->length; captured++) {
        const enum flowscope_verdict verdict =
            read_frame(b, link_type, captured, b->length, &read_defaults, &cut);
        g_assert_cmpuint(rank(verdict), >=, reached);
        reached = rank(verdict);
        /* A fragment inside of a tunnel may be cut off. */
        if (reached == 4 &&
            !(verdict == FLOWSCOPE_VERDICT_ok && final == FLOWSCOPE_VERDICT_fragment_pending))
            g_assert_cmpint(verdict, ==, final);
        if (verdict != FLOWSCOPE_VERDICT_ok && verdict != FLOWSCOPE_VERDICT_fragment_pending)
            continue;
        g_assert_cmpuint(cut.level_count, >=, levels);
        g_assert_cmpuint(cut.level_count, <=, whole.level_count);
        levels = cut.level_count;
        for (unsigned i = 0; i < levels; i++)
            check_level(&cut.level[i], &whole.level[i]);
        g_assert_true(memcmp(cut.layers, whole.layers, cut.layer_count * sizeof(cut.layers[0])) ==
                      0);
    }
}

void end_inner(struct build *b, unsigned ip_version)
{
    if (ip_version == 4)
        build_ipv4(b, "198.51.100.1", "198.51.100.2");
    else
        build_ipv6(b, "2001:db8::1", "2001:db8::2");
    build_udp(b, 5000, 53);
    build_fill(b, 30);
    build_end(b);
}

void assert_inner(const struct build *b, uint32_t link_type, unsigned levels, const char *tunnel)
{
    struct fs_frame frame;

    read_levels(b, link_type, &frame);
    assert_tunnel(&frame, frame.level_count - 1u, tunnel);
    g_assert_cmpuint(frame.level_count, ==, levels);
    const struct fs_headers *inner = &frame.level[levels - 1];
    g_assert_cmpuint(inner->bytes, ==, inner->key.kind == 4 ? 58 : 78);
    g_assert_cmpuint(inner->payload_bytes, ==, 30);
    g_assert_cmpuint(inner->key.protocol, ==, 17);
    g_assert_cmpuint(inner->key.port[0], ==, 5000);
    g_assert_cmpuint(inner->key.port[1], ==, 53);
    g_assert_false(inner->swapped);
    g_assert_false(inner->bad_l4);
    g_assert_false(frame.cut_by_depth);
    check_cuts(b, link_type);
}

void assert_no_inner(const struct build *b, uint32_t link_type)
{
    struct fs_frame frame;

    read_levels(b, link_type, &frame);
    g_assert_cmpuint(frame.level_count, ==, 1);
    g_assert_false(frame.cut_by_depth);
    check_cuts(b, link_type);
}
