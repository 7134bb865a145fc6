/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow records made by hand, and a ledger of one of each. */
#ifndef FS_TESTS_RECORDS_H
#define FS_TESTS_RECORDS_H

#include "export/ledger.h"

#define RECORDS_SECOND INT64_C(1000000000)

struct flowscope_flow_record record_tcp(uint64_t id);

/* IPv6 between two VLAN tags, a protocol without a name, no ports, no time. */
struct flowscope_flow_record record_odd(uint64_t id);

/* IPv6, begins a second before the others. */
struct flowscope_flow_record record_udp(uint64_t id);

/* 1 is TCP, 2 odd, 3 UDP. */
fs_ledger *records_ledger(void);

#endif
