/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wiretap exports the way from LINKTYPE_ to encapsulation alone, so that is walked backwards. */
#include "link_type.h"

#include <flowscope/packet.h>

#include <wiretap/pcap-encap.h>
#include <wiretap/wtap.h>

#define LINK_TYPE_RAW  101u
#define LINK_TYPES_MAX 300u /* beyond the last number of the registry */

static uint32_t *link_types;
static int encap_count;

void fs_link_type_init(void)
{
    encap_count = wtap_get_num_encap_types();
    link_types = g_new(uint32_t, (gsize)encap_count);
    for (int encap = 0; encap < encap_count; encap++)
        link_types[encap] = FLOWSCOPE_LINK_TYPE_NONE;
    for (uint32_t type = 0; type <= LINK_TYPES_MAX; type++) {
        int encap = wtap_pcap_encap_to_wtap_encap((int)type);

        if (encap < 0 || encap >= encap_count || wtap_encap_requires_phdr(encap))
            continue;
        /* 12 and 14 have other meanings on some systems; raw IP is 101. */
        if (link_types[encap] == FLOWSCOPE_LINK_TYPE_NONE || type == LINK_TYPE_RAW)
            link_types[encap] = type;
    }
}

uint32_t fs_link_type_of_encap(int encap)
{
    return encap >= 0 && encap < encap_count ? link_types[encap] : FLOWSCOPE_LINK_TYPE_NONE;
}
