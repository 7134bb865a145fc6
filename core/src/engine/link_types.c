/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of link types that are not read, by type. */
#include "engine/link_types.h"

#include "packet/link_family.h"

void fs_link_types_count(struct flowscope_counters *counters, uint32_t link_type, uint64_t packets)
{
    const uint32_t family = fs_link_family(link_type);

    for (unsigned i = 0; i < FLOWSCOPE_UNKNOWN_TYPES_MAX; i++) {
        struct flowscope_unknown_type *entry = &counters->unknown_types[i];

        if (family == FLOWSCOPE_LINK_TYPE_NONE)
            break;
        if (entry->packets == 0)
            entry->link_type = family;
        if (entry->link_type == family) {
            entry->packets += packets;
            return;
        }
    }
    counters->unknown_types_other += packets;
}

void flowscope_counters_add_unknown(struct flowscope_counters *sum,
                                    const struct flowscope_counters *more)
{
    for (unsigned i = 0; i < FLOWSCOPE_UNKNOWN_TYPES_MAX && more->unknown_types[i].packets; i++)
        fs_link_types_count(sum, more->unknown_types[i].link_type, more->unknown_types[i].packets);
    sum->unknown_types_other += more->unknown_types_other;
}
