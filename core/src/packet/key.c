/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a key's endpoints. */
#include "packet/key.h"

#include <string.h>

static uint64_t load(const uint8_t *at)
{
    return (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 | (uint64_t)at[2] << 40 |
           (uint64_t)at[3] << 32 | (uint64_t)at[4] << 24 | (uint64_t)at[5] << 16 |
           (uint64_t)at[6] << 8 | at[7];
}

static uint32_t load_half(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Directions alternate without a pattern, so what depends on them is data and no branch. */
static void swap_if(bool swap, void *one, void *two, size_t length)
{
    for (size_t at = 0; at < length; at += sizeof(uint32_t)) {
        uint32_t a, b;
        memcpy(&a, (uint8_t *)one + at, sizeof(a));
        memcpy(&b, (uint8_t *)two + at, sizeof(b));
        const uint32_t change = (a ^ b) & -(uint32_t)swap;
        a ^= change;
        b ^= change;
        memcpy((uint8_t *)one + at, &a, sizeof(a));
        memcpy((uint8_t *)two + at, &b, sizeof(b));
    }
}

bool fs_key_sort(struct fs_key *key, uint32_t ports)
{
    const uint16_t source = (uint16_t)(ports >> 16), destination = (uint16_t)ports;
    bool swap = false;
    if (key->kind == 4) {
        const uint64_t a = (uint64_t)load_half(key->addr[0]) << 16 | source;
        const uint64_t b = (uint64_t)load_half(key->addr[1]) << 16 | destination;
        swap = a > b;
        swap_if(swap, key->addr[0], key->addr[1], 4);
    } else if (key->kind == 6) {
        const uint64_t a[2] = {load(key->addr[0]), load(key->addr[0] + 8)};
        const uint64_t b[2] = {load(key->addr[1]), load(key->addr[1] + 8)};
        if (a[0] != b[0])
            swap = a[0] > b[0];
        else if (a[1] != b[1])
            swap = a[1] > b[1];
        else
            swap = source > destination;
        swap_if(swap, key->addr[0], key->addr[1], 16);
    }
    const uint16_t change = (source ^ destination) & -(uint16_t)swap;
    key->port[0] = source ^ change;
    key->port[1] = destination ^ change;
    return swap;
}
