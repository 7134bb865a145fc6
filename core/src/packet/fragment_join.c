/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments are kept as they came; who owns the bytes that several of them carry is decided when
 * the datagram is whole. All but its end is in units of 8 bytes, and what reaches beyond the end
 * never gets here, so that units are owned, not bytes. */
#include "packet/fragment_join.h"

#include "base/hash.h"

#include <assert.h>

static uint32_t units_of(uint32_t bytes)
{
    return (bytes + FS_UNIT - 1) / FS_UNIT;
}

/* Bits [from, to) of one word of the map. */
static uint64_t bits(uint32_t word, uint32_t from, uint32_t to)
{
    const uint32_t low = word * 64, high = low + 64;
    const uint32_t begin = from > low ? from - low : 0, end = to < high ? to - low : 64;

    return (UINT64_MAX >> (64 - (end - begin))) << begin;
}

static bool any_in_map(const struct fs_datagram_map *map, uint32_t from, uint32_t to)
{
    for (uint32_t word = from / 64; word * 64 < to; word++)
        if (map->units[word] & bits(word, from, to))
            return true;
    return false;
}

/* Returns how many were not there yet. */
static uint32_t put_in_map(struct fs_datagram_map *map, uint32_t from, uint32_t to)
{
    uint32_t count = 0;

    for (uint32_t word = from / 64; word * 64 < to; word++) {
        const uint64_t fresh = bits(word, from, to) & ~map->units[word];

        count += (uint32_t)__builtin_popcountll(fresh);
        map->units[word] |= fresh;
    }
    return count;
}

static bool any_covered(const struct fs_fragment_table *table, uint32_t index, uint32_t from,
                        uint32_t to)
{
    const struct fs_datagram *datagram = &table->datagrams[index];

    if (datagram->scattered)
        return any_in_map(&table->maps[index], from, to);
    return from < datagram->from + datagram->covered && datagram->from < to;
}

/* A fragment that begins or ends where others do not: the map has them all from now on. */
static void scatter(struct fs_fragment_table *table, uint32_t index)
{
    struct fs_datagram *datagram = &table->datagrams[index];

    table->maps[index] = (struct fs_datagram_map){0};
    put_in_map(&table->maps[index], datagram->from, datagram->from + datagram->covered);
    datagram->scattered = true;
}

static void cover(struct fs_fragment_table *table, uint32_t index, uint32_t from, uint32_t to)
{
    struct fs_datagram *datagram = &table->datagrams[index];
    const uint32_t end = datagram->from + datagram->covered;

    if (from == to)
        return;
    if (!datagram->scattered && datagram->covered != 0 && (from > end || to < datagram->from))
        scatter(table, index);
    if (datagram->scattered) {
        datagram->covered += put_in_map(&table->maps[index], from, to);
    } else if (datagram->covered == 0) {
        datagram->from = from;
        datagram->covered = to - from;
    } else {
        datagram->from = from < datagram->from ? from : datagram->from;
        datagram->covered = (to > end ? to : end) - datagram->from;
    }
}

static uint32_t kept_bytes(const struct fs_fragment *fragment)
{
    return fragment->bytes.left < fragment->length ? (uint32_t)fragment->bytes.left
                                                   : fragment->length;
}

static uint64_t content_hash(const struct fs_fragment_table *table,
                             const struct fs_fragment *fragment)
{
    return fs_hash(fragment->bytes.at, kept_bytes(fragment), table->seed);
}

bool fs_fragment_repeats(const struct fs_fragment_table *table, uint32_t index,
                         const struct fs_fragment *fragment)
{
    const struct fs_datagram *datagram = &table->datagrams[index];
    const uint64_t hash = content_hash(table, fragment);

    for (uint32_t i = datagram->first; i != FS_PIECE_NONE; i = table->piece_slots.link[i]) {
        const struct fs_piece *piece = &table->pieces[i];

        if (piece->counts && piece->offset == fragment->offset &&
            piece->length == fragment->length && piece->more == fragment->more &&
            piece->kept == kept_bytes(fragment) && piece->hash == hash)
            return true;
    }
    return false;
}

enum fs_fragment_fit fs_fragment_fit_of(const struct fs_fragment_table *table, uint32_t index,
                                        const struct fs_fragment *fragment)
{
    const struct fs_datagram *datagram = &table->datagrams[index];
    const uint32_t end = fragment->offset + fragment->length;
    const bool meets = any_covered(table, index, fragment->offset / FS_UNIT, units_of(end));

    if (meets && fs_fragment_repeats(table, index, fragment))
        return FS_FRAGMENT_REPEATS;
    if (fragment->more ? datagram->total != 0 && end > datagram->total
                       : end < datagram->end || (datagram->total != 0 && end != datagram->total))
        return FS_FRAGMENT_CONTRADICTS;
    return meets ? FS_FRAGMENT_OVERLAPS : FS_FRAGMENT_FITS;
}

bool fs_fragment_completes(const struct fs_fragment_table *table, uint32_t index,
                           const struct fs_fragment *fragment)
{
    const struct fs_datagram *datagram = &table->datagrams[index];
    const uint32_t end = fragment->offset + fragment->length;
    const uint32_t total = fragment->more ? datagram->total : end;

    return total != 0 &&
           datagram->covered + units_of(end) - fragment->offset / FS_UNIT == units_of(total);
}

uint32_t fs_fragment_chunks(const struct fs_fragment *fragment)
{
    return (kept_bytes(fragment) + FS_CHUNK_BYTES - 1) / FS_CHUNK_BYTES;
}

static uint32_t keep_bytes(struct fs_fragment_table *table, const struct fs_fragment *fragment)
{
    const uint32_t kept = kept_bytes(fragment);
    uint32_t first = FS_SLAB_NONE, last = FS_SLAB_NONE;

    for (uint32_t at = 0; at < kept; at += FS_CHUNK_BYTES) {
        const uint32_t length = kept - at < FS_CHUNK_BYTES ? kept - at : FS_CHUNK_BYTES;
        const uint32_t chunk = fs_slab_take(&table->chunk_slots);

        assert(chunk != FS_SLAB_NONE);
        fs_cursor_copy(&fragment->bytes, at, table->chunks + (size_t)chunk * FS_CHUNK_BYTES,
                       length);
        if (last == FS_SLAB_NONE)
            first = chunk;
        else
            table->chunk_slots.link[last] = chunk;
        last = chunk;
    }
    return first;
}

bool fs_fragment_keep(struct fs_fragment_table *table, uint32_t index, uint32_t piece,
                      const struct fs_fragment *fragment)
{
    struct fs_datagram *datagram = &table->datagrams[index];
    struct fs_piece *kept = &table->pieces[piece];
    const uint32_t end = fragment->offset + fragment->length;

    kept->hash = content_hash(table, fragment);
    kept->offset = fragment->offset;
    kept->length = fragment->length;
    kept->kept = kept_bytes(fragment);
    kept->more = fragment->more;
    kept->counts = true;
    kept->chunk = keep_bytes(table, fragment);
    if (any_covered(table, index, fragment->offset / FS_UNIT, units_of(end)))
        datagram->overlaps = true;
    cover(table, index, fragment->offset / FS_UNIT, units_of(end));
    if (end > datagram->end)
        datagram->end = end;
    if (!fragment->more)
        datagram->total = end;
    return datagram->total != 0 && datagram->covered == units_of(datagram->total);
}

/* Whether a fragment takes the bytes of one that came before it. Novak, "Target-Based Fragmentation
 * Reassembly" (2005), by the fragments as they were sent. */
static bool takes(enum flowscope_overlap policy, const struct fs_piece *later,
                  const struct fs_piece *earlier)
{
    switch (policy) {
    case FLOWSCOPE_OVERLAP_LAST:
        return true;
    case FLOWSCOPE_OVERLAP_BSD:
        return later->offset < earlier->offset;
    case FLOWSCOPE_OVERLAP_LINUX:
        return later->offset <= earlier->offset;
    case FLOWSCOPE_OVERLAP_WINDOWS:
        return later->offset < earlier->offset &&
               later->offset + later->length > earlier->offset + earlier->length;
    case FLOWSCOPE_OVERLAP_FIRST:
    default:
        return false;
    }
}

/* Copies what a piece has of [from, to), offsets in the datagram. */
static void copy_out(struct fs_fragment_table *table, const struct fs_piece *piece, uint32_t from,
                     uint32_t to)
{
    const uint32_t has = piece->offset + piece->kept;
    uint32_t chunk = piece->chunk, at = piece->offset;

    if (to > has)
        to = has;
    for (; chunk != FS_SLAB_NONE && at < to; chunk = table->chunk_slots.link[chunk]) {
        const uint32_t chunk_end = at + FS_CHUNK_BYTES;
        const uint32_t begin = from > at ? from : at, end = to < chunk_end ? to : chunk_end;

        if (begin < end)
            memcpy(table->joined + begin,
                   table->chunks + (size_t)chunk * FS_CHUNK_BYTES + (begin - at), end - begin);
        at = chunk_end;
    }
}

static void choose_owners(struct fs_fragment_table *table, const struct fs_datagram *datagram,
                          enum flowscope_overlap policy)
{
    for (uint32_t unit = 0; unit < units_of(datagram->total); unit++)
        table->owners[unit] = FS_PIECE_NONE;
    for (uint32_t i = datagram->first; i != FS_PIECE_NONE; i = table->piece_slots.link[i]) {
        const struct fs_piece *piece = &table->pieces[i];

        for (uint32_t unit = piece->offset / FS_UNIT;
             piece->counts && unit < units_of(piece->offset + piece->length); unit++) {
            uint32_t *owner = &table->owners[unit];

            if (*owner == FS_PIECE_NONE || takes(policy, piece, &table->pieces[*owner]))
                *owner = i;
        }
    }
}

/* The same where no two overlap: each piece owns what it carries. */
static uint32_t join_plain(struct fs_fragment_table *table, const struct fs_datagram *datagram)
{
    uint32_t known = datagram->total;

    for (uint32_t i = datagram->first; i != FS_PIECE_NONE; i = table->piece_slots.link[i]) {
        const struct fs_piece *piece = &table->pieces[i];
        const uint32_t has = piece->offset + piece->kept;

        if (!piece->counts)
            continue;
        copy_out(table, piece, piece->offset, has);
        if (piece->kept < piece->length && has < known)
            known = has;
    }
    return known;
}

static uint32_t join_owned(struct fs_fragment_table *table, const struct fs_datagram *datagram)
{
    uint32_t known = datagram->total, from = 0;

    while (from < datagram->total) {
        const uint32_t owner = table->owners[from / FS_UNIT];
        const struct fs_piece *piece = &table->pieces[owner];
        const uint32_t has = piece->offset + piece->kept;
        uint32_t to = from;

        while (to < datagram->total && table->owners[to / FS_UNIT] == owner)
            to += FS_UNIT;
        if (to > datagram->total)
            to = datagram->total;
        copy_out(table, piece, from, to);
        if (has < to && (has > from ? has : from) < known)
            known = has > from ? has : from;
        from = to;
    }
    return known;
}

struct fs_cursor fs_fragment_join(struct fs_fragment_table *table, uint32_t index,
                                  enum flowscope_overlap policy)
{
    const struct fs_datagram *datagram = &table->datagrams[index];
    uint32_t known;

    if (datagram->overlaps) {
        choose_owners(table, datagram, policy);
        known = join_owned(table, datagram);
    } else {
        known = join_plain(table, datagram);
    }
    return fs_cursor_over(table->joined, known);
}
