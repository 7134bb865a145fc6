/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at open flows and at the last copy, and ending a flow: by id and by endpoints. None of it
 * is for each packet. */
#include "engine/engine.h"

#include <string.h>

static uint32_t find_id(const struct fs_flow_table *table, uint64_t flow_id)
{
    for (uint32_t index = 0; index < table->ever_used; index++)
        if ((table->flows[index].flags & FS_FLOW_OPEN) && table->flows[index].id == flow_id)
            return index;
    return FS_FLOW_NONE;
}

static bool fits(const struct fs_key *key, const struct flowscope_endpoints *endpoints,
                 unsigned first)
{
    return memcmp(key->addr[0], endpoints->address[first], 16) == 0 &&
           memcmp(key->addr[1], endpoints->address[!first], 16) == 0 &&
           key->port[0] == endpoints->port[first] && key->port[1] == endpoints->port[!first];
}

static uint32_t find_endpoints(const struct fs_flow_table *table,
                               const struct flowscope_endpoints *endpoints)
{
    uint32_t found = FS_FLOW_NONE;

    for (uint32_t index = 0; index < table->ever_used; index++) {
        const struct fs_flow *flow = &table->flows[index];
        struct fs_key key;

        if (!(flow->flags & FS_FLOW_OPEN) || fs_flow_protocol(flow) != endpoints->protocol)
            continue;
        fs_flow_table_key(table, index, &key);
        if ((key.kind & FS_KEY_KIND) == endpoints->ip_version &&
            (fits(&key, endpoints, 0) || fits(&key, endpoints, 1)) &&
            (found == FS_FLOW_NONE || flow->id > table->flows[found].id))
            found = index;
    }
    return found;
}

static enum flowscope_status copy(const flowscope_engine *engine, uint32_t index,
                                  struct flowscope_flow_record *to)
{
    struct flowscope_flow_record record = {0};
    size_t room = to->size;

    if (room < sizeof(to->size) || room > sizeof(record))
        return FLOWSCOPE_BAD_SIZE;
    if (index == FS_FLOW_NONE)
        return FLOWSCOPE_NOT_FOUND;
    fs_engine_record(engine, index, fs_engine_reason_at_end(engine, &engine->table.flows[index]),
                     &record);
    memcpy(to, &record, room);
    to->size = (uint32_t)room;
    return FLOWSCOPE_OK;
}

enum flowscope_status flowscope_engine_flow(const flowscope_engine *engine, uint64_t flow_id,
                                            struct flowscope_flow_record *record)
{
    if (!engine || !record)
        return FLOWSCOPE_BAD_ARGUMENT;
    if (engine->in_callback)
        return FLOWSCOPE_BUSY;
    return copy(engine, find_id(&engine->table, flow_id), record);
}

enum flowscope_status flowscope_engine_find_flow(const flowscope_engine *engine,
                                                 const struct flowscope_endpoints *endpoints,
                                                 struct flowscope_flow_record *record)
{
    if (!engine || !endpoints || !record)
        return FLOWSCOPE_BAD_ARGUMENT;
    if (engine->in_callback)
        return FLOWSCOPE_BUSY;
    return copy(engine, find_endpoints(&engine->table, endpoints), record);
}

enum flowscope_status flowscope_engine_copy(const flowscope_engine *engine,
                                            struct flowscope_copy *copy)
{
    if (!engine || !copy)
        return FLOWSCOPE_BAD_ARGUMENT;
    return fs_duplicates_last_copy(&engine->duplicates, copy) ? FLOWSCOPE_OK : FLOWSCOPE_NOT_FOUND;
}

enum flowscope_status flowscope_engine_close_flow(flowscope_engine *engine, uint64_t flow_id)
{
    uint32_t index;

    if (!engine)
        return FLOWSCOPE_BAD_ARGUMENT;
    if (engine->in_callback)
        return FLOWSCOPE_BUSY;
    index = find_id(&engine->table, flow_id);
    if (index == FS_FLOW_NONE)
        return FLOWSCOPE_NOT_FOUND;
    fs_engine_end_flow(engine, index, FLOWSCOPE_END_forced);
    return FLOWSCOPE_OK;
}
