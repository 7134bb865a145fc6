/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/tag_table.h"

#include <assert.h>

uint32_t fs_tag_table_buckets(uint64_t items)
{
    uint64_t buckets = 1;

    while (buckets * FS_TAG_SLOTS < items * 2)
        buckets *= 2;
    assert(buckets <= UINT32_MAX);
    return (uint32_t)buckets;
}

void fs_tag_table_init(struct fs_tag_table *table, struct fs_tag_bucket *buckets, uint32_t count)
{
    assert(count && (count & (count - 1)) == 0);
    table->buckets = buckets;
    table->mask = count - 1;
}

void fs_tag_table_insert(struct fs_tag_table *table, uint64_t hash, uint32_t index)
{
    uint16_t tag = fs_tag_of(hash);
    uint32_t at = (uint32_t)hash & table->mask;

    for (uint32_t probe = 0; probe <= table->mask; probe++) {
        struct fs_tag_bucket *bucket = &table->buckets[at];
        unsigned empty = fs_tag_bucket_match(bucket, 0);

        if (empty) {
            fs_tag_bucket_put(bucket, (unsigned)__builtin_ctz(empty), tag, index);
            return;
        }
        bucket->passed_on++;
        at = (at + fs_tag_step(tag)) & table->mask;
    }
    assert(false && "the caller guarantees a free slot");
}

static bool erase_here(struct fs_tag_bucket *bucket, uint16_t tag, uint32_t index)
{
    for (unsigned slots = fs_tag_bucket_match(bucket, tag); slots; slots &= slots - 1) {
        unsigned slot = (unsigned)__builtin_ctz(slots);

        if (bucket->index[slot] == index) {
            bucket->tag[slot] = 0;
            return true;
        }
    }
    return false;
}

void fs_tag_table_erase(struct fs_tag_table *table, uint64_t hash, uint32_t index)
{
    uint16_t tag = fs_tag_of(hash);
    uint32_t at = (uint32_t)hash & table->mask;

    for (uint32_t probe = 0; probe <= table->mask; probe++) {
        struct fs_tag_bucket *bucket = &table->buckets[at];

        if (erase_here(bucket, tag, index))
            return;
        assert(bucket->passed_on > 0);
        bucket->passed_on--;
        at = (at + fs_tag_step(tag)) & table->mask;
    }
    assert(false && "the item is in the table");
}
