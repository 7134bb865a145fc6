/* SPDX-License-Identifier: BSD-2-Clause */
/* A TCP connection written as text, made into frames, fed, and told as a record:
 *
 *     "S sa A D10 a fa FA a"
 *
 * A word is a packet: the flags S F R A, and D with the number of its bytes, which implies A; upper
 * case from the initiator, lower case from the responder. Sequence numbers go on by themselves;
 * @N moves one by N for this packet. ! is a window of zero, other windows are 1000, and ~N waits N
 * ms more before the packet, % damages it (and has checksums verified); else they are a ms apart.
 * Of a SYN, MN offers the MSS N and WN the window scale N. "u" and "U" are datagrams of UDP. */
#ifndef FS_TESTS_SCRIPT_H
#define FS_TESTS_SCRIPT_H

#include <flowscope/flowscope.h>

/* The record of the one flow that the script makes; `engine_words` are none or a tcp_facts
 * level. */
struct flowscope_flow_record script_run(const char *text, enum flowscope_tcp_facts_level level);

/* The same; the counters at the end too, unless `counters` is NULL. */
struct flowscope_flow_record script_run_counted(const char *text,
                                                enum flowscope_tcp_facts_level level,
                                                struct flowscope_counters *counters);

#endif
