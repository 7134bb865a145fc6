/* SPDX-License-Identifier: BSD-2-Clause */
/* libpcap's DLT_ values, which differ between systems, and the LINKTYPE_ values of files. */
#ifndef FS_CAPTURE_DLT_H
#define FS_CAPTURE_DLT_H

#include <stdint.h>

uint32_t fs_link_type_of_dlt(int dlt);
int fs_dlt_of_link_type(uint32_t link_type);

#endif
