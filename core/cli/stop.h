/* SPDX-License-Identifier: BSD-2-Clause */
/* Ctrl-C: reading stops, what is there is printed. */
#ifndef FS_CLI_STOP_H
#define FS_CLI_STOP_H

#include <stdbool.h>

/* From here on the first SIGINT (with `terminate` SIGTERM too) asks to stop, and the second ends
 * the program. Calls that wait are interrupted. */
void fs_stop_arm(bool terminate);

/* A signal ends the program again: nothing waits any more, printing is all that is left. */
void fs_stop_disarm(void);

bool fs_stop_asked(void);

#endif
