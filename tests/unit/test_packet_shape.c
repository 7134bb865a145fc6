/* SPDX-License-Identifier: BSD-2-Clause */
/* Which shape a frame has. That others of the same shape are what it says: property/test_shape.c.
 */
#include "packet/shape.h"

#include "support/packet_read.h"

enum { NONE = -1 };

static struct build b;

static void put_four(void)
{
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
}

static void put_six(void)
{
    build_ipv6(&b, "2001:db8::1", "2001:db8::2");
}

static void end_udp(void)
{
    build_udp(&b, 5000, 53);
    build_fill(&b, 16);
    build_end(&b);
}

static int shape_with(uint32_t link_type, const struct fs_packet_options *options,
                      struct fs_shape *shape)
{
    const struct flowscope_packet packet = build_packet(&b, link_type);

    if (!fs_shape_of(&packet, options, shape))
        return NONE;
    g_assert_true(fs_shape_fits(shape, &packet));
    g_assert_cmpuint(fs_shape_end(shape, &packet), <=, packet.wire_bytes);
    return shape->kind;
}

/* The frame so far, and UDP in it: its kind, or NONE, and the place of the packet. */
static void assert_shape(uint32_t link_type, int kind, uint32_t ip_at)
{
    struct fs_shape shape;

    end_udp();
    g_assert_cmpint(shape_with(link_type, &read_defaults, &shape), ==, kind);
    if (kind != NONE)
        g_assert_cmpuint(shape.ip_at, ==, ip_at);
}

static void begin_eth(void)
{
    build_begin(&b);
    build_eth(&b);
}

static void test_links(void)
{
    const uint32_t raw[] = {12, 14, BUILD_LINK_RAW, BUILD_LINK_IPV4};

    for (size_t i = 0; i < G_N_ELEMENTS(raw); i++) {
        build_begin(&b);
        put_four();
        assert_shape(raw[i], FS_SHAPE_PLAIN, 0);
    }
    for (unsigned big_endian = 0; big_endian < 2; big_endian++) {
        build_begin(&b);
        build_null(&b, big_endian);
        put_four();
        assert_shape(BUILD_LINK_NULL, FS_SHAPE_PLAIN, 4);
        assert_shape(BUILD_LINK_LOOP, big_endian ? FS_SHAPE_PLAIN : NONE, 4);
    }
    for (unsigned framed = 0; framed < 2; framed++) {
        build_begin(&b);
        build_ppp(&b, framed);
        put_four();
        assert_shape(BUILD_LINK_PPP, framed ? FS_SHAPE_PLAIN : NONE, 4);
        assert_shape(BUILD_LINK_PPP_HDLC, framed ? FS_SHAPE_PLAIN : NONE, 4);
    }
    build_begin(&b);
    build_cisco_hdlc(&b);
    put_four();
    assert_shape(BUILD_LINK_CISCO_HDLC, FS_SHAPE_PLAIN, 4);
    assert_shape(9999, NONE, 0);
    begin_eth(); /* which plain.h reads */
    put_four();
    assert_shape(BUILD_LINK_ETHERNET, NONE, 0);
    begin_eth();
    put_six();
    assert_shape(BUILD_LINK_ETHERNET, FS_SHAPE_IPV6, 14);
}

/* What a cooked header's protocol means depends on the device. */
static void test_devices(void)
{
    const uint16_t without[] = {770, 801, 802, 803, 824}, with[] = {1, 512, 769, 771, 772, 800};

    for (unsigned second = 0; second < 2; second++)
        for (size_t i = 0; i < G_N_ELEMENTS(without) + G_N_ELEMENTS(with); i++) {
            const bool has = i >= G_N_ELEMENTS(without);
            const uint16_t device = has ? with[i - G_N_ELEMENTS(without)] : without[i];

            build_begin(&b);
            if (second)
                build_sll2(&b);
            else
                build_sll(&b);
            b.data[second ? 8 : 2] = (uint8_t)(device >> 8);
            b.data[second ? 9 : 3] = (uint8_t)device;
            put_four();
            assert_shape(second ? BUILD_LINK_SLL2 : BUILD_LINK_SLL, has ? FS_SHAPE_PLAIN : NONE,
                         second ? 20 : 16);
        }
}

/* Tags, labels, service tags, in any order that there is. */
static void test_types(void)
{
    for (unsigned tags = 1; tags <= 4; tags++) {
        begin_eth();
        for (unsigned i = 0; i < tags; i++)
            build_vlan(&b, i ? 0x8100 : 0x88a8, (uint16_t)(5 + i));
        put_four();
        assert_shape(BUILD_LINK_ETHERNET, FS_SHAPE_PLAIN, 14 + tags * 4);
    }
    begin_eth();
    build_vlan(&b, 0x8100, 5);
    put_six();
    assert_shape(BUILD_LINK_ETHERNET, FS_SHAPE_IPV6, 18);
    begin_eth();
    build_i_tag(&b, 3);
    put_four();
    assert_shape(BUILD_LINK_ETHERNET, FS_SHAPE_PLAIN, 32);
    begin_eth();
    build_vlan(&b, 0x88a8, 2);
    build_i_tag(&b, 3);
    build_vlan(&b, 0x8100, 3);
    put_four();
    assert_shape(BUILD_LINK_ETHERNET, FS_SHAPE_PLAIN, 40);
    begin_eth();
    build_i_tag(&b, 3);
    build_i_tag(&b, 4);
    put_four();
    assert_shape(BUILD_LINK_ETHERNET, NONE, 0);
}

static void test_labels(void)
{
    const struct {
        uint32_t label;
        unsigned count;
        int kind;
    } stacks[] = {{16, 1, FS_SHAPE_PLAIN}, {1048575, 1, FS_SHAPE_PLAIN},
                  {16, 2, FS_SHAPE_PLAIN}, {0, 1, NONE},
                  {13, 1, NONE},           {14, 1, NONE}};

    for (size_t i = 0; i < G_N_ELEMENTS(stacks); i++) {
        begin_eth();
        for (unsigned n = 1; n <= stacks[i].count; n++)
            build_mpls(&b, stacks[i].label, n == stacks[i].count);
        put_four();
        assert_shape(BUILD_LINK_ETHERNET, stacks[i].kind, 14 + 4 * stacks[i].count);
    }
    begin_eth();
    build_mpls(&b, 16, false);
    build_mpls(&b, 0, false); /* a reserved one but the last */
    build_mpls(&b, 99, true);
    put_four();
    assert_shape(BUILD_LINK_ETHERNET, FS_SHAPE_PLAIN, 26);
    begin_eth(); /* which may be a pseudowire's address as well */
    build_mpls(&b, 99, true);
    put_six();
    assert_shape(BUILD_LINK_ETHERNET, NONE, 0);
}

/* Ethernet behind a label, with a control word and without. */
static void test_pseudowires(void)
{
    enum { LABEL_END = 18, ADDRESSES = 12, HEADER = 14 };

    for (unsigned word = 0; word < 2; word++)
        for (unsigned first = 0; first < 0x100; first += 0x10) {
            const uint32_t at = LABEL_END + word * 4;

            begin_eth();
            build_mpls(&b, 99, true);
            if (word)
                build_control_word(&b);
            build_eth(&b);
            put_four();
            b.data[LABEL_END] = (uint8_t)(b.data[LABEL_END] | first);
            const bool has = word ? first == 0 : first != 0x40 && first != 0x60;
            assert_shape(BUILD_LINK_ETHERNET,
                         !has   ? NONE
                         : word ? FS_SHAPE_BOUND
                                : FS_SHAPE_PLAIN,
                         at + HEADER);
            if (!word || !has)
                continue;
            /* Of another frame these bytes of the address would be a type. */
            struct fs_shape shape;
            shape_with(BUILD_LINK_ETHERNET, &read_defaults, &shape);
            const struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
            b.data[LABEL_END + ADDRESSES] = 0x08;
            b.data[LABEL_END + ADDRESSES + 1] = 0x00;
            g_assert_true(fs_shape_fits(&shape, &packet));
            g_assert_cmpuint(fs_shape_end(&shape, &packet), ==, 0);
        }
}

static void test_wifi(void)
{
    const struct {
        uint16_t control;
        uint32_t length; /* 0: it has no shape */
    } kinds[] = {{0x0008, 24}, {0x0108, 24}, {0x0208, 24}, {0x0188, 26}, {0x0288, 26},
                 {0x0308, 30}, {0x8188, 30}, {0x4108, 0},  {0x0148, 0},  {0x0100, 0}};
    enum { SNAP = 8 };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (unsigned ahead = 0; ahead < 5; ahead++) { /* none, PPI, radiotap: none, FCS, padded */
            static const uint32_t types[] = {BUILD_LINK_WIFI, BUILD_LINK_PPI, BUILD_LINK_RADIOTAP,
                                             BUILD_LINK_RADIOTAP, BUILD_LINK_RADIOTAP};
            static const uint8_t flags[] = {0, 0, 0, 0x10, 0x20};

            build_begin(&b);
            if (ahead == 1)
                build_ppi(&b, BUILD_LINK_WIFI);
            else if (ahead > 1)
                build_radiotap(&b, flags[ahead]);
            const uint32_t at = b.length;
            build_wifi(&b, kinds[i].control);
            put_four();
            end_udp();
            struct fs_shape shape;
            const int kind = shape_with(types[ahead], &read_defaults, &shape);
            /* What is built is not padded. */
            const bool has = kinds[i].length != 0 && (ahead != 4 || kinds[i].length % 4 == 0);
            g_assert_cmpint(kind, ==, has ? FS_SHAPE_PLAIN : NONE);
            if (kind == NONE)
                continue;
            g_assert_cmpuint(shape.trailer, ==, ahead == 3 ? 4 : 0);
            g_assert_cmpuint(shape.ip_at, ==, at + kinds[i].length + SNAP);
        }
    build_begin(&b);
    build_ppi(&b, BUILD_LINK_ETHERNET);
    build_eth(&b);
    put_four();
    assert_shape(BUILD_LINK_PPI, NONE, 0);
    for (unsigned kind = 0; kind < 2; kind++) { /* later fragments, several packets in a frame */
        build_begin(&b);
        build_wifi(&b, 0x0188);
        put_four();
        b.data[kind ? 24 : 22] |= kind ? 0x80 : 1;
        assert_shape(BUILD_LINK_WIFI, NONE, 0);
    }
}

static void test_sessions(void)
{
    for (unsigned kind = 0; kind < 4; kind++) { /* sound, version, code, IPv6 */
        struct fs_packet_options inner_only = read_defaults;
        struct fs_shape shape;

        begin_eth();
        build_pppoe(&b, 9);
        (kind == 3 ? put_six : put_four)();
        if (kind == 1 || kind == 2)
            b.data[14 + kind - 1] = 0x12;
        assert_shape(BUILD_LINK_ETHERNET, kind ? NONE : FS_SHAPE_BOUND, 22);
        if (kind)
            continue;
        const struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
        shape_with(BUILD_LINK_ETHERNET, &read_defaults, &shape);
        g_assert_cmpuint(fs_shape_path(&shape, &packet), ==,
                         fs_path_with(0, FLOWSCOPE_LAYER_pppoe, 9));
        g_assert_cmpuint(fs_shape_end(&shape, &packet), ==, b.length);
        inner_only.identity = FLOWSCOPE_IDENTITY_INNER_ONLY;
        shape_with(BUILD_LINK_ETHERNET, &inner_only, &shape);
        g_assert_cmpuint(fs_shape_path(&shape, &packet), ==, 0);
        b.data[18] = 0x7f; /* its length is more than there is */
        g_assert_cmpuint(fs_shape_end(&shape, &packet), ==, 0);
    }
    build_begin(&b);
    build_pppoe(&b, 9);
    put_four();
    assert_shape(BUILD_LINK_PPPOE, FS_SHAPE_BOUND, 8);
}

static void put_outer(void)
{
    begin_eth();
    build_ipv4(&b, "203.0.113.1", "203.0.113.2");
}

static void put_udp(uint16_t port)
{
    put_outer();
    build_udp(&b, 4000, port);
}

/* Each tunnel over IPv4: where it ends, and what of it enters the path. */
static void test_tunnels(void)
{
    for (unsigned i = 0; i < 19; i++) {
        uint32_t path = 0;
        int kind = FS_SHAPE_CARRIER;

        switch (i) {
        case 0:
            put_udp(4789);
            build_vxlan(&b, 77);
            build_eth(&b);
            path = fs_path_with(0, FLOWSCOPE_LAYER_vxlan, 77);
            break;
        case 1:
            put_udp(4790);
            build_vxlan_gpe(&b, 78);
            path = fs_path_with(0, FLOWSCOPE_LAYER_vxlan, 78);
            break;
        case 2:
            put_udp(6081);
            build_geneve(&b, 79, 3);
            build_eth(&b);
            path = fs_path_with(0, FLOWSCOPE_LAYER_geneve, 79);
            break;
        case 3:
            put_udp(2152);
            build_gtpu(&b, 5, 0);
            break;
        case 4:
            put_udp(2152);
            build_gtpu(&b, 5, 4);
            build_gtpu_extension(&b, 0x85, 1);
            break;
        case 5:
            put_udp(1701);
            build_l2tpv2(&b, 5, 0);
            break;
        case 6:
            put_udp(1701);
            build_l2tpv2(&b, 5, 0x4a00);
            break;
        case 7:
            put_outer();
            build_gre(&b, 0, 0);
            break;
        case 8:
            put_outer();
            build_gre(&b, 0xb000, 7);
            break;
        case 9:
            put_outer();
            build_gre(&b, 0x2000, 80 << 8 | 1);
            build_eth(&b);
            path = fs_path_with(0, FLOWSCOPE_LAYER_nvgre, 80);
            break;
        case 10:
        case 11:
        case 12:
            put_outer();
            build_gre(&b, i == 10 ? 0 : 0x1000, 0);
            build_erspan(&b, i - 9, 3);
            build_eth(&b);
            break;
        case 13:
            put_outer();
            build_l2tpv3(&b, 6, 0);
            build_eth(&b);
            break;
        case 14:
            put_outer();
            break;
        case 15:
            put_udp(1701); /* a control message */
            build_l2tpv2(&b, 5, 0xc000);
            kind = NONE;
            break;
        case 16:
            put_outer();
            build_pptp(&b, 5);
            break;
        case 17:
            put_udp(1701);
            build_l2tpv3_udp(&b);
            build_l2tpv3(&b, 6, 0);
            build_eth(&b);
            break;
        default:
            put_outer(); /* a fragment */
            build_ipv4_fragment(&b, 0, true);
            kind = NONE;
            break;
        }
        const uint32_t ip_at = b.length;
        put_four();
        assert_shape(BUILD_LINK_ETHERNET, kind, ip_at);
        if (kind == NONE)
            continue;
        struct fs_packet_options closed = read_defaults;
        const struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
        struct fs_shape shape;
        shape_with(BUILD_LINK_ETHERNET, &read_defaults, &shape);
        g_assert_cmpuint(shape.outer_at, ==, 14);
        g_assert_cmpuint(fs_shape_path(&shape, &packet), ==, path);
        g_assert_cmpuint(fs_shape_end(&shape, &packet), ==, b.length);
        closed.closed_tunnels = 1u << FLOWSCOPE_LAYER_gtpu;
        g_assert_cmpint(shape_with(BUILD_LINK_ETHERNET, &closed, &shape), ==, NONE);
    }
}

/* IPv6 in IPv4, by protocol and by port. */
static void test_six_inside(void)
{
    put_outer();
    put_six();
    assert_shape(BUILD_LINK_ETHERNET, FS_SHAPE_CARRIER_IPV6, 34);
    put_udp(3544);
    put_six();
    assert_shape(BUILD_LINK_ETHERNET, FS_SHAPE_CARRIER_IPV6, 42);
    put_udp(3544);
    build_teredo_origin(&b);
    put_six();
    assert_shape(BUILD_LINK_ETHERNET, FS_SHAPE_CARRIER_IPV6, 50);
    put_udp(3544);
    build_teredo_authentication(&b, 0, 0);
    put_six();
    assert_shape(BUILD_LINK_ETHERNET, NONE, 0);
    put_udp(3544);
    put_four();
    assert_shape(BUILD_LINK_ETHERNET, NONE, 0);
    begin_eth(); /* over IPv6 none has */
    put_six();
    put_four();
    assert_shape(BUILD_LINK_ETHERNET, NONE, 0);
}

static void test_ah(void)
{
    struct fs_shape shape;

    begin_eth();
    build_vlan(&b, 0x8100, 5);
    put_four();
    build_ah(&b, 3);
    assert_shape(BUILD_LINK_ETHERNET, FS_SHAPE_AH, 18);
    shape_with(BUILD_LINK_ETHERNET, &read_defaults, &shape);
    g_assert_cmpuint(shape.transport_at, ==, 18 + 20 + 24);
    g_assert_cmpuint(shape.layers, ==, 2);
    begin_eth();
    put_four();
    build_ah(&b, 3);
    build_ah(&b, 3);
    assert_shape(BUILD_LINK_ETHERNET, NONE, 0);
}

/* Where layers tell flows apart, or are too many, nothing is passed over. */
static void test_options(void)
{
    struct fs_packet_options options;
    struct fs_shape shape;

    begin_eth();
    build_vlan(&b, 0x8100, 5);
    build_mpls(&b, 77, true);
    put_four();
    end_udp();
    for (int identity = 0; identity < 3; identity++) {
        options = read_defaults;
        options.identity = (enum flowscope_identity)identity;
        g_assert_cmpint(shape_with(BUILD_LINK_ETHERNET, &options, &shape), ==,
                        identity == FLOWSCOPE_IDENTITY_STRICT ? NONE : FS_SHAPE_PLAIN);
    }
    options = read_defaults;
    options.tunnel_depth = 2;
    g_assert_cmpint(shape_with(BUILD_LINK_ETHERNET, &options, &shape), ==, FS_SHAPE_PLAIN);
    options.tunnel_depth = 1;
    g_assert_cmpint(shape_with(BUILD_LINK_ETHERNET, &options, &shape), ==, NONE);
    options = read_defaults;
    options.long_way_alone = true;
    g_assert_cmpint(shape_with(BUILD_LINK_ETHERNET, &options, &shape), ==, NONE);
}

/* The oldest of those that are kept makes room, and of many packets without one is asked. */
static void test_ring(void)
{
    struct fs_shapes shapes;
    unsigned asked = 0;

    fs_shapes_init(&shapes);
    for (unsigned tags = 1; tags <= FS_SHAPES + 1; tags++) {
        begin_eth();
        for (unsigned i = 0; i < tags; i++)
            build_vlan(&b, 0x8100, 5);
        put_four();
        end_udp();
        const struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
        for (unsigned i = 0; i < FS_SHAPES; i++)
            g_assert_false(fs_shape_fits(&shapes.shape[i], &packet));
        const struct fs_shape *shape = fs_shapes_learn(&shapes, &packet, &read_defaults, false);
        g_assert_true(shape == &shapes.shape[(tags - 1u) % FS_SHAPES]);
        g_assert_true(fs_shape_fits(shape, &packet));
        g_assert_null(fs_shapes_learn(&shapes, &packet, &read_defaults, true));
    }
    begin_eth(); /* what has none takes no place */
    put_four();
    end_udp();
    const struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
    const unsigned next = shapes.next;
    const uint16_t ip_at = shapes.shape[next].ip_at;
    g_assert_null(fs_shapes_learn(&shapes, &packet, &read_defaults, false));
    g_assert_cmpuint(shapes.next, ==, next);
    g_assert_cmpuint(shapes.shape[next].ip_at, ==, ip_at);
    for (unsigned i = 0; i < 310; i++)
        asked += fs_shapes_may_learn(&shapes);
    g_assert_cmpuint(asked, ==, 10);
}

/* More layers than are read, and more headers than a shape has words for. */
static void test_too_many(void)
{
    struct fs_packet_options options = read_defaults;
    struct fs_shape shape;

    options.tunnel_depth = FLOWSCOPE_LAYERS_MAX;
    for (unsigned labels = 1; labels <= FLOWSCOPE_LAYERS_MAX + 4; labels++) {
        begin_eth();
        for (unsigned i = 1; i <= labels; i++)
            build_mpls(&b, 99, i == labels);
        put_four();
        end_udp();
        const bool has = shape_with(BUILD_LINK_ETHERNET, &options, &shape) != NONE;
        g_assert_cmpint(has, ==, labels <= FLOWSCOPE_LAYERS_MAX);
    }
    for (uint8_t presences = 1; presences <= 20; presences++) { /* of radiotap */
        const uint8_t length = (uint8_t)(4 + 4 * presences);
        const uint8_t first[4] = {[2] = length}, more[4] = {[3] = 0x80}, last[4] = {0};

        build_begin(&b);
        build_data(&b, first, sizeof(first));
        for (unsigned i = 1; i <= presences; i++)
            build_data(&b, i == presences ? last : more, sizeof(more));
        build_wifi(&b, 0x0008);
        put_four();
        /* Two of them go into a word, the first one and the last with what is beside them. */
        assert_shape(BUILD_LINK_RADIOTAP, presences <= 10 ? FS_SHAPE_PLAIN : NONE, length + 32u);
    }
}

/* Cut anywhere: it reads no byte that is not there, and fits only where all it looks at is. */
static void test_cuts(void)
{
    struct fs_shape whole, shape;

    put_udp(4789);
    build_vxlan(&b, 77);
    build_eth(&b);
    put_four();
    end_udp();
    g_assert_cmpint(shape_with(BUILD_LINK_ETHERNET, &read_defaults, &whole), ==, FS_SHAPE_CARRIER);
    for (uint32_t captured = 0; captured <= b.length; captured++) {
        struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
        uint8_t *bytes = g_memdup2(b.data, captured);

        packet.data = bytes;
        packet.captured_bytes = captured;
        const bool fits = fs_shape_fits(&whole, &packet);
        g_assert_cmpint(fits, ==, captured >= whole.least);
        g_assert_cmpint(fs_shape_of(&packet, &read_defaults, &shape), ==, fits);
        packet.is_packet = 0;
        g_assert_false(fs_shape_fits(&whole, &packet));
        g_free(bytes);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/shape/links", test_links);
    g_test_add_func("/packet/shape/devices", test_devices);
    g_test_add_func("/packet/shape/types", test_types);
    g_test_add_func("/packet/shape/labels", test_labels);
    g_test_add_func("/packet/shape/pseudowires", test_pseudowires);
    g_test_add_func("/packet/shape/wifi", test_wifi);
    g_test_add_func("/packet/shape/sessions", test_sessions);
    g_test_add_func("/packet/shape/tunnels", test_tunnels);
    g_test_add_func("/packet/shape/six-inside", test_six_inside);
    g_test_add_func("/packet/shape/ah", test_ah);
    g_test_add_func("/packet/shape/options", test_options);
    g_test_add_func("/packet/shape/ring", test_ring);
    g_test_add_func("/packet/shape/too-many", test_too_many);
    g_test_add_func("/packet/shape/cuts", test_cuts);
    return g_test_run();
}
