/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/notes.h"

#include <stddef.h>
#include <string.h>

void fs_notes_plan(struct fs_notes_layout *plan, struct fs_layout *layout, uint32_t capacity,
                   enum flowscope_tcp_facts_level level)
{
    *plan = (struct fs_notes_layout){0};
    if (level >= FLOWSCOPE_TCP_FACTS_ON)
        plan->items = fs_layout_add(layout, capacity, sizeof(struct fs_notes_facts));
    else if (level >= FLOWSCOPE_TCP_FACTS_HISTORY)
        plan->items = fs_layout_add(layout, capacity, sizeof(struct fs_notes_history));
}

void fs_notes_init(struct fs_notes *notes, const struct fs_notes_layout *plan, void *memory,
                   uint32_t capacity, enum flowscope_tcp_facts_level level)
{
    char *items = (char *)memory + plan->items;
    size_t item = sizeof(struct fs_notes_history);

    *notes = (struct fs_notes){.level = level};
    if (level < FLOWSCOPE_TCP_FACTS_HISTORY)
        return;
    notes->history = items;
    if (level >= FLOWSCOPE_TCP_FACTS_ON) {
        item = sizeof(struct fs_notes_facts);
        notes->facts = (struct fs_notes_facts *)(void *)items;
        notes->history += offsetof(struct fs_notes_facts, history);
    }
    notes->item_bits = (unsigned)__builtin_ctzll(item);
    fs_memory_prefer_large_pages(items, capacity * item);
}

void fs_notes_begin(struct fs_notes *notes, uint32_t index, bool answered)
{
    if (notes->history)
        fs_history_begin(fs_notes_history(notes, index), answered);
    if (notes->facts)
        memset(&notes->facts[index].facts, 0, sizeof(notes->facts[index].facts));
}
