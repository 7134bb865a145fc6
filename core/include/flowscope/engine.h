/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine: frames in, annotations and flow records out. It does no I/O, has no clock, no
 * threads and no globals: time comes with the packets. One engine belongs to one thread at a
 * time; any number of engines may live side by side.
 *
 * What holds for every function that returns a status: FLOWSCOPE_OK is done, BAD_ARGUMENT a pointer
 * that is NULL though it may not be. From a callback of the same engine, those that feed, end or
 * look at flows answer BUSY and do nothing. A struct whose size member is none that the library
 * knows is BAD_SIZE. After an error the engine is as it was. Whatever else a function answers
 * stands there. */
#ifndef FLOWSCOPE_ENGINE_H
#define FLOWSCOPE_ENGINE_H

#include <flowscope/config.h>
#include <flowscope/duplicates.h>
#include <flowscope/event.h>
#include <flowscope/packet.h>
#include <flowscope/rates.h>
#include <flowscope/record.h>

FLOWSCOPE_BEGIN_DECLS

typedef struct flowscope_engine flowscope_engine;

#define FLOWSCOPE_UNKNOWN_TYPES_MAX 8

struct flowscope_unknown_type {
    uint32_t link_type;
    uint64_t packets;
};

enum flowscope_bound_kind {
#define FLOWSCOPE_BOUND(name, text) FLOWSCOPE_BOUND_##name,
#include <flowscope/bound.def>
#undef FLOWSCOPE_BOUND
    FLOWSCOPE_BOUND_COUNT
};

/* How full something of a fixed size was at most. */
struct flowscope_bound {
    uint64_t most;
    uint64_t limit;
};

/* What was counted since create or reset. The books: frames = packets_in_flows + duplicates +
 * no_flow, and no_flow is the sum of its group in counters.def. */
struct flowscope_counters {
    size_t size;
#define FLOWSCOPE_COUNTER(group, name, text) uint64_t name;
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
    uint64_t anomalies[FLOWSCOPE_ANOMALY_COUNT];
    struct flowscope_bound bounds[FLOWSCOPE_BOUND_COUNT];
    uint64_t open_flows;   /* flows that are in the table now */
    int64_t first_time_ns; /* smallest and largest time of any frame */
    int64_t last_time_ns;
    bool has_time; /* false: no frame had a time */
    /* unknown_link_type by type, in the order in which they came; entries in use come first. Types
     * that Wireshark cannot tell apart are one, those without a number and the rest are other. */
    struct flowscope_unknown_type unknown_types[FLOWSCOPE_UNKNOWN_TYPES_MAX];
    uint64_t unknown_types_other;
    struct flowscope_duplicates copies;
    struct flowscope_rates rates;
};

/* Makes an engine and reserves all the memory it will ever use. `config` NULL means defaults,
 * `sink` NULL means no events; both are copied. On success *engine belongs to the caller until
 * flowscope_engine_destroy(). Fails with BAD_ARGUMENT, BAD_SIZE, BAD_CONFIG or NO_MEMORY and sets
 * *engine to NULL. NO_MEMORY: the system refused flowscope_config_footprint() bytes of address
 * space. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_create(flowscope_engine **engine,
                                                            const struct flowscope_config *config,
                                                            const struct flowscope_sink *sink);

/* Frees everything, without events but flow_state_drop; NULL is allowed. */
FLOWSCOPE_API void flowscope_engine_destroy(flowscope_engine *engine);

/* Forgets all flows and counters, without events but flow_state_drop, as if just created; ids start
 * at 1 again. Configuration and sink stay; memory goes back to the system but stays reserved. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_reset(flowscope_engine *engine);

/* Takes `count` frames in capture order and writes one result for each into `results` (NULL if
 * not wanted). Packets and results belong to the caller; the engine keeps no pointer to either.
 * How frames are cut into calls never changes a result; 32 and more in a call are the fastest.
 * Damaged traffic is a verdict, never an error. BAD_SIZE looks at the first packet alone. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_feed(flowscope_engine *engine,
                                                          const struct flowscope_packet *packets,
                                                          size_t count,
                                                          struct flowscope_result *results);

/* Says that time has come to `now_ns` (live captures, between packets): ends what is idle. The
 * clock never runs back, an earlier time does nothing. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_advance(flowscope_engine *engine,
                                                             int64_t now_ns);

/* Ends every flow as the end of the capture does, with events in order of flow_id; fragments that
 * wait are lost. The engine may be fed on: counters and ids go on, and so does its clock. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_flush(flowscope_engine *engine);

/* Calls `visit` for every open flow, in no particular order, with a record as it would read if the
 * capture ended now. Ends and changes nothing; `visit` must not feed the engine or end flows. The
 * record lives for the call. */
FLOWSCOPE_API enum flowscope_status
flowscope_engine_visit_flows(const flowscope_engine *engine,
                             void (*visit)(void *user, const struct flowscope_flow_record *record),
                             void *user);

/* Names an interface (UTF-8, copied, cut to fit), for the pairs of interfaces in the counters of
 * copies; at any time. Blanks and controls become underscores; an interface that is given two names
 * has none. BAD_ARGUMENT for NULL. Ignored where copies are not looked for. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_name_interface(flowscope_engine *engine,
                                                                    uint32_t section,
                                                                    uint32_t interface,
                                                                    const char *name);

/* Where and how late the copy came that was fed last, into *copy: of all frames with bytes and a
 * time the last one. FLOWSCOPE_NOT_FOUND: that was none, or copies are not looked for. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_copy(const flowscope_engine *engine,
                                                          struct flowscope_copy *copy);

/* Says that `packets` more were lost before they could be fed (the kernel dropped them): counted as
 * capture_drops, outside of the books, which are of frames. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_count_drops(flowscope_engine *engine,
                                                                 uint64_t packets);

/* Writes the counters into `text`, which has room for `size` bytes with the terminator, in the text
 * format of Prometheus (version 0.0.4). Returns how many bytes that takes without the terminator:
 * if it is `size` or more, the text was cut; with `size` 0 `text` may be NULL. */
FLOWSCOPE_API size_t flowscope_prometheus(const struct flowscope_counters *counters, char *text,
                                          size_t size);

/* The words of bound.def; a static string, "" for a value out of range. */
FLOWSCOPE_API const char *flowscope_bound_name(unsigned bound);

/* The open flow with this id, as it would read if the capture ended now, into *record, whose size
 * is set before. FLOWSCOPE_NOT_FOUND: it has ended, or never was. Looks at all open flows. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_flow(const flowscope_engine *engine,
                                                          uint64_t flow_id,
                                                          struct flowscope_flow_record *record);

/* Endpoints to look for, in either order. */
struct flowscope_endpoints {
    uint8_t ip_version; /* 4 or 6 */
    uint8_t protocol;   /* IANA number */
    uint16_t port[2];   /* ICMP: as in the record; 0 where the protocol has none */
    uint8_t reserved[2];
    uint8_t address[2][16]; /* IPv4 in the first four bytes, the rest zero */
};

/* The same by endpoints. Of several (the same addresses in different tunnels) the one that was
 * opened last. Looks at all open flows too. */
FLOWSCOPE_API enum flowscope_status
flowscope_engine_find_flow(const flowscope_engine *engine,
                           const struct flowscope_endpoints *endpoints,
                           struct flowscope_flow_record *record);

/* Ends an open flow as `forced` (fin or rst if its connection has closed), with its event. The next
 * packet of its endpoints opens a new one. FLOWSCOPE_NOT_FOUND as above. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_close_flow(flowscope_engine *engine,
                                                                uint64_t flow_id);

/* Copies the counters into *counters, as they would read if the capture ended now (a fragment
 * still pending is lost then). counters->size, which the caller sets, says how much there is room
 * for. From a callback too. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_counters(const flowscope_engine *engine,
                                                              struct flowscope_counters *counters);

/* Adds the unknown types of *more to those of *sum, as if both were of one run. */
FLOWSCOPE_API void flowscope_counters_add_unknown(struct flowscope_counters *sum,
                                                  const struct flowscope_counters *more);

FLOWSCOPE_END_DECLS

#endif
