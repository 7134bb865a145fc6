/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of a shape (packet/shape.h): what it says of one that has the same bytes where it looks is
 * what the long way reads, whatever the others are, and whatever the options. */
#include "packet/shape.h"

#include "packet/behind.h"
#include "support/stack.h"

#include <glib.h>
#include <string.h>

#define STACKS  20000u
#define MUTANTS 16u

/* Frames that fitted the shape of another, and were what it says, by its kind. */
static unsigned fitted[FS_SHAPE_CARRIER_IPV6 + 1];

/* Those that fitted, and whose packet was none that is read there. */
static unsigned others;

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void compare(struct fs_behind *level, const struct fs_headers *headers, uint32_t ip_at)
{
    const struct fs_short_key key = fs_key_stand_in(&headers->key);

    g_assert_cmpuint(headers->ip_at, ==, ip_at);
    g_assert_cmpuint(headers->key.path, ==, level->path);
    g_assert_cmpuint(key.addresses, ==, level->plain.key.addresses);
    g_assert_cmpuint(key.rest, ==, level->plain.key.rest);
    g_assert_cmpuint(headers->bytes, ==, level->plain.bytes);
    g_assert_cmpuint(headers->payload_bytes, ==, level->plain.payload_bytes);
    g_assert_cmpint(headers->swapped, ==, level->plain.swapped);
    g_assert_cmpint(headers->has_tcp, ==, fs_plain_is_tcp(&level->plain));
    if (!headers->has_tcp)
        return;
    g_assert_cmpuint(headers->tcp.seq, ==, level->plain.seq);
    g_assert_cmpuint(headers->tcp.ack, ==, level->plain.ack);
    g_assert_cmpuint(headers->tcp.window, ==, level->plain.window);
    g_assert_cmpuint(headers->tcp.flags, ==, level->plain.tcp_flags);
}

/* The packet in the frame, as it is read where the shape says that it is. */
static bool read_shape(const struct fs_shape *shape, const struct flowscope_packet *packet,
                       const struct fs_packet_options *options, struct fs_behind *level)
{
    const uint32_t end = fs_shape_end(shape, packet);
    struct fs_frame frame;
    struct fs_walk walk;
    struct fs_key key;

    if (end == 0)
        return false;
    level->path = fs_shape_path(shape, packet);
    const struct fs_cursor bytes =
        fs_cursor_over(packet->data + shape->ip_at, packet->captured_bytes - shape->ip_at);
    switch ((enum fs_shape_kind)shape->kind) {
    case FS_SHAPE_PLAIN:
    case FS_SHAPE_BOUND:
    case FS_SHAPE_CARRIER:
        if (!fs_plain_read_ipv4(&bytes, 0, end - shape->ip_at, options, &level->plain))
            return false;
        break;
    case FS_SHAPE_AH:
        if (!fs_behind_plain_ah(&bytes, shape->transport_at - (uint32_t)shape->ip_at,
                                end - shape->ip_at, options, &level->plain))
            return false;
        break;
    case FS_SHAPE_IPV6:
    case FS_SHAPE_CARRIER_IPV6:
        fs_walk_begin(&walk, packet, options, &frame);
        walk.rest.bytes = bytes;
        walk.rest.wire = end - shape->ip_at;
        fs_rest_limit(&walk.rest, walk.rest.wire);
        walk.depth = 0;
        return fs_behind_ipv6(&walk, level, &key) && !fs_behind_may_carry(options, level);
    }
    fs_short_key_put_inside(&level->plain.key, level->path);
    level->plain.swapped = fs_plain_sort(&level->plain.key);
    return true;
}

/* A frame that fits, and that the long way reads as `verdict` and `frame`. */
static void compare_fitting(const struct fs_shape *shape, const struct flowscope_packet *packet,
                            const struct fs_packet_options *options, enum flowscope_verdict verdict,
                            const struct fs_frame *frame)
{
    const unsigned levels = shape->kind >= FS_SHAPE_CARRIER ? 2 : 1;
    struct fs_behind level = {.path = 0}, outer = level, first, second;
    struct fs_frame behind;

    if (!read_shape(shape, packet, options, &level)) {
        others++;
        return;
    }
    g_assert_cmpint(verdict, ==, FLOWSCOPE_VERDICT_ok);
    g_assert_cmpuint(frame->level_count, ==, levels);
    /* Where the short way ends, it is read once more, by that. */
    g_assert_cmpuint(fs_behind_read(packet, options, &behind, &first, &second), ==, levels);
    g_assert_cmpuint(frame->level[levels - 1].layer_count, ==, shape->layers);
    compare(&level, &frame->level[levels - 1], shape->ip_at);
    if (shape->kind == FS_SHAPE_AH)
        g_assert_cmpuint(frame->level[0].transport_at, ==, shape->transport_at);
    if (levels == 2) {
        const struct fs_cursor bytes = fs_cursor_over(packet->data + shape->outer_at,
                                                      packet->captured_bytes - shape->outer_at);

        fs_behind_carried(&bytes, &outer.plain);
        outer.plain.swapped = fs_plain_sort(&outer.plain.key);
        compare(&outer, &frame->level[0], shape->outer_at);
    }
    fitted[shape->kind]++;
}

static void change(uint8_t *bytes, uint32_t length, struct random_state *random)
{
    for (unsigned changes = random_below(random, 4); changes > 0 && length > 0; changes--)
        bytes[random_below(random, least(length, 120))] ^=
            (uint8_t)(random_chance(random, 500) ? 1u << random_below(random, 8)
                                                 : random_u64(random));
}

/* What the shape looks at is as it was. */
static void restore(const struct fs_shape *shape, uint8_t *bytes, uint32_t length)
{
    for (unsigned i = 0; i < shape->words; i++) {
        const struct fs_shape_word *word = &shape->word[i];
        uint64_t there;

        if (shape->at[i] + sizeof(there) > length)
            continue;
        memcpy(&there, bytes + shape->at[i], sizeof(there));
        there = (there & ~word->mask) | (word->value & word->mask);
        memcpy(bytes + shape->at[i], &there, sizeof(there));
    }
}

/* Memory that ends where the bytes do: a sanitizer sees what is read past them. */
static void compare_mutant(const struct fs_shape *shape, const struct flowscope_packet *packet,
                           const struct fs_packet_options *options, struct random_state *random)
{
    struct fs_packet_options longest = *options;
    struct flowscope_packet mutant = *packet;
    struct fs_frame frame;

    longest.long_way_alone = true;
    if (random_chance(random, 300))
        mutant.captured_bytes = random_below(random, packet->captured_bytes + 1);
    if (random_chance(random, 300))
        mutant.wire_bytes = random_below(random, 200);
    uint8_t *bytes = g_memdup2(packet->data, mutant.captured_bytes);
    change(bytes, mutant.captured_bytes, random);
    if (random_chance(random, 500))
        restore(shape, bytes, mutant.captured_bytes);
    mutant.data = bytes;
    if (fs_shape_fits(shape, &mutant))
        compare_fitting(shape, &mutant, options, fs_headers_read_long(&mutant, &longest, &frame),
                        &frame);
    g_free(bytes);
}

static void test_mutants(void)
{
    struct random_state random = {1};
    struct flowscope_config config;
    unsigned shapeless = 0;
    struct build b;

    flowscope_config_init(&config);
    for (unsigned i = 0; i < STACKS; i++) {
        const uint32_t type = stack_build(&b, &random);
        const struct flowscope_packet packet = build_packet(&b, type);
        struct fs_packet_options options = fs_packet_options_of(&config);
        struct fs_shape shape;

        if (random_chance(&random, 300)) {
            options.identity = (enum flowscope_identity)random_below(&random, 3);
            options.tunnel_depth = 1 + random_below(&random, FLOWSCOPE_LAYERS_MAX);
        }
        if (random_chance(&random, 50))
            options.closed_tunnels = 1u << random_below(&random, FLOWSCOPE_LAYER_COUNT);
        if (random_chance(&random, 50))
            options.vxlan_port = 0;
        if (random_chance(&random, 50))
            options.gtpu_port = options.geneve_port;
        if (!fs_shape_of(&packet, &options, &shape)) {
            shapeless++;
            continue;
        }
        g_assert_true(fs_shape_fits(&shape, &packet));
        for (unsigned n = 0; n < MUTANTS; n++)
            compare_mutant(&shape, &packet, &options, &random);
    }
    /* Enough of each for the comparison to say something. */
    for (unsigned kind = 0; kind < G_N_ELEMENTS(fitted); kind++)
        g_test_message("kind %u: %u", kind, fitted[kind]);
    g_test_message("others %u, shapeless %u", others, shapeless);
    for (unsigned kind = 0; kind < G_N_ELEMENTS(fitted); kind++)
        g_assert_cmpuint(fitted[kind], >, STACKS / 20);
    g_assert_cmpuint(others, >, STACKS / 4);
    g_assert_cmpuint(shapeless, <, STACKS / 3 * 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/shape/mutants", test_mutants);
    return g_test_run();
}
