/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP and ICMPv6 as flows: message types stand for ports. */
#ifndef FS_PACKET_ICMP_H
#define FS_PACKET_ICMP_H

#include "packet/ip.h"

enum fs_icmp_version { FS_ICMP_V4, FS_ICMP_V6, FS_ICMP_VERSIONS };

/* Reads the message at the start of `payload`. FLOWSCOPE_VERDICT_ok: *ports is type and
 * counterpart, or type and code with FS_KEY_ONE_WAY; extra, payload_bytes, has_ports and bad_l4
 * are set too. */
enum flowscope_verdict fs_icmp_read(enum fs_icmp_version version,
                                    const struct fs_ip_payload *payload, struct fs_headers *headers,
                                    uint32_t *ports);

/* Whether messages of this type answer others, or are answered: they are one flow then. */
bool fs_icmp_is_paired(enum fs_icmp_version version, unsigned type);

#endif
