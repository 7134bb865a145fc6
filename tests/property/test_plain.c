/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain frames (packet/plain.h), and plain packets behind tags and in tunnels, read the short way
 * and the long way: random frames, whole, damaged and cut, give the same, whatever the options. */
#include "packet/plain.h"

#include "packet/behind.h"
#include "packet/fingerprint.h"
#include "support/stack.h"

#include <glib.h>
#include <string.h>

#define SEEDS   200u
#define FRAMES  60u
#define MUTANTS 12u
#define STACKS  4000u

static void compare_headers(const struct fs_headers *a, const struct fs_headers *b)
{
    g_assert_true(memcmp(&a->key, &b->key, sizeof a->key) == 0);
    g_assert_cmpuint(a->bytes, ==, b->bytes);
    g_assert_cmpuint(a->payload_bytes, ==, b->payload_bytes);
    g_assert_cmpuint(a->ip_at, ==, b->ip_at);
    g_assert_cmpuint(a->transport_at, ==, b->transport_at);
    g_assert_cmpint(a->swapped, ==, b->swapped);
    g_assert_cmpint(a->has_ports, ==, b->has_ports);
    g_assert_cmpint(a->has_tcp, ==, b->has_tcp);
    g_assert_cmpint(a->bad_l4, ==, b->bad_l4);
    g_assert_cmpint(a->bad_checksum, ==, b->bad_checksum);
    g_assert_cmpuint(a->layer_count, ==, b->layer_count);
    if (a->has_tcp) {
        g_assert_cmpuint(a->tcp.seq, ==, b->tcp.seq);
        g_assert_cmpuint(a->tcp.ack, ==, b->tcp.ack);
        g_assert_cmpuint(a->tcp.window, ==, b->tcp.window);
        g_assert_cmpuint(a->tcp.flags, ==, b->tcp.flags);
    }
}

/* By which copies are found. */
static void compare_fingerprints(const struct flowscope_packet *packet,
                                 const struct fs_plain *plain, const struct fs_frame *frame)
{
    static struct fs_fingerprint_options options;
    struct fs_fingerprint a, b;

    if (!options.key.wide)
        fs_hash128_key_init(&options.key, 1);
    memset(&a, 0xa5, sizeof a);
    memset(&b, 0xa5, sizeof b); /* padding, and what of `inner` is not written */
    fs_fingerprint_take_plain(&options, packet, plain->bytes, &a);
    fs_fingerprint_take(&options, packet, frame->ip_at, frame->level[0].ip_at, &b);
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): the padding was set above */
    g_assert_cmpint(memcmp(&a, &b, sizeof a), ==, 0);
}

static unsigned nested; /* frames with levels inside that were compared */

/* How many levels packet/behind.h reads, and how often. */
static unsigned behind[FS_BEHIND_LEVELS + 1];

static void count_behind(const struct flowscope_packet *packet,
                         const struct fs_packet_options *options)
{
    struct fs_behind first, second;
    struct fs_frame frame;

    behind[fs_behind_read(packet, options, &frame, &first, &second)]++;
}

/* Fragments that were read the short way, and frames that a look said to have no IP. */
static unsigned parts, first_parts, without_ip;

/* A fragment, or a frame without IP, that the long way reads as `verdict` and `b`. */
static void compare_part(const struct flowscope_packet *packet,
                         const struct fs_packet_options *options, enum flowscope_verdict verdict,
                         const struct fs_frame *b)
{
    struct fs_frame a;

    const enum fs_look look = fs_headers_look(packet, options);
    if (look == FS_LOOK_NOT_IP) {
        g_assert_cmpint(verdict, ==, FLOWSCOPE_VERDICT_not_ip);
        g_assert_cmpuint(b->ip_at, ==, FS_NO_IP);
        without_ip++;
    }
    memset(&a, 0xa5, sizeof a);
    if (look != FS_LOOK_PART || !fs_headers_read_part(packet, options, &a))
        return;
    g_assert_cmpint(verdict, ==, FLOWSCOPE_VERDICT_fragment_pending);
    g_assert_true(memcmp(&a.fragment.key, &b->fragment.key, sizeof a.fragment.key) == 0);
    g_assert_cmpuint(a.fragment.id, ==, b->fragment.id);
    g_assert_cmpuint(a.fragment.offset, ==, b->fragment.offset);
    g_assert_cmpuint(a.fragment.length, ==, b->fragment.length);
    g_assert_cmpuint(a.fragment.counted, ==, b->fragment.counted);
    g_assert_true(a.fragment.bytes.at == b->fragment.bytes.at);
    g_assert_cmpuint(a.fragment.bytes.left, ==, b->fragment.bytes.left);
    g_assert_cmpint(a.fragment.more, ==, b->fragment.more);
    g_assert_cmpint(a.fragment.has_level, ==, b->fragment.has_level);
    g_assert_cmpuint(a.fragment.level, ==, b->fragment.level);
    g_assert_cmpuint(a.fragment.layer_count, ==, b->fragment.layer_count);
    g_assert_cmpuint(a.level_count, ==, b->level_count);
    g_assert_cmpuint(a.layer_count, ==, b->layer_count);
    g_assert_cmpint(a.cut_by_depth, ==, b->cut_by_depth);
    g_assert_cmpint(a.has_quote, ==, b->has_quote);
    g_assert_cmpuint(a.ip_at, ==, b->ip_at);
    g_assert_cmpuint(a.level[0].bytes, ==, b->level[0].bytes);
    g_assert_cmpuint(a.level[0].ip_at, ==, b->level[0].ip_at);
    g_assert_cmpuint(a.level[0].layer_count, ==, b->level[0].layer_count);
    for (unsigned level = 0; level < a.level_count; level++)
        compare_headers(&a.level[level], &b->level[level]);
    parts++;
    first_parts += a.level_count;
}

/* True: the frame is plain. */
static bool compare_ways(const struct flowscope_packet *packet,
                         const struct fs_packet_options *options)
{
    struct fs_packet_options longest = *options;
    struct fs_plain plain;
    struct fs_frame a, b;
    enum flowscope_verdict verdict;

    memset(&plain, 0xa5, sizeof plain);
    memset(&a, 0xa5, sizeof a);
    memset(&b, 0x5a, sizeof b);
    verdict = fs_headers_read(packet, options, &a);
    count_behind(packet, options);
    longest.long_way_alone = true;
    g_assert_cmpint(verdict, ==, fs_headers_read_long(packet, &longest, &b));
    compare_part(packet, options, verdict, &b);
    if (verdict == FLOWSCOPE_VERDICT_fragment_pending) {
        g_assert_cmpuint(a.level_count, ==, b.level_count);
        g_assert_cmpuint(a.fragment.level, ==, b.fragment.level);
        g_assert_cmpint(a.fragment.has_level, ==, b.fragment.has_level);
        for (unsigned level = 0; level < a.level_count; level++)
            compare_headers(&a.level[level], &b.level[level]);
    }
    if (verdict == FLOWSCOPE_VERDICT_ok) {
        nested += a.level_count > 1;
        g_assert_cmpint(a.has_quote, ==, b.has_quote);
        g_assert_cmpuint(a.level_count, ==, b.level_count);
        g_assert_cmpuint(a.layer_count, ==, b.layer_count);
        g_assert_cmpint(a.cut_by_depth, ==, b.cut_by_depth);
        for (unsigned level = 0; level < a.level_count; level++)
            compare_headers(&a.level[level], &b.level[level]);
    }
    if (!fs_plain_read(packet, options, &plain))
        return false;
    g_assert_cmpint(verdict, ==, FLOWSCOPE_VERDICT_ok);
    struct fs_short_key of_long = fs_key_shorten(&b.level[0].key);
    g_assert_true(fs_key_is_short(&b.level[0].key));
    g_assert_cmpuint(of_long.addresses, ==, plain.key.addresses);
    g_assert_cmpuint(of_long.rest, ==, plain.key.rest);
    compare_fingerprints(packet, &plain, &b);
    return true;
}

/* Any of the first bytes changes, most of all those that decide; lengths and options too. */
static bool compare_mutant(const struct flowscope_packet *packet,
                           const struct fs_packet_options *as_configured,
                           struct random_state *random)
{
    static const uint8_t deciding[] = {12, 13, 14, 16, 17, 20, 21, 23, 34, 35, 36, 37, 38, 39,
                                       46, 18, 19, 50, 54, 56, 57, 58, 60, 64, 66, 70, 73, 84};
    struct flowscope_packet mutant = *packet;
    struct fs_packet_options options = *as_configured;
    uint8_t *bytes = g_malloc0(packet->captured_bytes + 1);

    if (packet->captured_bytes)
        memcpy(bytes, packet->data, packet->captured_bytes);
    for (unsigned changes = random_below(random, 4); changes > 0; changes--) {
        uint32_t at = random_chance(random, 700) ? deciding[random_below(random, sizeof deciding)]
                                                 : random_below(random, 120);
        if (at < packet->captured_bytes)
            bytes[at] = (uint8_t)(bytes[at] ^
                                  (random_chance(random, 500) ? 1u << at % 8 : random_u64(random)));
    }
    if (random_chance(random, 300))
        mutant.captured_bytes = random_below(random, packet->captured_bytes + 1);
    if (random_chance(random, 300))
        mutant.wire_bytes = random_below(random, 200);
    if (random_chance(random, 20))
        mutant.is_packet = 0;
    if (random_chance(random, 20))
        mutant.link_type = 101;
    options.identity = (enum flowscope_identity)random_below(random, 3);
    options.tunnel_depth = 1 + random_below(random, FLOWSCOPE_LAYERS_MAX);
    if (random_chance(random, 200) && packet->captured_bytes > 36)
        options.geneve_port = (uint16_t)(packet->data[36] << 8 | packet->data[37]);
    /* Memory that ends where the bytes do: a sanitizer sees what is read past them. */
    mutant.data = g_memdup2(bytes, mutant.captured_bytes);
    bool plain = compare_ways(&mutant, &options);
    g_free((void *)(uintptr_t)mutant.data);
    g_free(bytes);
    return plain;
}

static void test_both_ways(void)
{
    unsigned plain = 0, plain_mutants = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct random_state random = {seed};
        struct traffic traffic;

        traffic_make(&traffic, seed, FRAMES);
        const struct fs_packet_options options = fs_packet_options_of(&traffic.config);
        for (size_t i = 0; i < traffic.count; i++) {
            struct flowscope_packet packet = traffic.packets[i];

            plain += compare_ways(&packet, &options);
            for (unsigned n = 0; n < MUTANTS; n++)
                plain_mutants += compare_mutant(&packet, &options, &random);
        }
        traffic_clear(&traffic);
    }
    /* Enough of both kinds for the comparison to say something. */
    g_assert_cmpuint(plain, >, SEEDS * FRAMES / 20);
    g_assert_cmpuint(plain_mutants, >, SEEDS * FRAMES * MUTANTS / 40);
    g_assert_cmpuint(plain_mutants, <, plain * MUTANTS);
    g_assert_cmpuint(nested, >, SEEDS * FRAMES * MUTANTS / 40);
    g_assert_cmpuint(first_parts, >, SEEDS * FRAMES * MUTANTS / 400);
    g_assert_cmpuint(parts - first_parts, >, SEEDS * FRAMES * MUTANTS / 400);
}

static void test_arp(void)
{
    struct random_state random = {1};
    struct flowscope_config config;
    uint8_t bytes[60] = {[12] = 0x08, [13] = 0x06, [15] = 1, [16] = 0x08, [18] = 6, [19] = 4};

    flowscope_config_init(&config);
    const struct fs_packet_options options = fs_packet_options_of(&config);
    without_ip = 0;
    for (uint32_t length = 1; length <= sizeof bytes; length++) {
        struct build b;

        build_begin(&b);
        struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
        packet.data = bytes;
        packet.captured_bytes = packet.wire_bytes = length;
        compare_ways(&packet, &options);
        for (unsigned n = 0; n < MUTANTS; n++)
            compare_mutant(&packet, &options, &random);
    }
    g_assert_cmpuint(without_ip, >, 26 + MUTANTS);
}

/* Behind any link header, tags, and in tunnels. */
static void test_stacks(void)
{
    struct random_state random = {1};
    struct flowscope_config config;
    struct build b;

    flowscope_config_init(&config);
    const struct fs_packet_options options = fs_packet_options_of(&config);
    memset(behind, 0, sizeof behind);
    for (unsigned i = 0; i < STACKS; i++) {
        const uint32_t type = stack_build(&b, &random);
        const struct flowscope_packet packet = build_packet(&b, type);

        compare_ways(&packet, &options);
        for (unsigned n = 0; n < MUTANTS; n++)
            compare_mutant(&packet, &options, &random);
    }
    g_assert_cmpuint(behind[0], >, STACKS);
    g_assert_cmpuint(behind[1], >, STACKS);
    g_assert_cmpuint(behind[2], >, STACKS);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plain/both-ways", test_both_ways);
    g_test_add_func("/plain/arp", test_arp);
    g_test_add_func("/plain/stacks", test_stacks);
    return g_test_run();
}
