/* SPDX-License-Identifier: BSD-2-Clause */
/* Zeek's history, as its documentation tells it: read from the first segment to the last. */
#include "support/model_notes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum state { NOTHING, SYN, SYN_ACK, PARTIAL, OPEN, CLOSED, RESET };

struct side {
    enum state state, before; /* the state before that */
    bool began_with_syn;
    uint32_t first_seq, furthest, last_fin, last_rst;
    unsigned repeats, zero_windows, damaged;
    char seen[16]; /* its letters, in upper case */
};

struct reading {
    struct side side[2];
    char *history;
};

static void enter(struct side *side, enum state state)
{
    if (side->state != state)
        side->before = side->state;
    side->state = state;
}

static void put(struct reading *reading, unsigned way, char letter)
{
    char *history = reading->history;
    size_t length = strlen(history);
    if (length > 32)
        return;
    history[length] = length == 32 ? '+' : (char)(way ? tolower(letter) : letter);
    history[length + 1] = '\0';
}

static void write(struct reading *reading, unsigned way, char letter)
{
    char *seen = reading->side[way].seen;
    if (!strchr(seen, letter)) {
        size_t count = strlen(seen);
        seen[count] = letter;
        seen[count + 1] = '\0';
    }
    put(reading, way, letter);
}

static bool has(const struct side *side, char letter)
{
    return strchr(side->seen, letter) != NULL;
}

static void write_once(struct reading *reading, unsigned way, char letter)
{
    if (!has(&reading->side[way], letter))
        write(reading, way, letter);
}

static bool is_power_of_ten(unsigned number)
{
    return number == 1 || number == 10 || number == 100 || number == 1000 || number == 10000;
}

static void write_flags(struct reading *reading, const struct model_segment *segment)
{
    unsigned way = segment->way;
    struct side *side = &reading->side[way];
    uint32_t end = segment->seq + segment->length;
    if (segment->syn + segment->fin + segment->rst > 1) {
        write_once(reading, way, segment->fin && segment->rst ? 'I' : 'Q');
    } else if (segment->syn) {
        bool had_one = has(side, 'S') || has(side, 'H');
        if (!had_one || (side->began_with_syn && side->first_seq != segment->seq))
            write(reading, way, segment->has_ack ? 'H' : 'S');
    } else if (segment->fin) {
        if (!has(side, 'F') || side->last_fin != end)
            write(reading, way, 'F');
        side->last_fin = end;
    } else if (segment->rst) {
        if (!has(side, 'R') || side->last_rst != segment->seq)
            write(reading, way, 'R');
        side->last_rst = segment->seq;
    } else if (segment->length > 0) {
        write_once(reading, way, 'D');
    } else if (segment->has_ack) {
        write_once(reading, way, 'A');
    }
}

static void write_window(struct reading *reading, const struct model_segment *segment)
{
    struct side *side = &reading->side[segment->way];
    const struct side *peer = &reading->side[!segment->way];
    if (segment->window > 0 || segment->rst || side->state == RESET || peer->state == CLOSED)
        return;
    if (is_power_of_ten(++side->zero_windows))
        write(reading, segment->way, 'W');
}

static void write_repeat(struct reading *reading, const struct model_segment *segment)
{
    struct side *side = &reading->side[segment->way];
    uint32_t end =
        segment->seq + segment->syn + segment->fin + (segment->rst ? 0 : segment->length);
    int32_t ahead = (int32_t)(end - side->furthest);
    bool odd = segment->syn || segment->rst;
    if (side->state == NOTHING || (segment->syn && side->state != CLOSED && side->state != RESET)) {
        side->furthest = end;
        return;
    }
    if (side->state == RESET || (odd && labs((long)ahead) > 1048576))
        return;
    if (ahead > 0)
        side->furthest = end;
    else if (segment->length > 0 && is_power_of_ten(++side->repeats))
        write(reading, segment->way, 'T');
}

static void begin(struct reading *reading, const struct model_segment *segment)
{
    struct side *side = &reading->side[segment->way], *peer = &reading->side[!segment->way];
    bool responds = segment->way == 1;
    if (segment->syn && responds) {
        if (peer->state == SYN)
            enter(peer, OPEN);
        enter(side, OPEN);
    } else if (segment->syn) {
        enter(side, segment->has_ack ? SYN_ACK : SYN);
    }
    if (segment->fin)
        enter(side, CLOSED);
    if (segment->rst)
        enter(side, RESET);
    if (side->state != NOTHING)
        return;
    if (responds && segment->length == 0 && peer->state == SYN)
        return;
    enter(side, segment->has_ack && peer->state == OPEN ? OPEN : PARTIAL);
}

static void change_state(struct reading *reading, const struct model_segment *segment)
{
    struct side *side = &reading->side[segment->way], *peer = &reading->side[!segment->way];
    switch (side->state) {
    case NOTHING:
        begin(reading, segment);
        break;
    case SYN:
    case SYN_ACK:
        if (segment->fin)
            enter(side, CLOSED);
        if (segment->rst)
            enter(side, RESET);
        break;
    case PARTIAL:
    case OPEN:
        if (segment->syn && !segment->has_ack && side->state == PARTIAL && peer->state == NOTHING)
            enter(side, SYN);
        if (segment->fin && !segment->rst) {
            enter(side, CLOSED);
            if (peer->state == RESET && peer->before == CLOSED)
                enter(peer, CLOSED);
        }
        if (segment->rst)
            enter(side, RESET);
        break;
    case CLOSED:
        if (segment->rst && peer->state != CLOSED)
            enter(side, RESET);
        break;
    default:
        break;
    }
}

/* S, then R, and of the originator's letters none of HAFGIQ between them. */
static bool is_syn_then_reset(const char *history)
{
    const char *at = history + (history[0] == '^');
    if (*at != 'S')
        return false;
    at += 1 + strcspn(at + 1, "HAFGIQR");
    return *at == 'R';
}

static unsigned summarise(const struct reading *reading)
{
    enum state one = reading->side[0].state, other = reading->side[1].state;
    bool no_one = one == NOTHING || one == PARTIAL, no_other = other == NOTHING || other == PARTIAL;
    bool data = has(&reading->side[0], 'D') || has(&reading->side[1], 'D');
    if (other == RESET) {
        if (one == SYN || one == SYN_ACK || (one == RESET && !data))
            return FLOWSCOPE_CONN_REJ;
        return no_one ? FLOWSCOPE_CONN_RSTRH : FLOWSCOPE_CONN_RSTR;
    }
    if (one == RESET) {
        if (!no_other)
            return FLOWSCOPE_CONN_RSTO;
        return is_syn_then_reset(reading->history) ? FLOWSCOPE_CONN_RSTOS0 : FLOWSCOPE_CONN_OTH;
    }
    if (one == CLOSED && other == CLOSED)
        return FLOWSCOPE_CONN_SF;
    if (one == CLOSED)
        return no_other ? FLOWSCOPE_CONN_SH : FLOWSCOPE_CONN_S2;
    if (other == CLOSED)
        return no_one ? FLOWSCOPE_CONN_SHR : FLOWSCOPE_CONN_S3;
    if (one == SYN && other == NOTHING)
        return FLOWSCOPE_CONN_S0;
    return one == OPEN && other == OPEN ? FLOWSCOPE_CONN_S1 : FLOWSCOPE_CONN_OTH;
}

void model_history(const struct model_segment *segments, size_t count, bool answered,
                   const int64_t base[2], char *history, uint8_t *conn_state)
{
    struct reading reading = {.history = history};
    history[0] = answered ? '^' : '\0';
    history[1] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct model_segment *segment = &segments[i];
        struct side *side = &reading.side[segment->way];
        bool first = side->seen[0] == '\0';
        if (segment->damaged) {
            if (is_power_of_ten(++side->damaged))
                put(&reading, segment->way, 'C');
            continue;
        }
        write_flags(&reading, segment);
        if (first && segment->syn && !segment->fin && !segment->rst)
            side->began_with_syn = base[segment->way] == segment->seq;
        side->first_seq = (uint32_t)base[segment->way];
        write_window(&reading, segment);
        write_repeat(&reading, segment);
        change_state(&reading, segment);
    }
    *conn_state = (uint8_t)summarise(&reading);
}
