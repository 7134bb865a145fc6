/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Wireshark looks for in a plugin, and the postdissector that it calls for every frame. */
#include "annotations.h"
#include "conversations.h"
#include "experts.h"
#include "feed.h"
#include "fields.h"
#include "flows.h"
#include "follow.h"
#include "preferences.h"
#include "table.h"
#include "tap.h"

#include <flowscope/version.h>

#include <epan/packet.h>
#include <epan/proto.h>
#include <epan/tap.h>
#include <gmodule.h>
#include <ws_version.h>

#if __has_include(<wsutil/plugins.h>)
#include <wsutil/plugins.h>
#endif

#define SYMBOL G_MODULE_EXPORT

SYMBOL extern const char plugin_version[];
SYMBOL extern const int plugin_want_major;
SYMBOL extern const int plugin_want_minor;
SYMBOL void plugin_register(void);

const char plugin_version[] = FLOWSCOPE_VERSION;
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

#ifdef WS_PLUGIN_DESC_DISSECTOR /* from 4.3 on */
SYMBOL uint32_t plugin_describe(void);
uint32_t plugin_describe(void)
{
    return WS_PLUGIN_DESC_DISSECTOR | WS_PLUGIN_DESC_TAP_LISTENER;
}
#endif

static int proto = -1;
static int tap = -1;

static void queue_for_taps(packet_info *pinfo)
{
    const struct fs_annotation *annotation = fs_annotations_get(pinfo->fd->num);
    struct fs_tap_packet *packet = wmem_new(pinfo->pool, struct fs_tap_packet);

    packet->flow_id = annotation ? annotation->flow_id : 0;
    packet->again = pinfo->fd->visited;
    packet->around_count = 0;
    for (uint32_t around = fs_annotations_link(pinfo->fd->num, FS_LINK_PARENT);
         around && packet->around_count < FS_TAP_AROUND_MAX; around = fs_flows_parent(around))
        packet->around[packet->around_count++] = around;
    tap_queue_packet(tap, pinfo, packet);
}

static int dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    (void)data;
    fs_feed_frame(tvb, pinfo);
    if (tree && proto_field_is_referenced(tree, proto))
        fs_fields_add(tree, tvb, pinfo);
    else if (fs_experts_are_wanted())
        fs_experts_add(pinfo, NULL, pinfo->fd->visited && fs_feed_is_complete());
    fs_tap_see_pass(pinfo->fd->visited);
    if (have_tap_listener(tap))
        queue_for_taps(pinfo);
    fs_follow_frame(tvb, pinfo);
    return (int)tvb_captured_length(tvb);
}

static void register_protocol(void)
{
    proto = proto_register_protocol("Flowscope", "Flowscope", "flowscope");
    fs_fields_register(proto);
    fs_experts_register(proto);
    fs_preferences_register(proto);
    tap = register_tap(FS_TAP_NAME);
    register_tap(FS_TAP_SILENT);
    fs_table_register();
    fs_conversations_register(proto);
    fs_follow_register(proto);
}

static void hand_off(void)
{
    register_postdissector(create_dissector_handle(dissect, proto));
    fs_feed_register();
}

void plugin_register(void)
{
    static const proto_plugin protocol = {register_protocol, hand_off};
    static const tap_plugin taps = {fs_tap_register};

    proto_register_plugin(&protocol);
    tap_register_plugin(&taps);
}
