/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics > Flowscope flows, a table of Wireshark's own kind; `-z flowscope,table[,FILTER]`. */
#ifndef FS_PLUGIN_TABLE_H
#define FS_PLUGIN_TABLE_H

/* After the tap; not from the tap hook, which sharkd does not call. */
void fs_table_register(void);

/* Around the flows of a session: before its first frame, and while its flows are still there. */
void fs_table_session_begin(void);
void fs_table_session_end(void);

#endif
