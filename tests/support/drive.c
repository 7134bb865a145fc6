/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/drive.h"

#include <string.h>

static void on_started(void *user, const struct flowscope_flow_record *record)
{
    struct drive *drive = user;

    g_string_append_printf(drive->log, "start %" G_GUINT64_FORMAT ", ", record->flow_id);
}

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    struct drive *drive = user;

    drive->last_ended = *record;
    g_string_append_printf(drive->log, "end %" G_GUINT64_FORMAT " %s, ", record->flow_id,
                           flowscope_end_reason_name(record->end_reason));
}

static void on_change(void *user, const struct flowscope_flow_record *record, unsigned before)
{
    struct drive *drive = user;

    g_string_append_printf(drive->log, "%s to %s, ", flowscope_tcp_state_name(before),
                           flowscope_tcp_state_name(record->tcp_state));
}

static void on_established(void *user, const struct flowscope_flow_record *record)
{
    struct drive *drive = user;

    g_string_append_printf(drive->log, "established %" G_GUINT64_FORMAT ", ", record->flow_id);
}

static void on_packet(void *user, const struct flowscope_packet_event *event)
{
    struct drive *drive = user;

    g_assert_cmpuint(event->packet->frame, ==, drive->frame);
    g_string_append_printf(drive->log, "%s %" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ", ",
                           flowscope_direction_name(event->direction), event->flow_id,
                           event->packet_number);
}

static void on_tick(void *user, const struct flowscope_flow_record *record)
{
    struct drive *drive = user;

    g_string_append_printf(drive->log, "tick %" G_GUINT64_FORMAT ", ", record->flow_id);
}

static void on_closed(void *user, const struct flowscope_flow_record *record)
{
    struct drive *drive = user;

    g_assert_cmpint(record->end_reason, ==, FLOWSCOPE_END_open);
    g_string_append_printf(drive->log, "closed %" G_GUINT64_FORMAT ", ", record->flow_id);
}

static void on_anomaly(void *user, const struct flowscope_anomaly *anomaly)
{
    struct drive *drive = user;

    g_string_append_printf(drive->log, "%s %s", flowscope_severity_name(anomaly->severity),
                           flowscope_anomaly_name(anomaly->kind));
    if (anomaly->frame)
        g_string_append_printf(drive->log, " frame %" G_GUINT64_FORMAT, anomaly->frame);
    if (anomaly->flow)
        g_string_append_printf(drive->log, " flow %" G_GUINT64_FORMAT, anomaly->flow->flow_id);
    g_string_append(drive->log, ", ");
    drive->last_count = anomaly->count;
}

void drive_watch(struct drive *drive)
{
    drive->sink.flow_state_changed = on_change;
    drive->sink.flow_established = on_established;
    drive->sink.flow_packet = on_packet;
    drive->sink.flow_tick = on_tick;
    drive->sink.flow_closed = on_closed;
    drive->sink.anomaly = on_anomaly;
}

void drive_init(struct drive *drive)
{
    memset(drive, 0, sizeof(*drive));
    flowscope_config_init(&drive->config);
    drive->config.max_flows = 100;
    drive->config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE; /* tests repeat frames at one time */
    drive->log = g_string_new(NULL);
    drive->sink = (struct flowscope_sink){.size = sizeof(drive->sink),
                                          .user = drive,
                                          .flow_started = on_started,
                                          .flow_ended = on_ended};
}

void drive_start(struct drive *drive)
{
    g_assert_cmpint(flowscope_engine_create(&drive->engine, &drive->config, &drive->sink), ==,
                    FLOWSCOPE_OK);
}

void drive_stop(struct drive *drive)
{
    flowscope_engine_destroy(drive->engine);
    g_string_free(drive->log, TRUE);
}

struct flowscope_result drive_frame(struct drive *drive, int64_t time_ns)
{
    struct flowscope_packet packet = build_packet(&drive->build, BUILD_LINK_ETHERNET);
    struct flowscope_result result;

    packet.frame = ++drive->frame;
    packet.time_ns = time_ns;
    packet.time_quality = FLOWSCOPE_TIME_GOOD;
    g_assert_cmpint(flowscope_engine_feed(drive->engine, &packet, 1, &result), ==, FLOWSCOPE_OK);
    return result;
}

static void begin(struct build *build, bool reply)
{
    build_begin(build);
    build_eth(build);
    build_ipv4(build, reply ? "198.51.100.2" : "192.0.2.1", reply ? "192.0.2.1" : "198.51.100.2");
}

struct flowscope_result drive_udp(struct drive *drive, uint16_t port, uint16_t service, bool reply,
                                  int64_t time_ns)
{
    begin(&drive->build, reply);
    build_udp(&drive->build, reply ? service : port, reply ? port : service);
    build_fill(&drive->build, 10);
    build_end(&drive->build);
    return drive_frame(drive, time_ns);
}

struct flowscope_result drive_tcp(struct drive *drive, uint16_t port, bool reply, uint32_t seq,
                                  uint32_t ack, uint8_t flags, int64_t time_ns)
{
    begin(&drive->build, reply);
    build_tcp(&drive->build, reply ? 80 : port, reply ? port : 80, seq, ack, flags);
    build_end(&drive->build);
    return drive_frame(drive, time_ns);
}

void drive_handshake(struct drive *drive, uint16_t port, int64_t time_ns)
{
    drive_tcp(drive, port, false, 100, 0, FS_TCP_SYN, time_ns);
    drive_tcp(drive, port, true, 500, 101, FS_TCP_SYN | FS_TCP_ACK, time_ns);
    drive_tcp(drive, port, false, 101, 501, FS_TCP_ACK, time_ns);
}

void drive_expect(struct drive *drive, const char *events)
{
    g_assert_cmpstr(drive->log->str, ==, events);
    g_string_truncate(drive->log, 0);
}

struct flowscope_counters drive_counters(const struct drive *drive)
{
    struct flowscope_counters counters = {.size = sizeof(counters)};

    g_assert_cmpint(flowscope_engine_counters(drive->engine, &counters), ==, FLOWSCOPE_OK);
    return counters;
}
