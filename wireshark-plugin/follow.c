/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The payload is that of the packet's innermost flow, as it was captured. TCP's is put in order:
 * what came twice is shown once, what came early waits; what the other end acknowledges and the
 * capture has not got is a line that says so. */
#include "follow.h"

#include "annotations.h"
#include "feed.h"
#include "flows.h"
#include "host.h"
#include "preferences.h"

#include "base/seq32.h"
#include "packet/headers.h"

#include <epan/follow.h>
#include <epan/ipproto.h>
#include <epan/tap.h>
#include <epan/to_str.h>

#define TAP "flowscope_follow"

static int tap = -1;

/* A packet on its way to the listeners. */
struct piece {
    const struct fs_flow *flow;
    const uint8_t *data;
    uint32_t length;  /* captured */
    uint32_t missing; /* more that was on the wire */
    bool from_server;
    bool is_tcp;
    struct fs_tcp_segment tcp;
};

static bool read_piece(struct piece *piece, tvbuff_t *tvb, const packet_info *pinfo)
{
    struct fs_packet_options options = fs_packet_options_of(fs_preferences_config());
    struct flowscope_packet packet;
    struct fs_frame frame;
    const struct fs_headers *own;
    uint32_t start, end;

    fs_feed_describe(&packet, tvb, pinfo);
    if (fs_headers_read(&packet, &options, &frame) != FLOWSCOPE_VERDICT_ok)
        return false;
    own = &frame.level[frame.level_count - 1];
    piece->is_tcp = own->has_tcp;
    piece->tcp = own->tcp;
    if (!own->has_tcp && piece->flow->protocol != IP_PROTO_UDP)
        return false;
    start = own->transport_at + 8; /* RFC 768; RFC 9293, 3.1: data offset */
    if (own->has_tcp && own->transport_at + 13 <= packet.captured_bytes)
        start = own->transport_at + (packet.data[own->transport_at + 12] >> 4) * 4u;
    if (start > packet.captured_bytes)
        return false;
    end = MIN(packet.captured_bytes - start, own->payload_bytes);
    piece->data = packet.data + start;
    piece->length = end;
    piece->missing = own->payload_bytes - end;
    return true;
}

void fs_follow_frame(tvbuff_t *tvb, packet_info *pinfo)
{
    const struct fs_annotation *annotation;
    struct piece *piece;

    if (!have_tap_listener(tap))
        return;
    annotation = fs_annotations_get(pinfo->fd->num);
    piece = wmem_new0(pinfo->pool, struct piece);
    piece->flow = annotation ? fs_flows_get(annotation->flow_id) : NULL;
    if (!piece->flow || !annotation->packet_number)
        return;
    piece->from_server = annotation->direction == FLOWSCOPE_DIRECTION_REVERSE;
    if (read_piece(piece, tvb, pinfo))
        tap_queue_packet(tap, pinfo, piece);
}

static follow_record_t *new_record(const packet_info *pinfo, const struct piece *piece)
{
    follow_record_t *record = g_new0(follow_record_t, 1);

    record->is_server = piece->from_server;
    record->packet_num = pinfo->fd->num;
    record->abs_ts = pinfo->fd->abs_ts;
    record->seq = piece->tcp.seq;
    record->data = g_byte_array_append(g_byte_array_new(), piece->data, piece->length);
    return record;
}

static void show(follow_info_t *follow, follow_record_t *record)
{
    follow->bytes_written[record->is_server] += record->data->len;
    follow->payload = g_list_prepend(follow->payload, record);
}

static void show_gap(follow_info_t *follow, const follow_record_t *after, uint32_t bytes)
{
    follow_record_t *record = g_new0(follow_record_t, 1);
    char *text = g_strdup_printf("[%u bytes missing in capture file]", bytes);

    record->is_server = after->is_server;
    record->packet_num = after->packet_num;
    record->abs_ts = after->abs_ts;
    record->data =
        g_byte_array_append(g_byte_array_new(), (const guint8 *)text, (guint)strlen(text));
    g_free(text);
    follow->payload = g_list_prepend(follow->payload, record);
}

/* Shows what of the record is new; false: it begins past what comes next. */
static bool show_next(follow_info_t *follow, follow_record_t *record)
{
    uint32_t *next = &follow->seq[record->is_server];
    int32_t ahead = fs_seq32_diff(record->seq, *next);
    uint32_t end = fs_seq32_add(record->seq, record->data->len);

    if (ahead > 0)
        return false;
    if (fs_seq32_diff(end, *next) <= 0) {
        g_byte_array_free(record->data, TRUE);
        g_free(record);
        return true;
    }
    if (ahead < 0)
        g_byte_array_remove_range(record->data, 0, (guint)-ahead);
    *next = end;
    show(follow, record);
    return true;
}

static gint by_seq(gconstpointer a, gconstpointer b)
{
    return fs_seq32_diff(((const follow_record_t *)a)->seq, ((const follow_record_t *)b)->seq);
}

static void show_waiting(follow_info_t *follow, bool side)
{
    while (follow->fragments[side] && show_next(follow, follow->fragments[side]->data))
        follow->fragments[side] =
            g_list_delete_link(follow->fragments[side], follow->fragments[side]);
}

/* What is acknowledged was received: if it is not here by now it was not captured. */
static void give_up(follow_info_t *follow, bool side, uint32_t acknowledged)
{
    while (follow->fragments[side]) {
        const follow_record_t *first = follow->fragments[side]->data;

        if (fs_seq32_before(acknowledged, first->seq))
            break;
        show_gap(follow, first, (uint32_t)fs_seq32_diff(first->seq, follow->seq[side]));
        follow->seq[side] = first->seq;
        show_waiting(follow, side);
    }
}

/* As Wireshark's own followers do, a next number of 0 means that none is known yet. */
static void take_segment(follow_info_t *follow, const packet_info *pinfo, const struct piece *piece)
{
    bool side = piece->from_server;

    if (piece->tcp.flags & FS_TCP_SYN)
        follow->seq[side] = fs_seq32_add(piece->tcp.seq, 1);
    else if (!follow->seq[side])
        follow->seq[side] = piece->tcp.seq;
    if ((piece->tcp.flags & FS_TCP_ACK) && follow->seq[!side])
        give_up(follow, !side, piece->tcp.ack);
    if (piece->length && !(piece->tcp.flags & FS_TCP_SYN)) {
        follow_record_t *record = new_record(pinfo, piece);

        if (!show_next(follow, record))
            follow->fragments[side] = g_list_insert_sorted(follow->fragments[side], record, by_seq);
        else
            show_waiting(follow, side);
    }
}

static tap_packet_status take(void *data, packet_info *pinfo, epan_dissect_t *edt,
                              const void *queued, tap_flags_t flags)
{
    follow_info_t *follow = data;
    const struct piece *piece = queued;
    const struct fs_flow *flow = piece->flow;

    (void)edt, (void)flags;
    if (follow->client_ip.type == AT_NONE) {
        int type = flow->ip_version == 6 ? AT_IPv6 : AT_IPv4,
            length = flow->ip_version == 6 ? 16 : 4;

        alloc_address_wmem(NULL, &follow->client_ip, type, length, flow->source);
        alloc_address_wmem(NULL, &follow->server_ip, type, length, flow->destination);
        follow->client_port = flow->source_port;
        follow->server_port = flow->destination_port;
    }
    if (piece->is_tcp)
        take_segment(follow, pinfo, piece);
    else if (piece->length)
        show(follow, new_record(pinfo, piece));
    return TAP_PACKET_DONT_REDRAW;
}

static char *index_filter(guint flow_id, guint unused)
{
    (void)unused;
    return g_strdup_printf("flowscope.flow_id == %u", flow_id);
}

static char *packet_filter(epan_dissect_t *edt, packet_info *pinfo, guint *flow_id, guint *sub)
{
    const struct fs_annotation *annotation = fs_annotations_get(pinfo->fd->num);

    (void)edt;
    *sub = 0;
    *flow_id = annotation ? annotation->flow_id : 0;
    return *flow_id ? index_filter(*flow_id, 0) : NULL;
}

static char *ends_filter(address *source, address *destination, int source_port,
                         int destination_port)
{
    const char *name = source->type == AT_IPv6 ? "ipv6" : "ip";
    char *from = address_to_str(NULL, source), *to = address_to_str(NULL, destination), *filter;

    filter = g_strdup_printf("flowscope.flow_id && %s.addr == %s && %s.addr == %s && "
                             "((tcp.port == %d && tcp.port == %d) || "
                             "(udp.port == %d && udp.port == %d))",
                             name, from, name, to, source_port, destination_port, source_port,
                             destination_port);
    wmem_free(NULL, from);
    wmem_free(NULL, to);
    return filter;
}

static char *port_text(wmem_allocator_t *allocator, guint port)
{
    return wmem_strdup_printf(allocator, "%u", port);
}

#ifdef FS_HOST_FOLLOW_COUNTS
static uint32_t count_flows(void)
{
    return fs_flows_last_id();
}
#endif

void fs_follow_register(int protocol)
{
    tap = register_tap(TAP);
#ifdef FS_HOST_FOLLOW_COUNTS
    register_follow_stream(protocol, TAP, packet_filter, index_filter, ends_filter, port_text, take,
                           count_flows, NULL);
#else
    register_follow_stream(protocol, TAP, packet_filter, index_filter, ends_filter, port_text,
                           take);
#endif
}
