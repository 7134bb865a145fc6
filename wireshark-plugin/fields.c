/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flowscope.*: names and types are the contract's. */
#include "fields.h"

#include "annotations.h"

/* A frame that Wireshark showed us out of turn; see feed.c. Not one of the engine's verdicts. */
#define NOT_ANALYSED "not_analysed"

static int proto = -1;
static int ett = -1;

static int hf_flow_id = -1;
static int hf_dir = -1;
static int hf_pkt = -1;
static int hf_first_frame = -1;
static int hf_prev_frame = -1;
static int hf_tcp_state = -1;
static int hf_verdict = -1;

void fs_fields_register(int protocol)
{
    static hf_register_info fields[] = {
        {&hf_flow_id,
         {"Flow", "flowscope.flow_id", FT_UINT64, BASE_DEC, NULL, 0,
          "The innermost flow of this frame; flows are numbered from 1 as they open", HFILL}},
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
        {&hf_tcp_state,
         {"TCP state", "flowscope.tcp.state", FT_STRING, BASE_NONE, NULL, 0,
          "The connection's state after this packet", HFILL}},
        {&hf_verdict,
         {"Verdict", "flowscope.verdict", FT_STRING, BASE_NONE, NULL, 0,
          "ok, or why the frame belongs to no flow", HFILL}},
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

/* Under a read filter the number may meanwhile be another frame's: then there is no link. */
static void add_frame(proto_tree *tree, int field, tvbuff_t *tvb, uint32_t frame, uint32_t flow_id)
{
    const struct fs_annotation *there = fs_annotations_get(frame);

    if (there && there->flow_id == flow_id)
        proto_item_set_generated(proto_tree_add_uint(tree, field, tvb, 0, 0, frame));
}

static void add_flow(proto_tree *tree, tvbuff_t *tvb, uint32_t frame,
                     const struct fs_annotation *annotation)
{
    uint32_t flow_id = annotation->flow_id;

    add_number(tree, hf_flow_id, tvb, flow_id);
    add_string(tree, hf_dir, tvb, flowscope_direction_name(annotation->direction));
    if (annotation->packet_number)
        add_number(tree, hf_pkt, tvb, annotation->packet_number);
    add_frame(tree, hf_first_frame, tvb, fs_annotations_first_frame(flow_id), flow_id);
    if (annotation->prev_frame < frame)
        add_frame(tree, hf_prev_frame, tvb, annotation->prev_frame, flow_id);
    add_string(tree, hf_tcp_state, tvb, flowscope_tcp_state_name(annotation->tcp_state));
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

void fs_fields_add(proto_tree *tree, tvbuff_t *tvb, const packet_info *pinfo)
{
    const struct fs_annotation *annotation = fs_annotations_get(pinfo->fd->num);
    proto_item *item = proto_tree_add_item(tree, proto, tvb, 0, 0, ENC_NA);
    proto_tree *ours = proto_item_add_subtree(item, ett);

    proto_item_set_generated(item);
    if (annotation && annotation->flow_id) {
        proto_item_append_text(item, ", flow %u, packet %u", annotation->flow_id,
                               annotation->packet_number);
        add_flow(ours, tvb, pinfo->fd->num, annotation);
    }
    add_string(ours, hf_verdict, tvb, verdict_name(annotation, !pinfo->fd->visited));
}
