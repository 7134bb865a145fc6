/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/fragment_table.h"

#include "base/hash.h"

void fs_fragment_table_plan(struct fs_fragment_layout *plan, struct fs_layout *layout,
                            const struct fs_fragment_limits *limits)
{
    const struct fs_fragment_table *table = NULL;
    const uint32_t buckets = fs_tag_table_buckets(limits->datagrams);

    plan->buckets = fs_layout_add(layout, buckets, sizeof(*table->tags.buckets));
    plan->datagrams = fs_layout_add(layout, limits->datagrams, sizeof(*table->datagrams));
    plan->maps = fs_layout_add(layout, limits->datagrams, sizeof(*table->maps));
    plan->slot_links = fs_layout_add(layout, limits->datagrams, sizeof(uint32_t));
    plan->pieces = fs_layout_add(layout, limits->pieces, sizeof(*table->pieces));
    plan->waiting = fs_layout_add(layout, limits->pieces, sizeof(*table->waiting));
    plan->piece_links = fs_layout_add(layout, limits->pieces, sizeof(uint32_t));
    plan->chunks = fs_layout_add(layout, limits->chunks, FS_CHUNK_BYTES);
    plan->chunk_links = fs_layout_add(layout, limits->chunks, sizeof(uint32_t));
    plan->joined = fs_layout_add(layout, FS_DATAGRAM_BYTES, 1);
    plan->owners = fs_layout_add(layout, FS_DATAGRAM_UNITS, sizeof(uint32_t));
}

void fs_fragment_table_init(struct fs_fragment_table *table, const struct fs_fragment_layout *plan,
                            void *memory, const struct fs_fragment_limits *limits, uint64_t seed)
{
    char *at = memory;
    const struct fs_datagram_list empty = {FS_DATAGRAM_NONE, FS_DATAGRAM_NONE};

    *table = (struct fs_fragment_table){
        .datagrams = (void *)(at + plan->datagrams),
        .maps = (void *)(at + plan->maps),
        .pieces = (void *)(at + plan->pieces),
        .waiting = (void *)(at + plan->waiting),
        .chunks = (void *)(at + plan->chunks),
        .joined = (void *)(at + plan->joined),
        .owners = (void *)(at + plan->owners),
        .ages = empty,
        .kept = empty,
        .unkept = empty,
        .seed = seed,
        .hash_mask = UINT64_MAX,
    };
    fs_tag_table_init(&table->tags, (void *)(at + plan->buckets),
                      fs_tag_table_buckets(limits->datagrams));
    fs_slab_init(&table->slots, (void *)(at + plan->slot_links), limits->datagrams);
    fs_slab_init(&table->piece_slots, (void *)(at + plan->piece_links), limits->pieces);
    fs_slab_init(&table->chunk_slots, (void *)(at + plan->chunk_links), limits->chunks);
}

/* Addresses are read in words no wider than those that have just been written: IPv4's of 32 bits,
 * IPv6's of 64. */
struct addresses {
    uint64_t word[4];
};

static struct addresses ipv6_of(const uint8_t addr[2][16])
{
    struct addresses addresses;

    for (unsigned i = 0; i < 4; i++)
        memcpy(&addresses.word[i], addr[i / 2] + i % 2 * 8, sizeof(addresses.word[i]));
    return addresses;
}

static uint64_t ipv4_of(const uint8_t addr[2][16])
{
    uint32_t source, destination;

    memcpy(&source, addr[0], sizeof(source));
    memcpy(&destination, addr[1], sizeof(destination));
    return (uint64_t)source << 32 | destination;
}

static bool is_of(const void *context, const void *sought, uint32_t index)
{
    const struct fs_fragment_table *table = context;
    const struct fs_fragment *fragment = sought;
    const struct fs_datagram_key *key = &table->datagrams[index].key;

    if (key->id != fragment->id || key->path != fragment->key.path ||
        key->version != fragment->key.kind)
        return false;
    if (key->version == 4)
        return key->protocol == fragment->key.protocol &&
               ipv4_of(key->addr) == ipv4_of(fragment->key.addr);
    const struct addresses a = ipv6_of(key->addr), b = ipv6_of(fragment->key.addr);
    return ((a.word[0] ^ b.word[0]) | (a.word[1] ^ b.word[1]) | (a.word[2] ^ b.word[2]) |
            (a.word[3] ^ b.word[3])) == 0;
}

uint64_t fs_fragment_table_hash(const struct fs_fragment_table *table,
                                const struct fs_fragment *fragment)
{
    const struct fs_key *key = &fragment->key;
    uint64_t hash;

    if (key->kind == 4) {
        const uint64_t words[2] = {ipv4_of(key->addr), (uint64_t)key->path << 32 |
                                                           (uint32_t)(fragment->id << 8) |
                                                           key->protocol};
        hash = fs_hash(words, sizeof(words), table->seed);
    } else {
        const struct addresses addresses = ipv6_of(key->addr);

        hash = fs_hash_with(fs_hash(&addresses, sizeof(addresses), table->seed), fragment->id,
                            table->seed);
        if (key->path != 0)
            hash = fs_hash_with(hash, key->path, table->seed);
    }
    return hash & table->hash_mask;
}

uint32_t fs_fragment_table_find(const struct fs_fragment_table *table, uint64_t hash,
                                const struct fs_fragment *fragment)
{
    return fs_tag_table_find(&table->tags, hash, is_of, table, fragment);
}

static void enlist(struct fs_fragment_table *table, struct fs_datagram_list *list, uint32_t index)
{
    struct fs_datagram *datagram = &table->datagrams[index];

    datagram->before = list->tail;
    datagram->after = FS_DATAGRAM_NONE;
    if (list->tail == FS_DATAGRAM_NONE)
        list->head = index;
    else
        table->datagrams[list->tail].after = index;
    list->tail = index;
}

static void delist(struct fs_fragment_table *table, struct fs_datagram_list *list, uint32_t index)
{
    const struct fs_datagram *datagram = &table->datagrams[index];

    if (datagram->before == FS_DATAGRAM_NONE)
        list->head = datagram->after;
    else
        table->datagrams[datagram->before].after = datagram->after;
    if (datagram->after == FS_DATAGRAM_NONE)
        list->tail = datagram->before;
    else
        table->datagrams[datagram->after].before = datagram->before;
}

static struct fs_datagram_list *list_of(struct fs_fragment_table *table, uint32_t index)
{
    return table->datagrams[index].state == FS_DATAGRAM_OPEN ? &table->kept : &table->unkept;
}

static struct fs_datagram_key key_of(const struct fs_fragment *fragment)
{
    const struct fs_key *from = &fragment->key;
    struct fs_datagram_key key = {.path = from->path,
                                  .id = fragment->id,
                                  .version = from->kind,
                                  .protocol = from->kind == 4 ? from->protocol : 0};

    memcpy(key.addr, from->addr, sizeof(key.addr));
    return key;
}

uint32_t fs_fragment_table_open(struct fs_fragment_table *table, uint64_t hash,
                                const struct fs_fragment *fragment, int64_t now_ns)
{
    const uint32_t index = fs_slab_take(&table->slots);
    struct fs_datagram *datagram;

    if (index == FS_DATAGRAM_NONE)
        return index;
    datagram = &table->datagrams[index];
    *datagram = (struct fs_datagram){.key = key_of(fragment),
                                     .hash = hash,
                                     .since_ns = now_ns,
                                     .first = FS_PIECE_NONE,
                                     .last = FS_PIECE_NONE,
                                     .older = table->ages.tail,
                                     .newer = FS_DATAGRAM_NONE};
    if (table->ages.tail == FS_DATAGRAM_NONE)
        table->ages.head = index;
    else
        table->datagrams[table->ages.tail].newer = index;
    table->ages.tail = index;
    enlist(table, &table->kept, index);
    fs_tag_table_insert(&table->tags, datagram->hash, index);
    return index;
}

static void forget_bytes(struct fs_fragment_table *table, const struct fs_datagram *datagram)
{
    for (uint32_t i = datagram->first; i != FS_PIECE_NONE; i = table->piece_slots.link[i]) {
        uint32_t chunk = table->pieces[i].chunk;

        while (chunk != FS_SLAB_NONE) {
            const uint32_t next = table->chunk_slots.link[chunk];

            fs_slab_give(&table->chunk_slots, chunk);
            chunk = next;
        }
        table->pieces[i].chunk = FS_SLAB_NONE;
    }
}

void fs_fragment_table_remove(struct fs_fragment_table *table, uint32_t index)
{
    const struct fs_datagram *datagram = &table->datagrams[index];
    uint32_t piece = datagram->first;

    forget_bytes(table, datagram);
    while (piece != FS_PIECE_NONE) {
        const uint32_t next = table->piece_slots.link[piece];

        fs_slab_give(&table->piece_slots, piece);
        piece = next;
    }
    fs_tag_table_erase(&table->tags, datagram->hash, index);
    delist(table, list_of(table, index), index);
    if (datagram->older == FS_DATAGRAM_NONE)
        table->ages.head = datagram->newer;
    else
        table->datagrams[datagram->older].newer = datagram->newer;
    if (datagram->newer == FS_DATAGRAM_NONE)
        table->ages.tail = datagram->older;
    else
        table->datagrams[datagram->newer].older = datagram->older;
    fs_slab_give(&table->slots, index);
}

uint32_t fs_fragment_table_add(struct fs_fragment_table *table, uint32_t index)
{
    const uint32_t piece = fs_slab_take(&table->piece_slots);
    struct fs_datagram *datagram = &table->datagrams[index];

    if (piece == FS_PIECE_NONE)
        return piece;
    table->pieces[piece] = (struct fs_piece){.chunk = FS_SLAB_NONE};
    if (datagram->last == FS_PIECE_NONE)
        datagram->first = piece;
    else
        table->piece_slots.link[datagram->last] = piece;
    datagram->last = piece;
    datagram->pieces++;
    return piece;
}

void fs_fragment_table_close(struct fs_fragment_table *table, uint32_t index,
                             enum fs_datagram_state state)
{
    struct fs_datagram *datagram = &table->datagrams[index];

    forget_bytes(table, datagram);
    delist(table, &table->kept, index);
    datagram->state = (uint8_t)state;
    enlist(table, &table->unkept, index);
}

static bool is_spared(uint32_t index, const uint32_t *spared, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (spared[i] == index)
            return true;
    return false;
}

uint32_t fs_fragment_table_victim(const struct fs_fragment_table *table, const uint32_t *spared,
                                  unsigned count)
{
    const struct fs_datagram_list *lists[] = {&table->unkept, &table->kept};

    for (unsigned i = 0; i < 2; i++)
        for (uint32_t index = lists[i]->head; index != FS_DATAGRAM_NONE;
             index = table->datagrams[index].after)
            if (!is_spared(index, spared, count))
                return index;
    return FS_DATAGRAM_NONE;
}
