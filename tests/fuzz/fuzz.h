/* SPDX-License-Identifier: BSD-2-Clause */
/* What a fuzzer is made of: libFuzzer's entry point, and for the plain program good inputs. */
#ifndef FS_TESTS_FUZZ_H
#define FS_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* An invariant: says which one and aborts when it does not hold. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Aborts when an invariant does not hold. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes the good input number `number`, at most `room` bytes, and returns its length; 0 when
 * there is no such number. The plain program changes them at random. */
size_t fuzz_seed(unsigned number, uint8_t *data, size_t room);

#endif
