/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections from text. */
#include "support/script.h"

#include "packet/headers.h"
#include "support/build.h"

#include <glib.h>
#include <string.h>

#define MS       1000000
#define START_NS (1700000000 * INT64_C(1000000000))

struct word {
    unsigned side;
    uint8_t flags;
    uint32_t bytes;
    int move;
    unsigned wait_ms;
    bool no_window, is_udp, damaged;
    uint8_t options[8];
    unsigned option_bytes;
};

struct script {
    flowscope_engine *engine;
    struct flowscope_flow_record record;
    unsigned flows;
    uint64_t frame;
    int64_t time_ns;
    uint32_t next[2]; /* sequence number of what each side sends next */
};

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    struct script *script = user;

    script->record = *record;
    script->flows++;
}

static int read_number(const char **at)
{
    char *end;
    gint64 number = g_ascii_strtoll(*at, &end, 10);

    *at = end;
    return (int)number;
}

static void put_mss(struct word *word, unsigned mss)
{
    const uint8_t option[] = {2, 4, (uint8_t)(mss >> 8), (uint8_t)mss};

    memcpy(word->options + word->option_bytes, option, sizeof(option));
    word->option_bytes += (unsigned)sizeof(option);
}

static void put_scale(struct word *word, unsigned shift)
{
    const uint8_t option[] = {1, 3, 3, (uint8_t)shift};

    memcpy(word->options + word->option_bytes, option, sizeof(option));
    word->option_bytes += (unsigned)sizeof(option);
}

static struct word read_word(const char *text)
{
    struct word word = {.side = 0};

    for (const char *at = text; *at && !word.side; at++)
        word.side = g_ascii_islower(*at) ? 1 : 0;

    while (*text) {
        char letter = *text++;

        switch (g_ascii_toupper(letter)) {
        case 'S':
            word.flags |= FS_TCP_SYN;
            break;
        case 'F':
            word.flags |= FS_TCP_FIN;
            break;
        case 'R':
            word.flags |= FS_TCP_RST;
            break;
        case 'A':
            word.flags |= FS_TCP_ACK;
            break;
        case 'D':
            word.flags |= FS_TCP_ACK;
            word.bytes = (uint32_t)read_number(&text);
            break;
        case 'U':
            word.is_udp = true;
            break;
        case '@':
            word.move = read_number(&text);
            break;
        case '~':
            word.wait_ms = (unsigned)read_number(&text);
            break;
        case '%':
            word.damaged = true;
            break;
        case 'M':
            put_mss(&word, (unsigned)read_number(&text));
            break;
        case 'W':
            put_scale(&word, (unsigned)read_number(&text));
            break;
        case '!':
            word.no_window = true;
            break;
        default:
            g_error("'%c' means nothing in a script", letter);
        }
    }
    return word;
}

static void build_word(struct script *script, const struct word *word, struct build *b)
{
    static const char *const address[] = {"192.0.2.1", "198.51.100.2"};
    static const uint16_t port[] = {40000, 80};
    const unsigned from = word->side, to = !word->side;
    const uint32_t seq = script->next[from] + (uint32_t)word->move;

    build_begin(b);
    build_eth(b);
    build_ipv4(b, address[from], address[to]);
    if (word->is_udp) {
        build_udp(b, port[from], port[to]);
    } else {
        build_tcp(b, port[from], port[to], seq, word->flags & FS_TCP_ACK ? script->next[to] : 0,
                  word->flags);
        b->data[b->l4 + 14] = word->no_window ? 0 : 1000 >> 8;
        b->data[b->l4 + 15] = word->no_window ? 0 : 1000 & 0xff;
        if (word->option_bytes)
            build_tcp_options(b, word->options, word->option_bytes);
    }
    build_fill(b, word->bytes);
    build_end(b);
    if (word->damaged)
        b->data[b->l4 + 16] ^= 0x5a;
    if (word->move == 0)
        script->next[from] +=
            word->bytes + (word->flags & FS_TCP_SYN ? 1 : 0) + (word->flags & FS_TCP_FIN ? 1 : 0);
}

static void feed(struct script *script, const struct word *word)
{
    struct build b;
    struct flowscope_packet packet;

    build_word(script, word, &b);
    packet = build_packet(&b, BUILD_LINK_ETHERNET);
    script->time_ns += (1 + (int64_t)word->wait_ms) * MS;
    packet.frame = ++script->frame;
    packet.time_ns = script->time_ns;
    packet.time_quality = FLOWSCOPE_TIME_GOOD;
    g_assert_cmpint(flowscope_engine_feed(script->engine, &packet, 1, NULL), ==, FLOWSCOPE_OK);
}

struct flowscope_flow_record script_run(const char *text, enum flowscope_tcp_facts_level level)
{
    return script_run_counted(text, level, NULL);
}

struct flowscope_flow_record script_run_counted(const char *text,
                                                enum flowscope_tcp_facts_level level,
                                                struct flowscope_counters *counters)
{
    struct script script = {.time_ns = START_NS, .next = {0xffffff00, 7000}};
    struct flowscope_sink sink = {.size = sizeof(sink), .user = &script, .flow_ended = on_ended};
    struct flowscope_config config;
    char *words = g_strdup(text), *end;

    flowscope_config_init(&config);
    config.tcp_facts = level;
    config.checksum = strchr(text, '%') != NULL;
    g_assert_cmpint(flowscope_engine_create(&script.engine, &config, &sink), ==, FLOWSCOPE_OK);
    /* Not by a function of the C library: of long scripts, sanitizers measure the rest at each
     * word. */
    for (char *at = words; *at; at = end) {
        for (end = at; *end && *end != ' '; end++)
            continue;
        if (*end)
            *end++ = '\0';
        const struct word word = read_word(at);

        feed(&script, &word);
    }
    g_free(words);
    flowscope_engine_flush(script.engine);
    if (counters)
        flowscope_engine_counters(script.engine, counters);
    flowscope_engine_destroy(script.engine);
    if (script.flows != 1)
        g_error("\"%s\" made %u flows", text, script.flows);
    return script.record;
}
