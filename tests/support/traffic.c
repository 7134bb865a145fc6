/* SPDX-License-Identifier: BSD-2-Clause */
/* Random traffic: conversations that walk through their lives, times that misbehave, damage. */
#include "support/shred.h"
#include "support/talk.h"

#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000LL
#define HOUR   (3600 * SECOND)
#define FEW    12
#define TUPLES 1500

/* How wild this run is, per thousand frames each. */
struct mood {
    uint32_t odd_segment, damage, garbage, untimed, absurd, exact, back, far_back, lone_jump,
        followed_jump, slow, vlan, swap, shred, tunnel, wrong_sum;
};

struct making {
    struct random_state random;
    struct traffic *traffic;
    struct mood mood;
    struct talk talks[TUPLES];
    unsigned talk_count;
    struct shred shred;
    int64_t now;
};

uint64_t random_u64(struct random_state *random)
{
    uint64_t z = random->word += 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t random_below(struct random_state *random, uint32_t limit)
{
    return (uint32_t)((random_u64(random) >> 32) * limit >> 32);
}

bool random_chance(struct random_state *random, uint32_t of_1000)
{
    return random_below(random, 1000) < of_1000;
}

static int64_t random_time(struct random_state *random, int64_t limit)
{
    return (int64_t)(random_u64(random) % (uint64_t)limit);
}

static int64_t add_time(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

static void damage(struct making *making, size_t index)
{
    struct random_state *random = &making->random;
    struct flowscope_packet *packet = &making->traffic->packets[index];
    uint8_t *bytes = making->traffic->bytes[index];
    making->traffic->facts[index].sound = false;
    switch (random_below(random, 9)) {
    case 0: /* cut by a snap length */
        packet->captured_bytes = random_below(random, packet->captured_bytes + 1);
        break;
    case 1: /* cut on the wire */
        packet->captured_bytes = random_below(random, packet->captured_bytes + 1);
        packet->wire_bytes = packet->captured_bytes;
        break;
    case 2: /* later fragments, and first ones */
        put16(bytes + 20, random_chance(random, 500) ? 0x2000 : random_below(random, 65536));
        break;
    case 3: /* IP length 0 */
        put16(bytes + 16, 0);
        break;
    case 4:
        packet->is_packet = 0;
        break;
    case 5:
        packet->link_type = random_below(random, 300);
        break;
    case 6: /* the wire length contradicts the captured one */
        packet->wire_bytes = random_below(random, packet->captured_bytes + 100);
        break;
    default:
        for (unsigned flips = 1 + random_below(random, 4); flips > 0; flips--)
            bytes[12 + random_below(random, packet->captured_bytes - 12)] ^=
                (uint8_t)(1u << random_below(random, 8));
        break;
    }
}

static void make_garbage(struct making *making, size_t index)
{
    struct random_state *random = &making->random;
    struct flowscope_packet *packet = &making->traffic->packets[index];
    uint8_t *bytes = making->traffic->bytes[index];
    static const uint32_t links[] = {0, 1, 1, 12, 101, 108, 113, 228, 229, 276, 147};
    packet->captured_bytes = random_below(random, TRAFFIC_FRAME_MAX + 1);
    for (uint32_t i = 0; i < packet->captured_bytes; i++)
        bytes[i] = (uint8_t)random_u64(random);
    packet->wire_bytes = packet->captured_bytes + random_below(random, 3) * 100;
    packet->link_type = links[random_below(random, sizeof links / sizeof links[0])];
    packet->is_packet = 1;
    if (packet->link_type == 1)
        put16(bytes + 12, random_chance(random, 500) ? 0x0800 : 0x86dd);
    if (random_chance(random, 700)) { /* let it pass for IP */
        unsigned at = packet->link_type == 1 ? 14 : packet->link_type == 113 ? 16 : 0;
        bytes[at] = (uint8_t)((bytes[at] & 0x0f) | (random_chance(random, 500) ? 0x40 : 0x60));
    }
}

static void set_time(struct making *making, struct talk *talk, size_t index)
{
    struct random_state *random = &making->random;
    const struct mood *mood = &making->mood;
    const struct flowscope_config *config = &making->traffic->config;
    const int64_t timeouts[] = {config->tcp_idle_timeout_ns, config->tcp_half_open_timeout_ns,
                                config->tcp_closed_timeout_ns, config->udp_idle_timeout_ns,
                                config->other_idle_timeout_ns};
    struct flowscope_packet *packet = &making->traffic->packets[index];
    int64_t time;

    if (random_chance(random, mood->slow))
        making->now = add_time(making->now, random_time(random, 100 * SECOND));
    else if (random_chance(random, 500))
        making->now = add_time(making->now, random_time(random, SECOND));
    else
        making->now = add_time(making->now, random_time(random, 3));
    if (random_chance(random, mood->followed_jump))
        making->now = add_time(making->now, HOUR - 1 + random_time(random, 2 * HOUR));
    time = making->now;
    if (random_chance(random, mood->exact)) {
        time = add_time(talk->last_time, timeouts[random_below(random, 5)]);
        time = add_time(time, (int64_t)random_below(random, 3) - 1);
        if (random_chance(random, 500) && time > making->now)
            making->now = time;
    } else if (random_chance(random, mood->back)) {
        time = add_time(time, -random_time(random, 2 * SECOND));
    } else if (random_chance(random, mood->far_back)) {
        time = add_time(time,
                        -(HOUR - 1 + random_time(random, random_chance(random, 300) ? 3 : HOUR)));
    } else if (random_chance(random, mood->lone_jump)) {
        time =
            add_time(time, HOUR - 1 + random_time(random, random_chance(random, 300) ? 3 : HOUR));
    }
    packet->time_ns = time;
    packet->time_quality = FLOWSCOPE_TIME_GOOD;
    if (random_chance(random, mood->absurd)) {
        packet->time_ns = random_chance(random, 500) ? INT64_MAX : INT64_MIN;
        packet->time_quality = FLOWSCOPE_TIME_BAD;
    }
    if (random_chance(random, mood->untimed)) {
        packet->time_ns = 0;
        packet->time_quality = FLOWSCOPE_TIME_NONE;
    } else {
        talk->last_time = packet->time_ns;
    }
}

static int64_t random_timeout(struct random_state *random, int64_t normal)
{
    switch (random_below(random, 6)) {
    case 0:
        return 1 + random_time(random, 3);
    case 1:
        return 1 + random_time(random, SECOND);
    case 2:
        return SECOND;
    case 3:
        return 1 + random_time(random, 100 * SECOND);
    default:
        return normal;
    }
}

/* Some of the ports that conversations use, and some that none does. */
static void choose_ports(struct making *making)
{
    static const uint16_t ports[] = {7, 7, 1000, 1001, 2152};
    static const uint8_t protocols[] = {0, 6, 17, 132};
    struct random_state *random = &making->random;
    struct flowscope_port_timeout *entries = making->traffic->config.port_timeout;
    unsigned count = 1 + random_below(random, FLOWSCOPE_PORT_TIMEOUTS);
    for (unsigned i = 0; i < count; i++) {
        entries[i].port = random_chance(random, 700) ? ports[random_below(random, 5)]
                                                     : (uint16_t)(1000 + random_below(random, 16));
        entries[i].protocol = protocols[random_below(random, 4)];
        entries[i].timeout_ns = random_timeout(random, 5 * SECOND);
    }
}

/* A flow for each lower port: fragments have it when their datagram's first one came. */
static bool by_port(void *user, const struct flowscope_packet *packet,
                    const struct flowscope_level *level, struct flowscope_own_key *key)
{
    const bool back = level->source_port < level->destination_port;
    const uint16_t port = back ? level->source_port : level->destination_port;
    (void)user;
    (void)packet;
    key->bytes[0] = (uint8_t)port;
    key->bytes[1] = level->protocol;
    key->reverse = back;
    return level->has_ports && port % 4 != 0;
}

/* A flow for each last byte of an address, without ports or not. */
static bool by_address(void *user, const struct flowscope_packet *packet,
                       const struct flowscope_level *level, struct flowscope_own_key *key)
{
    (void)user;
    key->bytes[0] = level->source[3] ^ level->destination[3];
    key->bytes[1] = level->has_mac ? level->source_mac[5] ^ level->destination_mac[5] : 0;
    key->bytes[2] = (uint8_t)level->flow_label;
    return packet->captured_bytes > 0 && level->ip_version != 0;
}

static void choose_config(struct making *making)
{
    struct random_state *random = &making->random;
    struct flowscope_config *config = &making->traffic->config;
    flowscope_config_init(config);
    config->hash_seed = random_u64(random);
    config->tcp_idle_timeout_ns = random_timeout(random, config->tcp_idle_timeout_ns);
    config->tcp_half_open_timeout_ns = random_timeout(random, config->tcp_half_open_timeout_ns);
    config->tcp_closed_timeout_ns = random_timeout(random, config->tcp_closed_timeout_ns);
    config->udp_idle_timeout_ns = random_timeout(random, config->udp_idle_timeout_ns);
    config->other_idle_timeout_ns = random_timeout(random, config->other_idle_timeout_ns);
    if (random_chance(random, 400))
        choose_ports(making);
    if (random_chance(random, 300))
        config->active_timeout_ns =
            1 + random_time(random, random_chance(random, 500) ? SECOND : 200 * SECOND);
    config->max_flows = random_chance(random, 500) ? 1 + random_below(random, 8) : 1000;
    if (making->traffic->count >= TRAFFIC_CROWD)
        config->max_flows = 100 + random_below(random, 2000);
    config->tunnel_depth = 1 + random_below(random, 8);
    config->duplicates = FLOWSCOPE_DUPLICATES_IGNORE; /* frames say little: many are the same */
    config->ipv4_overlap = random_below(random, 5);
    if (random_chance(random, 400))
        config->identity = random_below(random, 3);
    if (random_chance(random, 250))
        config->key = random_below(random, 4);
    if (random_chance(random, 150))
        config->key_function = random_chance(random, 700) ? by_port : by_address;
    if (random_chance(random, 250))
        config->direction = random_below(random, 2);
    if (random_chance(random, 250))
        config->decapsulate = random_u64(random) & FLOWSCOPE_LAYERS_ALL;
    config->checksum = random_chance(random, 250);
    config->fragment_timeout_ns = random_timeout(random, config->fragment_timeout_ns);
    if (random_chance(random, 300))
        config->fragment_window = 1 + random_below(random, 10);
    if (random_chance(random, 300))
        config->fragment_bytes = random_below(random, 2000);
    if (random_chance(random, 300))
        config->max_datagrams = 1 + random_below(random, 4);
    if (random_chance(random, 300))
        config->max_fragments = 1 + random_below(random, 12);
    if (random_chance(random, 300))
        config->datagram_fragments = 2 + random_below(random, 4);
}

static void choose_mood(struct making *making)
{
    static const int64_t starts[] = {0, -5 * SECOND, 1700000000 * SECOND, INT64_MAX - 2 * HOUR,
                                     INT64_MIN + HOUR};
    struct random_state *random = &making->random;
    struct mood *mood = &making->mood;
    bool wild_times = random_chance(random, 500);
    mood->odd_segment = random_chance(random, 300) ? 0 : random_below(random, 400);
    mood->damage = random_chance(random, 500) ? 0 : random_below(random, 300);
    mood->garbage = random_chance(random, 500) ? 0 : random_below(random, 200);
    mood->untimed = random_chance(random, 500) ? 0 : random_below(random, 300);
    mood->absurd = random_chance(random, 800) ? 0 : random_below(random, 30);
    mood->slow = random_below(random, 500);
    mood->vlan = random_chance(random, 700) ? 0 : 300;
    mood->swap = random_chance(random, 500) ? 0 : random_below(random, 200);
    mood->shred = random_chance(random, 500) ? 0 : random_below(random, 400);
    mood->tunnel = random_chance(random, 500) ? 0 : random_below(random, 600);
    mood->wrong_sum = random_below(random, 200);
    if (wild_times) {
        mood->exact = random_below(random, 300);
        mood->back = random_below(random, 200);
        mood->far_back = random_below(random, 40);
        mood->lone_jump = random_below(random, 60);
        mood->followed_jump = random_below(random, 40);
    } else {
        mood->exact = random_below(random, 200);
    }
    making->now = starts[random_chance(random, 700) ? 2 : random_below(random, 5)];
    making->talk_count =
        1 + random_below(random, making->traffic->count < TRAFFIC_CROWD ? FEW : TUPLES);
    for (unsigned i = 0; i < making->talk_count; i++) {
        struct talk *talk = &making->talks[i];
        talk->kind =
            random_chance(random, 500) ? random_below(random, 2) : random_below(random, KINDS);
        talk->number = i;
        talk->phase = random_chance(random, 700) ? 0 : random_below(random, 11);
        talk->isn[0] = talk->next[0] = talk_random_isn(random);
        talk->isn[1] = talk->next[1] = talk_random_isn(random);
        talk->last_time = making->now;
    }
}

/* Two frames change places, with their times or without. */
static void swap_frames(struct making *making, size_t a, size_t b)
{
    struct traffic *traffic = making->traffic;
    struct flowscope_packet packet = traffic->packets[a];
    struct traffic_fact fact = traffic->facts[a];
    traffic->packets[a] = traffic->packets[b];
    traffic->packets[b] = packet;
    traffic->facts[a] = traffic->facts[b];
    traffic->facts[b] = fact;
    if (random_chance(&making->random, 500)) {
        int64_t time = traffic->packets[a].time_ns;
        uint8_t quality = traffic->packets[a].time_quality;
        traffic->packets[a].time_ns = traffic->packets[b].time_ns;
        traffic->packets[a].time_quality = traffic->packets[b].time_quality;
        traffic->packets[b].time_ns = time;
        traffic->packets[b].time_quality = quality;
    }
}

/* One of the fragments that are on their way. Whether it has a flow depends on the others. */
static bool next_part(struct making *making, size_t index)
{
    struct flowscope_packet *packet = &making->traffic->packets[index];
    const uint32_t length =
        shred_next(&making->shred, &making->random, making->traffic->bytes[index]);
    if (length == 0)
        return false;
    packet->link_type = 1;
    packet->is_packet = 1;
    packet->captured_bytes = packet->wire_bytes = length;
    making->traffic->facts[index].sound = false;
    if (random_chance(&making->random, 30))
        packet->captured_bytes -= random_below(&making->random, 20);
    return true;
}

static bool shred_it(struct making *making, size_t index)
{
    struct flowscope_packet *packet = &making->traffic->packets[index];
    if (!shred_frame(&making->shred, &making->random, packet->data, packet->captured_bytes))
        return false;
    memset(making->traffic->bytes[index], 0, TRAFFIC_FRAME_MAX);
    packet->is_packet = 0; /* unless a part takes its place */
    packet->captured_bytes = packet->wire_bytes = 0;
    making->traffic->facts[index].sound = false;
    return true;
}

static void make(struct traffic *traffic, uint64_t seed, size_t count, bool repeats)
{
    struct making making = {.random = {seed * 0x2545f4914f6cdd1du}, .traffic = traffic};
    struct random_state *random = &making.random;

    memset(traffic, 0, sizeof *traffic);
    traffic->count = count;
    traffic->packets = calloc(count, sizeof *traffic->packets);
    traffic->facts = calloc(count, sizeof *traffic->facts);
    traffic->bytes = calloc(count, sizeof *traffic->bytes);
    if (!traffic->packets || !traffic->facts || !traffic->bytes)
        abort();
    choose_config(&making);
    choose_mood(&making);
    for (unsigned i = 0; i < making.talk_count; i++)
        making.talks[i].repeats = repeats;
    if (repeats)
        traffic->config.tcp_facts = random_below(random, 4);
    for (size_t i = 0; i < count; i++) {
        struct talk *talk = &making.talks[random_below(random, making.talk_count)];
        traffic->packets[i].size = sizeof traffic->packets[i];
        traffic->packets[i].data = traffic->bytes[i];
        if (random_chance(random, making.mood.garbage)) {
            make_garbage(&making, i);
        } else if (!next_part(&making, i)) {
            talk_frame(talk, random, making.mood.odd_segment, making.mood.vlan, traffic->bytes[i],
                       &traffic->packets[i], &traffic->facts[i]);
            if (traffic->config.checksum && !random_chance(random, making.mood.wrong_sum))
                talk_sum(traffic->bytes[i], &traffic->packets[i]);
            if (random_chance(random, making.mood.tunnel)) {
                talk_wrap(random, traffic->bytes[i], &traffic->packets[i]);
                traffic->facts[i].sound = false; /* whose flow it is is for the options to say */
            }
            if (random_chance(random, making.mood.damage))
                damage(&making, i);
            else if (random_chance(random, making.mood.shred) && shred_it(&making, i))
                next_part(&making, i);
        }
        set_time(&making, talk, i);
    }
    for (size_t i = 1; i < count; i++)
        if (random_chance(random, making.mood.swap))
            swap_frames(&making, i - 1, i);
    for (size_t i = 0; i < count; i++)
        traffic->packets[i].frame = i + 1;
}

void traffic_make(struct traffic *traffic, uint64_t seed, size_t count)
{
    make(traffic, seed, count, false);
}

void traffic_make_repeats(struct traffic *traffic, uint64_t seed, size_t count)
{
    make(traffic, seed, count, true);
}

void traffic_clear(struct traffic *traffic)
{
    free(traffic->packets);
    free(traffic->facts);
    free(traffic->bytes);
    memset(traffic, 0, sizeof *traffic);
}
