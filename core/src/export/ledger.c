/* SPDX-License-Identifier: BSD-2-Clause */
/* Records by flow_id, in chunks. A chunk is in memory, or in the file, or was never put; past the
 * limit the chunk that was used longest ago moves to the file. */
#include "export/ledger.h"

#include "base/memory.h"
#include "export/ledger_file.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_RECORDS 256u
#define NO_CHUNK      UINT32_MAX

/* Most flows have few layers or none, so these are kept apart: a chunk has room for as many as its
 * deepest flow has. */
#define STORED offsetof(struct flowscope_flow_record, layers)
#define LAYER  sizeof(struct flowscope_layer)
_Static_assert(STORED + FLOWSCOPE_LAYERS_MAX * LAYER ==
                   offsetof(struct flowscope_flow_record, flow_state),
               "after the layers there is the flow's memory alone, which is gone by then");

#define CHUNK_BYTES (CHUNK_RECORDS * STORED)
#define FILE_CHUNK  (CHUNK_RECORDS * sizeof(struct flowscope_flow_record))

/* The facts of both directions are kept only where asked for, and lie last in the file. */
#define FACTS       sizeof(((struct flowscope_flow_record *)NULL)->tcp)
#define FACTS_BYTES (CHUNK_RECORDS * FACTS)

struct chunk {
    char *records;                  /* NULL: in the file, or never put */
    struct flowscope_layer *layers; /* CHUNK_RECORDS times depth */
    char *facts;                    /* NULL: in the file, or of no record */
    uint32_t newer;                 /* of the chunks in memory, by last use */
    uint32_t older;
    uint8_t depth;
    bool has_facts; /* in memory or in the file */
    bool in_file;
    bool changed; /* since it was last written to the file */
};

struct fs_ledger {
    struct chunk *chunks;
    uint32_t chunk_count;
    uint32_t newest;
    uint32_t oldest;
    uint64_t in_memory; /* chunks */
    uint64_t limit;     /* of in_memory; 0 for none */
    uint64_t last_id;
    int file; /* -1 until it is needed */
    bool keeps_facts;
    bool has_facts; /* some record had */
};

fs_ledger *fs_ledger_new(uint64_t memory_records)
{
    fs_ledger *ledger = calloc(1, sizeof *ledger);

    if (!ledger)
        return NULL;
    ledger->limit = memory_records / CHUNK_RECORDS;
    if (memory_records && !ledger->limit)
        ledger->limit = 1;
    ledger->newest = ledger->oldest = NO_CHUNK;
    ledger->file = -1;
    return ledger;
}

void fs_ledger_free(fs_ledger *ledger)
{
    if (!ledger)
        return;
    fs_ledger_clear(ledger);
    free(ledger);
}

void fs_ledger_keep_facts(fs_ledger *ledger, bool keep)
{
    ledger->keeps_facts = keep;
}

static void free_parts(struct chunk *chunk)
{
    free(chunk->layers);
    free(chunk->facts);
    chunk->layers = NULL;
    chunk->facts = NULL;
}

void fs_ledger_clear(fs_ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->chunk_count; i++) {
        fs_memory_release(ledger->chunks[i].records, CHUNK_BYTES);
        free_parts(&ledger->chunks[i]);
    }
    free(ledger->chunks);
    if (ledger->file >= 0)
        close(ledger->file);
    *ledger = (fs_ledger){.limit = ledger->limit,
                          .newest = NO_CHUNK,
                          .oldest = NO_CHUNK,
                          .file = -1,
                          .keeps_facts = ledger->keeps_facts};
}

static void unlink_chunk(fs_ledger *ledger, uint32_t index)
{
    struct chunk *chunk = &ledger->chunks[index];

    if (chunk->newer == NO_CHUNK)
        ledger->newest = chunk->older;
    else
        ledger->chunks[chunk->newer].older = chunk->older;
    if (chunk->older == NO_CHUNK)
        ledger->oldest = chunk->newer;
    else
        ledger->chunks[chunk->older].newer = chunk->newer;
}

static void link_newest(fs_ledger *ledger, uint32_t index)
{
    struct chunk *chunk = &ledger->chunks[index];

    chunk->newer = NO_CHUNK;
    chunk->older = ledger->newest;
    if (ledger->newest == NO_CHUNK)
        ledger->oldest = index;
    else
        ledger->chunks[ledger->newest].newer = index;
    ledger->newest = index;
}

static bool write_chunk(fs_ledger *ledger, uint32_t index)
{
    struct chunk *chunk = &ledger->chunks[index];
    uint64_t offset = index * (uint64_t)FILE_CHUNK;

    if (ledger->file < 0)
        ledger->file = fs_ledger_file_open();
    if (ledger->file < 0 ||
        !fs_ledger_file_write(ledger->file, offset, chunk->records, CHUNK_BYTES) ||
        !fs_ledger_file_write(ledger->file, offset + CHUNK_BYTES, chunk->layers,
                              CHUNK_RECORDS * chunk->depth * LAYER) ||
        (chunk->has_facts && !fs_ledger_file_write(ledger->file, offset + FILE_CHUNK - FACTS_BYTES,
                                                   chunk->facts, FACTS_BYTES)))
        return false;
    chunk->in_file = true;
    chunk->changed = false;
    return true;
}

/* Into new memory; none for 0 bytes. */
static bool read_part(const fs_ledger *ledger, uint64_t offset, size_t bytes, void **part)
{
    if (!bytes)
        return true;
    *part = malloc(bytes);
    return *part && fs_ledger_file_read(ledger->file, offset, *part, bytes);
}

static bool read_chunk(fs_ledger *ledger, uint32_t index, char *records)
{
    struct chunk *chunk = &ledger->chunks[index];
    uint64_t offset = index * (uint64_t)FILE_CHUNK;
    void *layers = NULL, *facts = NULL;
    const bool is_read =
        fs_ledger_file_read(ledger->file, offset, records, CHUNK_BYTES) &&
        read_part(ledger, offset + CHUNK_BYTES, CHUNK_RECORDS * chunk->depth * LAYER, &layers) &&
        read_part(ledger, offset + FILE_CHUNK - FACTS_BYTES, chunk->has_facts ? FACTS_BYTES : 0,
                  &facts);

    chunk->layers = layers;
    chunk->facts = facts;
    if (!is_read)
        free_parts(chunk);
    return is_read;
}

/* New room for the records of a chunk, all zeroes. */
static char *make_room(fs_ledger *ledger)
{
    char *records = fs_memory_reserve(CHUNK_BYTES);

    if (records)
        ledger->in_memory++;
    return records;
}

/* That of the chunk that was used longest ago. */
static char *take_room(fs_ledger *ledger)
{
    struct chunk *chunk = &ledger->chunks[ledger->oldest];
    char *records;

    if (chunk->changed && !write_chunk(ledger, ledger->oldest))
        return NULL;
    unlink_chunk(ledger, ledger->oldest);
    records = chunk->records;
    free_parts(chunk);
    chunk->records = NULL;
    return records;
}

/* Brings the chunk into memory. */
static bool bring(fs_ledger *ledger, uint32_t index)
{
    struct chunk *chunk = &ledger->chunks[index];
    const bool is_new = !ledger->limit || ledger->in_memory < ledger->limit;
    char *records;

    if (chunk->records) {
        if (ledger->newest != index) {
            unlink_chunk(ledger, index);
            link_newest(ledger, index);
        }
        return true;
    }
    records = is_new ? make_room(ledger) : take_room(ledger);
    if (!records)
        return false;
    if (!chunk->in_file && !is_new) {
        memset(records, 0, CHUNK_BYTES);
    } else if (chunk->in_file && !read_chunk(ledger, index, records)) {
        ledger->in_memory--;
        fs_memory_release(records, CHUNK_BYTES);
        return false;
    }
    chunk->records = records;
    link_newest(ledger, index);
    return true;
}

static bool grow(fs_ledger *ledger, uint64_t index)
{
    uint64_t count = ledger->chunk_count ? ledger->chunk_count : 16;
    struct chunk *chunks;

    while (count <= index)
        count *= 2;
    if (count >= NO_CHUNK) {
        errno = ENOMEM;
        return false;
    }
    chunks = realloc(ledger->chunks, count * sizeof *chunks);
    if (!chunks)
        return false;
    memset(chunks + ledger->chunk_count, 0, (count - ledger->chunk_count) * sizeof *chunks);
    ledger->chunks = chunks;
    ledger->chunk_count = (uint32_t)count;
    return true;
}

static bool deepen(struct chunk *chunk, uint8_t depth)
{
    struct flowscope_layer *layers = calloc((size_t)CHUNK_RECORDS * depth, LAYER);

    if (!layers)
        return false;
    for (size_t i = 0; chunk->layers && i < CHUNK_RECORDS; i++)
        memcpy(layers + i * depth, chunk->layers + i * chunk->depth, chunk->depth * LAYER);
    free(chunk->layers);
    chunk->layers = layers;
    chunk->depth = depth;
    return true;
}

/* Those of a flow that has none are 0, over what was there. */
static bool put_facts(fs_ledger *ledger, struct chunk *chunk, size_t slot,
                      const struct flowscope_flow_record *record)
{
    const bool has_facts = ledger->keeps_facts && record->has_facts;

    if (has_facts && !chunk->facts) {
        void *none = calloc(1, FACTS_BYTES);

        if (!none)
            return false;
        chunk->facts = none;
        chunk->has_facts = ledger->has_facts = true;
    }
    if (has_facts)
        memcpy(chunk->facts + slot * FACTS, record->tcp, FACTS);
    else if (chunk->facts)
        memset(chunk->facts + slot * FACTS, 0, FACTS);
    return true;
}

bool fs_ledger_put(fs_ledger *ledger, const struct flowscope_flow_record *record)
{
    uint64_t index = (record->flow_id - 1) / CHUNK_RECORDS;
    size_t slot = (record->flow_id - 1) % CHUNK_RECORDS;
    struct chunk *chunk;

    assert(record->flow_id && record->layer_count <= FLOWSCOPE_LAYERS_MAX);
    if (index >= ledger->chunk_count && !grow(ledger, index))
        return false;
    if (!bring(ledger, (uint32_t)index))
        return false;
    chunk = &ledger->chunks[index];
    if (record->layer_count > chunk->depth && !deepen(chunk, record->layer_count))
        return false;
    if (!put_facts(ledger, chunk, slot, record))
        return false;
    memcpy(chunk->records + slot * STORED, record, STORED);
    if (chunk->layers && record->layer_count)
        memcpy(chunk->layers + slot * chunk->depth, record->layers, record->layer_count * LAYER);
    chunk->changed = true;
    if (record->flow_id > ledger->last_id)
        ledger->last_id = record->flow_id;
    return true;
}

uint64_t fs_ledger_last_id(const fs_ledger *ledger)
{
    return ledger->last_id;
}

/* errno is left alone otherwise: it may still say why writing failed. */
static bool not_there(void)
{
    errno = ENOENT;
    return false;
}

bool fs_ledger_get_next(fs_ledger *ledger, uint64_t flow_id, struct flowscope_flow_record *record)
{
    uint64_t index = (flow_id - 1) / CHUNK_RECORDS;
    size_t slot = (flow_id - 1) % CHUNK_RECORDS;
    struct chunk *chunk;

    if (!flow_id || index >= ledger->chunk_count)
        return not_there();
    chunk = &ledger->chunks[index];
    if (!chunk->records && !chunk->in_file)
        return not_there();
    if (!bring(ledger, (uint32_t)index))
        return false;
    if (record->layer_count)
        memset(record->layers, 0, record->layer_count * LAYER);
    memcpy(record, chunk->records + slot * STORED, STORED);
    if (chunk->layers && record->layer_count)
        memcpy(record->layers, chunk->layers + slot * chunk->depth, record->layer_count * LAYER);
    if (chunk->facts)
        memcpy(record->tcp, chunk->facts + slot * FACTS, FACTS);
    else if (ledger->has_facts)
        memset(record->tcp, 0, FACTS);
    return record->size != 0 || not_there();
}

bool fs_ledger_get(fs_ledger *ledger, uint64_t flow_id, struct flowscope_flow_record *record)
{
    memset(record, 0, sizeof *record);
    return fs_ledger_get_next(ledger, flow_id, record);
}
