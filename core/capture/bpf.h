/* SPDX-License-Identifier: BSD-2-Clause */
/* Which packets a capture filter expression of libpcap selects, whatever their link types. */
#ifndef FS_CAPTURE_BPF_H
#define FS_CAPTURE_BPF_H

#include <flowscope/packet.h>

#include <stddef.h>

typedef struct fs_bpf fs_bpf;

/* NULL: the expression is wrong for every link type, and `error` says why. */
fs_bpf *fs_bpf_create(const char *expression, char *error, size_t error_size);
void fs_bpf_destroy(fs_bpf *bpf);

/* A record that is no packet, and one of a link type for which the expression has no meaning, is
 * never selected. */
bool fs_bpf_matches(fs_bpf *bpf, const struct flowscope_packet *packet);

#endif
