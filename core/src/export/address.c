/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, endpoints, protocols and the layers of tunnels as text. */
#include "export/address.h"
#include "packet/protocol.h"

#define GROUPS  8
#define LONGEST 45 /* of any address, mixed notation of all groups included */

static char *put_byte(char *at, unsigned value)
{
    if (value >= 100)
        *at++ = (char)('0' + value / 100);
    if (value >= 10)
        *at++ = (char)('0' + value / 10 % 10);
    *at++ = (char)('0' + value % 10);
    return at;
}

static char *put_ipv4(char *at, const uint8_t *address)
{
    at = put_byte(at, address[0]);
    for (int i = 1; i < 4; i++) {
        *at++ = '.';
        at = put_byte(at, address[i]);
    }
    return at;
}

static char *put_group(char *at, unsigned group)
{
    static const char hex[] = "0123456789abcdef";
    int shift = 12;

    while (shift && !(group >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *at++ = hex[group >> shift & 15];
    return at;
}

struct run {
    unsigned start;
    unsigned length;
};

/* The longest run of zero groups, the first of equals, if it is two or more (RFC 5952, 4.2). */
static struct run longest_zeros(const unsigned groups[GROUPS])
{
    struct run best = {0, 1};
    struct run here = {0, 0};

    for (unsigned i = 0; i < GROUPS; i++) {
        if (groups[i]) {
            here = (struct run){i + 1, 0};
        } else {
            here.length++;
            if (here.length > best.length)
                best = here;
        }
    }
    if (best.length < 2)
        best.length = 0;
    return best;
}

static char *put_ipv6(char *at, const uint8_t *address)
{
    unsigned groups[GROUPS];
    struct run zeros;
    bool mixed;

    for (unsigned i = 0; i < GROUPS; i++)
        groups[i] = (unsigned)(address[2 * i] << 8 | address[2 * i + 1]);
    zeros = longest_zeros(groups);
    mixed = zeros.start == 0 && (zeros.length == 6 || (zeros.length == 5 && groups[5] == 0xffff));
    for (unsigned i = 0; i < (mixed ? 6 : GROUPS); i++) {
        if (zeros.length && i == zeros.start) {
            *at++ = ':';
            *at++ = ':';
            i += zeros.length - 1;
            continue;
        }
        if (i && i != zeros.start + zeros.length)
            *at++ = ':';
        at = put_group(at, groups[i]);
    }
    if (!mixed)
        return at;
    if (zeros.length == 5)
        *at++ = ':';
    return put_ipv4(at, address + 12);
}

void fs_text_address(struct fs_text *text, unsigned version, const uint8_t *address)
{
    char *at;

    fs_text_room(text, LONGEST);
    at = text->data + text->used;
    text->used += (size_t)((version == 4 ? put_ipv4(at, address) : put_ipv6(at, address)) - at);
}

void fs_text_endpoint(struct fs_text *text, unsigned version, const uint8_t *address, bool has_port,
                      uint32_t port)
{
    bool brackets = version == 6 && has_port;

    if (brackets)
        fs_text_char(text, '[');
    fs_text_address(text, version, address);
    if (brackets)
        fs_text_char(text, ']');
    if (has_port) {
        fs_text_char(text, ':');
        fs_text_unsigned(text, port);
    }
}

void fs_text_protocol(struct fs_text *text, uint8_t protocol)
{
    const char *name = fs_protocol_name(protocol);

    if (name)
        fs_text_string(text, name);
    else
        fs_text_unsigned(text, protocol);
}

void fs_text_layers(struct fs_text *text, const struct flowscope_layer *layers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (i)
            fs_text_char(text, '/');
        fs_text_string(text, flowscope_layer_name(layers[i].kind));
        if (flowscope_layer_has_id(layers[i].kind)) {
            fs_text_char(text, ':');
            fs_text_unsigned(text, layers[i].id);
        }
    }
}
static void put_hex(struct fs_text *text, const uint8_t *bytes, unsigned count, char between)
{
    static const char digits[] = "0123456789abcdef";

    for (unsigned i = 0; i < count; i++) {
        if (i && between)
            fs_text_char(text, between);
        fs_text_char(text, digits[bytes[i] >> 4]);
        fs_text_char(text, digits[bytes[i] & 0x0f]);
    }
}

void fs_text_record_address(struct fs_text *text, const struct flowscope_flow_record *record,
                            bool is_source)
{
    const uint8_t *address = is_source ? record->source : record->destination;

    switch (record->key) {
    case FLOWSCOPE_KEY_MAC_PAIR:
        put_hex(text, address, 6, ':');
        break;
    case FLOWSCOPE_KEY_OWN:
        put_hex(text, address, sizeof record->source, '\0');
        break;
    default:
        fs_text_address(text, record->ip_version, address);
        break;
    }
}

/* False: it has none. */
static bool port_of(const struct flowscope_flow_record *record, bool is_source, uint32_t *port)
{
    if (record->key == FLOWSCOPE_KEY_FLOW_LABEL) {
        *port = (uint32_t)record->source_port << 16 | record->destination_port;
        return is_source;
    }
    *port = is_source ? record->source_port : record->destination_port;
    return record->has_ports;
}

void fs_text_record_port(struct fs_text *text, const struct flowscope_flow_record *record,
                         bool is_source)
{
    uint32_t port;

    if (port_of(record, is_source, &port))
        fs_text_unsigned(text, port);
}

void fs_text_record_end(struct fs_text *text, const struct flowscope_flow_record *record,
                        bool is_source)
{
    const uint8_t *address = is_source ? record->source : record->destination;
    uint32_t port;
    const bool has_port = port_of(record, is_source, &port);

    if (record->ip_version)
        fs_text_endpoint(text, record->ip_version, address, has_port, port);
    else
        fs_text_record_address(text, record, is_source);
}

void fs_text_record_protocol(struct fs_text *text, const struct flowscope_flow_record *record)
{
    if (record->key == FLOWSCOPE_KEY_FIVE_TUPLE)
        fs_text_protocol(text, record->protocol);
}

static size_t byte_length(unsigned value)
{
    return 1u + (value >= 10) + (value >= 100);
}

size_t fs_text_record_end_length(const struct flowscope_flow_record *record, bool is_source)
{
    const uint8_t *address = is_source ? record->source : record->destination;
    struct fs_text scratch;
    uint32_t port;

    if (record->ip_version != 4) {
        fs_text_start(&scratch, NULL);
        fs_text_record_end(&scratch, record, is_source);
        return scratch.used;
    }
    return byte_length(address[0]) + byte_length(address[1]) + byte_length(address[2]) +
           byte_length(address[3]) + 3 +
           (port_of(record, is_source, &port) ? 1 + fs_text_unsigned_length(port) : 0);
}

size_t fs_text_record_protocol_length(const struct flowscope_flow_record *record)
{
    const char *name = fs_protocol_name(record->protocol);

    if (record->key != FLOWSCOPE_KEY_FIVE_TUPLE)
        return 0;
    return name ? strlen(name) : fs_text_unsigned_length(record->protocol);
}
