/* SPDX-License-Identifier: BSD-2-Clause */
/* What an engine tells while it is fed: the sink and what its callbacks get. */
#ifndef FLOWSCOPE_EVENT_H
#define FLOWSCOPE_EVENT_H

#include <flowscope/record.h>

FLOWSCOPE_BEGIN_DECLS

enum flowscope_severity {
    FLOWSCOPE_SEVERITY_info,
    FLOWSCOPE_SEVERITY_warning,
    FLOWSCOPE_SEVERITY_error,
    FLOWSCOPE_SEVERITY_critical,
    FLOWSCOPE_SEVERITY_COUNT
};

enum flowscope_anomaly_kind {
#define FLOWSCOPE_ANOMALY(name, severity, text) FLOWSCOPE_ANOMALY_##name,
#include <flowscope/anomaly.def>
#undef FLOWSCOPE_ANOMALY
    FLOWSCOPE_ANOMALY_COUNT
};

/* Something out of the ordinary. Lives for the call. */
struct flowscope_anomaly {
    size_t size;
    uint32_t kind;     /* enum flowscope_anomaly_kind */
    uint32_t severity; /* enum flowscope_severity */
    uint64_t count;    /* of this kind so far, this one too */
    uint64_t frame;    /* that shows it; 0 where it is no frame's fault: the table's limits */
    int64_t time_ns;   /* the clock of the engine */
    const struct flowscope_flow_record *flow; /* that it befalls; NULL: none, or none yet */
};

/* A packet and its flow, of which there are several in a tunnel. Lives for the call. */
struct flowscope_packet_event {
    size_t size;
    const struct flowscope_packet *packet; /* as it was fed */
    uint64_t flow_id;
    uint64_t packet_number; /* its place in the flow, both directions, from 1 */
    uint32_t bytes;         /* IP length, as in the record */
    uint32_t payload_bytes;
    uint8_t direction; /* enum flowscope_direction */
    uint8_t tcp_state; /* enum flowscope_tcp_state, after this packet */
    uint8_t reserved[6];
    void *flow_state; /* the caller's memory of this flow, see flow_state_bytes; NULL for none */
};

/* Events. Any callback may be NULL, and costs next to nothing then. Records live until the callback
 * returns, record->flow_state as long as the flow. A callback must not call its engine (feed,
 * advance, flush, reset and the like then answer FLOWSCOPE_BUSY).
 *
 * Of one packet and flow they come in this order: the ends that it causes, flow_started,
 * flow_state_changed, flow_established, flow_packet, flow_tick, flow_closed. */
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
    /* The TCP state is another than after the flow's last packet, which left it at `before` (enum
     * flowscope_tcp_state). Not told of the state that the first packet brings. */
    void (*flow_state_changed)(void *user, const struct flowscope_flow_record *record,
                               unsigned before);
    /* The TCP state became established, once for each flow; with the first packet if the connection
     * was picked up mid-stream. */
    void (*flow_established)(void *user, const struct flowscope_flow_record *record);
    /* A packet was counted in its flow, the first one too. Not told of frames that had to wait for
     * their flow: frame_settled is. */
    void (*flow_packet)(void *user, const struct flowscope_packet_event *event);
    /* A packet came tick_interval_ns (of the configuration) or more after the flow's start or its
     * last tick, by the engine's clock. A flow without packets ticks no more. */
    void (*flow_tick)(void *user, const struct flowscope_flow_record *record);
    /* TCP: the connection has closed, or was reset, with this packet. Its record leaves later, with
     * flow_ended, as late packets still belong to it. */
    void (*flow_closed)(void *user, const struct flowscope_flow_record *record);
    void (*anomaly)(void *user, const struct flowscope_anomaly *anomaly);
    /* The flow's memory is about to be forgotten: after flow_ended, and by reset and destroy for
     * flows that are open then. What it owns is to be released here. */
    void (*flow_state_drop)(void *user, void *flow_state);
};

/* The words of anomaly.def and of enum flowscope_severity; static strings, "" for a value out of
 * range. */
FLOWSCOPE_API const char *flowscope_anomaly_name(unsigned kind);
FLOWSCOPE_API const char *flowscope_severity_name(unsigned severity);
FLOWSCOPE_API enum flowscope_severity flowscope_anomaly_severity(unsigned kind);

FLOWSCOPE_END_DECLS

#endif
