/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, endpoints, protocols and the layers of tunnels as text. */
#ifndef FS_EXPORT_ADDRESS_H
#define FS_EXPORT_ADDRESS_H

#include "export/text.h"

#include <flowscope/record.h>

#include <stdbool.h>

/* Dotted decimal (version 4, four bytes) or RFC 5952 (version 6). Addresses whose first 80 or 96
 * bits are zero and which carry an IPv4 address end in its dotted form, as everywhere else on the
 * system: ::ffff:192.0.2.1, ::192.0.2.1. */
void fs_text_address(struct fs_text *text, unsigned version, const uint8_t *address);

/* 192.0.2.1:80, [2001:db8::1]:80; without a port the address alone. */
void fs_text_endpoint(struct fs_text *text, unsigned version, const uint8_t *address, bool has_port,
                      uint32_t port);

/* Source or destination of a flow, by its key: an IP address, a MAC address (02:00:5e:10:00:01), or
 * half of an own key as digits. */
void fs_text_record_address(struct fs_text *text, const struct flowscope_flow_record *record,
                            bool is_source);

/* Its port; the flow label, which stands in the place of the source's; nothing where there is
 * none. */
void fs_text_record_port(struct fs_text *text, const struct flowscope_flow_record *record,
                         bool is_source);

/* Both in one word, as fs_text_endpoint(). */
void fs_text_record_end(struct fs_text *text, const struct flowscope_flow_record *record,
                        bool is_source);

/* Nothing where the key has no protocol. */
void fs_text_record_protocol(struct fs_text *text, const struct flowscope_flow_record *record);

/* How long what these two print will be. */
size_t fs_text_record_end_length(const struct flowscope_flow_record *record, bool is_source);
size_t fs_text_record_protocol_length(const struct flowscope_flow_record *record);

/* IANA's keyword in lower case, else the number. */
void fs_text_protocol(struct fs_text *text, uint8_t protocol);

/* The `tunnel` column: name[:id], joined by slashes. */
void fs_text_layers(struct fs_text *text, const struct flowscope_layer *layers, unsigned count);

#endif
