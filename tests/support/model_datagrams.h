/* SPDX-License-Identifier: BSD-2-Clause */
/* The datagrams of the model and their fragments: all that were ever seen, in a plain list. */
#ifndef FS_TESTS_MODEL_DATAGRAMS_H
#define FS_TESTS_MODEL_DATAGRAMS_H

#include "packet/extract.h"
#include "support/model.h"

struct model_part {
    uint32_t begin, end;
    bool last;   /* the datagram ends with it */
    bool counts; /* a part of the whole */
    uint32_t captured;
    uint8_t *bytes;

    bool waits;
    uint64_t frame, fed;
    int64_t time;
    bool has_time;
    uint32_t length, payload, outer_length;
    struct flowscope_result result;
};

enum model_state { MODEL_GATHERS, MODEL_WHOLE, MODEL_DROPPED };

struct model_datagram {
    bool gone;
    enum model_state state;
    uint64_t closed;    /* when it ceased to gather, among all that did */
    struct fs_key from; /* addresses, path, and in IPv4 the protocol */
    uint32_t id;
    struct model_part *parts;
    size_t count;
    int64_t since;
    bool has_ahead;
    int64_t ahead;
    bool overlaps, has_protocol, has_flow, has_tcp, bad_l4;
    uint8_t protocol;
    struct fs_headers flow;
};

struct model_fragments {
    struct model_datagram *list;
    size_t count, room;
    uint64_t closings;
};

/* The datagrams of the frame at hand. */
struct model_held {
    size_t index[FS_LEVELS_MAX];
    unsigned level[FS_LEVELS_MAX];
    size_t count;
    uint32_t bytes;             /* of the last one's level, in this frame */
    struct fs_reading *reading; /* of keys other than the five-tuple, or NULL */
};

#define MODEL_NONE SIZE_MAX

/* The datagram of a fragment, old or new; MODEL_NONE for one that the frame holds already. */
size_t model_find_datagram(struct model *model, const struct fs_fragment *fragment,
                           struct model_held *held);

/* Returns the part that the fragment became; NULL for none. */
struct model_part *model_put(struct model *model, struct model_datagram *datagram,
                             const struct fs_fragment *fragment, const struct model_held *held);

/* One more part, empty; NULL: there is no place for it. */
struct model_part *model_add_part(struct model *model, struct model_datagram *datagram,
                                  const struct model_held *held);

/* Byte by byte: which part owns each of the datagram. False while one has no owner. */
bool model_own_all(const struct model *model, const struct model_datagram *datagram,
                   uint32_t *total, const struct model_part **owners);

/* It gathers no more. */
void model_close_datagram(struct model *model, struct model_datagram *datagram,
                          enum model_state state);

/* What waits is lost: its result, or the whole of it, with the event. */
void model_call_lost(struct model *model, struct flowscope_result *result);
void model_lose(struct model *model, struct model_part *part);

#endif
