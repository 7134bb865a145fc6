/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/link_family.h"

#include <flowscope/packet.h>

#include <stddef.h>

static const struct {
    uint32_t link_type, family;
} families[] = {
    /* numbers that some systems wrote for the same */
    {100, 11},
    {18, 16},
    {19, 16},
    {106, 16},
    {109, 13},
    /* with a pseudo-header: ATM, MTP2, IrDA, LAPD, SITA, ERF, Bluetooth H4, PPP, I2C, NFC LLCP,
     * Bluetooth monitor */
    {123, FLOWSCOPE_LINK_TYPE_NONE},
    {139, FLOWSCOPE_LINK_TYPE_NONE},
    {144, FLOWSCOPE_LINK_TYPE_NONE},
    {177, FLOWSCOPE_LINK_TYPE_NONE},
    {196, FLOWSCOPE_LINK_TYPE_NONE},
    {197, FLOWSCOPE_LINK_TYPE_NONE},
    {201, FLOWSCOPE_LINK_TYPE_NONE},
    {204, FLOWSCOPE_LINK_TYPE_NONE},
    {209, FLOWSCOPE_LINK_TYPE_NONE},
    {245, FLOWSCOPE_LINK_TYPE_NONE},
    {254, FLOWSCOPE_LINK_TYPE_NONE},
};

uint32_t fs_link_family(uint32_t link_type)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        if (families[i].link_type == link_type)
            return families[i].family;
    return link_type;
}
