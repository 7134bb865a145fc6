/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys without an engine. */
#include "engine/engine.h"

#include "packet/extract.h"

#include <string.h>

_Static_assert(FLOWSCOPE_KEY_BYTES == sizeof(struct fs_key), "a key in public");

/* Every level that was read, and the frame after them. */
struct described {
    unsigned count;
    struct flowscope_level level[FS_LEVELS_MAX + 1];
};

static void describe_all(const struct fs_reading *reading, struct described *described)
{
    described->count = reading->frame->level_count;
    for (unsigned level = 0; level <= described->count; level++)
        fs_reading_describe(reading, level, &described->level[level]);
}

/* Keys may leave out levels, or have others; where the IP header lies tells which is which. */
static const struct flowscope_level *description_of(const struct described *described,
                                                    const struct fs_headers *level)
{
    unsigned i = 0;

    while (i < described->count && described->level[i].ip_at != level->ip_at)
        i++;
    return &described->level[i];
}

enum flowscope_status flowscope_extract(const struct flowscope_config *config,
                                        const struct flowscope_packet *packet,
                                        struct flowscope_extracted *extracted)
{
    struct flowscope_config adopted;
    struct fs_reading reading;
    struct fs_frame frame = {.layer_count = 0};
    struct described described;

    if (!packet || !extracted)
        return FLOWSCOPE_BAD_ARGUMENT;
    if (packet->size < sizeof(*packet) || extracted->size < sizeof(*extracted))
        return FLOWSCOPE_BAD_SIZE;
    flowscope_config_init(&adopted);
    if (config) {
        enum flowscope_status status = flowscope_config_check(config, NULL);

        if (status == FLOWSCOPE_OK)
            status = fs_config_adopt(&adopted, config);
        if (status != FLOWSCOPE_OK)
            return status;
    }
    const struct fs_packet_options options = fs_packet_options_of(&adopted);
    const enum flowscope_verdict read = fs_reading_take(&reading, packet, &options, &frame);
    describe_all(&reading, &described);
    extracted->verdict = (uint8_t)fs_reading_key(&reading, read);
    extracted->level_count =
        extracted->verdict == FLOWSCOPE_VERDICT_ok ? frame.level_count : (uint8_t)0;
    for (unsigned i = 0; i < extracted->level_count; i++) {
        struct flowscope_extracted_level *out = &extracted->levels[i];

        out->level = *description_of(&described, &frame.level[i]);
        memcpy(out->key, &frame.level[i].key, sizeof(out->key));
        out->reverse = frame.level[i].swapped;
    }
    return FLOWSCOPE_OK;
}
