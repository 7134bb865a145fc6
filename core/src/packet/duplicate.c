/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of frames. Every search and every entry costs the same, however many frames the ring has:
 * the last frame with the same bytes, or with the same packet, decides alone. */
#include "packet/duplicate.h"

#include "base/hash128.h"
#include "base/time.h"

#define NONE UINT32_MAX

/* Where the entry lies that came so many before the one to come, at most the ring's length. */
static inline uint32_t slot_before(const struct fs_duplicates *duplicates, uint32_t age)
{
    return duplicates->at >= age ? duplicates->at - age
                                 : duplicates->at + duplicates->options.frames - age;
}

/* The same of an ordinal; NONE if the ring has forgotten it, or `age` does not grow: a link that is
 * older than the ordinals go round may point anywhere. */
static inline uint32_t slot_of(const struct fs_duplicates *duplicates, uint32_t ordinal,
                               uint32_t *age)
{
    const uint32_t before = *age;

    *age = duplicates->ordinal - ordinal;
    if (*age > duplicates->filled || *age <= before)
        return NONE;
    return slot_before(duplicates, *age);
}

static inline uint32_t age_of(const struct fs_duplicates *duplicates, uint32_t slot)
{
    return duplicates->at > slot ? duplicates->at - slot
                                 : duplicates->at + duplicates->options.frames - slot;
}

/* The link of the entry in the chain of its bytes. */
static inline uint32_t *frame_link(struct fs_duplicates *duplicates, uint32_t slot)
{
    struct fs_duplicate_entry *entry = &duplicates->entries[slot];

    return entry->bits & FS_DUPLICATE_PACKET ? &duplicates->sets[slot].link : &entry->link;
}

static inline bool is_same_packet(const struct fs_duplicate_entry *entry,
                                  const struct fs_fingerprint *fingerprint)
{
    return fs_hash128_equal(entry->packet, fingerprint->packet) &&
           entry->length == fingerprint->length;
}

/* The last frame with the same packet. */
static inline uint32_t find_packet(const struct fs_duplicates *duplicates,
                                   const struct fs_fingerprint *fingerprint)
{
    uint32_t age = 0, slot, ordinal = *fs_duplicates_packet_chain(duplicates, fingerprint);

    while ((slot = slot_of(duplicates, ordinal, &age)) != NONE) {
        const struct fs_duplicate_entry *entry = &duplicates->entries[slot];

        if (is_same_packet(entry, fingerprint))
            return slot;
        ordinal = entry->link;
    }
    return NONE;
}

/* The last frame with the same bytes. */
static inline uint32_t find_frame(struct fs_duplicates *duplicates,
                                  const struct fs_fingerprint *fingerprint)
{
    uint32_t age = 0, slot;
    uint32_t ordinal =
        *fs_duplicates_frame_chain(duplicates, fingerprint->packet, fingerprint->frame);

    while ((slot = slot_of(duplicates, ordinal, &age)) != NONE) {
        const struct fs_duplicate_entry *entry = &duplicates->entries[slot];

        if (is_same_packet(entry, fingerprint) && entry->frame == fingerprint->frame)
            return slot;
        ordinal = *frame_link(duplicates, slot);
    }
    return NONE;
}

static uint32_t find_inner(const struct fs_duplicates *duplicates,
                           const struct fs_fingerprint *fingerprint)
{
    uint32_t age = 0, slot, ordinal = *fs_duplicates_inner_chain(duplicates, fingerprint);

    while ((slot = slot_of(duplicates, ordinal, &age)) != NONE) {
        if (fs_hash128_equal(duplicates->inner[slot].packet, fingerprint->inner))
            return slot;
        ordinal = duplicates->inner[slot].same_inner;
    }
    return NONE;
}

/* Times may run back a little between the queues of an interface: what counts is how far apart two
 * frames are, not which comes first. */
static inline bool is_near(int64_t one_ns, int64_t other_ns, int64_t window_ns)
{
    const uint64_t apart_ns = one_ns > other_ns ? (uint64_t)one_ns - (uint64_t)other_ns
                                                : (uint64_t)other_ns - (uint64_t)one_ns;

    return apart_ns < (uint64_t)window_ns;
}

static inline uint64_t place_word(const struct flowscope_packet *packet)
{
    return (uint64_t)packet->section << 32 | packet->interface;
}

static uint16_t place_of(struct fs_duplicates *duplicates, const struct flowscope_packet *packet,
                         const struct fs_fingerprint *fingerprint)
{
    const struct fs_place place = {
        .section = packet->section,
        .interface = packet->interface,
        .cooked = fingerprint->cooked,
    };

    if (place.cooked)
        return fs_places_number(&duplicates->places, &place);
    if (duplicates->last_place_word != place_word(packet)) {
        duplicates->last_place = fs_places_number(&duplicates->places, &place);
        duplicates->last_place_word = place_word(packet);
    }
    return duplicates->last_place;
}

/* So many frames of one packet are asked which way they went. */
enum { DIRECTIONS_MOST = 64 };

/* Whether the packet has crossed this place this way, as far as the set of `of` is remembered. */
__attribute__((noinline)) static bool has_crossed(struct fs_duplicates *duplicates,
                                                  const struct fs_duplicate_entry *of,
                                                  const struct fs_fingerprint *fingerprint,
                                                  uint16_t place)
{
    uint32_t age = 0, slot, ordinal = *fs_duplicates_chain(duplicates, fingerprint);
    unsigned asked = 0;

    while (asked < DIRECTIONS_MOST && (slot = slot_of(duplicates, ordinal, &age)) != NONE) {
        const struct fs_duplicate_entry *entry = &duplicates->entries[slot];

        ordinal = fingerprint->is_packet ? entry->link : *frame_link(duplicates, slot);
        if (!is_same_packet(entry, fingerprint))
            continue;
        if (entry->first_frame == of->first_frame && entry->place == place &&
            (entry->bits & fingerprint->direction))
            return true;
        asked++;
    }
    return false;
}

/* Where an interface says which way frames cross it, one packet is seen once each way, whatever
 * other interfaces saw in between. A second frame of the same direction is another packet. */
static inline bool may_pair(struct fs_duplicates *duplicates, const struct fs_duplicate_entry *of,
                            const struct fs_fingerprint *fingerprint, uint16_t place)
{
    return !fingerprint->direction || !has_crossed(duplicates, of, fingerprint, place);
}

/* The last frames with the same bytes, and with the same packet where that is another one. */
struct last {
    uint32_t frame, packet;
    bool is_linked; /* so must be the new one */
};

static inline struct last search(struct fs_duplicates *duplicates,
                                 const struct fs_fingerprint *fingerprint)
{
    struct last last = {.frame = NONE, .packet = NONE, .is_linked = true};
    const struct fs_duplicate_entry *entry;
    uint32_t slot;

    if (!fingerprint->is_packet) {
        last.frame = find_frame(duplicates, fingerprint);
        return last;
    }
    /* Frames with the same bytes have the same packet: without the second there is no first. */
    slot = find_packet(duplicates, fingerprint);
    if (slot == NONE) {
        last.is_linked = false;
        return last;
    }
    entry = &duplicates->entries[slot];
    last.is_linked = entry->bits & FS_DUPLICATE_LINKED;
    if (entry->frame == fingerprint->frame) {
        last.frame = slot;
        return last;
    }
    last.packet = slot;
    if (last.is_linked)
        last.frame = find_frame(duplicates, fingerprint);
    return last;
}

/* `place` is the frame's. */
static inline enum flowscope_dup_kind judge(struct fs_duplicates *duplicates,
                                            const struct flowscope_packet *packet,
                                            const struct fs_fingerprint *fingerprint,
                                            const struct last *last, uint16_t place, uint32_t *of)
{
    const struct fs_duplicate_entry *entries = duplicates->entries;
    const int64_t time_ns = packet->time_ns;

    *of = last->frame;
    if (*of != NONE &&
        is_near(time_ns, entries[*of].time_ns, duplicates->exact_ns[fingerprint->has_identity]) &&
        may_pair(duplicates, &entries[*of], fingerprint, place))
        return FLOWSCOPE_DUP_exact;
    *of = last->packet;
    if (*of != NONE &&
        is_near(time_ns, entries[*of].time_ns, duplicates->changed_ns[fingerprint->has_identity]) &&
        may_pair(duplicates, &entries[*of], fingerprint, place))
        return entries[*of].first_ttl != fingerprint->ttl ? FLOWSCOPE_DUP_routed
                                                          : FLOWSCOPE_DUP_vlan;
    if (!fingerprint->has_inner)
        return FLOWSCOPE_DUP_none;
    *of = find_inner(duplicates, fingerprint);
    if (*of != NONE && !fs_hash128_equal(entries[*of].packet, fingerprint->packet) &&
        is_near(time_ns, entries[*of].time_ns,
                duplicates->changed_ns[fingerprint->inner_has_identity]))
        return FLOWSCOPE_DUP_tunneled;
    return FLOWSCOPE_DUP_none;
}

/* The packet in `slot` has come with other bytes around it: its frame must be found by its bytes
 * from now on. Links lead to older entries, so that it goes behind the younger ones of its
 * chain. */
static void link_frame(struct fs_duplicates *duplicates, uint32_t slot)
{
    struct fs_duplicate_entry *entry = &duplicates->entries[slot];
    uint32_t *link = fs_duplicates_frame_chain(duplicates, entry->packet, entry->frame);
    const uint32_t own_age = age_of(duplicates, slot);
    uint32_t age = 0, other;

    while ((other = slot_of(duplicates, *link, &age)) != NONE && age < own_age)
        link = frame_link(duplicates, other);
    duplicates->sets[slot].link = *link;
    *link = duplicates->ordinal - own_age;
    entry->bits |= FS_DUPLICATE_LINKED;
}

/* The slot that is next, of which what was there is forgotten; write_in() ends what this begins. */
static inline struct fs_duplicate_entry *next_in(struct fs_duplicates *duplicates, int64_t time_ns)
{
    struct fs_duplicate_entry *entry = &duplicates->entries[duplicates->at];

    if (duplicates->filled == duplicates->options.frames)
        duplicates->forgotten += is_near(time_ns, entry->time_ns, duplicates->longest_ns);
    else
        duplicates->filled++;
    return entry;
}

/* Into the chains that few entries are in besides the one that a search begins with. `is_linked`:
 * into that of its bytes too, where a frame without packet is in any case. */
__attribute__((noinline)) static void link_more(struct fs_duplicates *duplicates,
                                                const struct fs_fingerprint *fingerprint,
                                                bool is_linked)
{
    const uint32_t at = duplicates->at;
    uint32_t *chain;

    if (is_linked && fingerprint->is_packet) {
        duplicates->entries[at].bits |= FS_DUPLICATE_LINKED;
        chain = fs_duplicates_frame_chain(duplicates, fingerprint->packet, fingerprint->frame);
        duplicates->sets[at].link = *chain;
        *chain = duplicates->ordinal;
    }
    if (fingerprint->has_inner) {
        struct fs_duplicate_inner *inner = &duplicates->inner[at];

        chain = fs_duplicates_inner_chain(duplicates, fingerprint);
        inner->packet = fingerprint->inner;
        inner->same_inner = *chain;
        *chain = duplicates->ordinal;
    }
}

/* `chain` is fs_duplicates_chain(). */
static inline void write_in(struct fs_duplicates *duplicates, const struct flowscope_packet *packet,
                            const struct fs_fingerprint *fingerprint, uint32_t *chain,
                            struct fs_duplicate_entry *entry, uint8_t bits)
{
    entry->packet.low = fingerprint->packet.low;
    entry->packet.high = fingerprint->packet.high;
    entry->time_ns = packet->time_ns;
    entry->frame = fingerprint->frame;
    entry->length = fingerprint->length;
    entry->bits = bits | fingerprint->direction |
                  (fingerprint->is_packet ? FS_DUPLICATE_PACKET : FS_DUPLICATE_LINKED);
    entry->link = *chain;
    *chain = duplicates->ordinal;
}

static inline void go_on(struct fs_duplicates *duplicates)
{
    const uint32_t next = duplicates->at + 1;

    duplicates->ordinal++;
    duplicates->at = next == duplicates->options.frames ? 0 : next;
}

/* Puts the frame into the ring, as the first of a set. go_on() is the caller's. */
static inline void put(struct fs_duplicates *duplicates, const struct flowscope_packet *packet,
                       const struct fs_fingerprint *fingerprint, uint32_t *chain, uint16_t place)
{
    struct fs_duplicate_entry *entry = next_in(duplicates, packet->time_ns);

    entry->first_frame = packet->frame;
    entry->flow_id = 0;
    entry->origin = fs_duplicate_origin(place, 0);
    entry->place = place;
    entry->first_ttl = fingerprint->ttl;
    write_in(duplicates, packet, fingerprint, chain, entry, 0);
}

/* Puts a copy of what is in slot `of` into the ring: what is known of the set goes on to it.
 * go_on() is the caller's. */
static inline void put_copy(struct fs_duplicates *duplicates, const struct flowscope_packet *packet,
                            const struct fs_fingerprint *fingerprint, uint32_t *chain,
                            enum flowscope_dup_kind kind, uint32_t of, uint16_t place)
{
    enum { KEPT = FS_DUPLICATE_INSIDE | 3 << FS_DUPLICATE_FLOW_AT };
    /* Field by field, as they were written a moment ago: the whole would be read in larger pieces,
     * for which the processor would wait. The two may be one, so each is read before it is
     * written. */
    const struct fs_duplicate_entry *from = &duplicates->entries[of];
    const struct fs_duplicate_set *from_set = &duplicates->sets[of];
    struct fs_duplicate_set *set = &duplicates->sets[duplicates->at];
    struct fs_duplicate_entry *entry = next_in(duplicates, packet->time_ns);
    const uint64_t origin = from->origin;
    const uint8_t bits = from->bits;
    const int64_t first_time_ns =
        bits & FS_DUPLICATE_COPY ? from_set->first_time_ns : from->time_ns;

    set->first_time_ns = first_time_ns;
    fs_delays_add(
        &fs_pairs_of(&duplicates->pairs, fs_duplicate_first_place(origin), place)->kinds[kind],
        fs_time_since(packet->time_ns, first_time_ns));
    if (bits & FS_DUPLICATE_INSIDE)
        set->parent_id = from_set->parent_id;
    entry->first_frame = from->first_frame;
    entry->flow_id = from->flow_id;
    entry->origin = origin;
    entry->first_ttl = from->first_ttl;
    entry->place = place;
    write_in(duplicates, packet, fingerprint, chain, entry, (bits & KEPT) | FS_DUPLICATE_COPY);
}

__attribute__((noinline)) static enum flowscope_dup_kind
take_searching(struct fs_duplicates *duplicates, const struct flowscope_packet *packet,
               const struct fs_fingerprint *fingerprint)
{
    struct last last = search(duplicates, fingerprint);
    uint32_t *chain = fs_duplicates_chain(duplicates, fingerprint);
    const uint16_t place = place_of(duplicates, packet, fingerprint);
    uint32_t of;
    const enum flowscope_dup_kind kind = judge(duplicates, packet, fingerprint, &last, place, &of);

    if (last.packet != NONE && !last.is_linked) {
        link_frame(duplicates, last.packet);
        last.is_linked = true;
    }
    if (kind != FLOWSCOPE_DUP_none)
        put_copy(duplicates, packet, fingerprint, chain, kind, of, place);
    else
        put(duplicates, packet, fingerprint, chain, place);
    if (last.is_linked || fingerprint->has_inner)
        link_more(duplicates, fingerprint, last.is_linked);
    go_on(duplicates);
    return kind;
}

/* The same where the search finds nothing, as for most frames. */
__attribute__((noinline)) static enum flowscope_dup_kind
take_first(struct fs_duplicates *duplicates, const struct flowscope_packet *packet,
           const struct fs_fingerprint *fingerprint, uint32_t *chain)
{
    put(duplicates, packet, fingerprint, chain, duplicates->last_place);
    go_on(duplicates);
    return FLOWSCOPE_DUP_none;
}

/* Whether the chain that a search begins with ends behind this entry of it. */
static inline bool is_last(const struct fs_duplicates *duplicates,
                           const struct fs_fingerprint *fingerprint,
                           const struct fs_duplicate_entry *entry, uint32_t age)
{
    return (fingerprint->is_packet || !(entry->bits & FS_DUPLICATE_PACKET)) &&
           slot_of(duplicates, entry->link, &age) == NONE;
}

/* And where the chain begins with an entry: most often the frame is a copy of it, else most often
 * they only share the chain. */
__attribute__((noinline)) static enum flowscope_dup_kind
take_again(struct fs_duplicates *duplicates, const struct flowscope_packet *packet,
           const struct fs_fingerprint *fingerprint, uint32_t *chain)
{
    const uint32_t age = duplicates->ordinal - *chain, slot = slot_before(duplicates, age);
    const struct fs_duplicate_entry *entry = &duplicates->entries[slot];
    const uint16_t place = duplicates->last_place;
    bool is_linked;

    if (!is_same_packet(entry, fingerprint))
        return is_last(duplicates, fingerprint, entry, age)
                   ? take_first(duplicates, packet, fingerprint, chain)
                   : take_searching(duplicates, packet, fingerprint);
    if (entry->frame != fingerprint->frame ||
        !is_near(packet->time_ns, entry->time_ns,
                 duplicates->exact_ns[fingerprint->has_identity]) ||
        !may_pair(duplicates, entry, fingerprint, place))
        return take_searching(duplicates, packet, fingerprint);
    is_linked = entry->bits & FS_DUPLICATE_LINKED;
    put_copy(duplicates, packet, fingerprint, chain, FLOWSCOPE_DUP_exact, slot, place);
    if (is_linked && fingerprint->is_packet)
        link_more(duplicates, fingerprint, true);
    go_on(duplicates);
    return FLOWSCOPE_DUP_exact;
}

enum flowscope_dup_kind fs_duplicates_take(struct fs_duplicates *duplicates,
                                           const struct flowscope_packet *packet,
                                           const struct fs_fingerprint *fingerprint)
{
    uint32_t *chain = fs_duplicates_chain(duplicates, fingerprint);
    const uint32_t age = duplicates->ordinal - *chain;

    duplicates->seen++;
    if (fingerprint->is_rare || duplicates->last_place_word != place_word(packet))
        return take_searching(duplicates, packet, fingerprint);
    if (age - 1 < duplicates->filled)
        return take_again(duplicates, packet, fingerprint, chain);
    return take_first(duplicates, packet, fingerprint, chain);
}
