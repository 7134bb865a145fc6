/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/layers.h"

#include <glib.h>

#define V(id)                                                                                      \
    {                                                                                              \
        FLOWSCOPE_LAYER_vlan, id                                                                   \
    }
#define M(id)                                                                                      \
    {                                                                                              \
        FLOWSCOPE_LAYER_mpls, id                                                                   \
    }

static void check(const struct flowscope_layer *layers, unsigned count, unsigned fitting)
{
    struct fs_layers packed;
    struct flowscope_layer got[FLOWSCOPE_LAYERS_MAX];

    g_assert_cmpuint(fs_layers_pack(&packed, layers, count), ==, fitting);
    fs_layers_unpack(&packed, got, fitting);
    for (unsigned i = 0; i < fitting; i++) {
        g_assert_cmpuint(got[i].kind, ==, layers[i].kind);
        g_assert_cmpuint(got[i].id, ==, layers[i].id);
    }
}

static void test_stacks(void)
{
    const struct flowscope_layer vlans[] = {V(1), V(4095), V(0), V(10), V(20), V(30), V(40), V(50)};
    const struct flowscope_layer mobile[] = {
        V(7), M(0xfffff), M(16), {FLOWSCOPE_LAYER_gtpu, UINT32_MAX}};
    const struct flowscope_layer keys[] = {{FLOWSCOPE_LAYER_gre_key, UINT32_MAX},
                                           {FLOWSCOPE_LAYER_gtpu, 1},
                                           {FLOWSCOPE_LAYER_l2tp, 0},
                                           {FLOWSCOPE_LAYER_ah, 0},
                                           {FLOWSCOPE_LAYER_vxlan, 1}};

    check(vlans, 0, 0);
    check(vlans, 8, 7);
    check(mobile, 4, 4);
    check(keys, 5, 4);
}

/* Every kind with all bits of its identifier set. */
static void test_kinds(void)
{
    const struct flowscope_layer layers[] = {
#define FLOWSCOPE_LAYER(name, word, id_bits, text)                                                 \
    {FLOWSCOPE_LAYER_##name, (uint32_t)((UINT64_C(1) << (id_bits)) - 1)},
#include <flowscope/layer.def>
#undef FLOWSCOPE_LAYER
    };

    for (size_t i = 0; i < G_N_ELEMENTS(layers); i++)
        check(&layers[i], 1, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flow/layers/stacks", test_stacks);
    g_test_add_func("/flow/layers/kinds", test_kinds);
    return g_test_run();
}
