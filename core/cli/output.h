/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard output: written whole, or one line says why not. A pipe whose reader has gone is no
 * fault, it ends the program quietly. */
#ifndef FS_CLI_OUTPUT_H
#define FS_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* First of all: makes sure that no file we open becomes standard input, output or error. False:
 * said so. */
bool fs_output_start(void);

/* The stream to print to. Signals do not disturb it, as they do stdio's own. */
FILE *fs_output(void);

/* From now on, what is written goes to the file `path`, made or emptied; "-" changes nothing.
 * False: said so on standard error. Nothing has been written yet. */
bool fs_output_to(const char *path);

/* False: writing on makes no sense. */
bool fs_output_is_good(void);

/* What is buffered goes out. The same answer. */
bool fs_output_flush(void);

/* Nothing more comes. False: not everything was written, though somebody wanted it. */
bool fs_output_finish(void);

#endif
