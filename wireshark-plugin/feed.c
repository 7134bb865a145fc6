/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each frame is fed once, on its first dissection, in the order of its number.
 *
 * - A read filter (-2 -R, or Wireshark's) dissects the frames that it rejects too, under numbers
 *   that the next frame then gets again. The engine sees both, as flows must not depend on a
 *   filter: the counters and ids are those of the whole file, the annotation is the last one's.
 * - After an interrupted reload Wireshark dissects the rest for the first time in random order.
 *   The engine could only be misled by that: such frames are not analysed.
 *
 * All frames have been fed when Wireshark says that it has read the file to its end, or, when it
 * dissects it once more, at the same last frame. Then the flows can be read as wholes. */
#include "feed.h"

#include "annotations.h"
#include "copies.h"
#include "flows.h"
#include "host.h"
#include "link_type.h"
#include "preferences.h"
#include "refilter.h"
#include "run.h"
#include "table.h"

#include <flowscope/engine.h>

#include <epan/epan.h>
#include <wiretap/wtap.h>
#include <wsutil/report_message.h>

#include <string.h>
#include <sys/random.h>

static struct {
    flowscope_engine *engine;
    uint32_t last_frame;
    bool failed;
    bool open_flows_read;
    bool named[4096]; /* interfaces of the first section that the engine has the name of */
    uint64_t reused;  /* the flow that ended for the frame being fed, or 0 */
} session;

/* The file that was read to its end last. Wireshark does not say that it dissects it again, and
 * keeps what it knows of its frames where it was. */
static struct {
    const frame_data *first;
    int64_t offset;
    uint32_t length;
    uint32_t last_frame;
} read_file;

/* The engine outlives no session: file, reload, change of preferences, -M, file of a ring. */
static void end_session(void)
{
    fs_table_session_end();
    fs_run_session_end();
    flowscope_engine_destroy(session.engine);
    fs_annotations_clear();
    fs_copies_clear();
    fs_flows_clear();
    memset(&session, 0, sizeof session);
}

static void end_of_file(void)
{
    read_file.last_frame = session.last_frame;
    fs_refilter_soon();
}

void fs_feed_register(void)
{
    register_cleanup_routine(end_session);
    register_postseq_cleanup_routine(end_of_file);
    fs_run_configured_by(fs_preferences_config());
}

static void flow_ended(void *unused, const struct flowscope_flow_record *record)
{
    fs_flows_put(unused, record);
    if (record->end_reason == FLOWSCOPE_END_reused)
        session.reused = record->flow_id;
    if (fs_run_is_held())
        fs_run_flow_ended(unused, record);
}

static uint64_t random_seed(void)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = (uint64_t)g_random_int() << 32 | g_random_int();
    return seed;
}

static void recognise_file(const frame_data *first)
{
    if (first == read_file.first && first->file_off == read_file.offset &&
        first->pkt_len == read_file.length)
        return;
    memset(&read_file, 0, sizeof read_file);
    read_file.first = first;
    read_file.offset = first->file_off;
    read_file.length = first->pkt_len;
}

/* Not before the first frame: until then preferences may change, and many sessions have none. */
static bool begin_session(const frame_data *first)
{
    struct flowscope_config config = *fs_preferences_config();
    const struct flowscope_sink sink = {
        .size = sizeof sink,
        .flow_started = fs_flows_put,
        .flow_ended = flow_ended,
        .frame_settled = fs_annotations_settle,
    };
    enum flowscope_status status;

    if (session.engine || session.failed)
        return session.engine;
    recognise_file(first);
    fs_refilter_soon();
    fs_table_session_begin();
    fs_link_type_begin();
    config.hash_seed = random_seed();
    status = flowscope_engine_create(&session.engine, &config, &sink);
    if (status == FLOWSCOPE_OK) {
        fs_run_session_begin(session.engine, &config);
        return true;
    }
    session.failed = true;
    if (fs_run_is_held())
        fs_run_session_failed(flowscope_status_text(status));
    else
        report_failure("flowscope: %s", flowscope_status_text(status));
    return false;
}

static uint8_t interface_direction(const wtap_rec *rec)
{
    uint32_t flags;

    if (!rec->block || wtap_block_get_uint32_option_value(rec->block, OPT_PKT_FLAGS, &flags) !=
                           WTAP_OPTTYPE_SUCCESS)
        return FLOWSCOPE_INTERFACE_UNKNOWN;
    switch (PACK_FLAGS_DIRECTION(flags)) {
    case PACK_FLAGS_DIRECTION_INBOUND:
        return FLOWSCOPE_INTERFACE_INBOUND;
    case PACK_FLAGS_DIRECTION_OUTBOUND:
        return FLOWSCOPE_INTERFACE_OUTBOUND;
    default:
        return FLOWSCOPE_INTERFACE_UNKNOWN;
    }
}

static void describe_data(struct flowscope_packet *packet, tvbuff_t *tvb, const packet_info *pinfo)
{
    const wtap_rec *rec = pinfo->rec;

    packet->is_packet = true;
    packet->link_type = fs_link_type_of_frame(pinfo);
    packet->captured_bytes = tvb_captured_length(tvb);
    if (packet->captured_bytes)
        packet->data = tvb_get_ptr(tvb, 0, (int)packet->captured_bytes);
    /* Not the tvbuff's length, which stops at 2^31 - 1. */
    packet->wire_bytes = rec->rec_header.packet_header.len;
    if (rec->presence_flags & WTAP_HAS_INTERFACE_ID)
        packet->interface = rec->rec_header.packet_header.interface_id;
    packet->direction = interface_direction(rec);
}

void fs_feed_describe(struct flowscope_packet *packet, tvbuff_t *tvb, const packet_info *pinfo)
{
    const frame_data *frame = pinfo->fd; /* number and time in pinfo may be an inner packet's */
    const wtap_rec *rec = pinfo->rec;

    *packet = (struct flowscope_packet){
        .size = sizeof *packet,
        .frame = frame->num,
        .link_type = FLOWSCOPE_LINK_TYPE_NONE,
    };
    packet->time_ns = flowscope_time_ns(frame->abs_ts.secs, frame->abs_ts.nsecs, frame->has_ts,
                                        &packet->time_quality);
    if (rec->presence_flags & WTAP_HAS_SECTION_NUMBER)
        packet->section = rec->section_number;
    if (rec->rec_type == REC_TYPE_PACKET)
        describe_data(packet, tvb, pinfo);
}

/* The first section's alone: of later ones Wireshark 4.0 says the name of another interface. */
static void name_interface(const packet_info *pinfo, const struct flowscope_packet *packet)
{
    const char *name;

    if (!(pinfo->rec->presence_flags & WTAP_HAS_INTERFACE_ID) || packet->section != 0 ||
        packet->interface >= G_N_ELEMENTS(session.named) || session.named[packet->interface])
        return;
    session.named[packet->interface] = true;
    name = fs_host_interface_name(pinfo->epan, packet->interface);
    if (name && strcmp(name, "unknown") != 0) /* said of one that has none */
        flowscope_engine_name_interface(session.engine, 0, packet->interface, name);
}

static void note_copy(uint32_t frame, const struct flowscope_result *result)
{
    struct flowscope_copy copy;

    fs_copies_put(frame,
                  result->dup_kind && flowscope_engine_copy(session.engine, &copy) == FLOWSCOPE_OK
                      ? &copy
                      : NULL);
}

void fs_feed_frame(tvbuff_t *tvb, const packet_info *pinfo)
{
    const frame_data *frame = pinfo->fd;
    struct flowscope_packet packet;
    struct flowscope_result result;

    if (frame->visited || frame->num < session.last_frame || !begin_session(frame))
        return;
    fs_feed_describe(&packet, tvb, pinfo);
    session.reused = 0;
    if (flowscope_engine_feed(session.engine, &packet, 1, &result) != FLOWSCOPE_OK)
        return;
    name_interface(pinfo, &packet);
    session.last_frame = frame->num;
    session.open_flows_read = false;
    fs_annotations_put(frame->num, &result, result.packet_number == 1 ? session.reused : 0);
    note_copy(frame->num, &result);
    if (frame->num == read_file.last_frame)
        fs_refilter_soon(); /* perhaps a filter's own pass, after a reload that was interrupted */
}

void fs_feed_read_flows(void)
{
    if (session.engine && !session.open_flows_read)
        flowscope_engine_visit_flows(session.engine, fs_flows_put, NULL);
    session.open_flows_read = true;
}

bool fs_feed_pair(uint32_t number, struct flowscope_dup_pair *pair)
{
    struct flowscope_counters *counters = g_new0(struct flowscope_counters, 1);
    bool found = false;

    counters->size = sizeof *counters;
    if (session.engine && flowscope_engine_counters(session.engine, counters) == FLOWSCOPE_OK &&
        number < counters->copies.pair_count) {
        *pair = counters->copies.pairs[number];
        found = true;
    }
    g_free(counters);
    return found;
}

bool fs_feed_is_complete(void)
{
    if (!session.engine || !read_file.last_frame || session.last_frame != read_file.last_frame)
        return false;
    fs_feed_read_flows();
    return true;
}

/* Under a read filter the numbers of frames that it rejects are used again. */
bool fs_feed_end_of_pass(uint32_t last_frame)
{
    if (!session.engine || session.last_frame < last_frame)
        return false;
    read_file.last_frame = session.last_frame;
    return true;
}
