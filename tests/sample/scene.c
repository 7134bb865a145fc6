/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of the sample capture, kept until all are there and sorted by time. */
#include "scene.h"

#include "packet/headers.h"
#include "support/pcap_write.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 1000, FRAME_MAX = 1600, ETHERNET_MIN = 60 };

#define START_NS (INT64_C(1767225600) * 1000000000) /* 2026-01-01 00:00:00 UTC */

struct frame {
    int64_t time_ns;
    size_t number; /* keeps frames of one time in the order of their making */
    uint32_t length;
    uint8_t data[FRAME_MAX];
};

static struct frame frames[FRAMES_MAX];
static size_t count;
static struct build b;
static uint16_t next_id = 0x1000;

struct build *scene_frame(void)
{
    build_begin(&b);
    return &b;
}

void scene_add(int64_t time_ns)
{
    if (count == FRAMES_MAX || b.length > FRAME_MAX)
        abort();
    struct frame *frame = &frames[count];
    frame->time_ns = START_NS + time_ns;
    frame->number = count++;
    frame->length = b.length < ETHERNET_MIN ? ETHERNET_MIN : b.length;
    memset(frame->data, 0, ETHERNET_MIN);
    memcpy(frame->data, b.data, b.length);
}

const struct build *scene_sent(void)
{
    return &b;
}

static bool is_ipv6(const char *host)
{
    return strchr(host, ':') != NULL;
}

static void begin_ip(const char *from, const char *to)
{
    if (is_ipv6(from)) {
        build_ipv6(&b, from, to);
        return;
    }
    build_ipv4(&b, from, to);
    build_ipv4_id(&b, next_id++);
}

/* The hosts at the ends of the VXLAN take the source port by the flow inside, each for itself. */
static void begin_tunnel(const struct path *path, unsigned from)
{
    static const char *const ends[2] = {"203.0.113.1", "203.0.113.2"};
    static const uint16_t ports[2] = {49321, 57010};

    build_eth_between(&b, from == 0 ? 0x11 : 0x12, from == 0 ? 0x12 : 0x11);
    begin_ip(ends[from], ends[!from]);
    build_udp(&b, ports[from], 4789);
    build_vxlan(&b, path->vni);
}

struct build *scene_begin(struct conversation *talk, unsigned from)
{
    const struct path *path = &talk->path;

    scene_frame();
    if (path->vni != 0)
        begin_tunnel(path, from);
    build_eth_between(&b, from == 0 ? 1 : 2, from == 0 ? 2 : 1);
    if (path->service_tag != 0)
        build_vlan(&b, 0x88a8, path->service_tag);
    if (path->tag != 0)
        build_vlan(&b, 0x8100, path->tag);
    begin_ip(talk->host[from], talk->host[!from]);
    return &b;
}

void scene_send(struct conversation *talk)
{
    const struct path *path = &talk->path;

    build_end(&b);
    scene_add(talk->time_ns);
    if (path->copy_ns != 0) {
        if (path->copy_routed) {
            b.data[5] ^= 0x20;
            b.data[11] ^= 0x20;
            build_ipv4_ttl(&b, 63);
            build_end(&b);
        }
        scene_add(talk->time_ns + path->copy_ns);
    }
    talk->time_ns += talk->pause_ns;
}

void scene_segment_at(struct conversation *talk, unsigned from, uint32_t seq, uint8_t flags,
                      const void *data, uint32_t length)
{
    static const uint8_t syn_options[] = {2, 4, 5, 180, 1, 3, 3, 7, 1, 1, 4, 2};

    scene_begin(talk, from);
    build_tcp(&b, talk->port[from], talk->port[!from], seq,
              (flags & FS_TCP_ACK) != 0 ? talk->seq[!from] : 0, flags);
    if ((flags & FS_TCP_SYN) != 0)
        build_tcp_options(&b, syn_options, sizeof(syn_options));
    build_data(&b, data, length);
    scene_send(talk);
}

void scene_segment(struct conversation *talk, unsigned from, uint8_t flags, const void *data,
                   uint32_t length)
{
    scene_segment_at(talk, from, talk->seq[from], flags, data, length);
    talk->seq[from] += length + ((flags & (FS_TCP_SYN | FS_TCP_FIN)) != 0);
}

void scene_handshake(struct conversation *talk)
{
    scene_segment(talk, 0, FS_TCP_SYN, "", 0);
    scene_segment(talk, 1, FS_TCP_SYN | FS_TCP_ACK, "", 0);
    scene_segment(talk, 0, FS_TCP_ACK, "", 0);
}

void scene_request(struct conversation *talk)
{
    static const char request[] = "GET /index.html HTTP/1.1\r\n"
                                  "Host: www.example.com\r\n"
                                  "Accept: */*\r\n"
                                  "\r\n";

    scene_segment(talk, 0, FS_TCP_PSH | FS_TCP_ACK, request, sizeof(request) - 1);
    scene_segment(talk, 1, FS_TCP_ACK, "", 0);
}

void scene_close(struct conversation *talk)
{
    scene_segment(talk, 1, FS_TCP_FIN | FS_TCP_ACK, "", 0);
    scene_segment(talk, 0, FS_TCP_ACK, "", 0);
    scene_segment(talk, 0, FS_TCP_FIN | FS_TCP_ACK, "", 0);
    scene_segment(talk, 1, FS_TCP_ACK, "", 0);
}

void scene_datagram(struct conversation *talk, unsigned from, const void *data, uint32_t length)
{
    scene_begin(talk, from);
    build_udp(&b, talk->port[from], talk->port[!from]);
    build_data(&b, data, length);
    scene_send(talk);
}

static int by_time(const void *left, const void *right)
{
    const struct frame *a = left;
    const struct frame *c = right;

    if (a->time_ns != c->time_ns)
        return a->time_ns < c->time_ns ? -1 : 1;
    return a->number < c->number ? -1 : 1;
}

bool scene_write(const char *path)
{
    FILE *file = fopen(path, "wb");

    if (!file)
        return false;
    qsort(frames, count, sizeof(frames[0]), by_time);
    pcap_write_header(file, BUILD_LINK_ETHERNET, 262144);
    for (size_t i = 0; i < count; i++)
        pcap_write_frame(file, frames[i].time_ns, frames[i].data, frames[i].length,
                         frames[i].length);
    return pcap_write_close(file);
}
