/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of frames: what is reserved and set once, and what is read at the end. */
#include "packet/duplicate.h"

#include "base/time.h"

enum { FAR_FRAMES = 4096 };

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
    parts->entries = fs_layout_add(layout, frames, sizeof(struct fs_duplicate_entry));
    parts->sets = fs_layout_add(layout, frames, sizeof(struct fs_duplicate_set));
    fs_places_plan(&parts->places, layout);
    parts->frame_chains = fs_layout_add(layout, parts->chains, sizeof(uint32_t));
    if (!options->whole_frames)
        parts->packet_chains = fs_layout_add(layout, parts->chains, sizeof(uint32_t));
    if (options->inside) {
        parts->inner = fs_layout_add(layout, frames, sizeof(struct fs_duplicate_inner));
        parts->inner_chains = fs_layout_add(layout, parts->chains, sizeof(uint32_t));
    }
}

static void *part(void *memory, size_t offset, size_t bytes)
{
    void *begin = (char *)memory + offset;

    fs_memory_prefer_large_pages(begin, bytes);
    return begin;
}

static int64_t shorter(int64_t one_ns, int64_t other_ns)
{
    return one_ns < other_ns ? one_ns : other_ns;
}

void fs_duplicates_init(struct fs_duplicates *duplicates, const struct fs_duplicates_layout *parts,
                        void *memory, const struct fs_duplicate_options *options, uint64_t seed)
{
    *duplicates = (struct fs_duplicates){.options = *options, .ordinal = 1};
    if (!options->frames)
        return;
    const size_t frames = options->frames, chain_bytes = parts->chains * sizeof(uint32_t);

    fs_pairs_init(&duplicates->pairs);
    duplicates->entries = part(memory, parts->entries, frames * sizeof(struct fs_duplicate_entry));
    duplicates->sets = part(memory, parts->sets, 0);
    fs_places_init(&duplicates->places, &parts->places, memory);
    duplicates->last_place =
        fs_places_number(&duplicates->places, &(struct fs_place){.section = 0});
    duplicates->frame_chains = part(memory, parts->frame_chains, chain_bytes);
    if (!options->whole_frames)
        duplicates->packet_chains = part(memory, parts->packet_chains, chain_bytes);
    if (options->inside) {
        duplicates->inner = part(memory, parts->inner, frames * sizeof(struct fs_duplicate_inner));
        duplicates->inner_chains = part(memory, parts->inner_chains, chain_bytes);
    }
    duplicates->mask = parts->chains - 1;
    duplicates->is_far = frames >= FAR_FRAMES;
    duplicates->longest_ns =
        options->exact_ns > options->changed_ns ? options->exact_ns : options->changed_ns;
    duplicates->exact_ns[1] = options->exact_ns;
    duplicates->exact_ns[0] = shorter(options->exact_ns, options->no_id_ns);
    duplicates->changed_ns[1] = options->changed_ns;
    duplicates->changed_ns[0] = shorter(options->changed_ns, options->no_id_ns);
    duplicates->fingerprint.whole_frames = options->whole_frames;
    duplicates->fingerprint.inside = options->inside;
    fs_hash128_key_init(&duplicates->fingerprint.key, seed);
}

bool fs_duplicates_last_copy(const struct fs_duplicates *duplicates, struct flowscope_copy *copy)
{
    const struct fs_duplicate_entry *entry;
    int64_t delay_ns;

    if (!duplicates->filled)
        return false;
    entry = &duplicates->entries[fs_duplicates_last(duplicates)];
    if (!(entry->bits & FS_DUPLICATE_COPY))
        return false;
    delay_ns = fs_time_since(entry->time_ns,
                             duplicates->sets[fs_duplicates_last(duplicates)].first_time_ns);
    *copy = (struct flowscope_copy){
        .pair = fs_pairs_recent(&duplicates->pairs),
        .has_delay = delay_ns >= 0,
        .delay_ns = delay_ns >= 0 ? (uint64_t)delay_ns : 0,
    };
    return true;
}

void fs_duplicates_counts(const struct fs_duplicates *duplicates,
                          struct flowscope_duplicates *counts, uint64_t *pairs_cut)
{
    *counts = (struct flowscope_duplicates){
        .seen = duplicates->seen,
        .buffered = duplicates->filled,
    };
    *pairs_cut = 0;
    if (duplicates->options.frames)
        fs_pairs_read(&duplicates->pairs, &duplicates->places, counts, pairs_cut);
}
