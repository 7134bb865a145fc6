/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's options. All of them stand in config.def, with defaults, ranges and help. */
#ifndef FLOWSCOPE_CONFIG_H
#define FLOWSCOPE_CONFIG_H

#include <flowscope/digest.h>
#include <flowscope/key.h>
#include <flowscope/status.h>

FLOWSCOPE_BEGIN_DECLS

/* The values of `tcp_facts`: what is kept of TCP connections beside their state. */
enum flowscope_tcp_facts_level {
    FLOWSCOPE_TCP_FACTS_OFF,
    FLOWSCOPE_TCP_FACTS_HISTORY, /* history and conn_state */
    FLOWSCOPE_TCP_FACTS_ON,      /* retransmissions, round trips and the like too */
    FLOWSCOPE_TCP_FACTS_ALL,     /* the same; reports print all of them */
};

/* The values of `identity`: what of the layers around a flow enters its key. */
enum flowscope_identity {
    FLOWSCOPE_IDENTITY_IGNORE_VLAN, /* identifiers that are equal in both directions, but no VLAN */
    FLOWSCOPE_IDENTITY_STRICT,      /* every identifier; a flow may be one-way then */
    FLOWSCOPE_IDENTITY_INNER_ONLY,  /* none */
};

#define FLOWSCOPE_PORT_TIMEOUTS 16

/* An idle timeout for flows with this port on either side; the responder's port goes before the
 * initiator's, and the first entry that fits counts. Half-open and closed connections keep their
 * own timeouts. The entries in use come first; timeout_ns is 0 in the others. */
struct flowscope_port_timeout {
    int64_t timeout_ns;
    uint16_t port;
    uint8_t protocol; /* 6, 17 or 132 (TCP, UDP, SCTP); 0 for each of them */
    uint8_t reserved[5];
};

/* The values of `duplicates`. */
enum flowscope_duplicates_action {
    FLOWSCOPE_DUPLICATES_MARK,   /* copies have dup_of, dup_kind and their flow's id, and move
                                  * nothing */
    FLOWSCOPE_DUPLICATES_DROP,   /* copies have verdict duplicate and no flow */
    FLOWSCOPE_DUPLICATES_IGNORE, /* copies are not looked for */
};

/* The values of `dup_profile`. */
enum flowscope_dup_profile {
    FLOWSCOPE_DUP_PROFILE_STANDARD,
    FLOWSCOPE_DUP_PROFILE_LOOPBACK,
};

#define FLOWSCOPE_WINDOW_MAX_NS INT64_C(60000000000) /* of options that are windows */

/* The values of `ipv4_overlap`: whose bytes stand where a fragment meets one that came before
 * it. */
enum flowscope_overlap {
    FLOWSCOPE_OVERLAP_FIRST,   /* the earlier one's */
    FLOWSCOPE_OVERLAP_LAST,    /* the later one's */
    FLOWSCOPE_OVERLAP_BSD,     /* the later one's if it begins before the other */
    FLOWSCOPE_OVERLAP_LINUX,   /* the later one's if it begins before the other or with it */
    FLOWSCOPE_OVERLAP_WINDOWS, /* the later one's if it begins before the other and ends after it */
};

/* Size first: a library newer than the caller fills what the caller does not know with defaults;
 * an older one takes a larger struct only if the part it does not know is zero. */
struct flowscope_config {
    size_t size;
    uint64_t hash_seed; /* a random number keeps hostile captures from aiming at one bucket; it
                         * never shows in any result */
    /* If not NULL, makes the keys in the place of `key`; key_user is handed to it. */
    flowscope_key_function *key_function;
    void *key_user;
    /* For what is made of digests; NULL: those values are empty. It must outlive the engine. */
    const struct flowscope_digests *digests;
    uint64_t flow_state_bytes; /* memory of the caller's own for each flow, up to 65536: zeroes when
                                * it opens, handed to callbacks as flow_state */
    int64_t tick_interval_ns;  /* of flow_tick; 0: never */
#define FLOWSCOPE_DURATION(name, default_s, min_ns, max_s, title, help)               int64_t name##_ns;
#define FLOWSCOPE_WINDOW(name, default_us, title, help)                               int64_t name##_ns;
#define FLOWSCOPE_COUNT(name, default_count, min, max, title, help)                   uint64_t name;
#define FLOWSCOPE_CHOICE(name, default_count, default_word, last, words, title, help) uint64_t name;
#define FLOWSCOPE_PORTS(name, title, help)                                                         \
    struct flowscope_port_timeout name[FLOWSCOPE_PORT_TIMEOUTS];
#define FLOWSCOPE_TUNNELS(name, title, help) uint64_t name;
#include <flowscope/config.def>
#undef FLOWSCOPE_PORTS
#undef FLOWSCOPE_DURATION
#undef FLOWSCOPE_WINDOW
#undef FLOWSCOPE_COUNT
#undef FLOWSCOPE_CHOICE
#undef FLOWSCOPE_TUNNELS
};

/* Sets size and every default; hash_seed becomes 0. */
FLOWSCOPE_API void flowscope_config_init(struct flowscope_config *config);

/* FLOWSCOPE_OK, or BAD_SIZE, or BAD_CONFIG with *bad_field (if not NULL) set to the name of the
 * first field out of its range, a static string. */
FLOWSCOPE_API enum flowscope_status flowscope_config_check(const struct flowscope_config *config,
                                                           const char **bad_field);

/* Bytes of address space that an engine of this configuration reserves at create, all of it; the
 * system gives real memory only to the part that is used. 0 if the configuration is not valid. */
FLOWSCOPE_API size_t flowscope_config_footprint(const struct flowscope_config *config);

#define FLOWSCOPE_KEY_BYTES  44
#define FLOWSCOPE_LEVELS_MAX (FLOWSCOPE_LAYERS_MAX + 1)

/* A key by itself, without flows. */
struct flowscope_extracted {
    size_t size;     /* sizeof(struct flowscope_extracted) */
    uint8_t verdict; /* enum flowscope_verdict; unless ok there is no level */
    uint8_t level_count;
    struct flowscope_extracted_level {
        struct flowscope_level level;
        uint8_t key[FLOWSCOPE_KEY_BYTES]; /* equal on all packets of a flow, in no other order than
                                           * this library's version has it */
        bool reverse;               /* this packet goes from the key's second end to its first */
    } levels[FLOWSCOPE_LEVELS_MAX]; /* outermost first */
};

/* The keys of one packet as an engine of this configuration (NULL: the defaults) makes them; keeps
 * nothing. BAD_ARGUMENT, BAD_SIZE or BAD_CONFIG, else OK. */
FLOWSCOPE_API enum flowscope_status flowscope_extract(const struct flowscope_config *config,
                                                      const struct flowscope_packet *packet,
                                                      struct flowscope_extracted *extracted);

FLOWSCOPE_END_DECLS

#endif
