/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/way.h"

#include <glib.h>

flowscope_engine *way_engine(void)
{
    const struct flowscope_sink sink = {.size = sizeof(sink)};
    struct flowscope_config config;
    flowscope_engine *engine;

    flowscope_config_init(&config);
    config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
    g_assert_cmpint(flowscope_engine_create(&engine, &config, &sink), ==, FLOWSCOPE_OK);
    return engine;
}

/* What is staged at place 0 tells. */
enum way way_feed_at(flowscope_engine *engine, const struct build *b, uint32_t link, uint64_t frame,
                     int64_t time_ns, struct flowscope_result *result)
{
    enum { UNTOUCHED = 99 };
    struct flowscope_packet packet = build_packet(b, link);

    packet.frame = frame;
    packet.time_ns = time_ns;
    packet.time_quality = FLOWSCOPE_TIME_GOOD;
    engine->staged_frame[0].frame.level_count = UNTOUCHED;
    engine->staged_frame[0].behind[0].header = UNTOUCHED;
    g_assert_cmpint(flowscope_engine_feed(engine, &packet, 1, result), ==, FLOWSCOPE_OK);
    if (engine->staged_frame[0].frame.level_count == UNTOUCHED)
        return SHORT;
    return engine->staged_frame[0].behind[0].header == UNTOUCHED ? LONG : STAGED;
}

enum way way_feed(flowscope_engine *engine, const struct build *b, uint32_t link, uint64_t frame,
                  struct flowscope_result *result)
{
    return way_feed_at(engine, b, link, frame, (int64_t)frame, result);
}
