/* SPDX-License-Identifier: BSD-2-Clause */
/* IEEE 802.11, radiotap (radiotap.org), PPI (PPI Packet Header Format 1.0.7). */
#include "packet/wifi.h"

/* IEEE 802.11, 9.3.2.1.2: where source and destination stand depends on which way the frame
 * goes. */
static void note_addresses(struct fs_walk *walk, uint32_t length)
{
    const uint16_t control = fs_wifi_little16(&walk->rest.bytes, 0);
    const bool to = (control & FS_WIFI_TO_DS) != 0, from = (control & FS_WIFI_FROM_DS) != 0;
    const uint32_t destination = to ? 16 : 4;
    const uint32_t source = !from ? 10 : to ? 24 : 16;

    fs_walk_note_mac(walk, destination, source, length);
}

static enum flowscope_verdict read_mac(struct fs_walk *walk, bool aligned, unsigned *version)
{
    uint32_t length;
    const enum flowscope_verdict verdict = fs_wifi_measure(walk, aligned, &length);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (walk->notes)
        note_addresses(walk, length);
    fs_rest_skip(&walk->rest, length);
    return fs_ethernet_llc(walk, version);
}

enum flowscope_verdict fs_wifi_read(struct fs_walk *walk, unsigned *version)
{
    return read_mac(walk, false, version);
}

enum flowscope_verdict fs_wifi_radiotap(struct fs_walk *walk, unsigned *version)
{
    bool aligned;
    const enum flowscope_verdict verdict = fs_wifi_skip_radiotap(walk, &aligned);

    return verdict == FLOWSCOPE_VERDICT_ok ? read_mac(walk, aligned, version) : verdict;
}
