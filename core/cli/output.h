/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard output: written whole, or one line says why not. A pipe whose reader has gone is no
 * fault, it ends the program quietly. */
#ifndef FS_CLI_OUTPUT_H
#define FS_CLI_OUTPUT_H

#include <stdbool.h>

/* First of all: makes sure that no file we open becomes standard input, output or error. */
void fs_output_start(void);

/* False: writing on makes no sense. Right after what was written, while errno is that of it. */
bool fs_output_is_good(void);

/* What is buffered goes out. The same answer. */
bool fs_output_flush(void);

/* Nothing more comes. False: not everything was written, though somebody wanted it. */
bool fs_output_finish(void);

#endif
