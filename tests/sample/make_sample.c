/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the sample capture: a few seconds on a link, the same bytes every time, of addresses that
 * documents may use (RFC 5737, RFC 3849, RFC 7042). */
#include "packet/headers.h"
#include "scene.h"

#include <stdio.h>
#include <string.h>

enum { SEGMENT = 1400 };

/* What a server sends: `segments` full segments of an answer in HTTP's form. */
static uint32_t make_answer(uint8_t *answer, unsigned segments)
{
    static const char form[] = "HTTP/1.1 200 OK\r\n"
                               "Content-Type: text/plain\r\n"
                               "Content-Length: %5u\r\n"
                               "\r\n";
    const uint32_t length = segments * SEGMENT;
    const uint32_t head = sizeof(form) - 1 + 2; /* the number has two digits more than its form */

    snprintf((char *)answer, SEGMENT, form, length - head);
    for (uint32_t i = head; i < length; i++)
        answer[i] = (uint8_t)(i % 64 == 63 ? '\n' : 'a' + i % 26);
    return length;
}

/* The answer in order, an acknowledgement for every second segment. */
static void answer(struct conversation *talk, unsigned segments)
{
    static uint8_t bytes[16 * SEGMENT];

    make_answer(bytes, segments);
    for (unsigned i = 0; i < segments; i++) {
        scene_segment(talk, 1, FS_TCP_ACK | (i + 1 == segments ? FS_TCP_PSH : 0),
                      bytes + i * SEGMENT, SEGMENT);
        if (i % 2 == 1 || i + 1 == segments)
            scene_segment(talk, 0, FS_TCP_ACK, "", 0);
    }
}

static void whole_connection(struct conversation *talk, unsigned segments)
{
    scene_handshake(talk);
    scene_request(talk);
    answer(talk, segments);
    scene_close(talk);
}

/* Segment 2 of 6 is lost behind the capture: it is seen, asked for by duplicate acknowledgements
 * and sent again. Segment 4 is lost before it, so that only the repetition is seen. */
static void lossy_connection(struct conversation *talk)
{
    static uint8_t bytes[6 * SEGMENT];
    const uint32_t length = make_answer(bytes, 6);
    uint32_t first;

    scene_handshake(talk);
    scene_request(talk);
    first = talk->seq[1];
    for (unsigned i = 0; i < 6; i++) {
        if (i != 4)
            scene_segment_at(talk, 1, first + i * SEGMENT, FS_TCP_ACK, bytes + i * SEGMENT,
                             SEGMENT);
        if (i >= 3) { /* all that came in order: segments 0 and 1 */
            talk->seq[1] = first + 2 * SEGMENT;
            scene_segment(talk, 0, FS_TCP_ACK, "", 0);
        }
    }
    scene_segment_at(talk, 1, first + 2 * SEGMENT, FS_TCP_ACK, bytes + 2 * SEGMENT, SEGMENT);
    talk->seq[1] = first + 4 * SEGMENT;
    scene_segment(talk, 0, FS_TCP_ACK, "", 0);
    talk->time_ns += 200 * SCENE_MS; /* the retransmission timer */
    scene_segment_at(talk, 1, first + 4 * SEGMENT, FS_TCP_ACK, bytes + 4 * SEGMENT, SEGMENT);
    talk->seq[1] = first + length;
    scene_segment(talk, 0, FS_TCP_ACK, "", 0);
    scene_close(talk);
}

/* Segments 1 and 2 change places, then 4 and 5. */
static void reordered_connection(struct conversation *talk)
{
    static const unsigned order[] = {0, 2, 1, 3, 5, 4, 6};
    static uint8_t bytes[7 * SEGMENT];
    const uint32_t length = make_answer(bytes, 7);
    uint32_t first;

    scene_handshake(talk);
    scene_request(talk);
    first = talk->seq[1];
    for (unsigned i = 0; i < 7; i++)
        scene_segment_at(talk, 1, first + order[i] * SEGMENT, FS_TCP_ACK,
                         bytes + order[i] * SEGMENT, SEGMENT);
    talk->seq[1] = first + length;
    scene_segment(talk, 0, FS_TCP_ACK, "", 0);
    scene_close(talk);
}

static void reset_connection(struct conversation *talk)
{
    scene_handshake(talk);
    scene_request(talk);
    answer(talk, 2);
    scene_segment(talk, 0, FS_TCP_RST | FS_TCP_ACK, "", 0);
}

/* Nobody answers; the second and third SYN repeat the first. */
static void half_open(struct conversation *talk)
{
    for (unsigned i = 0; i < 3; i++) {
        scene_segment_at(talk, 0, talk->seq[0], FS_TCP_SYN, "", 0);
        talk->time_ns += (1000 << i) * SCENE_MS;
    }
}

/* A question for the addresses of www.example.com (RFC 1035, 4.1); answered if `with_answer`. */
static void lookup(struct conversation *talk, uint16_t id, bool with_answer)
{
    uint8_t message[] = "IIFFqqaannrr\3www\7example\3com\0\0\1\0\1"
                        "\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4\xc6\x33\x64\x14";
    const uint32_t question = 33, whole = sizeof(message) - 1;

    memset(message, 0, 12);
    message[0] = (uint8_t)(id >> 8);
    message[1] = (uint8_t)id;
    message[2] = 0x01; /* recursion desired */
    message[5] = 1;    /* one question */
    scene_datagram(talk, 0, message, question);
    if (!with_answer)
        return;
    message[2] = 0x81; /* answer */
    message[3] = 0x80; /* recursion available */
    message[7] = 1;    /* one answer */
    scene_datagram(talk, 1, message, whole);
}

static void ping(struct conversation *talk, uint16_t id, unsigned times)
{
    const bool six = strchr(talk->host[0], ':') != NULL;

    for (uint16_t seq = 1; seq <= times; seq++)
        for (unsigned from = 0; from < 2; from++) {
            struct build *b = scene_begin(talk, from);
            if (six)
                build_icmp6(b, from == 0 ? 128 : 129, 0, id, seq);
            else
                build_icmp(b, from == 0 ? 8 : 0, 0, id, seq);
            build_fill(b, 56);
            scene_send(talk);
        }
}

/* The resolver is down: its host quotes the question (RFC 792). */
static void unreachable(struct conversation *talk)
{
    const struct build *question = scene_sent();
    uint8_t quoted[61];
    struct build *b;

    lookup(talk, 0x4242, false);
    memcpy(quoted, question->data + question->ip, sizeof(quoted));
    b = scene_begin(talk, 1);
    build_icmp(b, 3, 3, 0, 0);
    build_data(b, quoted, sizeof(quoted));
    scene_send(talk);
}

/* A datagram of 3000 bytes in three fragments. */
static void fragments(struct conversation *talk)
{
    static uint8_t datagram[8 + 3000];
    struct build *b = scene_begin(talk, 0);

    build_udp(b, talk->port[0], talk->port[1]);
    build_fill(b, 3000);
    build_end(b);
    memcpy(datagram, b->data + b->l4, sizeof(datagram));
    for (uint32_t at = 0; at < sizeof(datagram); at += 1480) {
        const uint32_t left = (uint32_t)sizeof(datagram) - at;
        b = scene_begin(talk, 0);
        build_ipv4_id(b, 0x7777);
        build_ipv4_fragment(b, at, left > 1480);
        build_protocol(b, 17);
        build_data(b, datagram + at, left > 1480 ? 1480 : left);
        scene_send(talk);
    }
}

/* Who has 192.0.2.20? (RFC 826) */
static void arp(int64_t time_ns)
{
    static const uint8_t question[28] = {0,   1, 8, 0,  6, 4, 0, 1, 0, 0, 0x5e, 0, 0x53, 1,
                                         192, 0, 2, 10, 0, 0, 0, 0, 0, 0, 192,  0, 2,    20};
    struct build *b = scene_frame();

    build_eth(b);
    memset(b->data, 0xff, 6);
    build_type(b, 0x0806);
    build_data(b, question, sizeof(question));
    scene_add(time_ns);
}

static struct conversation talk_of(const char *client, uint16_t client_port, const char *server,
                                   uint16_t server_port, int64_t start_ms, int64_t pause_us)
{
    return (struct conversation){.host = {client, server},
                                 .port = {client_port, server_port},
                                 .time_ns = start_ms * SCENE_MS + client_port,
                                 .pause_ns = pause_us * SCENE_US + server_port,
                                 .seq = {client_port * 104729u, server_port * 15485863u}};
}

static void play_tcp(void)
{
    struct conversation talk = talk_of("192.0.2.10", 49152, "198.51.100.20", 80, 10, 700);
    whole_connection(&talk, 9);
    talk = talk_of("192.0.2.10", 49153, "198.51.100.20", 80, 15, 900);
    whole_connection(&talk, 4);
    talk = talk_of("192.0.2.11", 50001, "198.51.100.20", 80, 40, 800);
    talk.seq[1] = UINT32_MAX - 2 * SEGMENT; /* wraps inside the answer */
    lossy_connection(&talk);
    talk = talk_of("192.0.2.12", 50002, "198.51.100.20", 80, 300, 300);
    reordered_connection(&talk);
    talk = talk_of("192.0.2.12", 50003, "198.51.100.21", 443, 350, 1100);
    reset_connection(&talk);
    talk = talk_of("192.0.2.66", 50004, "198.51.100.99", 22, 400, 0);
    half_open(&talk);
    talk = talk_of("2001:db8::10", 49200, "2001:db8:1::20", 80, 60, 600);
    whole_connection(&talk, 6);
    talk = talk_of("192.0.2.13", 50005, "198.51.100.20", 8080, 500, 500);
    talk.path.tag = 10;
    whole_connection(&talk, 5);
    talk = talk_of("192.0.2.14", 50006, "198.51.100.20", 8080, 520, 500);
    talk.path.service_tag = 100;
    talk.path.tag = 20;
    whole_connection(&talk, 3);
    talk = talk_of("192.0.2.30", 50007, "192.0.2.31", 5432, 600, 400);
    talk.path.vni = 42;
    whole_connection(&talk, 6);
    talk = talk_of("192.0.2.15", 50008, "198.51.100.22", 80, 700, 450);
    talk.path.copy_ns = 5 * SCENE_US;
    whole_connection(&talk, 5);
    talk = talk_of("192.0.2.16", 50009, "198.51.100.22", 80, 750, 450);
    talk.path.copy_ns = 12 * SCENE_US;
    talk.path.copy_routed = true;
    whole_connection(&talk, 2);
    /* The same addresses and ports again, after FIN. */
    talk = talk_of("192.0.2.10", 49153, "198.51.100.20", 80, 2000, 900);
    talk.seq[0] += 1000000;
    whole_connection(&talk, 3);
}

static void play_others(void)
{
    struct conversation talk;

    for (uint16_t i = 0; i < 8; i++) {
        talk = talk_of("192.0.2.10", (uint16_t)(53000 + i), "198.51.100.53", 53, 5 + 90 * i, 8000);
        lookup(&talk, (uint16_t)(0x1111 * (i + 1)), i != 5);
    }
    talk = talk_of("2001:db8::10", 53100, "2001:db8:1::53", 53, 50, 7000);
    lookup(&talk, 0x6666, true);
    talk = talk_of("192.0.2.10", 53200, "198.51.100.54", 53, 900, 3000);
    unreachable(&talk);
    talk = talk_of("192.0.2.10", 0, "198.51.100.1", 0, 100, 9000);
    ping(&talk, 0x0101, 5);
    talk = talk_of("2001:db8::10", 0, "2001:db8:1::1", 0, 110, 9500);
    ping(&talk, 0x0202, 4);
    talk = talk_of("192.0.2.17", 53300, "198.51.100.60", 6000, 820, 100);
    fragments(&talk);
    for (unsigned i = 0; i < 3; i++)
        arp((2 + 1000 * i) * SCENE_MS);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_sample FILE\n");
        return 2;
    }
    play_tcp();
    play_others();
    if (!scene_write(argv[1])) {
        fprintf(stderr, "make_sample: %s: not written\n", argv[1]);
        return 1;
    }
    return 0;
}
