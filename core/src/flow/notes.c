/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/notes.h"

#include <string.h>

void fs_notes_plan(struct fs_notes_layout *plan, struct fs_layout *layout, uint32_t capacity,
                   enum flowscope_tcp_facts_level level)
{
    *plan = (struct fs_notes_layout){0};
    if (level >= FLOWSCOPE_TCP_FACTS_HISTORY)
        plan->history = fs_layout_add(layout, capacity, sizeof(struct fs_history));
    if (level >= FLOWSCOPE_TCP_FACTS_ON)
        plan->facts = fs_layout_add(layout, capacity, sizeof(struct fs_facts));
}

void fs_notes_init(struct fs_notes *notes, const struct fs_notes_layout *plan, void *memory,
                   uint32_t capacity, enum flowscope_tcp_facts_level level)
{
    char *base = memory;

    *notes = (struct fs_notes){.level = level};
    if (level >= FLOWSCOPE_TCP_FACTS_HISTORY) {
        notes->history = (struct fs_history *)(void *)(base + plan->history);
        fs_memory_prefer_large_pages(notes->history, capacity * sizeof(*notes->history));
    }
    if (level >= FLOWSCOPE_TCP_FACTS_ON) {
        notes->facts = (struct fs_facts *)(void *)(base + plan->facts);
        fs_memory_prefer_large_pages(notes->facts, capacity * sizeof(*notes->facts));
    }
}

void fs_notes_begin(struct fs_notes *notes, uint32_t index, bool answered)
{
    if (notes->history)
        fs_history_begin(&notes->history[index], answered);
    if (notes->facts)
        memset(&notes->facts[index], 0, sizeof(notes->facts[index]));
}
