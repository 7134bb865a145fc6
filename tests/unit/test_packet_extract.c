/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys other than the five-tuple: what is in them, what orders them, which frames have none. */
#include "packet/extract.h"
#include "support/packet_read.h"

static struct build b;
static struct fs_packet_options options;
static struct fs_frame frame;

static void use(enum flowscope_key_kind key, bool one_way)
{
    options = read_defaults;
    options.has_own_way = options.long_way_alone = true;
    options.key = key;
    options.one_way = one_way;
}

/* From memory that ends where the frame does. A part of a datagram gets its keys at once. */
static enum flowscope_verdict extract_cut(uint32_t link_type, uint32_t captured)
{
    struct flowscope_packet packet = build_packet(&b, link_type);
    uint8_t *bytes = g_memdup2(b.data, captured);

    packet.data = bytes;
    packet.captured_bytes = captured;
    memset(&frame, 0xa5, sizeof(frame));
    enum flowscope_verdict verdict = fs_extract_read(&packet, &options, &frame);
    if (verdict == FLOWSCOPE_VERDICT_fragment_pending && options.key != FLOWSCOPE_KEY_FIVE_TUPLE) {
        struct fs_reading reading;
        verdict = fs_reading_take(&reading, &packet, &options, &frame);
        assert_verdict(verdict, fragment_pending);
        verdict = fs_reading_key(&reading, verdict);
    }
    g_free(bytes);
    return verdict;
}

static void extract(uint32_t link_type, unsigned levels)
{
    assert_verdict(extract_cut(link_type, b.length), ok);
    g_assert_cmpuint(frame.level_count, ==, levels);
    for (unsigned i = 0; i < levels; i++) {
        g_assert_cmpuint(frame.level[i].key.extra, ==, 0);
        g_assert_false(frame.level[i].has_tcp && options.key != FLOWSCOPE_KEY_FIVE_TUPLE);
    }
}

static void begin(bool back)
{
    build_begin(&b);
    build_eth_between(&b, back ? 2 : 1, back ? 1 : 2);
}

static void tcp_packet(bool back)
{
    begin(back);
    build_ipv4(&b, back ? "192.0.2.2" : "192.0.2.1", back ? "192.0.2.1" : "192.0.2.2");
    build_tcp(&b, back ? 80 : 50000, back ? 50000 : 80, 1, 1, FS_TCP_ACK);
    build_fill(&b, 10);
    build_end(&b);
}

static void assert_key(const struct fs_key *expected, bool swapped)
{
    g_assert_cmpint(memcmp(&frame.level[0].key, expected, sizeof(*expected)), ==, 0);
    g_assert_cmpint(frame.level[0].swapped, ==, swapped);
}

static void test_directional_tuple(void)
{
    const struct fs_key there = {.addr = {{192, 0, 2, 1}, {192, 0, 2, 2}},
                                 .port = {50000, 80},
                                 .protocol = 6,
                                 .kind = 4 | FS_KEY_ONE_WAY};
    const struct fs_key back = {.addr = {{192, 0, 2, 2}, {192, 0, 2, 1}},
                                .port = {80, 50000},
                                .protocol = 6,
                                .kind = 4 | FS_KEY_ONE_WAY};

    use(FLOWSCOPE_KEY_FIVE_TUPLE, true);
    tcp_packet(false);
    extract(1, 1);
    assert_key(&there, false);
    g_assert_true(frame.level[0].has_tcp);
    tcp_packet(true);
    extract(1, 1);
    assert_key(&back, false);
}

static void test_ip_pair(void)
{
    const struct fs_key pair = {.addr = {{192, 0, 2, 1}, {192, 0, 2, 2}}, .kind = 4 | FS_KEY_PAIR};
    struct fs_key one_way = {.addr = {{192, 0, 2, 2}, {192, 0, 2, 1}},
                             .kind = 4 | FS_KEY_PAIR | FS_KEY_ONE_WAY};

    for (unsigned back = 0; back < 2; back++) {
        use(FLOWSCOPE_KEY_IP_PAIR, false);
        tcp_packet(back);
        extract(1, 1);
        assert_key(&pair, back);
        g_assert_cmpuint(frame.level[0].bytes, ==, 50);
        g_assert_cmpuint(frame.level[0].payload_bytes, ==, 10);
    }
    use(FLOWSCOPE_KEY_IP_PAIR, true);
    extract(1, 1);
    assert_key(&one_way, false);
}

/* Ports that are missing are not missed. */
static void test_ip_pair_without_ports(void)
{
    const struct fs_key pair = {.addr = {{192, 0, 2, 1}, {192, 0, 2, 2}}, .kind = 4 | FS_KEY_PAIR};

    use(FLOWSCOPE_KEY_IP_PAIR, false);
    tcp_packet(true);
    for (uint32_t captured = 1; captured <= b.length; captured++) {
        const enum flowscope_verdict verdict = extract_cut(1, captured);
        if (captured < 34) {
            g_assert_cmpint(verdict, !=, FLOWSCOPE_VERDICT_ok);
            continue;
        }
        assert_verdict(verdict, ok);
        assert_key(&pair, true);
        g_assert_cmpuint(frame.level[0].bytes, ==, 50);
    }
    begin(false);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_protocol(&b, 17);
    build_ipv4_fragment(&b, 1480, false);
    build_fill(&b, 32);
    build_end(&b);
    extract(1, 1);
    assert_key(&pair, false);
    g_assert_cmpuint(frame.level[0].bytes, ==, 52);
    use(FLOWSCOPE_KEY_FIVE_TUPLE, true);
    assert_verdict(extract_cut(1, b.length), fragment_pending);
}

static void test_ipv6_fragment(void)
{
    use(FLOWSCOPE_KEY_IP_PAIR, false);
    begin(false);
    build_ipv6(&b, "2001:db8::2", "2001:db8::1");
    build_ipv6_fragment(&b, 1480, false);
    build_protocol(&b, 17);
    build_fill(&b, 32);
    build_end(&b);
    extract(1, 1);
    g_assert_true(frame.level[0].swapped);
    g_assert_cmpuint(frame.level[0].key.kind, ==, 6 | FS_KEY_PAIR);
    g_assert_cmpuint(frame.level[0].bytes, ==, 40 + 8 + 32);
}

static void labelled(bool back, uint32_t label)
{
    begin(back);
    build_ipv6(&b, back ? "2001:db8::2" : "2001:db8::1", back ? "2001:db8::1" : "2001:db8::2");
    build_udp(&b, 1, 2);
    build_end(&b);
    b.data[b.ip + 1] = (uint8_t)(b.data[b.ip + 1] & 0xf0) | (uint8_t)(label >> 16);
    b.data[b.ip + 2] = (uint8_t)(label >> 8);
    b.data[b.ip + 3] = (uint8_t)label;
}

static void test_flow_label(void)
{
    struct fs_key first;

    use(FLOWSCOPE_KEY_FLOW_LABEL, false);
    labelled(false, 0xabcde);
    extract(1, 1);
    first = frame.level[0].key;
    g_assert_cmpuint(first.kind, ==, 6 | FS_KEY_PAIR | FS_KEY_LABEL);
    g_assert_cmpuint(first.port[0], ==, 0xa);
    g_assert_cmpuint(first.port[1], ==, 0xbcde);
    labelled(true, 0xabcde); /* reflected: the same flow */
    extract(1, 1);
    assert_key(&first, true);
    labelled(false, 0xabcdf);
    extract(1, 1);
    g_assert_cmpint(memcmp(&first, &frame.level[0].key, sizeof(first)), !=, 0);
    use(FLOWSCOPE_KEY_FLOW_LABEL, false);
    tcp_packet(false);
    extract(1, 1);
    g_assert_cmpuint(frame.level[0].key.port[1], ==, 0);
}

static void test_mac_pair(void)
{
    const struct fs_key pair = {.addr = {{0, 0, 0x5e, 0, 0x53, 1}, {0, 0, 0x5e, 0, 0x53, 2}},
                                .kind = FS_KEY_MAC};

    use(FLOWSCOPE_KEY_MAC_PAIR, false);
    for (unsigned back = 0; back < 2; back++) {
        tcp_packet(back);
        extract(1, 1);
        assert_key(&pair, back);
        g_assert_cmpuint(frame.level[0].bytes, ==, 50);
    }
    for (unsigned tags = 0; tags < 3; tags++) { /* any payload; a tag is none of it */
        begin(false);
        for (unsigned tag = 0; tag < tags; tag++)
            build_vlan(&b, 0x8100, 7);
        build_type(&b, 0x0806);
        build_fill(&b, 28);
        build_end(&b);
        extract(1, 1);
        assert_key(&pair, false);
        g_assert_cmpuint(frame.level[0].bytes, ==, 28);
        g_assert_cmpuint(frame.level[0].layer_count, ==, tags);
    }
    assert_verdict(extract_cut(1, 14), ok);
    assert_verdict(extract_cut(1, 13), truncated_link);
}

/* The addresses of 802.11 stand where its direction bits say. */
static void test_wifi(void)
{
    use(FLOWSCOPE_KEY_MAC_PAIR, false);
    for (unsigned control = 0x0008; control <= 0x0308; control += 0x0100) {
        static const uint8_t source_at[] = {10, 10, 16, 24}, destination_at[] = {4, 16, 4, 16};
        const unsigned way = control >> 8;

        build_begin(&b);
        build_wifi(&b, (uint16_t)control);
        end_inner(&b, 4);
        for (unsigned i = 0; i < 24 + (way == 3 ? 6 : 0); i++)
            if (i >= 4 && i != 22 && i != 23) /* fragment and sequence number */
                b.data[i] = (uint8_t)i;
        extract(BUILD_LINK_WIFI, 1);
        const unsigned source = frame.level[0].swapped ? 1 : 0;
        g_assert_cmpuint(frame.level[0].key.addr[source][0], ==, source_at[way]);
        g_assert_cmpuint(frame.level[0].key.addr[!source][0], ==, destination_at[way]);
        g_assert_cmpuint(frame.level[0].key.addr[!source][5], ==, destination_at[way] + 5u);
    }
}

static void test_no_macs(void)
{
    use(FLOWSCOPE_KEY_MAC_PAIR, false);
    build_begin(&b);
    end_inner(&b, 4);
    assert_verdict(extract_cut(BUILD_LINK_RAW, b.length), no_key);
    assert_verdict(extract_cut(147, b.length), unknown_link_type);
}

/* Two frames in one, with tags: each has its pair, and its tags. */
static void test_vxlan(void)
{
    struct fs_key inner_pair;

    for (unsigned strict = 0; strict < 2; strict++) {
        begin(false);
        build_vlan(&b, 0x8100, 7);
        build_ipv4(&b, "192.0.2.1", "192.0.2.2");
        build_udp(&b, 50000, 4789);
        build_vxlan(&b, 42);
        build_eth_between(&b, 9, 3);
        build_vlan(&b, 0x8100, 8);
        end_inner(&b, 4);
        use(FLOWSCOPE_KEY_MAC_PAIR, false);
        options.identity = strict ? FLOWSCOPE_IDENTITY_STRICT : FLOWSCOPE_IDENTITY_IGNORE_VLAN;
        extract(1, 2);
        assert_tunnel(&frame, 0, "vlan:7");
        assert_tunnel(&frame, 1, "vlan:7/vxlan:42/vlan:8");
        g_assert_cmpuint(frame.level[1].key.addr[0][5], ==, 3);
        g_assert_true(frame.level[1].swapped);
        g_assert_cmpuint(frame.level[1].bytes, ==, 58);
        g_assert_cmpint(frame.level[0].key.path != 0, ==, strict);
        g_assert_cmpuint(frame.level[1].key.path, !=, 0); /* the network enters */
        if (strict)
            g_assert_cmpint(memcmp(&inner_pair, &frame.level[1].key, sizeof(inner_pair)), !=, 0);
        inner_pair = frame.level[1].key;
        use(FLOWSCOPE_KEY_IP_PAIR, false);
        extract(1, 2);
        options.closed_tunnels = 1u << FLOWSCOPE_LAYER_vxlan;
        extract(1, 1);
        use(FLOWSCOPE_KEY_MAC_PAIR, false);
        options.closed_tunnels = 1u << FLOWSCOPE_LAYER_vxlan;
        extract(1, 1);
    }
}

static unsigned calls;

static bool by_destination_port(void *user, const struct flowscope_packet *packet,
                                const struct flowscope_level *level, struct flowscope_own_key *key)
{
    g_assert_true(user == &calls);
    g_assert_nonnull(packet->data);
    calls++;
    if (!level->has_ports)
        return false;
    key->bytes[0] = (uint8_t)(level->destination_port >> 8);
    key->bytes[1] = (uint8_t)level->destination_port;
    key->reverse = level->source_port < level->destination_port;
    return true;
}

static void test_own(void)
{
    use(FLOWSCOPE_KEY_OWN, false);
    options.key_function = by_destination_port;
    options.key_user = &calls;
    tcp_packet(true);
    extract(1, 1);
    g_assert_cmpuint(frame.level[0].key.addr[0][0], ==, 50000 >> 8);
    g_assert_true(frame.level[0].swapped);
    begin(false); /* GRE has no ports: only what is inside has a key */
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_gre(&b, 0, 0);
    end_inner(&b, 4);
    calls = 0;
    extract(1, 1);
    g_assert_cmpuint(calls, ==, 2);
    assert_tunnel(&frame, 0, "gre");
    g_assert_cmpuint(frame.level[0].key.addr[0][1], ==, 53);
    g_assert_cmpuint(frame.level[0].bytes, ==, 58);
    begin(false);
    build_type(&b, 0x0806);
    build_fill(&b, 28);
    build_end(&b);
    assert_verdict(extract_cut(1, b.length), no_key);
    assert_verdict(extract_cut(1, 1), no_key);
    assert_verdict(extract_cut(1, 0), no_data);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/extract/directional_tuple", test_directional_tuple);
    g_test_add_func("/packet/extract/ip_pair", test_ip_pair);
    g_test_add_func("/packet/extract/ip_pair_without_ports", test_ip_pair_without_ports);
    g_test_add_func("/packet/extract/ipv6_fragment", test_ipv6_fragment);
    g_test_add_func("/packet/extract/flow_label", test_flow_label);
    g_test_add_func("/packet/extract/mac_pair", test_mac_pair);
    g_test_add_func("/packet/extract/wifi", test_wifi);
    g_test_add_func("/packet/extract/no_macs", test_no_macs);
    g_test_add_func("/packet/extract/vxlan", test_vxlan);
    g_test_add_func("/packet/extract/own", test_own);
    return g_test_run();
}
