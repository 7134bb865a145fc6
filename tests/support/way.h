/* SPDX-License-Identifier: BSD-2-Clause */
/* Which way a packet goes that is fed alone. */
#ifndef FS_TEST_WAY_H
#define FS_TEST_WAY_H

#include "engine/engine.h"
#include "support/build.h"

/* At once; its levels through memory; every header by the steps of the long way. */
enum way { SHORT, STAGED, LONG };

/* An engine that looks for no copies. */
flowscope_engine *way_engine(void);

enum way way_feed_at(flowscope_engine *engine, const struct build *b, uint32_t link, uint64_t frame,
                     int64_t time_ns, struct flowscope_result *result);

/* The same where the frame's number is its time. */
enum way way_feed(flowscope_engine *engine, const struct build *b, uint32_t link, uint64_t frame,
                  struct flowscope_result *result);

#endif
