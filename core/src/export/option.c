/* SPDX-License-Identifier: BSD-2-Clause */
/* Options from text, driven by config.def. */
#include "export/option.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)

const struct fs_option fs_options[] = {
#define FLOWSCOPE_DURATION(id, default_s, min_ns, max_s, label, text)                              \
    {.name = #id,                                                                                  \
     .title = label,                                                                               \
     .help = text,                                                                                 \
     .default_text = #default_s "s",                                                               \
     .is_duration = true,                                                                          \
     .offset = offsetof(struct flowscope_config, id##_ns),                                         \
     .minimum = (min_ns),                                                                          \
     .maximum = (max_s)*NS_PER_S},
#define FLOWSCOPE_WINDOW(id, default_us, label, text)                                              \
    {.name = #id,                                                                                  \
     .title = label,                                                                               \
     .help = text,                                                                                 \
     .default_text = #default_us "us",                                                             \
     .is_duration = true,                                                                          \
     .offset = offsetof(struct flowscope_config, id##_ns),                                         \
     .maximum = FLOWSCOPE_WINDOW_MAX_NS},
#define FLOWSCOPE_COUNT(id, default_count, min, max, label, text)                                  \
    {.name = #id,                                                                                  \
     .title = label,                                                                               \
     .help = text,                                                                                 \
     .default_text = #default_count,                                                               \
     .offset = offsetof(struct flowscope_config, id),                                              \
     .minimum = (min),                                                                             \
     .maximum = (max)},
#define FLOWSCOPE_CHOICE(id, default_count, default_word, last, choices, label, text)              \
    {.name = #id,                                                                                  \
     .title = label,                                                                               \
     .help = text,                                                                                 \
     .default_text = default_word,                                                                 \
     .words = choices,                                                                             \
     .offset = offsetof(struct flowscope_config, id),                                              \
     .maximum = (last)},
#define FLOWSCOPE_PORTS(id, label, text)                                                           \
    {.name = #id,                                                                                  \
     .title = label,                                                                               \
     .help = text,                                                                                 \
     .default_text = "none",                                                                       \
     .is_ports = true,                                                                             \
     .offset = offsetof(struct flowscope_config, id)},
#define FLOWSCOPE_TUNNELS(id, label, text)                                                         \
    {.name = #id,                                                                                  \
     .title = label,                                                                               \
     .help = text,                                                                                 \
     .default_text = "all",                                                                        \
     .is_tunnels = true,                                                                           \
     .offset = offsetof(struct flowscope_config, id),                                              \
     .maximum = FLOWSCOPE_LAYERS_ALL},
#include <flowscope/config.def>
#undef FLOWSCOPE_PORTS
#undef FLOWSCOPE_DURATION
#undef FLOWSCOPE_WINDOW
#undef FLOWSCOPE_COUNT
#undef FLOWSCOPE_CHOICE
#undef FLOWSCOPE_TUNNELS
};
const size_t fs_option_count = sizeof fs_options / sizeof fs_options[0];

static const struct {
    const char *word;
    uint64_t ns;
} units[] = {{"", NS_PER_S},         {"ns", 1},
             {"us", 1000},           {"ms", 1000000},
             {"s", NS_PER_S},        {"m", 60 * NS_PER_S},
             {"h", 3600 * NS_PER_S}, {"d", 86400 * NS_PER_S}};

const struct fs_option *fs_option_find(const char *name)
{
    for (size_t i = 0; i < fs_option_count; i++) {
        const char *have = fs_options[i].name;
        const char *want = name;

        while (*have && (*have == *want || (*have == '_' && *want == '-'))) {
            have++;
            want++;
        }
        if (!*have && !*want)
            return &fs_options[i];
    }
    return NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits from *at, which comes to stand behind them; false for none or too many. */
static bool read_digits(const char **at, uint64_t *value)
{
    if (!is_digit(**at))
        return false;
    for (*value = 0; is_digit(**at); (*at)++) {
        if (__builtin_mul_overflow(*value, 10u, value) ||
            __builtin_add_overflow(*value, (uint64_t)(**at - '0'), value))
            return false;
    }
    return true;
}

bool fs_option_parse_count(const char *text, uint64_t *value)
{
    return read_digits(&text, value) && !*text;
}

/* No floating point: "1.1s" is exact, and no locale changes the point. */
bool fs_option_parse_duration(const char *text, uint64_t *ns)
{
    const char *fraction = "";
    uint64_t whole;
    uint64_t unit = 0;

    if (!read_digits(&text, &whole))
        return false;
    if (*text == '.') {
        fraction = ++text;
        if (!is_digit(*text))
            return false;
        while (is_digit(*text))
            text++;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!strcmp(text, units[i].word))
            unit = units[i].ns;
    }
    if (!unit || __builtin_mul_overflow(whole, unit, ns))
        return false;
    for (; is_digit(*fraction); fraction++) {
        uint64_t digit = (uint64_t)(*fraction - '0');

        if (digit && (unit % 10 || !unit))
            return false;
        unit /= 10;
        if (__builtin_add_overflow(*ns, digit * unit, ns))
            return false;
    }
    return true;
}

/* One entry of the list, of `length` bytes. */
static bool parse_port(const char *text, size_t length, struct flowscope_port_timeout *entry)
{
    static const struct {
        char word[8];
        uint8_t protocol;
    } protocols[] = {{"=", 0}, {"/tcp=", 6}, {"/udp=", 17}, {"/sctp=", 132}};
    char copy[64];
    const char *at = copy;
    uint64_t port, ns;

    if (length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (!read_digits(&at, &port) || port > UINT16_MAX)
        return false;
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        size_t word_length = strlen(protocols[i].word);

        if (strncmp(at, protocols[i].word, word_length) != 0)
            continue;
        if (!fs_option_parse_duration(at + word_length, &ns) || ns == 0 || ns > 31536000 * NS_PER_S)
            return false;
        *entry = (struct flowscope_port_timeout){
            .timeout_ns = (int64_t)ns, .port = (uint16_t)port, .protocol = protocols[i].protocol};
        return true;
    }
    return false;
}

bool fs_option_parse_ports(const char *text,
                           struct flowscope_port_timeout entries[FLOWSCOPE_PORT_TIMEOUTS])
{
    memset(entries, 0, FLOWSCOPE_PORT_TIMEOUTS * sizeof *entries);
    if (!strcmp(text, "none"))
        return true;
    for (size_t i = 0; *text; i++) {
        size_t length = strcspn(text, ",");

        if (i == FLOWSCOPE_PORT_TIMEOUTS || !parse_port(text, length, &entries[i]))
            return false;
        text += length;
        if (*text && !*++text)
            return false; /* nothing behind the comma */
    }
    return true;
}

/* The position of `text` in `words`, parted by |. */
static bool parse_choice(const char *words, const char *text, uint64_t *value)
{
    size_t length = strlen(text);

    for (*value = 0; *words; (*value)++) {
        size_t word_length = strcspn(words, "|");

        if (word_length == length && !memcmp(words, text, length))
            return true;
        words += word_length;
        words += *words == '|';
    }
    return false;
}

/* The kinds of that word; `gre` is one with and without a key. Tags and sessions are no tunnels:
 * the packet behind them is the link's own. */
static uint64_t tunnels_called(const char *word, size_t length)
{
    uint64_t kinds = 0;

    for (unsigned kind = 1; kind < FLOWSCOPE_LAYER_COUNT; kind++) {
        const char *name = flowscope_layer_name(kind);

        if (kind != FLOWSCOPE_LAYER_vlan && kind != FLOWSCOPE_LAYER_pppoe &&
            strlen(name) == length && !memcmp(name, word, length))
            kinds |= UINT64_C(1) << kind;
    }
    return kinds;
}

bool fs_option_parse_tunnels(const char *text, uint64_t *kinds)
{
    *kinds = 0;
    if (!strcmp(text, "all"))
        *kinds = FLOWSCOPE_LAYERS_ALL;
    if (!strcmp(text, "all") || !strcmp(text, "none"))
        return true;
    for (;;) {
        const size_t length = strcspn(text, ",");
        const uint64_t named = tunnels_called(text, length);

        if (!named)
            return false;
        *kinds |= named;
        if (!text[length])
            return true;
        text += length + 1;
    }
}

static bool parse(const struct fs_option *option, const char *text, uint64_t *value)
{
    if (option->words)
        return parse_choice(option->words, text, value);
    if (option->is_tunnels)
        return fs_option_parse_tunnels(text, value);
    if (option->is_duration)
        return fs_option_parse_duration(text, value);
    return fs_option_parse_count(text, value);
}

static void say_range(const struct fs_option *option, const char *text, char *error,
                      size_t error_size)
{
    if (option->words)
        snprintf(error, error_size, "%s: '%s' is none of %s", option->name, text, option->words);
    else if (option->is_ports)
        snprintf(error, error_size,
                 "%s: '%.100s' is not a list of at most %d timeouts of ports, such as "
                 "53/udp=10s,123=5s",
                 option->name, text, FLOWSCOPE_PORT_TIMEOUTS);
    else if (option->is_tunnels)
        snprintf(error, error_size,
                 "%s: '%s' is neither all nor none nor tunnels parted by commas, such as vxlan,gre",
                 option->name, text);
    else if (option->is_duration)
        snprintf(error, error_size,
                 "%s: '%s' is not a duration from %" PRIu64 "ns to %" PRIu64
                 "s, such as 300s, 1.5m or 200ms",
                 option->name, text, option->minimum, option->maximum / NS_PER_S);
    else
        snprintf(error, error_size, "%s: '%s' is not a number from %" PRIu64 " to %" PRIu64,
                 option->name, text, option->minimum, option->maximum);
}

bool fs_option_set(struct flowscope_config *config, const char *name, const char *text, char *error,
                   size_t error_size)
{
    const struct fs_option *option = fs_option_find(name);
    struct flowscope_port_timeout ports[FLOWSCOPE_PORT_TIMEOUTS];
    uint64_t value;

    if (!option) {
        snprintf(error, error_size, "%s: no such option", name);
        return false;
    }
    if (option->is_ports) {
        if (!fs_option_parse_ports(text, ports)) {
            say_range(option, text, error, error_size);
            return false;
        }
        memcpy((char *)config + option->offset, ports, sizeof ports);
        return true;
    }
    if (!parse(option, text, &value) || value < option->minimum || value > option->maximum) {
        say_range(option, text, error, error_size);
        return false;
    }
    /* A duration is int64_t there and at most `maximum` here: the same 64 bits. */
    memcpy((char *)config + option->offset, &value, sizeof value);
    return true;
}
