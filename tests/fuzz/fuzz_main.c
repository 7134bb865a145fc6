/* SPDX-License-Identifier: BSD-2-Clause */
/* A plain program around a fuzzer: fuzz_X [ROUNDS [SEED]] changes good inputs at random; the same
 * seed does the same. Coverage-guided runs want the libFuzzer build instead. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 4096, CHANGES_MAX = 6 };

static uint64_t state;

/* xorshift64* (Vigna, 2016) */
static uint32_t random_below(uint32_t limit)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * UINT64_C(2685821657736338717)) >> 32) % limit;
}

static size_t change(uint8_t *data, size_t size)
{
    static const uint8_t telling[] = {0,  1,    4,    6,    8,    17,   41,
                                      44, 0x45, 0x60, 0x7f, 0x80, 0x81, 0xff};
    const size_t at = random_below((uint32_t)size);

    switch (random_below(6)) {
    case 0:
        data[at] ^= (uint8_t)(1u << random_below(8));
        return size;
    case 1:
        data[at] = (uint8_t)random_below(256);
        return size;
    case 2:
        data[at] = telling[random_below(sizeof(telling))];
        return size;
    case 3: /* cut */
        return at + 1;
    case 4: { /* take some bytes out */
        const size_t length = random_below((uint32_t)(size - at)) % 16;
        memmove(data + at, data + at + length, size - at - length);
        return size - length;
    }
    default: { /* copy some bytes elsewhere */
        const size_t to = random_below((uint32_t)size);
        const size_t most = size - (at > to ? at : to);
        memmove(data + to, data + at, most < 16 ? most : 16);
        return size;
    }
    }
}

static void run(const uint8_t *data, size_t size)
{
    /* A block of exactly this size, so that the sanitizer sees a read behind it. */
    uint8_t *copy = malloc(size);

    if (!copy)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

int main(int argc, char **argv)
{
    const unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    static uint8_t data[ROOM];
    unsigned seeds = 0;

    state = argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 1;
    for (size_t size; (size = fuzz_seed(seeds, data, ROOM)) != 0; seeds++)
        run(data, size);
    if (seeds == 0)
        return 1;
    for (unsigned long round = 0; round < rounds; round++) {
        size_t size = fuzz_seed(random_below(seeds), data, ROOM);
        for (uint32_t changes = 1 + random_below(CHANGES_MAX); changes > 0 && size > 1; changes--)
            size = change(data, size);
        run(data, size);
    }
    printf("%u good inputs, %lu changed ones\n", seeds, rounds);
    return 0;
}
