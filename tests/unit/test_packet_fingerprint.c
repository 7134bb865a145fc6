/* SPDX-License-Identifier: BSD-2-Clause */
/* What leaves a frame or a packet the same, and what does not. */
#include "packet/fingerprint.h"

#include "support/build.h"

#include <glib.h>

static struct fs_fingerprint_options options;

static struct fs_fingerprint print_of(const struct flowscope_packet *packet)
{
    struct flowscope_config config;
    struct fs_fingerprint fingerprint;
    struct fs_frame frame;

    flowscope_config_init(&config);
    const struct fs_packet_options read = fs_packet_options_of(&config);
    bool good = fs_headers_read(packet, &read, &frame) == FLOWSCOPE_VERDICT_ok;
    fs_fingerprint_take(&options, packet, frame.ip_at,
                        good ? frame.level[frame.level_count - 1].ip_at : frame.ip_at,
                        &fingerprint);
    return fingerprint;
}

static bool same_packet(const struct fs_fingerprint *a, const struct fs_fingerprint *b)
{
    return a->packet.low == b->packet.low && a->packet.high == b->packet.high &&
           a->length == b->length;
}

static bool same_frame(const struct fs_fingerprint *a, const struct fs_fingerprint *b)
{
    return same_packet(a, b) && a->frame == b->frame;
}

static void udp(struct build *b, bool tag, bool v6)
{
    build_begin(b);
    build_eth(b);
    if (tag)
        build_vlan(b, 0x8100, 10);
    if (v6) {
        build_ipv6(b, "2001:db8::1", "2001:db8::2");
    } else {
        build_ipv4(b, "192.0.2.1", "192.0.2.2");
        build_ipv4_id(b, 77);
    }
    build_udp(b, 1000, 53);
    build_fill(b, 300);
    build_end(b);
}

/* Each byte of a frame, changed: the frame is another one; the packet is the same exactly where it
 * is not the packet's, or where routers write. */
static void check_every_byte(bool v6)
{
    static const unsigned masks[2][8] = {{1, 0xff, 8, 0xff, 10, 0xff, 11, 0xff},
                                         {0, 0x0f, 1, 0xf0, 7, 0xff, 7, 0xff}};
    struct build b;
    struct flowscope_packet packet;

    udp(&b, true, v6);
    build_fill(&b, 5); /* a trailer */
    packet = build_packet(&b, BUILD_LINK_ETHERNET);
    const struct fs_fingerprint whole = print_of(&packet);
    g_assert_true(whole.is_packet);
    g_assert_true(whole.has_identity == !v6);
    g_assert_cmpuint(whole.ttl, ==, b.data[b.ip + (v6 ? 7 : 8)]);
    for (uint32_t at = 0; at < b.length; at++)
        for (unsigned bit = 1; bit < 256; bit *= 2) {
            const uint32_t in_ip = at - b.ip;
            bool lasts = at < b.ip || at >= b.length - 5;

            for (unsigned i = 0; i < 8 && at >= b.ip; i += 2)
                lasts |= in_ip == masks[v6][i] && (masks[v6][i + 1] & bit);
            if (at >= 12 && at < b.ip) /* another type leads elsewhere */
                continue;
            if (in_ip == 0 || in_ip == 2 || in_ip == 3 || in_ip == 4 || in_ip == 5)
                if (!lasts)
                    continue; /* version and lengths: another packet altogether */
            b.data[at] ^= (uint8_t)bit;
            const struct fs_fingerprint other = print_of(&packet);
            g_assert_false(same_frame(&whole, &other));
            g_assert_true(same_packet(&whole, &other) == lasts);
            b.data[at] ^= (uint8_t)bit;
        }
}

static void test_bytes(void)
{
    check_every_byte(false);
    check_every_byte(true);
}

static void test_tags_and_lengths(void)
{
    struct build plain, tagged;

    udp(&plain, false, false);
    udp(&tagged, true, false);
    struct flowscope_packet one = build_packet(&plain, BUILD_LINK_ETHERNET);
    struct flowscope_packet two = build_packet(&tagged, BUILD_LINK_ETHERNET);
    struct fs_fingerprint a = print_of(&one), b = print_of(&two);

    g_assert_true(same_packet(&a, &b));
    g_assert_false(same_frame(&a, &b));
    one.captured_bytes = two.captured_bytes = 100; /* cut: four bytes less of the tagged one */
    a = print_of(&one);
    b = print_of(&two);
    g_assert_true(a.is_packet);
    g_assert_true(same_packet(&a, &b));
    plain.data[60] ^= 1; /* behind the headers: only the frame knows */
    struct fs_fingerprint c = print_of(&one);
    g_assert_true(same_packet(&a, &c));
    g_assert_false(same_frame(&a, &c));
}

/* Cut, without identification and without checksum, nothing tells one packet from the next. */
static void test_cut_without_a_name(void)
{
    struct build b;

    udp(&b, false, false);
    build_ipv4_id(&b, 0);
    struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
    packet.captured_bytes = 60;
    b.data[b.ip + 4] = b.data[b.ip + 5] = 0;
    g_assert_true(print_of(&packet).is_packet);
    b.data[b.l4 + 6] = b.data[b.l4 + 7] = 0;
    g_assert_false(print_of(&packet).is_packet);
    b.data[b.ip + 5] = 1;
    g_assert_true(print_of(&packet).is_packet);
}

static void test_cooked(void)
{
    struct build b;

    build_begin(&b);
    build_sll(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_udp(&b, 1000, 53);
    build_end(&b);
    struct flowscope_packet packet = build_packet(&b, BUILD_LINK_SLL);
    b.data[1] = 0;
    const struct fs_fingerprint in = print_of(&packet);
    b.data[1] = 4;
    const struct fs_fingerprint out = print_of(&packet);
    g_assert_true(same_frame(&in, &out));
    g_assert_cmpuint(in.direction, ==, FLOWSCOPE_INTERFACE_INBOUND);
    g_assert_cmpuint(out.direction, ==, FLOWSCOPE_INTERFACE_OUTBOUND);
    b.data[5] ^= 1; /* the link address */
    const struct fs_fingerprint other = print_of(&packet);
    g_assert_false(same_frame(&out, &other));
    g_assert_true(same_packet(&out, &other));
}

/* What looks like an IP header within the cooked one is none. */
static void test_cooked_alone(void)
{
    static const uint8_t bytes[60] = {0x60, [5] = 20, [6] = 17};
    const struct flowscope_packet packet = {.size = sizeof(packet),
                                            .link_type = BUILD_LINK_SLL2,
                                            .data = bytes,
                                            .captured_bytes = sizeof(bytes),
                                            .wire_bytes = sizeof(bytes),
                                            .is_packet = true};
    struct fs_fingerprint print;

    fs_fingerprint_take(&options, &packet, 0, 0, &print);
    g_assert_false(print.is_packet);
    g_assert_cmpuint(print.length, ==, sizeof(bytes));
}

static void test_inside(void)
{
    struct build inner, outer;

    udp(&inner, false, false);
    build_begin(&outer);
    build_eth(&outer);
    build_ipv4(&outer, "203.0.113.1", "203.0.113.2");
    build_udp(&outer, 50000, 4789);
    build_vxlan(&outer, 42);
    build_data(&outer, inner.data, inner.length);
    build_end(&outer);
    struct flowscope_packet one = build_packet(&inner, BUILD_LINK_ETHERNET);
    struct flowscope_packet two = build_packet(&outer, BUILD_LINK_ETHERNET);

    g_assert_false(print_of(&one).has_inner);
    options.inside = true;
    const struct fs_fingerprint a = print_of(&one), b = print_of(&two);
    options.inside = false;
    g_assert_false(same_packet(&a, &b));
    g_assert_true(a.inner.low == b.inner.low && a.inner.high == b.inner.high);
    g_assert_true(b.inner_has_identity);
}

static void test_whole_frames(void)
{
    struct build b;

    udp(&b, false, false);
    struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
    options.whole_frames = true;
    const struct fs_fingerprint before = print_of(&packet);
    b.data[b.ip + 8]--;
    const struct fs_fingerprint after = print_of(&packet);
    options.whole_frames = false;
    g_assert_false(before.is_packet);
    g_assert_false(same_packet(&before, &after));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fs_hash128_key_init(&options.key, 5);
    g_test_add_func("/packet/fingerprint/bytes", test_bytes);
    g_test_add_func("/packet/fingerprint/tags-and-lengths", test_tags_and_lengths);
    g_test_add_func("/packet/fingerprint/cut-without-a-name", test_cut_without_a_name);
    g_test_add_func("/packet/fingerprint/cooked", test_cooked);
    g_test_add_func("/packet/fingerprint/cooked-alone", test_cooked_alone);
    g_test_add_func("/packet/fingerprint/inside", test_inside);
    g_test_add_func("/packet/fingerprint/whole-frames", test_whole_frames);
    return g_test_run();
}
