/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wiretap exports the way from LINKTYPE_ to encapsulation alone, so that is walked backwards.
 *
 * Dissectors come before us, and some that find a captured packet inside the frame (PPI, PKTAP;
 * RFtap in any UDP) put its encapsulation in the place of the frame's own. What was there is then
 * told by the protocol that dissected the frame first. */
#include "link_type.h"

#include <flowscope/packet.h>

#include <wiretap/pcap-encap.h>
#include <wiretap/wtap.h>

#define LINK_TYPE_RAW  101u
#define LINK_TYPES_MAX 300u /* beyond the last number of the registry */
#define NO_PROTOCOL    (-1)

struct encap {
    uint32_t link_type;
    int protocol; /* of the dissector that the frame is given to */
};

static struct encap *encaps;
static int encap_count;
static int inner_packet = NO_PROTOCOL; /* the protocol under which the inner one is dissected */

/* The last frame that was as wiretap gave it. */
static struct encap last = {.protocol = NO_PROTOCOL};

static void find_protocols(void)
{
    dissector_table_t table = find_dissector_table("wtap_encap");

    for (int encap = 0; encap < encap_count; encap++) {
        dissector_handle_t handle = dissector_get_uint_handle(table, (guint32)encap);

        encaps[encap] = (struct encap){
            .link_type = FLOWSCOPE_LINK_TYPE_NONE,
            .protocol = handle ? dissector_handle_get_protocol_index(handle) : NO_PROTOCOL,
        };
    }
}

static void find_link_types(void)
{
    for (uint32_t type = 0; type <= LINK_TYPES_MAX; type++) {
        int encap = wtap_pcap_encap_to_wtap_encap((int)type);

        if (encap <= WTAP_ENCAP_UNKNOWN || encap >= encap_count || wtap_encap_requires_phdr(encap))
            continue;
        /* 12 and 14 have other meanings on some systems; raw IP is 101. */
        if (encaps[encap].link_type == FLOWSCOPE_LINK_TYPE_NONE || type == LINK_TYPE_RAW)
            encaps[encap].link_type = type;
    }
}

void fs_link_type_begin(void)
{
    encap_count = wtap_get_num_encap_types();
    encaps = g_renew(struct encap, encaps, (gsize)encap_count);
    find_protocols();
    find_link_types();
    inner_packet = proto_get_id_by_filter_name("pcap_pktdata");
    last.protocol = NO_PROTOCOL;
}

static int protocol_of(wmem_list_frame_t *layer)
{
    return GPOINTER_TO_INT(wmem_list_frame_data(layer));
}

static bool has_inner_packet(wmem_list_frame_t *layer)
{
    while (layer && protocol_of(layer) != inner_packet)
        layer = wmem_list_frame_next(layer);
    return layer;
}

/* The link type of a frame that `protocol` dissected first. Several types may have one protocol:
 * the capture's frames before this one decide. */
static uint32_t link_type_of_protocol(int protocol, uint32_t otherwise)
{
    if (protocol == last.protocol)
        return last.link_type;
    for (int encap = 0; encap < encap_count; encap++) {
        if (encaps[encap].protocol == protocol)
            return encaps[encap].link_type;
    }
    return otherwise;
}

uint32_t fs_link_type_of_frame(const packet_info *pinfo)
{
    int encap = pinfo->rec->rec_header.packet_header.pkt_encap;
    struct encap said = {FLOWSCOPE_LINK_TYPE_NONE, NO_PROTOCOL};
    wmem_list_frame_t *layer = wmem_list_frame_next(wmem_list_head(pinfo->layers));
    int protocol = layer ? protocol_of(layer) : NO_PROTOCOL;

    if (encap >= 0 && encap < encap_count)
        said = encaps[encap];
    if (layer && (protocol != said.protocol || has_inner_packet(layer)))
        return link_type_of_protocol(protocol, said.link_type);
    last = said;
    return said.link_type;
}
