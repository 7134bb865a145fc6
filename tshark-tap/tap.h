/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tshark's `-z flowscope,...`. */
#ifndef FS_TAP_TAP_H
#define FS_TAP_TAP_H

#include <stdbool.h>
#include <stdint.h>

/* The name of the tap that the plugin registers and feeds. */
#define FS_TAP_NAME "flowscope"

#define FS_TAP_AROUND_MAX 16

/* What the plugin queues for each packet, if somebody listens. */
struct fs_tap_packet {
    uint64_t flow_id; /* 0 for none */
    bool again;       /* seen for the second time; by now Wireshark says so of all frames */
    uint8_t around_count;
    uint32_t around[FS_TAP_AROUND_MAX]; /* the flows around it, innermost first */
};

/* Makes the -z words known; to be called from the plugin's tap hook. */
void fs_tap_register(void);

/* Listeners that look at no packet stand here, so that a listener of the other tap is always one
 * that does: packets are queued for no one else. */
#define FS_TAP_SILENT "flowscope_reports"

/* Are we in Wireshark itself? */
bool fs_tap_in_gui(void);

/* `again`: a packet is seen for the second time, when what comes after it is known. */
void fs_tap_see_pass(bool again);

#endif
