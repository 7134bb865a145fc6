/* SPDX-License-Identifier: BSD-2-Clause */
/* XXH3 as fast as this CPU can: this file is compiled once for each instruction set, under the name
 * BENCH_XXH3. */
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t BENCH_XXH3(const void *data, size_t length);

uint64_t BENCH_XXH3(const void *data, size_t length)
{
    return XXH3_64bits_withSeed(data, length, 0x5eed);
}
