/* SPDX-License-Identifier: BSD-2-Clause */
/* Extractors: what of a packet makes it belong to a flow. The option `key` (config.def) chooses
 * one of four, key_function in flowscope_config makes keys of your own; `direction` says whether
 * both directions are one flow, `decapsulate` which tunnels are opened. All of them combine.
 *
 * What a flow is named after follows from its key: under IP_PAIR, MAC_PAIR, FLOW_LABEL and OWN its
 * record has no protocol, no ports and no TCP state. */
#ifndef FLOWSCOPE_KEY_H
#define FLOWSCOPE_KEY_H

#include <flowscope/layer.h>
#include <flowscope/packet.h>

FLOWSCOPE_BEGIN_DECLS

/* The values of `key`, but for the last. */
enum flowscope_key_kind {
    FLOWSCOPE_KEY_FIVE_TUPLE, /* IP addresses, protocol, ports; of ICMP type and counterpart, or
                               * code, as Community ID maps them */
    FLOWSCOPE_KEY_IP_PAIR,    /* IP addresses: later fragments and cut ports belong to it too */
    FLOWSCOPE_KEY_MAC_PAIR,   /* the addresses of an Ethernet or 802.11 header: any payload */
    FLOWSCOPE_KEY_FLOW_LABEL, /* IP addresses and the flow label, RFC 6437, 2; IPv4 has label 0 */
    FLOWSCOPE_KEY_OWN,        /* made by key_function */
};

/* The values of `direction`. */
enum flowscope_key_direction {
    FLOWSCOPE_DIRECTIONS_ONE_FLOW, /* bidirectional */
    FLOWSCOPE_DIRECTIONS_APART,    /* directional: source and destination stand as they are */
};

/* What was read of a packet at one of its levels: the outermost IP header is one, that in a tunnel
 * the next. A frame whose IP header cannot be read has one level that knows its MAC addresses. */
struct flowscope_level {
    uint8_t ip_version; /* 4 or 6; 0: no IP header, and all that follows down to layers is 0 */
    uint8_t protocol;   /* IANA number */
    uint8_t has_ports;
    uint8_t tcp_flags; /* RFC 9293, 3.1; 0 where there is no whole TCP header */
    uint16_t source_port;
    uint16_t destination_port; /* ICMP: counterpart type, or code */
    uint8_t source[16];        /* IPv4 in the first four bytes */
    uint8_t destination[16];
    uint32_t flow_label;    /* IPv6, 20 bits */
    uint32_t ip_at;         /* where in packet->data the IP header begins; UINT32_MAX where only a
                             * datagram has it whose last fragment the packet carries */
    uint32_t transport_at;  /* where what it carries begins; UINT32_MAX in a later fragment */
    uint32_t bytes;         /* IP length; without IP header, the wire's after the link header */
    uint32_t payload_bytes; /* after the transport header */
    struct flowscope_layer layers[FLOWSCOPE_LAYERS_MAX]; /* around it, outermost first */
    uint8_t layer_count;
    uint8_t has_mac; /* the nearest Ethernet or 802.11 header around it */
    uint8_t source_mac[6];
    uint8_t destination_mac[6];
};

#define FLOWSCOPE_OWN_KEY_BYTES 32

/* All the bytes are compared; they are zero when the function is called. */
struct flowscope_own_key {
    uint8_t bytes[FLOWSCOPE_OWN_KEY_BYTES];
    bool reverse; /* of the two directions this packet goes the second; the first packet of a flow
                   * decides which of them is forward */
};

/* Makes the key of a level, for packets in the order in which they come. `direction` does not
 * matter: directions are one flow where their bytes are equal. The layers around it enter by
 * `identity` besides. False: the level has no flow; a packet without any has verdict no_key. It
 * must answer from its arguments alone (and what `user` fixes), and not call the engine.
 *
 * Later fragments have the ports of their datagram as soon as its first fragment has come. Before,
 * they have none, and one of which the function wants no flow then waits for it. */
typedef bool flowscope_key_function(void *user, const struct flowscope_packet *packet,
                                    const struct flowscope_level *level,
                                    struct flowscope_own_key *key);

FLOWSCOPE_END_DECLS

#endif
