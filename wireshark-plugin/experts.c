/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expert infos, from expert.def. */
#include "experts.h"

#include "flows.h"

#include <epan/expert.h>
#include <epan/tap.h>

enum kind {
    NONE,
#define FS_EXPERT(name, group, severity, summary) KIND_##name,
#include "expert.def"
#undef FS_EXPERT
    KIND_COUNT
};

static expert_field expert[KIND_COUNT];
static int expert_tap;

static const uint8_t kind_of_verdict[FLOWSCOPE_VERDICT_COUNT + 1] = {
    [FLOWSCOPE_VERDICT_fragment_lost] = KIND_fragment_lost,
    [FLOWSCOPE_VERDICT_unknown_link_type] = KIND_unknown_link_type,
    [FLOWSCOPE_VERDICT_truncated_link] = KIND_truncated,
    [FLOWSCOPE_VERDICT_truncated_ip] = KIND_truncated,
    [FLOWSCOPE_VERDICT_truncated_ports] = KIND_truncated,
    [FLOWSCOPE_VERDICT_bad_ip] = KIND_bad_ip,
    [FLOWSCOPE_VERDICT_tunnel_depth] = KIND_tunnel_depth,
    [FS_VERDICT_NOT_ANALYSED] = KIND_not_analysed,
};

/* A fragment whose datagram was never completed is pending while more can come. */
unsigned fs_verdict_of(const struct fs_annotation *annotation, bool first_pass)
{
    if (!annotation)
        return FS_VERDICT_NOT_ANALYSED;
    if (annotation->verdict == FLOWSCOPE_VERDICT_fragment_pending && !first_pass)
        return FLOWSCOPE_VERDICT_fragment_lost;
    return annotation->verdict;
}

const char *fs_verdict_name(unsigned verdict)
{
    return verdict == FS_VERDICT_NOT_ANALYSED ? "not_analysed" : flowscope_verdict_name(verdict);
}

static void add(packet_info *pinfo, proto_item *item, enum kind kind)
{
    if (kind != NONE)
        expert_add_info(pinfo, item, &expert[kind]);
}

static bool is_unanswered(const struct fs_flow *flow)
{
    return flow->tcp_state == FLOWSCOPE_TCP_syn_sent && !flow->packets[1];
}

static void add_of_flow(packet_info *pinfo, proto_item *item, const struct fs_flow *flow)
{
    uint32_t frame = pinfo->fd->num;

    if (frame == flow->first_frame && is_unanswered(flow))
        add(pinfo, item, KIND_unanswered);
    if (frame == flow->last_frame && flow->end_reason == FLOWSCOPE_END_evicted)
        add(pinfo, item, KIND_evicted);
}

void fs_experts_add(packet_info *pinfo, proto_item *item, bool whole)
{
    uint32_t frame = pinfo->fd->num;
    const struct fs_annotation *annotation = fs_annotations_get(frame);
    uint32_t reused = fs_annotations_link(frame, FS_LINK_REUSED);
    const struct fs_flow *flow = annotation ? fs_flows_get(annotation->flow_id) : NULL;

    add(pinfo, item, kind_of_verdict[fs_verdict_of(annotation, !pinfo->fd->visited)]);
    if (annotation && annotation->dup_kind)
        expert_add_info_format(pinfo, item, &expert[KIND_duplicate], "A copy of frame %u (%s)",
                               fs_annotations_link(frame, FS_LINK_DUP_OF),
                               flowscope_dup_kind_name(annotation->dup_kind));
    if (reused)
        expert_add_info_format(pinfo, item, &expert[KIND_reused],
                               "A new connection took the addresses and ports of flow %u, which "
                               "was still open",
                               reused);
    if (flow && whole)
        add_of_flow(pinfo, item, flow);
}

bool fs_experts_are_wanted(void)
{
    if (!expert_tap)
        expert_tap = find_tap_id("expert"); /* which is registered after plugins are */
    return have_tap_listener(expert_tap);
}

void fs_experts_register(int protocol)
{
    static ei_register_info infos[] = {
#define FS_EXPERT(name, group, severity, summary)                                                  \
    {&expert[KIND_##name],                                                                         \
     {"flowscope.expert." #name, PI_##group, PI_##severity, summary, EXPFILL}},
#include "expert.def"
#undef FS_EXPERT
    };

    for (int i = 0; i < KIND_COUNT; i++)
        expert[i] = (expert_field)EI_INIT;
    expert_register_field_array(expert_register_protocol(protocol), infos, G_N_ELEMENTS(infos));
}
