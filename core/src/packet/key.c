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

bool fs_key_sort(struct fs_key *key)
{
    const uint16_t port[2] = {key->port[0], key->port[1]};
    bool swap;
    /* Directions alternate without a pattern, so what depends on them is data and no branch. */
    if (key->kind == 4) {
        const uint64_t a = (uint64_t)load_half(key->addr[0]) << 16 | port[0];
        const uint64_t b = (uint64_t)load_half(key->addr[1]) << 16 | port[1];
        uint32_t addr[2];
        swap = a > b;
        memcpy(&addr[0], key->addr[0], sizeof(addr[0]));
        memcpy(&addr[1], key->addr[1], sizeof(addr[1]));
        memcpy(key->addr[0], &addr[swap], sizeof(addr[0]));
        memcpy(key->addr[1], &addr[!swap], sizeof(addr[1]));
    } else if (key->kind == 6) {
        const uint64_t a[2] = {load(key->addr[0]), load(key->addr[0] + 8)};
        const uint64_t b[2] = {load(key->addr[1]), load(key->addr[1] + 8)};
        if (a[0] != b[0])
            swap = a[0] > b[0];
        else if (a[1] != b[1])
            swap = a[1] > b[1];
        else
            swap = port[0] > port[1];
        uint8_t addr[2][16];
        memcpy(addr, key->addr, sizeof(addr));
        memcpy(key->addr[0], addr[swap], sizeof(addr[0]));
        memcpy(key->addr[1], addr[!swap], sizeof(addr[1]));
    } else {
        return false;
    }
    key->port[0] = port[swap];
    key->port[1] = port[!swap];
    return swap;
}
