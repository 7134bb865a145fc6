/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/engine.h"

#include "base/time.h"

#include <string.h>

/* The part that every caller has: the size and the seed. */
#define SMALLEST_CONFIG (offsetof(struct flowscope_config, hash_seed) + sizeof(uint64_t))

void flowscope_config_init(struct flowscope_config *config)
{
    *config = (struct flowscope_config){
        .size = sizeof(*config),
#define FLOWSCOPE_DURATION(name, default_s, min_ns, max_s, title, help)                            \
    .name##_ns = (default_s)*FS_NS_PER_S,
#define FLOWSCOPE_WINDOW(name, default_us, title, help)             .name##_ns = (default_us)*1000,
#define FLOWSCOPE_COUNT(name, default_count, min, max, title, help) .name = (default_count),
#define FLOWSCOPE_CHOICE(name, default_count, default_word, last, words, title, help)              \
    .name = (default_count),
#define FLOWSCOPE_PORTS(name, title, help)
#define FLOWSCOPE_TUNNELS(name, title, help) .name = FLOWSCOPE_LAYERS_ALL,
#include <flowscope/config.def>
#undef FLOWSCOPE_PORTS
#undef FLOWSCOPE_TUNNELS
#undef FLOWSCOPE_DURATION
#undef FLOWSCOPE_WINDOW
#undef FLOWSCOPE_COUNT
#undef FLOWSCOPE_CHOICE
    };
}

bool fs_size_is_known(const void *from, size_t size, size_t least, size_t known)
{
    if (size < least)
        return false;
    for (size_t i = known; i < size; i++)
        if (((const unsigned char *)from)[i] != 0)
            return false;
    return true;
}

enum flowscope_status fs_config_adopt(struct flowscope_config *to,
                                      const struct flowscope_config *from)
{
    size_t size = from->size;

    flowscope_config_init(to);
    if (!fs_size_is_known(from, size, SMALLEST_CONFIG, sizeof(*to)))
        return FLOWSCOPE_BAD_SIZE;
    memcpy(to, from, size < sizeof(*to) ? size : sizeof(*to));
    to->size = sizeof(*to);
    return FLOWSCOPE_OK;
}

static bool is_good_port_timeouts(const struct flowscope_port_timeout *entry)
{
    bool ended = false;

    for (unsigned i = 0; i < FLOWSCOPE_PORT_TIMEOUTS; i++) {
        ended = ended || entry[i].timeout_ns == 0;
        if (ended ? entry[i].timeout_ns != 0
                  : entry[i].timeout_ns < 0 || entry[i].timeout_ns > 31536000 * FS_NS_PER_S)
            return false;
        if (entry[i].protocol != 0 && entry[i].protocol != 6 && entry[i].protocol != 17 &&
            entry[i].protocol != 132)
            return false;
    }
    return true;
}

static const char *first_bad_field(const struct flowscope_config *config)
{
    if (config->flow_state_bytes > FS_FLOW_STATE_MAX)
        return "flow_state_bytes";
    if (config->tick_interval_ns < 0)
        return "tick_interval_ns";
#define FLOWSCOPE_DURATION(name, default_s, min_ns, max_s, title, help)                            \
    if (config->name##_ns < (min_ns) || config->name##_ns > (max_s)*FS_NS_PER_S)                   \
        return #name "_ns";
#define FLOWSCOPE_WINDOW(name, default_us, title, help)                                            \
    if (config->name##_ns < 0 || config->name##_ns > FLOWSCOPE_WINDOW_MAX_NS)                      \
        return #name "_ns";
/* One more on both sides: compilers complain of a number that is never below 0. */
#define FLOWSCOPE_COUNT(name, default_count, min, max, title, help)                                \
    if (config->name + 1 < (min) + 1 || config->name > (max))                                      \
        return #name;
#define FLOWSCOPE_CHOICE(name, default_count, default_word, last, words, title, help)              \
    if (config->name > (last))                                                                     \
        return #name;
#define FLOWSCOPE_PORTS(name, title, help)                                                         \
    if (!is_good_port_timeouts(config->name))                                                      \
        return #name;
#define FLOWSCOPE_TUNNELS(name, title, help)                                                       \
    if ((config->name & ~FLOWSCOPE_LAYERS_ALL) != 0)                                               \
        return #name;
#include <flowscope/config.def>
#undef FLOWSCOPE_PORTS
#undef FLOWSCOPE_TUNNELS
#undef FLOWSCOPE_DURATION
#undef FLOWSCOPE_WINDOW
#undef FLOWSCOPE_COUNT
#undef FLOWSCOPE_CHOICE
    return NULL;
}

enum flowscope_status flowscope_config_check(const struct flowscope_config *config,
                                             const char **bad_field)
{
    struct flowscope_config adopted;
    enum flowscope_status status;
    const char *bad = NULL;

    if (!config)
        return FLOWSCOPE_BAD_ARGUMENT;
    status = fs_config_adopt(&adopted, config);
    if (status == FLOWSCOPE_OK) {
        bad = first_bad_field(&adopted);
        if (bad)
            status = FLOWSCOPE_BAD_CONFIG;
    }
    if (bad_field)
        *bad_field = bad;
    return status;
}
