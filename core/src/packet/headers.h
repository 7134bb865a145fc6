/* SPDX-License-Identifier: BSD-2-Clause */
/* From the bytes of a frame to the key and the facts of its flow. */
#ifndef FS_PACKET_HEADERS_H
#define FS_PACKET_HEADERS_H

#include "base/cursor.h"
#include "packet/key.h"

#include <flowscope/config.h>
#include <flowscope/packet.h>
#include <flowscope/record.h>

/* RFC 9293, 3.1 */
#define FS_TCP_FIN 0x01u
#define FS_TCP_SYN 0x02u
#define FS_TCP_RST 0x04u
#define FS_TCP_PSH 0x08u
#define FS_TCP_ACK 0x10u

struct fs_tcp_segment {
    uint32_t seq;
    uint32_t ack;
    uint16_t window;
    uint8_t flags;
};

/* A header that only the whole datagram has, whose last fragment the frame carries. */
#define FS_NOT_IN_FRAME UINT32_MAX

/* One IP header of a frame and what follows it: what the engine needs for the flow of that
 * level. */
struct fs_headers {
    struct fs_key key;
    uint32_t bytes;         /* IP length, by the contract's rule */
    uint32_t payload_bytes; /* after the transport header, by the same length */
    uint32_t ip_at;         /* where in the frame the IP header begins, or FS_NOT_IN_FRAME */
    uint32_t transport_at;  /* where what it carries begins, inside what was captured, or that */
    bool swapped;           /* the packet's source is the key's second endpoint */
    bool has_ports;         /* the key's ports mean something: TCP, UDP, SCTP, ICMP */
    bool has_tcp;           /* tcp is filled: a whole and sound TCP header */
    bool bad_l4;            /* a transport header that contradicts itself */
    bool bad_checksum;      /* has_tcp is false then */
    uint8_t layer_count; /* how many of the layers lie before it, or (AH) protect what it carries */
    struct fs_tcp_segment tcp;
};

#define FS_NO_IP      UINT32_MAX
#define FS_LEVELS_MAX FLOWSCOPE_LEVELS_MAX

/* The part of a datagram that a frame carries at level `level`. */
struct fs_fragment {
    struct fs_key key; /* addresses in the packet's order, protocol, path; no ports */
    uint32_t id;
    uint32_t offset;
    uint32_t length;        /* by its IP header */
    uint32_t counted;       /* by the contract's rule for lengths */
    struct fs_cursor bytes; /* captured; a part of the frame */
    bool more;              /* it is not the datagram's end */
    bool has_level;         /* the transport header begins here, and level[level] is read */
    uint8_t level;
    uint8_t layer_count; /* before the level */
};

/* A frame: its flows from the outermost to the innermost, and the layers around them. */
struct fs_frame {
    uint8_t level_count;
    uint8_t layer_count;
    bool cut_by_depth; /* more is inside than tunnel_depth allows; what lies before it is here */
    bool has_quote;    /* an ICMP error, which is the innermost level, quotes a packet: `quote` */
    uint32_t ip_at;    /* the outermost IP header, with every verdict; FS_NO_IP: none was found */
    struct fs_headers level[FS_LEVELS_MAX];
    struct flowscope_layer layers[FLOWSCOPE_LAYERS_MAX];
    struct fs_key quote; /* if has_quote */
    uint32_t
        other_path; /* the quoted flow may have this path instead: the way back through a tunnel */
    struct fs_fragment fragment; /* with FLOWSCOPE_VERDICT_fragment_pending alone */
};

struct fs_packet_options {
    unsigned tunnel_depth; /* layers that a frame may have */
    enum flowscope_identity identity;
    uint16_t vxlan_port, vxlan_gpe_port, geneve_port, gtpu_port, l2tp_port,
        teredo_port;         /* 0: off */
    uint32_t closed_tunnels; /* layer kinds, 1 << kind, that are not looked into */
    bool long_way_alone;     /* plain frames (plain.h) want what only the long way gives */
    bool has_own_way;        /* not the five-tuple: fs_extract_read() reads */
    bool checksum;           /* are verified */
    bool one_way;            /* each direction is a flow of its own */
    enum flowscope_key_kind key;
    flowscope_key_function *key_function; /* of FLOWSCOPE_KEY_OWN */
    void *key_user;
};

/* What of a configuration, which is valid, this layer goes by. */
struct fs_packet_options fs_packet_options_of(const struct flowscope_config *config);

struct fs_walk_notes;

/* Reads the headers of `packet`. FLOWSCOPE_VERDICT_ok: *frame has at least one level; what a tunnel
 * carries and cannot be read is left to the flow around it. FLOWSCOPE_VERDICT_fragment_pending: the
 * innermost IP header that was found is that of a fragment, frame->fragment; the levels around it
 * are read (there may be none), and its own if fragment.has_level. Any other verdict says why the
 * frame has no flow, and of *frame only ip_at may be read. Reads no byte beyond captured_bytes. */
enum flowscope_verdict fs_headers_read(const struct flowscope_packet *packet,
                                       const struct fs_packet_options *options,
                                       struct fs_frame *frame);

/* The same without the short way for plain frames (plain.h). */
enum flowscope_verdict fs_headers_read_long(const struct flowscope_packet *packet,
                                            const struct fs_packet_options *options,
                                            struct fs_frame *frame);

/* What one look at a frame says, most likely. */
enum fs_look {
    FS_LOOK_ANY,
    FS_LOOK_PART,   /* fs_headers_read_part() may read it */
    FS_LOOK_NOT_IP, /* ARP: that is its verdict, and there is no IP header */
};

static inline __attribute__((always_inline)) enum fs_look
fs_headers_look(const struct flowscope_packet *packet, const struct fs_packet_options *options)
{
    enum { LINK_ETHERNET = 1, TYPE_AT = 12, LEAST = 34, LEAST_IPV6 = 62, FRAGMENT = 44 };
    enum { PLACE_AT = 20, NEXT_AT = 20, EXTENSION_AT = 54 };
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);

    if (!packet->is_packet || options->long_way_alone || packet->link_type != LINK_ETHERNET ||
        !fs_cursor_has(&bytes, LEAST))
        return FS_LOOK_ANY;
    const uint32_t type = fs_cursor_u32(&bytes, TYPE_AT);
    if (type >> 8 == 0x080045)
        return fs_cursor_u16(&bytes, PLACE_AT) & 0x3fff ? FS_LOOK_PART : FS_LOOK_ANY;
    if (type >> 16 == 0x0806)
        return FS_LOOK_NOT_IP;
    if (type >> 16 != 0x86dd || !fs_cursor_has(&bytes, LEAST_IPV6))
        return FS_LOOK_ANY;
    const uint8_t next = fs_cursor_u8(&bytes, NEXT_AT);
    return next == FRAGMENT || (next == 0 && fs_cursor_u8(&bytes, EXTENSION_AT) == FRAGMENT)
               ? FS_LOOK_PART
               : FS_LOOK_ANY;
}

/* The same as fs_headers_read_long() for a fragment right behind Ethernet that is sound, in IPv4
 * without options or in IPv6, behind hop-by-hop options at most; a first one tells its flow by
 * itself. True: it says fragment_pending. False: of *frame nothing may be read. Only for frames
 * that may be parts. */
bool fs_headers_read_part(const struct flowscope_packet *packet,
                          const struct fs_packet_options *options, struct fs_frame *frame);

/* The frame of the last fragment of a datagram goes on with the whole: at frame->fragment.level the
 * datagram carries `length` bytes of `protocol`, of which `bytes` are known. Like
 * fs_headers_read(): in a tunnel inside there may be another fragment, which then is
 * frame->fragment. Any verdict but ok and fragment_pending: the levels around the datagram are what
 * there is. The level's own bytes stay those of this frame. `notes` (walk.h) are those of the
 * frame, or NULL. */
enum flowscope_verdict fs_headers_read_datagram(struct fs_frame *frame,
                                                const struct fs_packet_options *options,
                                                uint8_t protocol, struct fs_cursor bytes,
                                                uint32_t length, struct fs_walk_notes *notes);

#endif
