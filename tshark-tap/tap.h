/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tshark's `-z flowscope,...`. */
#ifndef FS_TAP_TAP_H
#define FS_TAP_TAP_H

#include <stdbool.h>
#include <stdint.h>

/* The name of the tap that the plugin registers and feeds. */
#define FS_TAP_NAME "flowscope"

/* What the plugin queues for each packet, if fs_tap_wants_packets(). */
struct fs_tap_packet {
    uint64_t flow_id; /* 0 for none */
};

/* Makes the -z words known; to be called from the plugin's tap hook. */
void fs_tap_register(void);

/* True if a listener has a filter, and so looks at packets one by one. `again`: the packet is seen
 * for the second time, when what comes after it is known. */
bool fs_tap_wants_packets(bool again);

#endif
