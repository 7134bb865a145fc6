/* SPDX-License-Identifier: BSD-2-Clause */
/* What the engine said beside what the model says, field by field: the first that differs is
 * printed, and ends the test. */
#ifndef FS_TESTS_COMPARE_H
#define FS_TESTS_COMPARE_H

#include <flowscope/engine.h>

void compare(const char *where, size_t number, const char *field, int64_t engine, int64_t model);
void compare_result(size_t frame, const struct flowscope_result *a,
                    const struct flowscope_result *b);
void compare_record(const struct flowscope_flow_record *a, const struct flowscope_flow_record *b);
void compare_counters(const struct flowscope_counters *a, const struct flowscope_counters *b);

#endif
