/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine: frames in, annotations and flow records out. It does no I/O, has no clock, no
 * threads and no globals: time comes with the packets. One engine belongs to one thread at a
 * time; any number of engines may live side by side. */
#ifndef FLOWSCOPE_ENGINE_H
#define FLOWSCOPE_ENGINE_H

#include <flowscope/config.h>
#include <flowscope/duplicates.h>
#include <flowscope/packet.h>
#include <flowscope/record.h>

FLOWSCOPE_BEGIN_DECLS

typedef struct flowscope_engine flowscope_engine;

/* Events. Any callback may be NULL. A record lives until its callback returns; a callback must not
 * call its engine (feed, advance, flush, reset then answer FLOWSCOPE_BUSY). */
struct flowscope_sink {
    size_t size; /* sizeof(struct flowscope_sink) */
    void *user;  /* handed to each callback */
    /* The flow's first packet has been counted. */
    void (*flow_started)(void *user, const struct flowscope_flow_record *record);
    /* The flow has left the engine; end_reason says why. Its id does not come back. */
    void (*flow_ended)(void *user, const struct flowscope_flow_record *record);
    /* The idle timeout of this flow in nanoseconds, at least 1; 0 or less for that of the
     * configuration. Asked when the flow opens and whenever its TCP state changes, with its record
     * after that packet; the answer holds until it is asked again. At most 48 different timeouts
     * fit between create and reset, those of port_timeout among them; flows with more of them have
     * the usual timeout and are counted in timeouts_full. */
    int64_t (*idle_timeout)(void *user, const struct flowscope_flow_record *record);
    /* What became of a frame whose result was `pending`: a fragment that came before the one that
     * tells its flow. *result takes the place of the earlier one. Either the flow is known now and
     * has counted the frame, or it will never be: then the verdict is fragment_lost, or (inside a
     * tunnel) what it was. The call comes while a later frame is being fed, or from advance or
     * flush; for each pending frame there is one, unless the engine is destroyed or reset. */
    void (*frame_settled)(void *user, uint64_t frame, const struct flowscope_result *result);
};

/* What was counted since create or reset. The books: frames = packets_in_flows + duplicates +
 * no_flow, and no_flow is the sum of its group in counters.def. */
struct flowscope_counters {
    size_t size;
#define FLOWSCOPE_COUNTER(group, name, text) uint64_t name;
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
    uint64_t open_flows;   /* flows that are in the table now */
    int64_t first_time_ns; /* smallest and largest time of any frame */
    int64_t last_time_ns;
    bool has_time; /* false: no frame had a time */
    struct flowscope_duplicates copies;
};

/* Makes an engine and reserves all the memory it will ever use. `config` NULL means defaults,
 * `sink` NULL means no events; both are copied. On success *engine belongs to the caller until
 * flowscope_engine_destroy(). Fails with BAD_ARGUMENT, BAD_SIZE, BAD_CONFIG or NO_MEMORY and sets
 * *engine to NULL. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_create(flowscope_engine **engine,
                                                            const struct flowscope_config *config,
                                                            const struct flowscope_sink *sink);

/* Frees everything, without events; NULL is allowed. */
FLOWSCOPE_API void flowscope_engine_destroy(flowscope_engine *engine);

/* Forgets all flows and counters, without events, as if just created; ids start at 1 again. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_reset(flowscope_engine *engine);

/* Takes `count` frames in capture order and writes one result for each into `results` (NULL if
 * not wanted). How frames are cut into calls never changes a result. Damaged traffic is a
 * verdict, never an error. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_feed(flowscope_engine *engine,
                                                          const struct flowscope_packet *packets,
                                                          size_t count,
                                                          struct flowscope_result *results);

/* Says that time has come to `now_ns` (live captures, between packets): ends what is idle. The
 * clock never runs back, an earlier time does nothing. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_advance(flowscope_engine *engine,
                                                             int64_t now_ns);

/* Ends every flow as the end of the capture does, with events in order of flow_id. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_flush(flowscope_engine *engine);

/* Calls `visit` for every open flow, in no particular order, with a record as it would read if the
 * capture ended now. Ends and changes nothing. The record lives for the call. */
FLOWSCOPE_API enum flowscope_status
flowscope_engine_visit_flows(const flowscope_engine *engine,
                             void (*visit)(void *user, const struct flowscope_flow_record *record),
                             void *user);

/* Copies the counters into *counters, as they would read if the capture ended now (a fragment
 * still pending is lost then). counters->size says how much the caller has room for. */
FLOWSCOPE_API enum flowscope_status flowscope_engine_counters(const flowscope_engine *engine,
                                                              struct flowscope_counters *counters);

FLOWSCOPE_END_DECLS

#endif
