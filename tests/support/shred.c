/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/shred.h"

#include "support/talk.h"

#include <string.h>

/* Where the frame's IP header is, and what of it every part has. */
struct whole {
    const uint8_t *bytes;
    uint32_t ip, head; /* offsets */
    uint32_t carried;  /* bytes after the header */
    bool is_ipv6;
    unsigned id;
};

static void add_part(struct shred *shred, const struct whole *whole, uint32_t from, uint32_t to,
                     bool more)
{
    struct shred_frame *frame = &shred->frames[shred->count];
    uint32_t at = whole->head;
    if (shred->count == SHRED_WAITING)
        return;
    shred->count++;
    memset(frame, 0, sizeof *frame);
    memcpy(frame->bytes, whole->bytes, whole->head);
    if (whole->is_ipv6) {
        put16(frame->bytes + whole->ip + 4, 8 + to - from);
        frame->bytes[at] = frame->bytes[whole->ip + 6];
        frame->bytes[whole->ip + 6] = 44;
        put16(frame->bytes + at + 2, from | (more ? 1 : 0));
        put16(frame->bytes + at + 6, whole->id);
        at += 8;
    } else {
        put16(frame->bytes + whole->ip + 2, 20 + to - from);
        put16(frame->bytes + whole->ip + 4, whole->id);
        put16(frame->bytes + whole->ip + 6, from / 8 + (more ? 0x2000 : 0));
    }
    memcpy(frame->bytes + at, whole->bytes + whole->head + from, to - from);
    frame->length = at + to - from;
}

/* A part that meets others, ends elsewhere, or has other bytes. */
static void add_odd_part(struct shred *shred, struct random_state *random,
                         const struct whole *whole)
{
    const uint32_t units = whole->carried / 8, first = shred->count;
    uint32_t from = random_below(random, units) * 8;
    uint32_t to = from + 8 + random_below(random, units) * 8;
    bool more = random_chance(random, 700);
    if (to > whole->carried)
        to = whole->carried;
    if (more)
        to -= (to - from) % 8;
    if (to <= from)
        return;
    add_part(shred, whole, from, to, more);
    if (first < shred->count && random_chance(random, 500))
        shred->frames[first].bytes[shred->frames[first].length - 1] ^= 0x55;
}

bool shred_frame(struct shred *shred, struct random_state *random, const uint8_t *bytes,
                 uint32_t length)
{
    const uint32_t ip = bytes[12] == 0x81 ? 18 : 14;
    const bool is_ipv6 = bytes[ip] >> 4 == 6;
    const struct whole whole = {.bytes = bytes,
                                .ip = ip,
                                .head = ip + (is_ipv6 ? 40 : 20),
                                .carried = length - ip - (is_ipv6 ? 40 : 20),
                                .is_ipv6 = is_ipv6,
                                .id = random_below(random, 3)};
    uint32_t from = 0;
    if (whole.carried <= 8 || shred->count + 4 > SHRED_WAITING)
        return false;
    while (from < whole.carried) {
        uint32_t to = from + 8 * (1 + random_below(random, 3));
        if (to > whole.carried)
            to = whole.carried;
        if (!random_chance(random, 100)) /* lost */
            add_part(shred, &whole, from, to, to < whole.carried);
        if (random_chance(random, 100)) /* again */
            add_part(shred, &whole, from, to, to < whole.carried);
        if (random_chance(random, 60))
            add_odd_part(shred, random, &whole);
        from = to;
    }
    return true;
}

uint32_t shred_next(struct shred *shred, struct random_state *random, uint8_t *bytes)
{
    const unsigned chosen =
        random_chance(random, 700) ? 0 : random_below(random, SHRED_WAITING) % (shred->count + 1);
    uint32_t length;
    if (chosen >= shred->count || random_chance(random, 400))
        return 0;
    length = shred->frames[chosen].length;
    memcpy(bytes, shred->frames[chosen].bytes, length);
    memmove(&shred->frames[chosen], &shred->frames[chosen + 1],
            (--shred->count - chosen) * sizeof shred->frames[0]);
    return length;
}
