/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames made header by header, for tests and for the sample capture:
 *
 *     struct build b;
 *     build_begin(&b);
 *     build_eth(&b);
 *     build_vlan(&b, 0x8100, 10);
 *     build_ipv4(&b, "192.0.2.1", "198.51.100.2");
 *     build_tcp(&b, 40000, 80, 1000, 0, FS_TCP_SYN);
 *     build_end(&b);
 *
 * Each header names the next one by itself; build_end() fills in lengths and checksums. A test
 * that wants them wrong changes b.data afterwards: b.ip and b.l4 say where the last headers are. */
#ifndef FS_TESTS_BUILD_H
#define FS_TESTS_BUILD_H

#include <flowscope/packet.h>

#define BUILD_MAX     70000
#define BUILD_HEADERS 32

/* The LINKTYPE_ numbers that the builder knows how to begin. */
enum {
    BUILD_LINK_NULL = 0,
    BUILD_LINK_ETHERNET = 1,
    BUILD_LINK_PPP = 9,
    BUILD_LINK_PPP_HDLC = 50,
    BUILD_LINK_PPPOE = 51,
    BUILD_LINK_RAW = 101,
    BUILD_LINK_CISCO_HDLC = 104,
    BUILD_LINK_WIFI = 105,
    BUILD_LINK_LOOP = 108,
    BUILD_LINK_SLL = 113,
    BUILD_LINK_RADIOTAP = 127,
    BUILD_LINK_PPI = 192,
    BUILD_LINK_IPV4 = 228,
    BUILD_LINK_IPV6 = 229,
    BUILD_LINK_SLL2 = 276,
};

struct build_header {
    uint8_t kind;
    uint32_t at;
};

struct build {
    uint32_t length;
    uint32_t ip; /* where the last IP header begins */
    uint32_t l4; /* where the last transport header begins */
    uint8_t next_kind;
    uint32_t next_at; /* field that names the next header */
    unsigned headers;
    struct build_header header[BUILD_HEADERS];
    uint8_t data[BUILD_MAX];
};

void build_begin(struct build *b);

/* Link headers. */
void build_eth(struct build *b); /* between two addresses of RFC 7042's documentation range */
void build_eth_between(struct build *b, uint8_t source, uint8_t destination);
void build_vlan(struct build *b, uint16_t tpid, uint16_t tci);
void build_llc(struct build *b, uint8_t dsap, uint8_t ssap); /* the type before it: a length */
void build_snap(struct build *b);                            /* the same, with an Ethernet type */
void build_type(struct build *b, uint16_t type);             /* what follows is of another type */
void build_sll(struct build *b);
void build_sll2(struct build *b);
void build_null(struct build *b, bool big_endian);   /* LINKTYPE_LOOP: big_endian */
void build_i_tag(struct build *b, uint32_t service); /* goes on like Ethernet */
void build_mpls(struct build *b, uint32_t label, bool bottom);
void build_control_word(struct build *b); /* of a pseudowire, after the last label */
void build_pppoe(struct build *b, uint16_t session);
void build_ppp(struct build *b, bool framed); /* framed: with address and control */
void build_ppp_short(struct build *b, uint8_t protocol);
void build_cisco_hdlc(struct build *b);
void build_wifi(struct build *b, uint16_t control); /* IEEE 802.11, frame control field */
void build_radiotap(struct build *b, uint8_t flags);
void build_ppi(struct build *b, uint32_t link_type);
/* The head of a frame of any link type. `other`: the second way to write it, where there are two
 * (byte order, address and control, a check sequence). `control`: of 802.11. True: it ends in an
 * Ethernet type. */
bool build_link(struct build *b, uint32_t link_type, bool other, uint16_t control);

/* IP headers; addresses as text. */
void build_ipv4(struct build *b, const char *source, const char *destination);
void build_ipv4_options(struct build *b, unsigned words);
void build_ipv4_id(struct build *b, uint16_t id);
void build_ipv4_ttl(struct build *b, uint8_t ttl);
void build_ipv4_fragment(struct build *b, unsigned offset, bool more); /* offset in bytes */
void build_ipv6(struct build *b, const char *source, const char *destination);
void build_ipv6_extension(struct build *b, uint8_t header, unsigned words); /* of 8 bytes */
void build_ipv6_fragment(struct build *b, unsigned offset, bool more);      /* offset in bytes */
void build_protocol(struct build *b, uint8_t protocol); /* what follows is of that number */

/* Transport headers. */
void build_tcp(struct build *b, uint16_t source, uint16_t destination, uint32_t seq, uint32_t ack,
               uint8_t flags);
void build_tcp_options(struct build *b, const void *options, unsigned length);
void build_udp(struct build *b, uint16_t source, uint16_t destination);
void build_sctp(struct build *b, uint16_t source, uint16_t destination);
void build_icmp(struct build *b, uint8_t type, uint8_t code, uint16_t id, uint16_t seq);
void build_icmp6(struct build *b, uint8_t type, uint8_t code, uint16_t id, uint16_t seq);

/* Tunnels. Inside IP: */
void build_ah(struct build *b, unsigned icv_words);
void build_gre(struct build *b, uint16_t flags, uint32_t key); /* key: if flags say so */
void build_pptp(struct build *b, uint16_t call);
void build_erspan(struct build *b, unsigned type,
                  uint16_t session); /* after build_gre(), I to III */
void build_l2tpv3(struct build *b, uint32_t session,
                  unsigned cookie); /* or after build_l2tpv3_udp() */
/* After build_udp(): */
void build_vxlan(struct build *b, uint32_t vni); /* build_eth() goes on */
void build_vxlan_gpe(struct build *b, uint32_t vni);
void build_geneve(struct build *b, uint32_t vni, unsigned option_words);
void build_gtpu(struct build *b, uint32_t teid, uint8_t flags);
void build_gtpu_extension(struct build *b, uint8_t type, unsigned words); /* build_gtpu(.., 4) */
void build_l2tpv2(struct build *b, uint16_t session, uint16_t flags);
void build_l2tpv3_udp(struct build *b); /* build_l2tpv3() goes on */
void build_teredo_authentication(struct build *b, uint8_t client, uint8_t value);
void build_teredo_origin(struct build *b);

void build_data(struct build *b, const void *data, uint32_t length);
void build_fill(struct build *b, uint32_t length); /* bytes that count up */

/* Lengths and checksums. What is added afterwards is padding. */
void build_end(struct build *b);

/* The frame whole: frame 1, without a time. It lives as long as `b`. */
struct flowscope_packet build_packet(const struct build *b, uint32_t link_type);

#endif
