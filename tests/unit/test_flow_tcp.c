/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP state machine, segment by segment. */
#include "flow/tcp.h"

#include <glib.h>

enum { A, B }; /* A is the initiator */

struct step {
    unsigned side;
    unsigned flags;
    uint32_t seq, ack, payload_bytes;
    enum flowscope_tcp_state after;
};

#define S FS_TCP_SYN
#define K FS_TCP_ACK
#define F FS_TCP_FIN
#define R FS_TCP_RST

static struct fs_flow_cold cold; /* of the flow that walked last */

static void walk(const struct step *steps, size_t count)
{
    struct fs_flow flow = {.tcp_state = FLOWSCOPE_TCP_new};

    cold = (struct fs_flow_cold){0};
    for (size_t i = 0; i < count; i++) {
        struct fs_tcp_segment segment = {
            .seq = steps[i].seq, .ack = steps[i].ack, .flags = (uint8_t)steps[i].flags};

        flow.tcp_state =
            0xf & fs_tcp_take(&flow, &cold, steps[i].side, &segment, steps[i].payload_bytes);
        if (flow.tcp_state != steps[i].after)
            g_error("step %zu: state %u, not %u", i, flow.tcp_state, steps[i].after);
    }
}

#define WALK(...)                                                                                  \
    walk((struct step[]){__VA_ARGS__}, sizeof((struct step[]){__VA_ARGS__}) / sizeof(struct step))
#define STATE(name) FLOWSCOPE_TCP_##name

static void test_whole_life(void)
{
    WALK({A, S, 100, 0, 0, STATE(syn_sent)}, {B, S | K, 500, 101, 0, STATE(syn_received)},
         {A, K, 101, 501, 0, STATE(established)}, {A, K, 101, 501, 10, STATE(established)},
         {B, K | F, 501, 111, 5, STATE(fin_wait)}, {A, K, 111, 507, 0, STATE(fin_wait)},
         {A, K | F, 111, 507, 0, STATE(closing)}, {B, K, 507, 112, 0, STATE(closed)},
         {B, K | R, 507, 112, 0, STATE(closed)});
}

/* Everything wraps around 2^32 on the way. */
static void test_wrapping(void)
{
    WALK({A, S, UINT32_MAX, 0, 0, STATE(syn_sent)},
         {B, S | K, UINT32_MAX - 1, 0, 0, STATE(syn_received)},
         {A, K, 0, UINT32_MAX, 0, STATE(established)},
         {B, K | F, UINT32_MAX, 0, 0, STATE(fin_wait)}, {A, K | F, 0, 0, 0, STATE(closing)},
         {B, K, 0, 1, 0, STATE(closed)});
}

static void test_repeated_fin_ends_nothing(void)
{
    WALK({A, S, 1, 0, 0, STATE(syn_sent)}, {B, S | K, 1, 2, 0, STATE(syn_received)},
         {A, K | F, 2, 2, 0, STATE(fin_wait)}, {A, K | F, 2, 2, 0, STATE(fin_wait)},
         {A, K | F, 2, 2, 0, STATE(fin_wait)}, {B, K, 2, 3, 7, STATE(fin_wait)});
}

static void test_half_close(void)
{
    WALK({A, K, 10, 20, 0, STATE(established)}, {A, K | F, 10, 20, 0, STATE(fin_wait)},
         {B, K, 20, 11, 1000, STATE(fin_wait)}, {B, K | F, 1020, 11, 0, STATE(closing)},
         {A, K, 11, 1021, 0, STATE(closed)});
}

/* The acknowledgment was captured before the FIN that it answers. */
static void test_fin_after_its_ack(void)
{
    WALK({A, K, 10, 20, 0, STATE(established)}, {B, K, 20, 11, 0, STATE(established)},
         {A, K | F, 10, 21, 0, STATE(fin_wait)}, {B, K | F, 20, 11, 0, STATE(closed)});
}

static void test_simultaneous_open(void)
{
    WALK({A, S, 100, 0, 0, STATE(syn_sent)}, {B, S, 500, 0, 0, STATE(syn_received)},
         {A, S | K, 100, 501, 0, STATE(syn_received)}, {B, S | K, 500, 101, 0, STATE(established)});
}

static void test_without_syn_ack(void)
{
    WALK({A, S, 100, 0, 0, STATE(syn_sent)}, {A, S, 100, 0, 0, STATE(syn_sent)},
         {A, K, 101, 777, 0, STATE(established)});
}

static void test_begins_with_syn_ack(void)
{
    struct fs_tcp_segment syn_ack = {.seq = 500, .ack = 101, .flags = S | K};
    struct fs_tcp_segment late_syn = {.seq = 100, .flags = S};
    struct fs_tcp_segment other_syn = {.seq = 99, .flags = S};

    WALK({B, S | K, 500, 101, 0, STATE(syn_received)}, {A, K, 101, 501, 0, STATE(established)});
    g_assert_true(fs_tcp_answers(&syn_ack));
    g_assert_false(fs_tcp_answers(&late_syn));
    g_assert_false(fs_tcp_begins_anew(&cold, A, &late_syn));
    g_assert_true(fs_tcp_begins_anew(&cold, A, &other_syn));
}

static void test_reset(void)
{
    WALK({A, S, 100, 0, 0, STATE(syn_sent)}, {B, R | K, 0, 101, 0, STATE(reset)},
         {A, K, 101, 501, 10, STATE(reset)});
    WALK({A, R, 5, 0, 0, STATE(reset)});
}

static void test_begins_anew(void)
{
    struct fs_tcp_segment same = {.seq = 100, .flags = S}, other = {.seq = 7, .flags = S};
    struct fs_tcp_segment syn_ack = {.seq = 7, .ack = 3, .flags = S | K};

    WALK({A, S, 100, 0, 0, STATE(syn_sent)});
    g_assert_false(fs_tcp_begins_anew(&cold, A, &same));
    g_assert_true(fs_tcp_begins_anew(&cold, A, &other));
    g_assert_false(fs_tcp_begins_anew(&cold, B, &other)); /* crosses */
    g_assert_false(fs_tcp_begins_anew(&cold, A, &syn_ack));

    /* Mid-stream the SYN is the number before the first byte: late, it still belongs. */
    WALK({A, K, 101, 5, 10, STATE(established)});
    g_assert_false(fs_tcp_begins_anew(&cold, A, &same));
    g_assert_true(fs_tcp_begins_anew(&cold, A, &other));

    WALK({A, S, 100, 0, 0, STATE(syn_sent)}, {B, R | K, 0, 101, 0, STATE(reset)});
    g_assert_true(fs_tcp_begins_anew(&cold, A, &same));
    WALK({A, S, 100, 0, 0, STATE(syn_sent)}, {A, F | K, 101, 1, 0, STATE(fin_wait)});
    g_assert_true(fs_tcp_begins_anew(&cold, A, &same));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flow/tcp/whole-life", test_whole_life);
    g_test_add_func("/flow/tcp/wrapping", test_wrapping);
    g_test_add_func("/flow/tcp/repeated-fin", test_repeated_fin_ends_nothing);
    g_test_add_func("/flow/tcp/half-close", test_half_close);
    g_test_add_func("/flow/tcp/fin-after-its-ack", test_fin_after_its_ack);
    g_test_add_func("/flow/tcp/simultaneous-open", test_simultaneous_open);
    g_test_add_func("/flow/tcp/without-syn-ack", test_without_syn_ack);
    g_test_add_func("/flow/tcp/begins-with-syn-ack", test_begins_with_syn_ack);
    g_test_add_func("/flow/tcp/reset", test_reset);
    g_test_add_func("/flow/tcp/begins-anew", test_begins_anew);
    return g_test_run();
}
