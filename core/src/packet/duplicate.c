/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of frames. Every search and every entry costs the same, however many frames the ring has:
 * the last frame with the same bytes, or with the same packet, decides alone. */
#include "packet/duplicate.h"

#include "base/hash128.h"
#include "base/time.h"

#define NONE UINT32_MAX

struct fs_duplicate_options fs_duplicate_options_of(const struct flowscope_config *config)
{
    enum { LOOPBACK_FRAMES = 256, LOOPBACK_WINDOW_NS = 1000000 };
    struct fs_duplicate_options options = {
        .exact_ns = config->dup_exact_window_ns,
        .changed_ns = config->dup_changed_window_ns,
        .no_id_ns = config->dup_no_id_window_ns,
        .frames = (uint32_t)config->dup_frames,
        .inside = config->dup_tunneled != 0,
    };

    if (config->dup_profile == FLOWSCOPE_DUP_PROFILE_LOOPBACK)
        options = (struct fs_duplicate_options){
            .exact_ns = LOOPBACK_WINDOW_NS + 1, /* up to and with 1 ms */
            .frames = LOOPBACK_FRAMES,
            .whole_frames = true,
        };
    if (config->duplicates == FLOWSCOPE_DUPLICATES_IGNORE)
        options.frames = 0;
    return options;
}

/* Four to eight chains for each frame, and more where that is little: a frame that is no copy finds
 * an empty one. */
static uint32_t chains_for(uint32_t frames)
{
    uint32_t chains = 4096;

    while (chains < 4 * frames)
        chains *= 2;
    return chains;
}

void fs_duplicates_plan(struct fs_duplicates_layout *parts, struct fs_layout *layout,
                        const struct fs_duplicate_options *options)
{
    const uint32_t frames = options->frames;

    *parts = (struct fs_duplicates_layout){.chains = frames ? chains_for(frames) : 0};
    if (!frames)
        return;
    parts->hashes = fs_layout_add(layout, frames, sizeof(struct fs_duplicate_hash));
    parts->entries = fs_layout_add(layout, frames, sizeof(struct fs_duplicate_entry));
    parts->frame_chains = fs_layout_add(layout, parts->chains, sizeof(uint32_t));
    if (!options->whole_frames)
        parts->packet_chains = fs_layout_add(layout, parts->chains, sizeof(uint32_t));
    if (options->inside) {
        parts->inner = fs_layout_add(layout, frames, sizeof(struct fs_duplicate_inner));
        parts->inner_chains = fs_layout_add(layout, parts->chains, sizeof(uint32_t));
    }
}

static void *part(void *memory, size_t offset)
{
    return (char *)memory + offset;
}

void fs_duplicates_init(struct fs_duplicates *duplicates, const struct fs_duplicates_layout *parts,
                        void *memory, const struct fs_duplicate_options *options, uint64_t seed)
{
    *duplicates = (struct fs_duplicates){.options = *options, .ordinal = 1};
    if (!options->frames)
        return;
    duplicates->hashes = part(memory, parts->hashes);
    duplicates->entries = part(memory, parts->entries);
    duplicates->frame_chains = part(memory, parts->frame_chains);
    if (!options->whole_frames)
        duplicates->packet_chains = part(memory, parts->packet_chains);
    if (options->inside) {
        duplicates->inner = part(memory, parts->inner);
        duplicates->inner_chains = part(memory, parts->inner_chains);
    }
    duplicates->mask = parts->chains - 1;
    duplicates->longest_ns =
        options->exact_ns > options->changed_ns ? options->exact_ns : options->changed_ns;
    duplicates->fingerprint.whole_frames = options->whole_frames;
    duplicates->fingerprint.inside = options->inside;
    fs_hash128_secret(duplicates->fingerprint.secret, seed);
}

/* Where the entry lies; NONE if the ring has forgotten it, or `age` does not grow: a link that is
 * older than the ordinals go round may point anywhere. */
static inline uint32_t slot_of(const struct fs_duplicates *duplicates, uint32_t ordinal,
                               uint32_t *age)
{
    const uint32_t before = *age;

    *age = duplicates->ordinal - ordinal;
    if (*age > duplicates->filled || *age <= before)
        return NONE;
    return duplicates->at >= *age ? duplicates->at - *age
                                  : duplicates->at + duplicates->options.frames - *age;
}

static inline uint32_t age_of(const struct fs_duplicates *duplicates, uint32_t slot)
{
    return duplicates->at > slot ? duplicates->at - slot
                                 : duplicates->at + duplicates->options.frames - slot;
}

/* The last frame with the same bytes, or, unless `whole`, with the same packet. */
static inline uint32_t find(const struct fs_duplicates *duplicates, uint32_t ordinal,
                            const struct fs_fingerprint *fingerprint, bool whole)
{
    uint32_t age = 0, slot;

    while ((slot = slot_of(duplicates, ordinal, &age)) != NONE) {
        const struct fs_duplicate_hash *hash = &duplicates->hashes[slot];

        if (fs_hash128_equal(hash->packet, fingerprint->packet) &&
            (!whole || hash->frame == fingerprint->frame) &&
            duplicates->entries[slot].length == fingerprint->length)
            return slot;
        ordinal = whole ? hash->same_frame : hash->same_packet;
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

static inline bool is_inside(const struct fs_duplicates *duplicates, uint32_t slot, int64_t time_ns,
                             int64_t window_ns, bool has_identity)
{
    if (!has_identity && window_ns > duplicates->options.no_id_ns)
        window_ns = duplicates->options.no_id_ns;
    return is_near(time_ns, duplicates->entries[slot].time_ns, window_ns);
}

/* Where an interface says which way frames cross it, one packet is seen once each way. A second
 * frame of the same direction is another packet. */
static bool may_pair(const struct fs_duplicate_entry *entry,
                     const struct fs_fingerprint *fingerprint)
{
    return fingerprint->direction == FLOWSCOPE_INTERFACE_UNKNOWN ||
           entry->place != fingerprint->place ||
           !(entry->directions & 1u << fingerprint->direction);
}

static uint32_t find_frame(const struct fs_duplicates *duplicates,
                           const struct fs_fingerprint *fingerprint)
{
    return find(duplicates,
                *fs_duplicates_frame_chain(duplicates, fingerprint->packet, fingerprint->frame),
                fingerprint, true);
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
    uint32_t slot;

    if (!fingerprint->is_packet) {
        last.frame = find_frame(duplicates, fingerprint);
        return last;
    }
    /* Frames with the same bytes have the same packet: without the second there is no first. */
    slot =
        find(duplicates, *fs_duplicates_packet_chain(duplicates, fingerprint), fingerprint, false);
    if (slot == NONE) {
        last.is_linked = false;
        return last;
    }
    last.is_linked = duplicates->entries[slot].is_linked;
    if (duplicates->hashes[slot].frame == fingerprint->frame) {
        last.frame = slot;
        return last;
    }
    last.packet = slot;
    if (last.is_linked)
        last.frame = find_frame(duplicates, fingerprint);
    return last;
}

static inline enum flowscope_dup_kind judge(const struct fs_duplicates *duplicates,
                                            const struct flowscope_packet *packet,
                                            const struct fs_fingerprint *fingerprint,
                                            const struct last *last, uint32_t *of)
{
    const struct fs_duplicate_options *options = &duplicates->options;
    const int64_t time_ns = packet->time_ns;

    *of = last->frame;
    if (last->frame != NONE &&
        is_inside(duplicates, last->frame, time_ns, options->exact_ns, fingerprint->has_identity) &&
        may_pair(&duplicates->entries[last->frame], fingerprint))
        return FLOWSCOPE_DUP_exact;
    *of = last->packet;
    if (last->packet != NONE &&
        is_inside(duplicates, last->packet, time_ns, options->changed_ns,
                  fingerprint->has_identity) &&
        may_pair(&duplicates->entries[last->packet], fingerprint))
        return duplicates->entries[last->packet].first_ttl != fingerprint->ttl
                   ? FLOWSCOPE_DUP_routed
                   : FLOWSCOPE_DUP_vlan;
    if (!fingerprint->has_inner)
        return FLOWSCOPE_DUP_none;
    *of = find_inner(duplicates, fingerprint);
    if (*of != NONE && !fs_hash128_equal(duplicates->hashes[*of].packet, fingerprint->packet) &&
        is_inside(duplicates, *of, time_ns, options->changed_ns, fingerprint->inner_has_identity))
        return FLOWSCOPE_DUP_tunneled;
    return FLOWSCOPE_DUP_none;
}

/* The packet in `slot` has come with other bytes around it: its frame must be found by its bytes
 * from now on. Links lead to older entries, so that it goes behind the younger ones of its
 * chain. */
static void link_frame(struct fs_duplicates *duplicates, uint32_t slot)
{
    struct fs_duplicate_hash *hash = &duplicates->hashes[slot];
    uint32_t *link = fs_duplicates_frame_chain(duplicates, hash->packet, hash->frame);
    const uint32_t own_age = age_of(duplicates, slot);
    uint32_t age = 0, other;

    while ((other = slot_of(duplicates, *link, &age)) != NONE && age < own_age)
        link = &duplicates->hashes[other].same_frame;
    hash->same_frame = *link;
    *link = duplicates->ordinal - own_age;
    duplicates->entries[slot].is_linked = true;
}

/* Puts the frame into the ring, as the first of a set. */
static inline struct fs_duplicate_entry *put(struct fs_duplicates *duplicates,
                                             const struct flowscope_packet *packet,
                                             const struct fs_fingerprint *fingerprint,
                                             bool is_linked)
{
    const uint32_t at = duplicates->at, ordinal = duplicates->ordinal;
    struct fs_duplicate_hash *hash = &duplicates->hashes[at];
    struct fs_duplicate_entry *entry = &duplicates->entries[at];
    uint32_t *chain;

    if (duplicates->filled == duplicates->options.frames)
        duplicates->forgotten += is_near(packet->time_ns, entry->time_ns, duplicates->longest_ns);
    else
        duplicates->filled++;
    entry->time_ns = entry->first_time_ns = packet->time_ns;
    entry->first_frame = packet->frame;
    entry->flow_id = 0;
    entry->length = fingerprint->length;
    entry->place = fingerprint->place;
    entry->first_interface = packet->interface;
    entry->first_ttl = fingerprint->ttl;
    entry->directions = (uint8_t)(1u << fingerprint->direction);
    hash->packet.low = fingerprint->packet.low;
    hash->packet.high = fingerprint->packet.high;
    hash->frame = fingerprint->frame;
    entry->is_linked = is_linked;
    if (is_linked) {
        chain = fs_duplicates_frame_chain(duplicates, fingerprint->packet, fingerprint->frame);
        hash->same_frame = *chain;
        *chain = ordinal;
    }
    if (fingerprint->is_packet) {
        chain = fs_duplicates_packet_chain(duplicates, fingerprint);
        hash->same_packet = *chain;
        *chain = ordinal;
    }
    if (fingerprint->has_inner) {
        struct fs_duplicate_inner *inner = &duplicates->inner[at];

        chain = fs_duplicates_inner_chain(duplicates, fingerprint);
        inner->packet = fingerprint->inner;
        inner->same_inner = *chain;
        *chain = ordinal;
    }
    duplicates->ordinal++;
    duplicates->at = at + 1 == duplicates->options.frames ? 0 : at + 1;
    return entry;
}

static void add_delay(struct flowscope_delays *delays, int64_t delay_ns)
{
    const uint64_t delay = (uint64_t)delay_ns;

    delays->packets++;
    if (delay_ns < 0)
        return;
    if (delays->delays == 0 || delay < delays->min_ns)
        delays->min_ns = delay;
    if (delay > delays->max_ns)
        delays->max_ns = delay;
    if (__builtin_add_overflow(delays->sum_ns, delay, &delays->sum_ns))
        delays->sum_ns = UINT64_MAX;
    delays->delays++;
}

static void count_pair(struct fs_duplicates *duplicates, uint32_t from, uint32_t to,
                       int64_t delay_ns)
{
    struct flowscope_duplicates *counts = &duplicates->counts;
    uint32_t i = 0;

    while (i < counts->pair_count && (counts->pairs[i].from != from || counts->pairs[i].to != to))
        i++;
    if (i == FLOWSCOPE_DUP_PAIRS_MAX) {
        duplicates->pairs_cut++;
        return;
    }
    if (i == counts->pair_count) {
        counts->pairs[i].from = from;
        counts->pairs[i].to = to;
        counts->pair_count++;
    }
    add_delay(&counts->pairs[i].delays, delay_ns);
}

/* A copy of what is in slot `of`: what is known of the set goes on to it. */
static inline void put_copy(struct fs_duplicates *duplicates, const struct flowscope_packet *packet,
                            const struct fs_fingerprint *fingerprint, enum flowscope_dup_kind kind,
                            uint32_t of, bool is_linked, struct fs_duplicate_flow *flow)
{
    /* Field by field, as they were written a moment ago: the whole would be read in larger pieces,
     * for which the processor would wait. The slot may be the one that is overwritten now. */
    const struct fs_duplicate_entry *copied = &duplicates->entries[of];
    const int64_t first_time_ns = copied->first_time_ns;
    const uint64_t first_frame = copied->first_frame;
    const uint32_t place = copied->place, first_interface = copied->first_interface;
    const uint8_t first_ttl = copied->first_ttl, directions = copied->directions;
    const int64_t delay_ns = fs_time_since(packet->time_ns, first_time_ns);
    struct fs_duplicate_entry *entry;

    flow->flow_id = copied->flow_id;
    flow->parent_id = copied->parent_id;
    flow->hash = copied->flow_hash;
    flow->direction = copied->flow_direction;
    entry = put(duplicates, packet, fingerprint, is_linked);
    fs_duplicate_set_flow(entry, flow);
    entry->first_time_ns = first_time_ns;
    entry->first_frame = first_frame;
    entry->first_interface = first_interface;
    entry->first_ttl = first_ttl;
    if (place == fingerprint->place)
        entry->directions |= directions;
    duplicates->counts.copies++;
    add_delay(&duplicates->counts.kinds[kind], delay_ns);
    count_pair(duplicates, first_interface, packet->interface, delay_ns);
}

__attribute__((noinline)) static enum flowscope_dup_kind
take_searching(struct fs_duplicates *duplicates, const struct flowscope_packet *packet,
               const struct fs_fingerprint *fingerprint, uint64_t *first_frame,
               struct fs_duplicate_flow *flow)
{
    struct last last = search(duplicates, fingerprint);
    uint32_t of;
    const enum flowscope_dup_kind kind = judge(duplicates, packet, fingerprint, &last, &of);

    if (last.packet != NONE && !last.is_linked) {
        link_frame(duplicates, last.packet);
        last.is_linked = true;
    }
    if (kind == FLOWSCOPE_DUP_none) {
        put(duplicates, packet, fingerprint, last.is_linked);
        return kind;
    }
    *first_frame = duplicates->entries[of].first_frame;
    put_copy(duplicates, packet, fingerprint, kind, of, last.is_linked, flow);
    return kind;
}

enum flowscope_dup_kind fs_duplicates_take(struct fs_duplicates *duplicates,
                                           const struct flowscope_packet *packet,
                                           const struct fs_fingerprint *fingerprint,
                                           uint64_t *first_frame, struct fs_duplicate_flow *flow)
{
    const bool is_packet = fingerprint->is_packet;
    const uint32_t *chain =
        is_packet ? fs_duplicates_packet_chain(duplicates, fingerprint)
                  : fs_duplicates_frame_chain(duplicates, fingerprint->packet, fingerprint->frame);

    duplicates->counts.seen++;
    /* Most frames: their chain is empty, or all of it forgotten. */
    if (duplicates->ordinal - *chain - 1 < duplicates->filled || fingerprint->has_inner)
        return take_searching(duplicates, packet, fingerprint, first_frame, flow);
    put(duplicates, packet, fingerprint, !is_packet);
    return FLOWSCOPE_DUP_none;
}
