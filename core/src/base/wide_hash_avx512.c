/* SPDX-License-Identifier: BSD-2-Clause */
#define FS_WIDE_HASH fs_wide_hash_avx512
#include "base/wide_hash_body.h"
