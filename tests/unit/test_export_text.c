/* SPDX-License-Identifier: BSD-2-Clause */
/* Integers, times, quotes and addresses as text. */
#include "export/address.h"

#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

static struct fs_text text;

static const char *taken(void)
{
    fs_text_char(&text, '\0');
    text.used = 0;
    return text.data;
}

static void test_unsigned(void)
{
    static const uint64_t values[] = {
        0,    1,      9,         10,         11,   99,    100,   101,        999,       1000,
        1001, 123456, 999999999, 1000000000, 9999, 65535, 65536, UINT32_MAX, INT64_MAX, UINT64_MAX};

    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autofree char *want = g_strdup_printf("%" G_GUINT64_FORMAT, values[i]);

        fs_text_unsigned(&text, values[i]);
        g_assert_cmpstr(taken(), ==, want);
        g_assert_cmpuint(fs_text_unsigned_length(values[i]), ==, strlen(want));
    }
    for (uint64_t power = 1, digits = 1; digits <= 20; power *= 10, digits++) {
        g_assert_cmpuint(fs_text_unsigned_length(power), ==, digits);
        g_assert_cmpuint(fs_text_unsigned_length(power - 1), ==, digits > 1 ? digits - 1 : 1);
    }
    fs_text_id(&text, 0);
    g_assert_cmpstr(taken(), ==, "");
    fs_text_id(&text, 7);
    g_assert_cmpstr(taken(), ==, "7");
}

static void test_times(void)
{
    static const struct {
        int64_t ns;
        const char *want;
    } cases[] = {
        {0, "0.000000000"},
        {1, "0.000000001"},
        {999999999, "0.999999999"},
        {1000000000, "1.000000000"},
        {1700000000000000123, "1700000000.000000123"},
        {-1, "-0.000000001"},
        {-1500000000, "-1.500000000"},
        {INT64_MAX, "9223372036.854775807"},
        {INT64_MIN, "-9223372036.854775808"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        fs_text_time(&text, cases[i].ns);
        g_assert_cmpstr(taken(), ==, cases[i].want);
        if (cases[i].ns >= 0)
            g_assert_cmpuint(fs_text_duration_length((uint64_t)cases[i].ns), ==,
                             strlen(cases[i].want));
    }
    fs_text_duration(&text, (uint64_t)INT64_MAX - (uint64_t)INT64_MIN);
    g_assert_cmpstr(taken(), ==, "18446744073.709551615");
}

static void test_quotes(void)
{
    static const struct {
        const char *value;
        const char *csv;
        const char *json;
    } cases[] = {
        {"", "", "\"\""},
        {"plain text", "plain text", "\"plain text\""},
        {"a,b", "\"a,b\"", "\"a,b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\"", "\"say \\\"hi\\\"\""},
        {"two\nlines\r", "\"two\nlines\r\"", "\"two\\nlines\\r\""},
        {"back\\slash\ttab", "back\\slash\ttab", "\"back\\\\slash\\ttab\""},
        {"\x01\x1f", "\x01\x1f", "\"\\u0001\\u001f\""},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *csv = g_strconcat("x,", cases[i].csv, NULL);
        g_autofree char *json = g_strconcat("x:", cases[i].json, NULL);

        fs_text_string(&text, "x,");
        fs_text_string(&text, cases[i].value);
        fs_text_quote_csv(&text, 2);
        g_assert_cmpstr(taken(), ==, csv);
        fs_text_string(&text, "x:");
        fs_text_string(&text, cases[i].value);
        fs_text_quote_json(&text, 2);
        g_assert_cmpstr(taken(), ==, json);
    }
}

/* The longest value there may be, all of it escaped, with the block nearly full. */
static void test_longest_quote(void)
{
    char *written = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&written, &length);
    struct fs_text *block = g_new(struct fs_text, 1);

    fs_text_start(block, out);
    fs_text_fill(block, '.', FS_TEXT_BLOCK - FS_TEXT_VALUE_MAX - 1);
    fs_text_fill(block, '\x01', FS_TEXT_VALUE_MAX);
    fs_text_quote_json(block, FS_TEXT_BLOCK - FS_TEXT_VALUE_MAX - 1);
    fs_text_flush(block);
    fclose(out);
    g_assert_cmpuint(length, ==, FS_TEXT_BLOCK - FS_TEXT_VALUE_MAX - 1 + 2 + 6 * FS_TEXT_VALUE_MAX);
    g_assert_true(g_str_has_suffix(written, "\\u0001\\u0001\""));
    free(written);
    g_free(block);
}

static void test_flush(void)
{
    char *written = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&written, &length);
    g_autofree char *big = g_strnfill(3 * FS_TEXT_BLOCK + 5, 'z');
    struct fs_text *block = g_new(struct fs_text, 1);

    fs_text_start(block, out);
    fs_text_string(block, "begin ");
    fs_text_string(block, big);
    fs_text_fill(block, ' ', 2 * FS_TEXT_BLOCK);
    fs_text_string(block, "end");
    fs_text_flush(block);
    fclose(out);
    g_assert_cmpuint(length, ==, 6 + 3 * FS_TEXT_BLOCK + 5 + 2 * FS_TEXT_BLOCK + 3);
    g_assert_true(g_str_has_prefix(written, "begin zzz"));
    g_assert_true(g_str_has_suffix(written, "  end"));
    free(written);
    g_free(block);
}

static void check_address(const uint8_t address[16])
{
    char want[INET6_ADDRSTRLEN];

    inet_ntop(AF_INET6, address, want, sizeof want);
    fs_text_address(&text, 6, address);
    g_assert_cmpstr(taken(), ==, want);
}

/* Where RFC 5952 leaves a choice, ours is that of the C library, and so of Wireshark: every pattern
 * of zero and other groups, with one digit and with four. */
static void test_ipv6_patterns(void)
{
    static const uint16_t groups[] = {0x1, 0xffff, 0x20, 0xa0b};

    for (unsigned zeros = 0; zeros < 256; zeros++) {
        for (size_t g = 0; g < G_N_ELEMENTS(groups); g++) {
            uint8_t address[16] = {0};

            for (unsigned i = 0; i < 8; i++) {
                if (zeros >> i & 1)
                    continue;
                address[2 * i] = (uint8_t)(groups[g] >> 8);
                address[2 * i + 1] = (uint8_t)groups[g];
            }
            check_address(address);
        }
    }
}

static void test_ipv6_random(void)
{
    for (int i = 0; i < 20000; i++) {
        uint8_t address[16];

        for (unsigned j = 0; j < 16; j++)
            address[j] = g_test_rand_bit() ? (uint8_t)g_test_rand_int() : 0;
        check_address(address);
    }
}

static void test_endpoints(void)
{
    static const struct {
        const char *address;
        bool has_port;
        const char *want;
    } cases[] = {
        {"192.0.2.1", true, "192.0.2.1:80"},
        {"192.0.2.1", false, "192.0.2.1"},
        {"0.0.0.0", true, "0.0.0.0:80"},
        {"255.255.255.255", false, "255.255.255.255"},
        {"2001:DB8:0:0:1::0001", true, "[2001:db8::1:0:0:1]:80"},
        {"2001:db8::1", false, "2001:db8::1"},
        {"::ffff:192.0.2.1", true, "[::ffff:192.0.2.1]:80"},
        {"::", false, "::"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool six = strchr(cases[i].address, ':') != NULL;
        uint8_t address[16] = {0};

        g_assert_cmpint(inet_pton(six ? AF_INET6 : AF_INET, cases[i].address, address), ==, 1);
        fs_text_endpoint(&text, six ? 6 : 4, address, cases[i].has_port, 80);
        g_assert_cmpstr(taken(), ==, cases[i].want);
    }
}

static void test_protocols(void)
{
    fs_text_protocol(&text, 6);
    g_assert_cmpstr(taken(), ==, "tcp");
    fs_text_protocol(&text, 58);
    g_assert_cmpstr(taken(), ==, "icmp6");
    fs_text_protocol(&text, 253);
    g_assert_cmpstr(taken(), ==, "253");
}

static void print_end(const struct flowscope_flow_record *record, bool is_source)
{
    const size_t start = text.used;

    fs_text_record_end(&text, record, is_source);
    g_assert_cmpuint(fs_text_record_end_length(record, is_source), ==, text.used - start);
}

static void print_record(const struct flowscope_flow_record *record)
{
    fs_text_record_protocol(&text, record);
    g_assert_cmpuint(fs_text_record_protocol_length(record), ==, text.used);
    fs_text_char(&text, ' ');
    fs_text_record_address(&text, record, true);
    fs_text_char(&text, ' ');
    fs_text_record_port(&text, record, true);
    fs_text_char(&text, ' ');
    print_end(record, true);
    fs_text_char(&text, ' ');
    print_end(record, false);
}

/* What stands in the columns under each key. */
static void test_records(void)
{
    struct flowscope_flow_record record = {.ip_version = 4,
                                           .protocol = 6,
                                           .has_ports = true,
                                           .source_port = 1,
                                           .destination_port = 2,
                                           .source = {192, 0, 2, 1},
                                           .destination = {192, 0, 2, 2}};

    print_record(&record);
    g_assert_cmpstr(taken(), ==, "tcp 192.0.2.1 1 192.0.2.1:1 192.0.2.2:2");
    record.key = FLOWSCOPE_KEY_FLOW_LABEL;
    record.has_ports = false;
    print_record(&record);
    g_assert_cmpstr(taken(), ==, " 192.0.2.1 65538 192.0.2.1:65538 192.0.2.2");
    record.key = FLOWSCOPE_KEY_IP_PAIR;
    print_record(&record);
    g_assert_cmpstr(taken(), ==, " 192.0.2.1  192.0.2.1 192.0.2.2");
    record.key = FLOWSCOPE_KEY_MAC_PAIR;
    record.ip_version = 0;
    print_record(&record);
    g_assert_cmpstr(taken(), ==, " c0:00:02:01:00:00  c0:00:02:01:00:00 c0:00:02:02:00:00");
    record.key = FLOWSCOPE_KEY_OWN;
    print_record(&record);
    g_assert_cmpstr(taken(), ==,
                    " c0000201000000000000000000000000  c0000201000000000000000000000000 "
                    "c0000202000000000000000000000000");
}

/* Each number of digits in each byte of an address, in ports and protocols. */
static void test_lengths(void)
{
    static const uint8_t bytes[] = {0, 9, 10, 99, 100, 255};
    static const uint16_t ports[] = {0, 9, 10, 80, 443, 8080, 65535};
    struct flowscope_flow_record record = {.ip_version = 4};

    for (unsigned i = 0; i < 256; i++) {
        record.protocol = (uint8_t)i;
        record.has_ports = i % 3 != 0;
        record.source_port = ports[i % G_N_ELEMENTS(ports)];
        record.destination_port = ports[i / 7 % G_N_ELEMENTS(ports)];
        for (unsigned byte = 0; byte < 4; byte++) {
            record.source[byte] = bytes[(i + byte) % G_N_ELEMENTS(bytes)];
            record.destination[byte] = bytes[i / (byte + 1) % G_N_ELEMENTS(bytes)];
        }
        print_record(&record);
        taken();
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/unsigned", test_unsigned);
    g_test_add_func("/text/times", test_times);
    g_test_add_func("/text/quotes", test_quotes);
    g_test_add_func("/text/longest-quote", test_longest_quote);
    g_test_add_func("/text/flush", test_flush);
    g_test_add_func("/address/ipv6-patterns", test_ipv6_patterns);
    g_test_add_func("/address/ipv6-random", test_ipv6_random);
    g_test_add_func("/address/endpoints", test_endpoints);
    g_test_add_func("/address/protocols", test_protocols);
    g_test_add_func("/address/records", test_records);
    g_test_add_func("/address/lengths", test_lengths);
    return g_test_run();
}
