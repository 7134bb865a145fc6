/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows as Wireshark's own kind of conversation: the tabs of Statistics > Conversations and
 * Endpoints
 * (`-z conv,flowscope`, `-z endpoints,flowscope`), Conversation Filter and Colorize
 * Conversation. */
#ifndef FS_PLUGIN_CONVERSATIONS_H
#define FS_PLUGIN_CONVERSATIONS_H

void fs_conversations_register(int protocol);

#endif
