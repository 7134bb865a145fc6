/* SPDX-License-Identifier: BSD-2-Clause */
/* libpcap's DLT_ values and the LINKTYPE_ values of files: equal but for the few whose number once
 * meant different things on different systems. */
#include "capture/dlt.h"

#include <pcap/dlt.h>
#include <stddef.h>

/* The first row of a DLT is its LINKTYPE; the others are what old files have for it. */
static const struct pair {
    uint32_t link_type;
    int dlt;
} pairs[] = {
    {100, DLT_ATM_RFC1483}, {101, DLT_RAW},       {12, DLT_RAW},         {14, DLT_RAW},
    {102, DLT_SLIP_BSDOS},  {103, DLT_PPP_BSDOS}, {106, DLT_ATM_CLIP},   {104, DLT_C_HDLC},
    {50, DLT_PPP_SERIAL},   {51, DLT_PPP_ETHER},  {105, DLT_IEEE802_11}, {107, DLT_FRELAY},
    {108, DLT_LOOP},        {109, DLT_ENC},
};

uint32_t fs_link_type_of_dlt(int dlt)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (pairs[i].dlt == dlt) {
            return pairs[i].link_type;
        }
    }
    return (uint32_t)dlt;
}

int fs_dlt_of_link_type(uint32_t link_type)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (pairs[i].link_type == link_type) {
            return pairs[i].dlt;
        }
    }
    return (int)(link_type & INT32_MAX);
}
