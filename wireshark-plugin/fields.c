/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flowscope.*: names and types are the contract's. */
#include "fields.h"

#include "annotations.h"
#include "feed.h"
#include "flows.h"
#include "headline.h"

/* A frame that Wireshark showed us out of turn; see feed.c. Not one of the engine's verdicts. */
#define NOT_ANALYSED "not_analysed"

#define NS_PER_S 1000000000u

static int proto = -1;
static int ett = -1;

static int hf_flow_id = -1;
static int hf_parent_id = -1;
static int hf_dir = -1;
static int hf_pkt = -1;
static int hf_first_frame = -1;
static int hf_prev_frame = -1;
static int hf_next_frame = -1;
static int hf_tcp_state = -1;
static int hf_verdict = -1;

static int hf_flow_packets = -1;
static int hf_flow_bytes = -1;
static int hf_flow_duration = -1;
static int hf_flow_end_reason = -1;

void fs_fields_register(int protocol)
{
    static hf_register_info fields[] = {
        {&hf_flow_id,
         {"Flow", "flowscope.flow_id", FT_UINT64, BASE_DEC, NULL, 0,
          "The innermost flow of this frame; flows are numbered from 1 as they open", HFILL}},
        {&hf_parent_id,
         {"Flow around it", "flowscope.parent_id", FT_UINT64, BASE_DEC, NULL, 0,
          "The flows of the tunnels that carry this frame's flow, innermost first", HFILL}},
        {&hf_dir,
         {"Direction", "flowscope.dir", FT_STRING, BASE_NONE, NULL, 0,
          "fwd is from the flow's initiator, rev to it", HFILL}},
        {&hf_pkt,
         {"Packet of the flow", "flowscope.pkt", FT_UINT64, BASE_DEC, NULL, 0,
          "Counted from 1 in both directions", HFILL}},
        {&hf_first_frame,
         {"First frame of the flow", "flowscope.first_frame", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL,
          HFILL}},
        {&hf_prev_frame,
         {"Previous frame of the flow", "flowscope.prev_frame", FT_FRAMENUM, BASE_NONE, NULL, 0,
          "In either direction", HFILL}},
        {&hf_next_frame,
         {"Next frame of the flow", "flowscope.next_frame", FT_FRAMENUM, BASE_NONE, NULL, 0,
          "In either direction; not known before all frames have been read", HFILL}},
        {&hf_tcp_state,
         {"TCP state", "flowscope.tcp.state", FT_STRING, BASE_NONE, NULL, 0,
          "The connection's state after this packet", HFILL}},
        {&hf_verdict,
         {"Verdict", "flowscope.verdict", FT_STRING, BASE_NONE, NULL, 0,
          "ok, or why the frame belongs to no flow", HFILL}},
        {&hf_flow_packets,
         {"Packets of the flow", "flowscope.flow.packets", FT_UINT64, BASE_DEC, NULL, 0,
          "In both directions; not known before all frames have been read", HFILL}},
        {&hf_flow_bytes,
         {"Bytes of the flow", "flowscope.flow.bytes", FT_UINT64, BASE_DEC, NULL, 0,
          "IP lengths, in both directions; not known before all frames have been read", HFILL}},
        {&hf_flow_duration,
         {"Duration of the flow", "flowscope.flow.duration", FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
          "From its earliest packet to its latest; not known before all frames have been read",
          HFILL}},
        {&hf_flow_end_reason,
         {"End of the flow", "flowscope.flow.end_reason", FT_STRING, BASE_NONE, NULL, 0,
          "Why the flow ended; not known before all frames have been read", HFILL}},
    };
    static int *subtrees[] = {&ett};

    proto = protocol;
    proto_register_field_array(protocol, fields, G_N_ELEMENTS(fields));
    proto_register_subtree_array(subtrees, G_N_ELEMENTS(subtrees));
}

static void add_string(proto_tree *tree, int field, tvbuff_t *tvb, const char *text)
{
    if (*text)
        proto_item_set_generated(proto_tree_add_string(tree, field, tvb, 0, 0, text));
}

static void add_number(proto_tree *tree, int field, tvbuff_t *tvb, uint64_t number)
{
    proto_item_set_generated(proto_tree_add_uint64(tree, field, tvb, 0, 0, number));
}

static void add_frame(proto_tree *tree, int field, tvbuff_t *tvb, uint32_t frame)
{
    if (frame)
        proto_item_set_generated(proto_tree_add_uint(tree, field, tvb, 0, 0, frame));
}

static void add_duration(proto_tree *tree, int field, tvbuff_t *tvb, uint64_t ns)
{
    nstime_t duration = {.secs = (time_t)(ns / NS_PER_S), .nsecs = (int)(ns % NS_PER_S)};

    proto_item_set_generated(proto_tree_add_time(tree, field, tvb, 0, 0, &duration));
}

/* Under a read filter the number may meanwhile be another frame's: then there is no link. */
static uint32_t first_frame(const struct fs_flow *flow, uint32_t flow_id)
{
    return fs_annotations_is_in(flow->first_frame, flow_id) ? flow->first_frame : 0;
}

static void add_flow(proto_tree *tree, tvbuff_t *tvb, uint32_t frame,
                     const struct fs_annotation *annotation, const struct fs_flow *flow, bool whole)
{
    add_number(tree, hf_flow_id, tvb, annotation->flow_id);
    for (uint32_t parent = fs_annotations_parent(frame); parent; parent = fs_flows_parent(parent))
        add_number(tree, hf_parent_id, tvb, parent);
    add_string(tree, hf_dir, tvb, flowscope_direction_name(annotation->direction));
    if (annotation->packet_number)
        add_number(tree, hf_pkt, tvb, annotation->packet_number);
    add_frame(tree, hf_first_frame, tvb, first_frame(flow, annotation->flow_id));
    add_frame(tree, hf_prev_frame, tvb, fs_annotations_prev_frame(frame));
    if (whole && proto_field_is_referenced(tree, hf_next_frame))
        add_frame(tree, hf_next_frame, tvb, fs_annotations_next_frame(frame));
    add_string(tree, hf_tcp_state, tvb, flowscope_tcp_state_name(annotation->tcp_state));
}

static void add_whole_flow(proto_tree *tree, tvbuff_t *tvb, const struct fs_flow *flow)
{
    add_number(tree, hf_flow_packets, tvb, flow->packets);
    add_number(tree, hf_flow_bytes, tvb, flow->bytes);
    if (flow->has_time)
        add_duration(tree, hf_flow_duration, tvb, flow->duration_ns);
    add_string(tree, hf_flow_end_reason, tvb, flowscope_end_reason_name(flow->end_reason));
}

/* A fragment whose datagram was never completed is pending while more can come: on the first pass. */
static const char *verdict_name(const struct fs_annotation *annotation, bool first_pass)
{
    unsigned verdict;

    if (!annotation)
        return NOT_ANALYSED;
    verdict = annotation->verdict;
    if (verdict == FLOWSCOPE_VERDICT_fragment_pending && !first_pass)
        verdict = FLOWSCOPE_VERDICT_fragment_lost;
    return flowscope_verdict_name(verdict);
}

static void add_headline(proto_item *item, const struct fs_annotation *annotation,
                         const struct fs_flow *flow, bool whole, const char *verdict)
{
    struct fs_text text;

    if (flow) {
        fs_headline(&text, annotation, flow, whole);
        proto_item_append_text(item, ", %s", text.data);
    } else {
        proto_item_append_text(item, ", %s", verdict);
    }
}

void fs_fields_add(proto_tree *tree, tvbuff_t *tvb, const packet_info *pinfo)
{
    uint32_t frame = pinfo->fd->num;
    const struct fs_annotation *annotation = fs_annotations_get(frame);
    const struct fs_flow *flow = annotation ? fs_flows_get(annotation->flow_id) : NULL;
    bool whole = pinfo->fd->visited && fs_feed_is_complete();
    proto_item *item = proto_tree_add_item(tree, proto, tvb, 0, 0, ENC_NA);
    proto_tree *ours = proto_item_add_subtree(item, ett);
    const char *verdict = verdict_name(annotation, !pinfo->fd->visited);

    proto_item_set_generated(item);
    if (PTREE_DATA(tree)->visible)
        add_headline(item, annotation, flow, whole, verdict);
    if (flow)
        add_flow(ours, tvb, frame, annotation, flow, whole);
    add_string(ours, hf_verdict, tvb, verdict);
    if (flow && whole)
        add_whole_flow(ours, tvb, flow);
}
