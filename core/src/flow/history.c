/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/history.h"

#include <string.h>

const char *flowscope_conn_state_name(unsigned state)
{
    static const char *const names[] = {
        "",
#define FLOWSCOPE_CONN_STATE(name, text) #name,
#include <flowscope/conn_state.def>
#undef FLOWSCOPE_CONN_STATE
    };

    return state < FLOWSCOPE_CONN_COUNT ? names[state] : "";
}

static void set_end(struct fs_history *history, unsigned side, enum fs_history_end end)
{
    const unsigned others = history->ends & ~(0xfu << 4 * side);

    history->ends = (uint8_t)(others | (unsigned)end << 4 * side);
}

static bool is_reset(enum fs_history_end end)
{
    return end == FS_END_RESET || end == FS_END_RESET_AFTER_CLOSED;
}

/* A letter is its number twice, and one for the responder; they lie bit by bit. */
static void add(struct fs_history *history, unsigned side, enum fs_history_letter letter)
{
    const unsigned bit = history->count * FS_HISTORY_BITS;
    const uint64_t code = (uint64_t)(2u * (unsigned)letter + side) << bit % 32;

    _Static_assert(2 * FS_LETTER_COUNT <= 1 << FS_HISTORY_BITS,
                   "room for each letter of each side");
    if (history->count <= FS_HISTORY_LETTERS)
        history->count++;
    if (history->count > FS_HISTORY_LETTERS)
        return;
    history->letters[bit / 32] |= (uint32_t)code;
    if (code > UINT32_MAX)
        history->letters[bit / 32 + 1] |= (uint32_t)(code >> 32);
}

/* Two words of letters, from `word` on. */
static uint64_t bits_at(const struct fs_history *history, unsigned word)
{
    return history->letters[word] | (uint64_t)history->letters[word + 1] << 32;
}

static unsigned code_at(const struct fs_history *history, unsigned i)
{
    enum { LAST_PAIR = sizeof(history->letters) / sizeof(history->letters[0]) - 2 };
    const unsigned bit = i * FS_HISTORY_BITS;
    const unsigned word = bit / 32 < LAST_PAIR ? bit / 32 : LAST_PAIR;

    return bits_at(history, word) >> (bit - 32 * word) & ((1u << FS_HISTORY_BITS) - 1);
}

/* True when the side had the letter before; else it has it now. */
static bool add_once(struct fs_history *history, unsigned side, unsigned bit,
                     enum fs_history_letter letter)
{
    if (history->seen[side] & bit)
        return true;
    history->seen[side] |= (uint8_t)bit;
    add(history, side, letter);
    return false;
}

/* The letter stands for the 1st, the 10th, the 100th ... time. Returns 1 where the count stays at
 * its most. */
static unsigned add_scaled(struct fs_history *history, unsigned side, uint16_t *times,
                           enum fs_history_letter letter)
{
    uint32_t power = 1;

    if (*times == UINT16_MAX)
        return 1;
    ++*times;
    while (power < *times)
        power *= 10;
    if (power == *times)
        add(history, side, letter);
    return 0;
}

/* What waits in the flow, see fs_history_repeat(). */
static void add_owed(struct fs_history *history, const struct fs_flow *flow)
{
    const unsigned side = flow->flags & FS_FLOW_OWES_LETTER ? 0 : 1;

    for (uint32_t power = 1; power <= flow->repeats[side]; power *= 10)
        add(history, side, FS_LETTER_REPEAT);
}

static inline void pay(struct fs_history *history, struct fs_flow *flow)
{
    if (!(flow->flags & FS_FLOW_OWES_LETTERS))
        return;
    add_owed(history, flow);
    flow->flags &= (uint8_t)~FS_FLOW_OWES_LETTERS;
}

static void add_syn(struct fs_history *history, const struct fs_flow_cold *cold, unsigned side,
                    const struct fs_tcp_segment *segment)
{
    const enum fs_history_letter letter =
        segment->flags & FS_TCP_ACK ? FS_LETTER_ANSWER : FS_LETTER_SYN;
    const bool is_base =
        cold->side_flags[side] & FS_SIDE_BASE && cold->side[side].base == segment->seq;
    const bool is_first = history->seen[side] == 0;

    if (add_once(history, side, FS_SEEN_SYN, letter) && history->seen[side] & FS_SEEN_SYN_FIRST &&
        !is_base)
        add(history, side, letter);
    if (is_first && is_base)
        history->seen[side] |= FS_SEEN_SYN_FIRST;
}

/* The letter of what the segment is; that of a FIN goes by where it ends, as of data before it. */
static void add_kind(struct fs_history *history, const struct fs_flow_cold *cold, unsigned side,
                     const struct fs_tcp_segment *segment, uint32_t payload_bytes)
{
    const uint32_t end = fs_seq32_add(segment->seq, payload_bytes);

    switch (segment->flags & (FS_TCP_SYN | FS_TCP_FIN | FS_TCP_RST)) {
    case 0:
        if (payload_bytes)
            add_once(history, side, FS_SEEN_DATA, FS_LETTER_DATA);
        else if (segment->flags & FS_TCP_ACK)
            add_once(history, side, FS_SEEN_ACK, FS_LETTER_ACK);
        break;
    case FS_TCP_SYN:
        add_syn(history, cold, side, segment);
        break;
    case FS_TCP_FIN:
        if (add_once(history, side, FS_SEEN_FIN, FS_LETTER_FIN) && history->fin_end[side] != end)
            add(history, side, FS_LETTER_FIN);
        history->fin_end[side] = end;
        break;
    case FS_TCP_RST:
        if (add_once(history, side, FS_SEEN_RST, FS_LETTER_RST) &&
            history->rst_seq[side] != segment->seq)
            add(history, side, FS_LETTER_RST);
        history->rst_seq[side] = segment->seq;
        break;
    case FS_TCP_SYN | FS_TCP_FIN:
    case FS_TCP_SYN | FS_TCP_RST:
        add_once(history, side, FS_SEEN_MANY, FS_LETTER_MANY);
        break;
    default:
        add_once(history, side, FS_SEEN_INCONSISTENT, FS_LETTER_INCONSISTENT);
    }
}

/* Zero windows are of no interest with or after a RST, or when the peer has no more to send. */
static unsigned watch_window(struct fs_history *history, unsigned side,
                             const struct fs_tcp_segment *segment)
{
    if (segment->window == 0 && !(segment->flags & FS_TCP_RST) &&
        fs_history_end_of(history, !side) != FS_END_CLOSED &&
        !is_reset(fs_history_end_of(history, side)))
        return add_scaled(history, side, &history->no_window[side], FS_LETTER_NO_WINDOW);
    return 0;
}

/* How far the side has sent, and data that does not go further. What follows a RST is not believed,
 * nor are SYN and RST a long way off. */
static unsigned watch_sequence(struct fs_history *history, struct fs_flow *flow, unsigned side,
                               const struct fs_tcp_segment *segment, uint32_t payload_bytes)
{
    enum { FAR = 1 << 20 };
    const bool is_syn = segment->flags & FS_TCP_SYN, is_rst = segment->flags & FS_TCP_RST;
    const uint32_t flags = (is_syn ? 1u : 0u) + (segment->flags & FS_TCP_FIN ? 1u : 0u);
    const uint32_t end = fs_seq32_add(segment->seq, flags + (is_rst ? 0 : payload_bytes));
    const enum fs_history_end state = fs_history_end_of(history, side);
    const int32_t further = fs_seq32_diff(end, flow->sent[side]);

    if (state == FS_END_INACTIVE || (is_syn && state != FS_END_CLOSED && !is_reset(state)))
        flow->sent[side] = end;
    else if (((is_syn || is_rst) && (further > FAR || further < -FAR)) || is_reset(state))
        return 0;
    else if (further > 0)
        flow->sent[side] = end;
    else if (payload_bytes)
        return add_scaled(history, side, &flow->repeats[side], FS_LETTER_REPEAT);
    return 0;
}

static enum fs_history_end begin_end(struct fs_history *history, unsigned side,
                                     const struct fs_tcp_segment *segment, uint32_t payload_bytes)
{
    const bool is_answer = segment->flags & FS_TCP_ACK;
    const enum fs_history_end peer = fs_history_end_of(history, !side);

    if (segment->flags & FS_TCP_SYN && side == 1 && peer == FS_END_SYN_SENT)
        set_end(history, 0, FS_END_ESTABLISHED);
    if (segment->flags & FS_TCP_RST)
        return segment->flags & FS_TCP_FIN ? FS_END_RESET_AFTER_CLOSED : FS_END_RESET;
    if (segment->flags & FS_TCP_FIN)
        return FS_END_CLOSED;
    if (segment->flags & FS_TCP_SYN) {
        if (side == 1)
            return FS_END_ESTABLISHED;
        return is_answer ? FS_END_ANSWER_SENT : FS_END_SYN_SENT;
    }
    /* Some acknowledge a SYN before they answer it. */
    if (side == 1 && payload_bytes == 0 && peer == FS_END_SYN_SENT)
        return FS_END_INACTIVE;
    /* Of a SYN-ACK and an ACK the SYN was only missed. */
    return is_answer && peer == FS_END_ESTABLISHED ? FS_END_ESTABLISHED : FS_END_PARTIAL;
}

/* An end that was open. */
static enum fs_history_end go_on(struct fs_history *history, unsigned side, uint8_t flags)
{
    const enum fs_history_end own = fs_history_end_of(history, side),
                              peer = fs_history_end_of(history, !side);
    const bool is_open = own == FS_END_ESTABLISHED || own == FS_END_PARTIAL;

    if (flags & FS_TCP_RST)
        return flags & FS_TCP_FIN && !is_open ? FS_END_RESET_AFTER_CLOSED : FS_END_RESET;
    if (flags & FS_TCP_FIN) {
        /* It sent a FIN, then a RST, and is answered by a FIN: a close as others. */
        if (peer == FS_END_RESET_AFTER_CLOSED && is_open)
            set_end(history, !side, FS_END_CLOSED);
        return FS_END_CLOSED;
    }
    if (own == FS_END_PARTIAL && peer == FS_END_INACTIVE &&
        (flags & (FS_TCP_SYN | FS_TCP_ACK)) == FS_TCP_SYN)
        return FS_END_SYN_SENT;
    return own;
}

static void move(struct fs_history *history, unsigned side, const struct fs_tcp_segment *segment,
                 uint32_t payload_bytes)
{
    enum fs_history_end own = fs_history_end_of(history, side);

    switch (own) {
    case FS_END_INACTIVE:
        own = begin_end(history, side, segment, payload_bytes);
        break;
    case FS_END_CLOSED:
        if (segment->flags & FS_TCP_RST && fs_history_end_of(history, !side) != FS_END_CLOSED)
            own = FS_END_RESET_AFTER_CLOSED;
        break;
    case FS_END_RESET:
    case FS_END_RESET_AFTER_CLOSED:
        return;
    default:
        own = go_on(history, side, segment->flags);
    }
    set_end(history, side, own);
}

void fs_history_begin(struct fs_history *history, bool answered)
{
    memset(history, 0, sizeof(*history));
    if (answered)
        add(history, 0, FS_LETTER_FLIP);
}

unsigned fs_history_take_any(struct fs_history *history, struct fs_flow *flow,
                             const struct fs_flow_cold *cold, unsigned side,
                             const struct fs_tcp_segment *segment, uint32_t payload_bytes)
{
    unsigned stuck;

    pay(history, flow);
    add_kind(history, cold, side, segment, payload_bytes);
    stuck = watch_window(history, side, segment);
    stuck += watch_sequence(history, flow, side, segment, payload_bytes);
    move(history, side, segment, payload_bytes);
    return stuck;
}

unsigned fs_history_take_damaged(struct fs_history *history, struct fs_flow *flow, unsigned side)
{
    pay(history, flow);
    return add_scaled(history, side, &history->damaged[side], FS_LETTER_CHECKSUM);
}

/* Zeek's /\^?S[^HAFGIQ]*R/, which of the responder's letters asks nothing. */
__attribute__((noinline)) static bool is_syn_then_rst(const struct fs_history *history)
{
    enum {
        SYN = 2 * FS_LETTER_SYN,
        RST = 2 * FS_LETTER_RST,
        BETWEEN = 1u << FS_LETTER_ANSWER | 1u << FS_LETTER_ACK | 1u << FS_LETTER_FIN |
                  1u << FS_LETTER_INCONSISTENT | 1u << FS_LETTER_MANY,
    };
    const unsigned count =
        history->count < FS_HISTORY_LETTERS ? history->count : FS_HISTORY_LETTERS;
    unsigned i = 0;

    if (i < count && code_at(history, i) == 2 * FS_LETTER_FLIP)
        i++;
    if (i == count || code_at(history, i) != SYN)
        return false;
    for (i++; i < count; i++) {
        const unsigned code = code_at(history, i);

        if (code == RST)
            return true;
        if (code % 2 == 0 && BETWEEN >> code / 2 & 1)
            return false;
    }
    return false;
}

enum condition { IF_ALWAYS, IF_NO_DATA, IF_SYN_THEN_RST };

static bool holds(const struct fs_history *history, enum condition condition)
{
    if (condition == IF_NO_DATA)
        return !((history->seen[0] | history->seen[1]) & FS_SEEN_DATA);
    return condition == IF_ALWAYS || is_syn_then_rst(history);
}

static enum flowscope_conn_state tcp_conn_state(const struct fs_history *history)
{
    enum {
        INACTIVE = 1 << FS_END_INACTIVE,
        SYN_SENT = 1 << FS_END_SYN_SENT,
        ANSWER_SENT = 1 << FS_END_ANSWER_SENT,
        PARTIAL = 1 << FS_END_PARTIAL,
        ESTABLISHED = 1 << FS_END_ESTABLISHED,
        CLOSED = 1 << FS_END_CLOSED,
        RESET = 1 << FS_END_RESET | 1 << FS_END_RESET_AFTER_CLOSED,
        ANY = 0xff,
    };
    static const struct {
        uint16_t ends; /* the responder's in the upper half */
        uint8_t state;
        uint8_t condition;
    } rules[] = {
#define FS_CONN_RULE(state, originator, responder, also)                                           \
    {(originator) | (responder) << 8, FLOWSCOPE_CONN_##state, IF_##also},
#include "flow/conn_rule.def"
#undef FS_CONN_RULE
    };
    const unsigned ends =
        1u << fs_history_end_of(history, 0) | 0x100u << fs_history_end_of(history, 1);
    unsigned i = 0;

    while ((rules[i].ends & ends) != ends || !holds(history, (enum condition)rules[i].condition))
        i++;
    return (enum flowscope_conn_state)rules[i].state;
}

static char letter_of(uint64_t bits)
{
    /* By the code of a letter and its side. */
    static const char letters[] = {
#define FS_HISTORY_LETTER(name, letter, text) letter, (letter) - 'A' + 'a',
#include "flow/history_letter.def"
#undef FS_HISTORY_LETTER
    };

    return letters[bits & ((1u << FS_HISTORY_BITS) - 1)];
}

#define LETTERS_OF_A_PAIR 12u /* of words; four bits are left */

__attribute__((noinline)) static void write_more_letters(const struct fs_history *history,
                                                         char *text)
{
    unsigned i = LETTERS_OF_A_PAIR;

    for (; i < history->count && i < FS_HISTORY_LETTERS; i++)
        text[i] = letter_of(code_at(history, i));
    if (history->count > FS_HISTORY_LETTERS)
        text[i] = '+';
}

static void write_letters(const struct fs_history *history, char *text)
{
    const unsigned count = history->count < LETTERS_OF_A_PAIR ? history->count : LETTERS_OF_A_PAIR;
    uint64_t bits = bits_at(history, 0);

    for (unsigned i = 0; i < count; i++, bits >>= FS_HISTORY_BITS)
        text[i] = letter_of(bits);
    if (history->count > LETTERS_OF_A_PAIR)
        write_more_letters(history, text);
}

/* UDP has one letter, and a flow begins with its initiator. */
static void record_udp(struct flowscope_flow_record *record)
{
    static const struct {
        char history[3];
        uint8_t conn_state;
    } rows[2][2] = {/* [the initiator sent][the responder did] */
                    {{"", FLOWSCOPE_CONN_OTH}, {"d", FLOWSCOPE_CONN_SHR}},
                    {{"D", FLOWSCOPE_CONN_S0}, {"Dd", FLOWSCOPE_CONN_SF}}};
    const bool sent = record->packets[0] != 0, answered = record->packets[1] != 0;

    memcpy(record->history, rows[sent][answered].history, sizeof rows[sent][answered].history);
    record->conn_state = rows[sent][answered].conn_state;
}

static void record_tcp(const struct fs_history *history, struct flowscope_flow_record *record)
{
    record->conn_state = (uint8_t)tcp_conn_state(history);
    write_letters(history, record->history);
}

/* The flow may go on, and its history stays as it is. */
__attribute__((noinline)) static void record_owing(const struct fs_history *history,
                                                   const struct fs_flow *flow,
                                                   struct flowscope_flow_record *record)
{
    struct fs_history paid = *history;

    add_owed(&paid, flow);
    record_tcp(&paid, record);
}

void fs_history_record(const struct fs_history *history, const struct fs_flow *flow,
                       struct flowscope_flow_record *record)
{
    memset(record->history, 0, sizeof(record->history));
    if (record->protocol == FS_PROTOCOL_TCP) {
        if (flow->flags & FS_FLOW_OWES_LETTERS)
            record_owing(history, flow, record);
        else
            record_tcp(history, record);
    } else if (record->protocol == FS_PROTOCOL_UDP) {
        record_udp(record);
    } else {
        record->conn_state = FLOWSCOPE_CONN_OTH;
    }
}
