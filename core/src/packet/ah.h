/* SPDX-License-Identifier: BSD-2-Clause */
/* The IP authentication header: what it protects can be read. */
#ifndef FS_PACKET_AH_H
#define FS_PACKET_AH_H

#include "packet/ip.h"
#include "packet/walk.h"

/* Takes the headers of this kind off `payload`, each a layer; key->protocol becomes that of what
 * they protect. One that contradicts itself stays, as does one for which there is no depth: the
 * flow is then one of `ah`. */
enum flowscope_verdict fs_ah_skip(struct fs_walk *walk, struct fs_ip_payload *payload,
                                  struct fs_key *key);

/* The same in a packet that another quotes: `most` headers at most, and they are no layers. */
enum flowscope_verdict fs_ah_skip_quoted(unsigned most, struct fs_ip_payload *payload,
                                         struct fs_key *key);

#endif
