/* SPDX-License-Identifier: BSD-2-Clause */
/* The way through a frame, header by header. Every step takes its header off `rest`, records the
 * layers that it passes, and answers FLOWSCOPE_VERDICT_ok with the version of the IP header that
 * `rest` begins with then; any other verdict says why there is none. */
#ifndef FS_PACKET_WALK_H
#define FS_PACKET_WALK_H

#include "packet/headers.h"
#include "packet/rest.h"

struct fs_walk {
    const struct fs_packet_options *options;
    struct fs_frame *frame;
    struct fs_rest rest;
};

static inline enum flowscope_verdict fs_walk_found(unsigned ip_version, unsigned *version)
{
    *version = ip_version;
    return FLOWSCOPE_VERDICT_ok;
}

/* FLOWSCOPE_VERDICT_tunnel_depth when the frame has as many layers as the option allows. As every
 * tunnel and tag is a layer, this bounds the work too. */
static inline enum flowscope_verdict fs_walk_layer(struct fs_walk *walk,
                                                   enum flowscope_layer_kind kind, uint32_t id)
{
    struct fs_frame *frame = walk->frame;

    if (frame->layer_count >= walk->options->tunnel_depth ||
        frame->layer_count >= FLOWSCOPE_LAYERS_MAX)
        return FLOWSCOPE_VERDICT_tunnel_depth;
    frame->layers[frame->layer_count++] = (struct flowscope_layer){kind, id};
    return FLOWSCOPE_VERDICT_ok;
}

/* Takes `length` bytes off; false when they were not captured. */
static inline bool fs_walk_skip(struct fs_walk *walk, uint32_t length)
{
    if (!fs_cursor_has(&walk->rest.bytes, length))
        return false;
    fs_rest_skip(&walk->rest, length);
    return true;
}

/* What follows an Ethernet type of `type`, or a length where it is one. */
enum flowscope_verdict fs_ethertype_read(struct fs_walk *walk, uint16_t type, unsigned *version);

enum flowscope_verdict fs_ethernet_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_llc_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_mpls_read(struct fs_walk *walk, unsigned *version);

/* PPP, with or without address and control; the session header of PPPoE; serial lines, where PPP
 * and Cisco's HDLC share a link type. */
enum flowscope_verdict fs_ppp_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_pppoe_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_hdlc_read(struct fs_walk *walk, unsigned *version);

/* IEEE 802.11 data frames, and the headers that receivers put before them (PPI before any link). */
enum flowscope_verdict fs_wifi_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_radiotap_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_ppi_read(struct fs_walk *walk, unsigned *version);

enum flowscope_verdict fs_gre_read(struct fs_walk *walk, unsigned *version);

/* L2TPv3 straight on IP, and L2TP of either version on UDP. */
enum flowscope_verdict fs_l2tp_ip_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_l2tp_udp_read(struct fs_walk *walk, unsigned *version);

/* What a UDP port announces may be something else: these look before they believe. */
enum flowscope_verdict fs_vxlan_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_geneve_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_gtpu_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_teredo_read(struct fs_walk *walk, unsigned *version);

/* The version of the IP header that `rest` begins with, as far as its lengths fit; else 0. */
unsigned fs_ip_guess(const struct fs_rest *rest);

/* Whether `rest` looks like Ethernet that carries IP, tags included. */
bool fs_ethernet_guess(const struct fs_rest *rest);

#endif
