/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flowscope.*, from field.def. */
#include "fields.h"

#include "annotations.h"
#include "experts.h"
#include "feed.h"
#include "flows.h"
#include "headline.h"
#include "preferences.h"

#define NS_PER_S 1000000000u

enum field {
#define FS_FIELD(id, name, type, when, title, help, add) FIELD_##id,
#include "field.def"
#undef FS_FIELD
    FIELD_COUNT
};

enum when { FRAME, FLOW, WHOLE };

static int proto = -1;
static int ett = -1;
static int ett_tunnel = -1;
static int hf[FIELD_COUNT];

/* Where a value goes, and what it is read from. */
struct place {
    proto_tree *tree;
    tvbuff_t *tvb;
    int hf;
    uint32_t frame;
    const struct fs_annotation *annotation; /* NULL: the frame was not analysed */
    const struct fs_flow *flow;             /* NULL: it has none */
    const char *verdict;
    enum when when; /* the most that is known of this frame */
};

static void nothing(void)
{
}

static proto_item *generated(proto_item *item)
{
    proto_item_set_generated(item);
    return item;
}

static void word(const struct place *at, const char *text)
{
    if (*text)
        generated(proto_tree_add_string(at->tree, at->hf, at->tvb, 0, 0, text));
}

static void number(const struct place *at, uint64_t value)
{
    generated(proto_tree_add_uint64(at->tree, at->hf, at->tvb, 0, 0, value));
}

static void some(const struct place *at, uint64_t value)
{
    if (value)
        number(at, value);
}

static void frame(const struct place *at, uint32_t value)
{
    if (value)
        generated(proto_tree_add_uint(at->tree, at->hf, at->tvb, 0, 0, value));
}

static void duplicate(const struct place *at)
{
    if (at->annotation && at->annotation->dup_kind)
        generated(proto_tree_add_boolean(at->tree, at->hf, at->tvb, 0, 0, true));
}

static void duration(const struct place *at, uint64_t ns)
{
    nstime_t value = {.secs = (time_t)(ns / NS_PER_S), .nsecs = (int)(ns % NS_PER_S)};

    generated(proto_tree_add_time(at->tree, at->hf, at->tvb, 0, 0, &value));
}

static bool is_shown(const struct place *at)
{
    return PTREE_DATA(at->tree)->visible;
}

/* A flow by its id, with its ends. */
static void flow_id(const struct place *at, uint32_t id)
{
    const struct fs_flow *flow = fs_flows_get(id);
    proto_item *item = generated(proto_tree_add_uint64(at->tree, at->hf, at->tvb, 0, 0, id));

    if (flow && is_shown(at)) {
        struct fs_text text;

        fs_headline_ends(&text, flow);
        proto_item_append_text(item, " (%s)", text.data);
    }
}

static void parents(const struct place *at)
{
    uint32_t id = fs_annotations_link(at->frame, FS_LINK_PARENT);

    for (; id; id = fs_flows_parent(id))
        if (id != at->annotation->flow_id)
            flow_id(at, id);
}

static void related(const struct place *at)
{
    uint32_t id = fs_annotations_link(at->frame, FS_LINK_RELATED);

    if (id)
        flow_id(at, id);
}

/* A digest is only made where somebody looks, and once for the flow. */
static void community_id(const struct place *at)
{
    const struct flowscope_config *config = fs_preferences_config();
    struct flowscope_flow_record record;
    char *id;

    if (!proto_field_is_referenced(at->tree, at->hf))
        return;
    id = fs_flows_community_id(at->annotation->flow_id);
    if (!id[0]) {
        fs_flows_ends(at->flow, &record);
        flowscope_community_id(config->digests, (uint16_t)config->community_id_seed, &record, id);
    }
    word(at, id);
}

/* As one text, and below it a line for each layer. */
static void tunnel(const struct place *at)
{
    struct flowscope_layer layers[FLOWSCOPE_LAYERS_MAX];
    unsigned count = at->flow->layer_count;
    struct fs_text text;
    proto_item *item;
    proto_tree *chain;

    if (!count)
        return;
    fs_flows_layers(at->flow, layers);
    fs_headline_layers(&text, layers, count);
    item = generated(proto_tree_add_string(at->tree, at->hf, at->tvb, 0, 0, text.data));
    if (!is_shown(at))
        return;
    chain = proto_item_add_subtree(item, ett_tunnel);
    for (unsigned i = 0; i < count; i++) {
        fs_headline_layers(&text, &layers[i], 1);
        proto_tree_add_subtree(chain, at->tvb, 0, 0, ett_tunnel, &item, text.data);
        generated(item);
    }
}

/* Under a read filter the number may meanwhile be another frame's: then there is no link. */
static uint32_t first_frame(const struct place *at)
{
    uint32_t first = at->flow->first_frame;

    return fs_annotations_is_in(first, at->annotation->flow_id) ? first : 0;
}

static void round_trip(const struct place *at)
{
    int64_t rtt_ns = fs_flows_rtt_ns(at->annotation->flow_id);

    if (rtt_ns >= 0)
        duration(at, (uint64_t)rtt_ns);
}

static void next_frame(const struct place *at)
{
    if (proto_field_is_referenced(at->tree, at->hf))
        frame(at, fs_annotations_next_frame(at->frame));
}

static void add_all(struct place *at)
{
#define FS_FIELD(id, name, type, at_least, title, help, add)                                       \
    if (at->when >= (at_least)) {                                                                  \
        at->hf = hf[FIELD_##id];                                                                   \
        (add);                                                                                     \
    }
#include "field.def"
#undef FS_FIELD
}

/* Set as a whole where that is possible: to append makes the host format what there is first. */
static void set_headline(proto_item *item, const struct place *at)
{
    struct fs_text text;

    if (at->flow) {
        fs_headline(&text, at->annotation, at->flow, at->when == WHOLE);
        proto_item_set_text(item, "%s", text.data);
    } else {
        proto_item_append_text(item, ", %s", at->verdict);
    }
    if (at->annotation && at->annotation->dup_kind)
        proto_item_append_text(item, ", %s copy",
                               flowscope_dup_kind_name(at->annotation->dup_kind));
}

void fs_fields_add(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo)
{
    bool first_pass = !pinfo->fd->visited;
    proto_item *item = generated(proto_tree_add_item(tree, proto, tvb, 0, 0, ENC_NA));
    struct place at = {.tvb = tvb, .frame = pinfo->fd->num, .when = FRAME};

    at.tree = proto_item_add_subtree(item, ett);
    at.annotation = fs_annotations_get(at.frame);
    at.flow = at.annotation ? fs_flows_get(at.annotation->flow_id) : NULL;
    at.verdict = fs_verdict_name(fs_verdict_of(at.annotation, first_pass));
    if (at.flow)
        at.when = !first_pass && fs_feed_is_complete() ? WHOLE : FLOW;
    if (PTREE_DATA(tree)->visible)
        set_headline(item, &at);
    add_all(&at);
    fs_experts_add(pinfo, item, at.when == WHOLE);
}

/* The packet list marks the frame that a selected copy copies as one that was sent before. */
#define FT_FRAMENUM_COPY FT_FRAMENUM

/* The base of a type, and what else belongs to it. */
#define BASE_OF_UINT64        BASE_DEC
#define BASE_OF_STRING        BASE_NONE
#define BASE_OF_FRAMENUM      BASE_NONE
#define BASE_OF_FRAMENUM_COPY BASE_NONE
#define BASE_OF_RELATIVE_TIME BASE_NONE
#define BASE_OF_BOOLEAN       BASE_NONE
#define MORE_OF_UINT64        NULL
#define MORE_OF_STRING        NULL
#define MORE_OF_FRAMENUM      NULL
#define MORE_OF_FRAMENUM_COPY FRAMENUM_TYPE(FT_FRAMENUM_RETRANS_PREV)
#define MORE_OF_RELATIVE_TIME NULL
#define MORE_OF_BOOLEAN       NULL

void fs_fields_register(int protocol)
{
    static hf_register_info fields[] = {
#define FS_FIELD(id, name, type, when, title, help, add)                                           \
    {&hf[FIELD_##id],                                                                              \
     {title, "flowscope." name, FT_##type, BASE_OF_##type, MORE_OF_##type, 0, help, HFILL}},
#include "field.def"
#undef FS_FIELD
    };
    static int *subtrees[] = {&ett, &ett_tunnel};

    proto = protocol;
    for (int i = 0; i < FIELD_COUNT; i++)
        hf[i] = -1; /* as Wireshark 4.0 wants them */
    proto_register_field_array(protocol, fields, G_N_ELEMENTS(fields));
    proto_register_subtree_array(subtrees, G_N_ELEMENTS(subtrees));
}
