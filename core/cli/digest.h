/* SPDX-License-Identifier: BSD-2-Clause */
/* The digests of the command are libgcrypt's. */
#ifndef FS_CLI_DIGEST_H
#define FS_CLI_DIGEST_H

#include <flowscope/digest.h>

/* For as long as the program runs. */
const struct flowscope_digests *fs_cli_digests(void);

#endif
