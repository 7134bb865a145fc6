/* SPDX-License-Identifier: BSD-2-Clause */
/* The datagrams that an engine knows: opened for a fragment, and given up, with what waits for
 * them, when their time is over or there is no room for others. */
#ifndef FS_ENGINE_DATAGRAMS_H
#define FS_ENGINE_DATAGRAMS_H

#include "engine/engine.h"

/* The datagrams of the frame at hand, from the outermost on: none of them goes for another. */
struct fs_at_hand {
    uint32_t datagram[FS_LEVELS_MAX];
    unsigned count;
};

/* What an engine of this configuration keeps of fragments. */
struct fs_fragment_limits fs_engine_fragment_limits(const struct flowscope_config *config);

static inline struct fs_datagram *fs_engine_datagram(flowscope_engine *engine, uint32_t index)
{
    return &engine->fragments.datagrams[index];
}

/* The datagram of a fragment, `hash` that of its key, which is at hand from now on;
 * FS_DATAGRAM_NONE if it is already. */
uint32_t fs_engine_find_datagram(flowscope_engine *engine, uint64_t hash,
                                 const struct fs_fragment *fragment, struct fs_at_hand *hand);

/* A new datagram for the fragment, where there is none yet; those at hand are spared. */
uint32_t fs_engine_open_datagram(flowscope_engine *engine, uint64_t hash,
                                 const struct fs_fragment *fragment, const struct fs_at_hand *hand);

/* A place for one more fragment of the datagram. FS_PIECE_NONE: there is none. */
uint32_t fs_engine_new_piece(flowscope_engine *engine, uint32_t index,
                             const struct fs_at_hand *hand);

/* Puts the fragment to the others of its datagram; *piece is where, if there is a place for it.
 * True: the datagram is whole. */
bool fs_engine_put_part(flowscope_engine *engine, uint32_t index,
                        const struct fs_fragment *fragment, const struct fs_at_hand *hand,
                        uint32_t *piece);

/* The open datagram takes the fragment without more ado, and is not whole with it. */
bool fs_engine_has_place(const flowscope_engine *engine, uint32_t index,
                         const struct fs_fragment *fragment);

/* Gives up the datagrams whose time is over. */
void fs_engine_expire_datagrams(flowscope_engine *engine);

/* Gives up all of them. */
void fs_engine_forget_datagrams(flowscope_engine *engine);

/* The clock follows a jump after all, or begins: as for flows (engine.h). */
void fs_engine_date_datagrams_ahead(flowscope_engine *engine);
void fs_engine_date_datagrams(flowscope_engine *engine, int64_t now_ns);

#endif
