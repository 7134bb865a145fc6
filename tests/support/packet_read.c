/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the headers of built frames, from memory that ends where the frame does. */
#include "support/packet_read.h"

#include <string.h>

enum flowscope_verdict read_cut(const struct build *b, uint32_t link_type, uint32_t captured,
                                uint32_t wire, unsigned depth, struct fs_headers *headers)
{
    struct flowscope_packet packet = build_packet(b, link_type);
    uint8_t *copy = g_memdup2(b->data, captured);

    memset(headers, 0xa5, sizeof(*headers));
    packet.data = copy;
    packet.captured_bytes = captured;
    packet.wire_bytes = wire;
    const enum flowscope_verdict verdict = fs_headers_read(&packet, depth, headers);
    g_free(copy);
    return verdict;
}

enum flowscope_verdict read_whole(const struct build *b, uint32_t link_type,
                                  struct fs_headers *headers)
{
    return read_cut(b, link_type, b->length, b->length, FLOWSCOPE_LAYERS_MAX, headers);
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

void check_cuts(const struct build *b, uint32_t link_type)
{
    struct fs_headers whole, cut;
    const enum flowscope_verdict final = read_whole(b, link_type, &whole);
    unsigned reached = 0;

    for (uint32_t captured = 0; captured <= b->length; captured++) {
        const enum flowscope_verdict verdict =
            read_cut(b, link_type, captured, b->length, FLOWSCOPE_LAYERS_MAX, &cut);
        g_assert_cmpuint(rank(verdict), >=, reached);
        reached = rank(verdict);
        if (reached == 4)
            g_assert_cmpint(verdict, ==, final);
        if (verdict != FLOWSCOPE_VERDICT_ok)
            continue;
        g_assert_true(memcmp(&cut.key, &whole.key, sizeof(cut.key)) == 0);
        g_assert_cmpuint(cut.bytes, ==, whole.bytes);
        g_assert_cmpuint(cut.payload_bytes, <=, whole.payload_bytes);
        g_assert_cmpint(cut.swapped, ==, whole.swapped);
        g_assert_cmpint(cut.has_ports, ==, whole.has_ports);
        g_assert_cmpuint(cut.layer_count, ==, whole.layer_count);
        g_assert_true(memcmp(cut.layers, whole.layers, cut.layer_count * sizeof(cut.layers[0])) ==
                      0);
        g_assert_true(whole.has_tcp || !cut.has_tcp);
        g_assert_true(whole.bad_l4 || !cut.bad_l4);
    }
}
