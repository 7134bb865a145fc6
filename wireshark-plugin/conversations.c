/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row is a flow: its ends by our key, packet by packet, the frame's bytes as in the tabs beside
 * it. A packet counts at its innermost flow alone.
 *
 * The rows say that they are of no type that Wireshark knows. For TCP and UDP it takes a row's
 * number for one of its own streams: "apply as filter" would show another conversation, and so
 * would "follow". Instead each of our filters names the flow before the address that the host
 * adds. */
#include "conversations.h"

#include "annotations.h"
#include "flows.h"
#include "host.h"

#include <epan/packet.h> /* first: the others use its types and do not say so */

#include <epan/conversation_filter.h>
#include <epan/conversation_table.h>
#include <epan/ipproto.h>

#include <stdio.h>

#define FILTER_MAX 128

/* The host joins the names of up to two ends into one filter, and keeps none of them. */
static char *next_buffer(void)
{
    static char buffers[4][FILTER_MAX];
    static unsigned last;

    return buffers[last++ % G_N_ELEMENTS(buffers)];
}

static const char *protocol_of(const address *end)
{
    if (end->type == AT_ETHER)
        return "eth";
    return end->type == AT_IPv6 ? "ipv6" : "ip";
}

static const char *conversation_field(conv_item_t *row, conv_filter_type_e type)
{
    const char *side;
    char *text;

    switch (type) {
    case CONV_FT_SRC_ADDRESS:
        side = "src";
        break;
    case CONV_FT_DST_ADDRESS:
        side = "dst";
        break;
    case CONV_FT_ANY_ADDRESS:
        side = "addr";
        break;
    default:
        return CONV_FILTER_INVALID;
    }
    text = next_buffer();
    snprintf(text, FILTER_MAX, "flowscope.flow_id==%u && %s.%s", row->conv_id,
             protocol_of(&row->src_address), side);
    return text;
}

/* One address and port may be of several protocols at once. */
static const char *endpoint_field(endpoint_item_t *row, conv_filter_type_e type)
{
    const char *protocol = protocol_of(&row->myaddress);
    char *text;

    if (type != CONV_FT_ANY_ADDRESS)
        return CONV_FILTER_INVALID;
    text = next_buffer();
    if (row->port)
        snprintf(text, FILTER_MAX, "(tcp.port==%u || udp.port==%u || sctp.port==%u) && %s.addr",
                 row->port, row->port, row->port, protocol);
    else
        snprintf(text, FILTER_MAX, "%s.addr", protocol);
    return text;
}

/* A packet as the tables count it. */
struct counted {
    const struct fs_flow *flow;
    uint32_t flow_id;
    bool reverse;
    address ends[2]; /* of the initiator, of the responder */
    uint32_t ports[2];
    int bytes;
};

static bool count(struct counted *packet, const packet_info *pinfo)
{
    const struct fs_annotation *annotation = fs_annotations_get(pinfo->fd->num);
    const struct fs_flow *flow = annotation ? fs_flows_get(annotation->flow_id) : NULL;
    const uint8_t *ends[2];

    if (!flow || !annotation->packet_number)
        return false;
    ends[0] = flow->source;
    ends[1] = flow->destination;
    for (int i = 0; i < 2; i++) {
        if (flow->key == FLOWSCOPE_KEY_MAC_PAIR)
            set_address(&packet->ends[i], AT_ETHER, 6, ends[i]);
        else if (flow->ip_version == 6)
            set_address(&packet->ends[i], AT_IPv6, 16, ends[i]);
        else
            set_address(&packet->ends[i], AT_IPv4, 4, ends[i]);
    }
    packet->ports[0] = flow->has_ports ? flow->source_port : 0;
    packet->ports[1] = flow->has_ports ? flow->destination_port : 0;
    packet->flow = flow;
    packet->flow_id = annotation->flow_id;
    packet->reverse = annotation->direction == FLOWSCOPE_DIRECTION_REVERSE;
    packet->bytes = (int)MIN(pinfo->fd->pkt_len, (guint32)G_MAXINT);
    return true;
}

typedef void add_rows(conv_hash_t *table, const struct counted *packet, packet_info *pinfo);

/* The first call makes the row: its first end is the initiator, whoever sent this packet. */
static void add_conversation(conv_hash_t *table, const struct counted *packet, packet_info *pinfo)
{
    static ct_dissector_info_t fields = {conversation_field};

    for (int end = 0; end <= packet->reverse; end++) {
        bool is_sender = end == packet->reverse;

        add_conversation_table_data_with_conv_id(
            table, &packet->ends[end], &packet->ends[!end], packet->ports[end], packet->ports[!end],
            packet->flow_id, is_sender, is_sender ? packet->bytes : 0, &pinfo->rel_ts,
            &pinfo->abs_ts, &fields, CONVERSATION_NONE);
    }
}

/* ICMP's type and code belong to the conversation, not to one end. */
static void add_endpoints(conv_hash_t *table, const struct counted *packet, packet_info *pinfo)
{
    static et_dissector_info_t fields = {endpoint_field};
    bool has_ports =
        packet->flow->protocol != IP_PROTO_ICMP && packet->flow->protocol != IP_PROTO_ICMPV6;

    (void)pinfo;
    for (int end = 0; end < 2; end++)
        add_endpoint_table_data(table, &packet->ends[end], has_ports ? packet->ports[end] : 0,
                                end == packet->reverse, 1, packet->bytes, &fields, ENDPOINT_NONE);
}

static tap_packet_status add(add_rows *rows, conv_hash_t *table, packet_info *pinfo,
                             tap_flags_t flags)
{
    struct counted packet;

    table->flags = flags;
    if (!count(&packet, pinfo))
        return TAP_PACKET_DONT_REDRAW;
    rows(table, &packet, pinfo);
    return TAP_PACKET_REDRAW;
}

/* What Wireshark calls for each packet, with the table that it shows. */
static tap_packet_status tap_conversation(void *table, packet_info *pinfo, epan_dissect_t *edt,
                                          const void *queued, tap_flags_t flags)
{
    (void)edt, (void)queued;
    return add(add_conversation, table, pinfo, flags);
}

static tap_packet_status tap_endpoints(void *table, packet_info *pinfo, epan_dissect_t *edt,
                                       const void *queued, tap_flags_t flags)
{
    (void)edt, (void)queued;
    return add(add_endpoints, table, pinfo, flags);
}

static FS_CONVERSATION_BOOL has_flow FS_CONVERSATION_ARGUMENTS(packet_info *pinfo)
{
    const struct fs_annotation *annotation = fs_annotations_get(pinfo->fd->num);

    return annotation && annotation->flow_id;
}

/* A tunnel with all that it carries. */
static char *flow_filter FS_CONVERSATION_ARGUMENTS(packet_info *pinfo)
{
    uint32_t flow_id = fs_annotations_get(pinfo->fd->num)->flow_id;

    return g_strdup_printf("flowscope.flow_id == %u || flowscope.parent_id == %u", flow_id,
                           flow_id);
}

void fs_conversations_register(int protocol)
{
    register_conversation_table(protocol, FALSE, tap_conversation, tap_endpoints);
    fs_register_conversation_filter("flowscope", "Flowscope flow", has_flow, flow_filter);
}
