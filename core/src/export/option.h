/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's options as text: what the command's --name and Wireshark's preferences share. */
#ifndef FS_EXPORT_OPTION_H
#define FS_EXPORT_OPTION_H

#include <flowscope/config.h>
#include <flowscope/layer.h>

struct fs_option {
    const char *name; /* as in config.def, with underscores */
    const char *title;
    const char *help;
    const char *default_text; /* "300s", "1000000" */
    const char *words;        /* of a choice, parted by |; NULL for durations and counts */
    bool is_duration;
    bool is_ports;
    size_t offset;    /* of the value in struct flowscope_config, 64 bits unless is_ports */
    bool is_tunnels;  /* a set of layer kinds */
    uint64_t minimum; /* durations: in ns */
    uint64_t maximum;
};

/* Every option of config.def, in its order. */
extern const struct fs_option fs_options[];
extern const size_t fs_option_count;

/* The option called `name`, written with underscores or dashes; NULL for none. */
const struct fs_option *fs_option_find(const char *name);

/* Decimal digits. */
bool fs_option_parse_count(const char *text, uint64_t *value);

/* Decimal digits with or without a fraction, then ns, us, ms, s, m, h or d (nothing is seconds),
 * and a whole number of ns. */
bool fs_option_parse_duration(const char *text, uint64_t *ns);

/* PORT[/tcp|/udp|/sctp]=DURATION, parted by commas; or none, or nothing. */
bool fs_option_parse_ports(const char *text,
                           struct flowscope_port_timeout entries[FLOWSCOPE_PORT_TIMEOUTS]);
/* all, none, or the words of tunnels parted by commas: a bit 1 << kind for each. */
bool fs_option_parse_tunnels(const char *text, uint64_t *kinds);

/* Sets the option `name` from `text`. False: `error` has one line without a newline, *config is as
 * it was. */
bool fs_option_set(struct flowscope_config *config, const char *name, const char *text, char *error,
                   size_t error_size);

#endif
