/* SPDX-License-Identifier: BSD-2-Clause */
/* Options as text: every one of config.def, its range, its spelling. */
#include "export/option.h"

#include <glib.h>
#include <string.h>

static uint64_t value_of(const struct flowscope_config *config, const struct fs_option *option)
{
    uint64_t value;

    memcpy(&value, (const char *)config + option->offset, sizeof value);
    return value;
}

static void test_default_texts(void)
{
    struct flowscope_config defaults;
    struct flowscope_config config;
    char error[200];

    flowscope_config_init(&defaults);
    flowscope_config_init(&config);
    for (size_t i = 0; i < fs_option_count; i++) {
        uint64_t zero = 0;

        memcpy((char *)&config + fs_options[i].offset, &zero, sizeof zero);
        g_assert_true(fs_option_set(&config, fs_options[i].name, fs_options[i].default_text, error,
                                    sizeof error));
        g_assert_cmpuint(value_of(&config, &fs_options[i]), ==,
                         value_of(&defaults, &fs_options[i]));
    }
    g_assert_cmpint(flowscope_config_check(&config, NULL), ==, FLOWSCOPE_OK);
}

static void test_durations(void)
{
    static const struct {
        const char *text;
        int64_t ns; /* 0: refused */
    } cases[] = {
        {"300s", 300000000000},
        {"300", 300000000000},
        {"1.5m", 90000000000},
        {"1h", 3600000000000},
        {"365d", 31536000000000000},
        {"250ms", 250000000},
        {"7us", 7000},
        {"1ns", 1},
        {"0.000000001s", 1},
        {"1.10s", 1100000000},
        {"1.000ns", 1},
        {"0s", 0},
        {"366d", 0},
        {"1.05ns", 0},
        {"0.0000000001s", 0},
        {"", 0},
        {"s", 0},
        {".5s", 0},
        {"1.s", 0},
        {"-1s", 0},
        {"+1s", 0},
        {" 1s", 0},
        {"1 s", 0},
        {"1S", 0},
        {"1,5s", 0},
        {"1e3s", 0},
        {"18446744073709551616ns", 0},
        {"99999999999999999999s", 0},
        {"18446744074s", 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct flowscope_config config;
        char error[200] = "";
        bool set;

        flowscope_config_init(&config);
        set = fs_option_set(&config, "udp_idle_timeout", cases[i].text, error, sizeof error);
        g_assert_cmpint(set, ==, cases[i].ns != 0);
        if (set) {
            g_assert_cmpint(config.udp_idle_timeout_ns, ==, cases[i].ns);
        } else {
            g_assert_cmpint(config.udp_idle_timeout_ns, ==, 60000000000);
            g_assert_true(g_str_has_prefix(error, "udp_idle_timeout: '"));
            g_assert_null(strchr(error, '\n'));
        }
    }
}

static void test_counts(void)
{
    struct flowscope_config config;
    char error[200];

    flowscope_config_init(&config);
    g_assert_true(fs_option_set(&config, "tunnel-depth", "1", error, sizeof error));
    g_assert_cmpuint(config.tunnel_depth, ==, 1);
    g_assert_false(fs_option_set(&config, "tunnel_depth", "0", error, sizeof error));
    g_assert_cmpstr(error, ==, "tunnel_depth: '0' is not a number from 1 to 8");
    g_assert_false(fs_option_set(&config, "tunnel_depth", "9", error, sizeof error));
    g_assert_false(fs_option_set(&config, "tunnel_depth", "2s", error, sizeof error));
    g_assert_cmpuint(config.tunnel_depth, ==, 1);
}

static void test_ports(void)
{
    static const char *const wrong[] = {
        "53",     "=1s",         "53=",     "53=0s",  "65536=1s", "53/icmp=1s", "53=1s,",
        ",53=1s", "53=1s 54=1s", "53=366d", "53/=1s", "53 =1s",   "1=1s,,2=1s"};
    struct flowscope_config config;
    char error[300], long_list[200] = "1=1s";

    flowscope_config_init(&config);
    g_assert_true(fs_option_set(&config, "port-timeout", "53/udp=10s,0=1.5ms,443/tcp=1h,9/sctp=7",
                                error, sizeof error));
    g_assert_cmpint(config.port_timeout[0].timeout_ns, ==, 10000000000);
    g_assert_cmpuint(config.port_timeout[0].port, ==, 53);
    g_assert_cmpuint(config.port_timeout[0].protocol, ==, 17);
    g_assert_cmpint(config.port_timeout[1].timeout_ns, ==, 1500000);
    g_assert_cmpuint(config.port_timeout[1].protocol, ==, 0);
    g_assert_cmpuint(config.port_timeout[2].protocol, ==, 6);
    g_assert_cmpuint(config.port_timeout[3].protocol, ==, 132);
    g_assert_cmpint(config.port_timeout[4].timeout_ns, ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_assert_false(fs_option_set(&config, "port_timeout", wrong[i], error, sizeof error));
        g_assert_true(g_str_has_prefix(error, "port_timeout: '"));
        g_assert_cmpuint(config.port_timeout[0].port, ==, 53);
    }
    for (unsigned i = 2; i <= FLOWSCOPE_PORT_TIMEOUTS; i++)
        g_strlcat(long_list, ",1=1s", sizeof long_list);
    g_assert_true(fs_option_set(&config, "port_timeout", long_list, error, sizeof error));
    g_strlcat(long_list, ",1=1s", sizeof long_list);
    g_assert_false(fs_option_set(&config, "port_timeout", long_list, error, sizeof error));
    g_assert_true(fs_option_set(&config, "port_timeout", "none", error, sizeof error));
    g_assert_cmpint(config.port_timeout[0].timeout_ns, ==, 0);
}

static void test_tunnels(void)
{
    static const char *const wrong[] = {"",      "vxlan,",     ",vxlan",    "vlan",
                                        "pppoe", "vxlan gre",  "ALL",       "all,gre",
                                        "vx",    "vxlan,none", "vxlan,,gre"};
    struct flowscope_config config;
    uint64_t kinds;
    char error[200];

    flowscope_config_init(&config);
    g_assert_cmpuint(config.decapsulate, ==, FLOWSCOPE_LAYERS_ALL);
    g_assert_true(fs_option_parse_tunnels("none", &kinds));
    g_assert_cmpuint(kinds, ==, 0);
    g_assert_true(fs_option_parse_tunnels("gre", &kinds));
    g_assert_cmpuint(kinds, ==, 1u << FLOWSCOPE_LAYER_gre | 1u << FLOWSCOPE_LAYER_gre_key);
    g_assert_true(fs_option_set(&config, "decapsulate", "6in4,vxlan", error, sizeof error));
    g_assert_cmpuint(config.decapsulate, ==,
                     1u << FLOWSCOPE_LAYER_6in4 | 1u << FLOWSCOPE_LAYER_vxlan);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_assert_false(fs_option_set(&config, "decapsulate", wrong[i], error, sizeof error));
        g_assert_nonnull(strstr(error, "tunnels parted by commas"));
    }
    for (unsigned kind = 1; kind < FLOWSCOPE_LAYER_COUNT; kind++) {
        if (kind == FLOWSCOPE_LAYER_vlan || kind == FLOWSCOPE_LAYER_pppoe)
            continue;
        g_assert_true(fs_option_parse_tunnels(flowscope_layer_name(kind), &kinds));
        g_assert_cmpuint(kinds >> kind & 1, ==, 1);
        g_assert_nonnull(strstr(fs_option_find("decapsulate")->help, flowscope_layer_name(kind)));
    }
}

static void test_names(void)
{
    struct flowscope_config config;
    char error[200];

    flowscope_config_init(&config);
    for (size_t i = 0; i < fs_option_count; i++)
        g_assert_true(fs_option_find(fs_options[i].name) == &fs_options[i]);
    g_assert_nonnull(fs_option_find("tcp-idle-timeout"));
    g_assert_null(fs_option_find("tcp_idle"));
    g_assert_null(fs_option_find("tcp_idle_timeout_ns"));
    g_assert_null(fs_option_find("TCP_idle_timeout"));
    g_assert_null(fs_option_find(""));
    g_assert_false(fs_option_set(&config, "no_such", "1", error, sizeof error));
    g_assert_cmpstr(error, ==, "no_such: no such option");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/option/default-texts", test_default_texts);
    g_test_add_func("/option/durations", test_durations);
    g_test_add_func("/option/counts", test_counts);
    g_test_add_func("/option/ports", test_ports);
    g_test_add_func("/option/tunnels", test_tunnels);
    g_test_add_func("/option/names", test_names);
    return g_test_run();
}
