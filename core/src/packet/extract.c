/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/extract.h"

#include "packet/path.h"

#include <string.h>

enum { MAC_LENGTH = 6, ETHERNET_LENGTH = 14, LINK_ETHERNET = 1, FLOW_LABEL = 0xfffff };

/* The header at `rest` has been found sound so far; if its addresses are there, it becomes level
 * 0. */
static bool read_addresses(const struct fs_walk *walk)
{
    struct fs_headers *level = &walk->frame->level[0];
    const struct fs_rest *rest = &walk->rest;
    const bool is_ipv4 = walk->ip_version == 4;
    const uint32_t header_length = is_ipv4 ? 20 : 40;

    if (!fs_cursor_has(&rest->bytes, header_length))
        return false;
    uint32_t length = fs_cursor_u16(&rest->bytes, is_ipv4 ? 2 : 4);
    if (!is_ipv4 && length != 0)
        length += header_length;
    memset(level, 0, sizeof(*level));
    level->bytes = length == 0 || length > rest->wire ? rest->wire : length;
    level->ip_at = (uint32_t)(rest->bytes.at - walk->start);
    level->transport_at = level->ip_at + header_length;
    level->layer_count = walk->frame->layer_count;
    level->key.kind = (uint8_t)walk->ip_version;
    level->key.protocol = fs_cursor_u8(&rest->bytes, is_ipv4 ? 9 : 6);
    fs_cursor_copy(&rest->bytes, is_ipv4 ? 12 : 8, level->key.addr[0], is_ipv4 ? 4 : 16);
    fs_cursor_copy(&rest->bytes, is_ipv4 ? 16 : 24, level->key.addr[1], is_ipv4 ? 4 : 16);
    walk->notes->flow_label[0] = is_ipv4 ? 0 : fs_cursor_u32(&rest->bytes, 0) & FLOW_LABEL;
    return true;
}

void fs_reading_set_fragment(struct fs_frame *frame)
{
    const struct fs_fragment *fragment = &frame->fragment;
    struct fs_headers *level = &frame->level[fragment->level];

    level->key = fragment->key;
    level->payload_bytes = fragment->counted;
    level->transport_at = FS_NOT_IN_FRAME;
    level->swapped = level->has_ports = level->has_tcp = level->bad_l4 = false;
    level->layer_count = fragment->layer_count;
    frame->level_count = (uint8_t)(fragment->level + 1);
    frame->layer_count = fragment->layer_count;
}

static bool lacks_ports_alone(enum flowscope_verdict verdict)
{
    return verdict == FLOWSCOPE_VERDICT_truncated_ports ||
           verdict == FLOWSCOPE_VERDICT_truncated_ip;
}

enum flowscope_verdict fs_reading_take(struct fs_reading *reading,
                                       const struct flowscope_packet *packet,
                                       const struct fs_packet_options *options,
                                       struct fs_frame *frame)
{
    struct fs_walk_notes *notes = &reading->notes;
    struct fs_walk walk;

    reading->packet = packet;
    reading->options = options;
    reading->frame = frame;
    notes->macs = 0;
    reading->wire = 0;
    reading->is_partial = false;
    /* Plain Ethernet passes by fs_ethernet_read(), which notes the others. */
    if (packet->link_type == LINK_ETHERNET && packet->captured_bytes >= ETHERNET_LENGTH) {
        const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);
        struct fs_mac_header *mac = &notes->mac[notes->macs++];

        *mac = (struct fs_mac_header){.end_at = ETHERNET_LENGTH,
                                      .wire = (packet->wire_bytes > packet->captured_bytes
                                                   ? packet->wire_bytes
                                                   : packet->captured_bytes) -
                                              ETHERNET_LENGTH};
        fs_cursor_copy(&bytes, 0, mac->destination, MAC_LENGTH);
        fs_cursor_copy(&bytes, MAC_LENGTH, mac->source, MAC_LENGTH);
    }
    const enum flowscope_verdict verdict = fs_walk_frame(&walk, notes, packet, options, frame);
    if (verdict == FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (verdict == FLOWSCOPE_VERDICT_fragment_pending) {
        reading->is_partial = !frame->fragment.has_level;
        if (reading->is_partial)
            fs_reading_set_fragment(frame);
        return verdict;
    }
    frame->level_count = 0;
    if (verdict == FLOWSCOPE_VERDICT_not_a_packet || verdict == FLOWSCOPE_VERDICT_no_data) {
        notes->macs = 0;
        return verdict;
    }
    reading->wire = walk.rest.wire;
    if (walk.ip_version != 0 && lacks_ports_alone(verdict) && read_addresses(&walk)) {
        frame->level_count = 1;
        reading->is_partial = true;
    }
    return verdict;
}

/* The last MAC header before `at`, inside no more layers than that; NULL for none. */
static const struct fs_mac_header *mac_around(const struct fs_reading *reading, uint32_t at,
                                              unsigned layer_count)
{
    const struct fs_mac_header *found = NULL;

    for (unsigned i = 0; i < reading->notes.macs; i++) {
        const struct fs_mac_header *header = &reading->notes.mac[i];
        if (header->end_at <= at && header->layer_count <= layer_count)
            found = header;
    }
    return found;
}

static void describe_ip(const struct fs_reading *reading, unsigned number,
                        struct flowscope_level *out)
{
    const struct fs_headers *level = &reading->frame->level[number];
    const unsigned source = level->swapped ? 1 : 0;

    out->ip_version = level->key.kind & FS_KEY_KIND;
    out->protocol = level->key.protocol;
    out->has_ports = level->has_ports;
    out->tcp_flags = level->has_tcp ? level->tcp.flags : 0;
    out->source_port = level->key.port[source];
    out->destination_port = level->key.port[!source];
    memcpy(out->source, level->key.addr[source], sizeof(out->source));
    memcpy(out->destination, level->key.addr[!source], sizeof(out->destination));
    out->flow_label = reading->notes.flow_label[number];
    out->ip_at = level->ip_at;
    out->transport_at = level->transport_at;
    out->bytes = level->bytes;
    out->payload_bytes = level->payload_bytes;
    out->layer_count = level->layer_count;
}

void fs_reading_describe(const struct fs_reading *reading, unsigned level,
                         struct flowscope_level *out)
{
    const struct fs_frame *frame = reading->frame;
    const struct fs_mac_header *mac;

    *out = (struct flowscope_level){.bytes = reading->wire, .layer_count = frame->layer_count};
    if (level < frame->level_count)
        describe_ip(reading, level, out);
    memcpy(out->layers, frame->layers, out->layer_count * sizeof(out->layers[0]));
    mac = mac_around(reading,
                     level < frame->level_count ? out->ip_at : reading->packet->captured_bytes,
                     out->layer_count);
    if (mac) {
        out->has_mac = true;
        memcpy(out->source_mac, mac->source, MAC_LENGTH);
        memcpy(out->destination_mac, mac->destination, MAC_LENGTH);
    }
}

static void swap_addresses(struct fs_key *key)
{
    uint8_t kept[sizeof(key->addr[0])];

    memcpy(kept, key->addr[0], sizeof(kept));
    memcpy(key->addr[0], key->addr[1], sizeof(kept));
    memcpy(key->addr[1], kept, sizeof(kept));
}

/* Back to the packet's own order. */
static void turn_back(struct fs_headers *level)
{
    struct fs_key *key = &level->key;
    const uint16_t port = key->port[0];

    if (!level->swapped)
        return;
    swap_addresses(key);
    key->port[0] = key->port[1];
    key->port[1] = port;
    level->swapped = false;
}

/* `key` has the addresses in the packet's order and becomes the level's. */
static void set_pair(struct fs_headers *level, const struct fs_key *key, bool one_way)
{
    level->key = *key;
    level->swapped = !one_way && memcmp(key->addr[0], key->addr[1], sizeof(key->addr[0])) > 0;
    if (one_way)
        level->key.kind |= FS_KEY_ONE_WAY;
    if (level->swapped)
        swap_addresses(&level->key);
    level->has_ports = false;
    level->has_tcp = false;
}

static void key_by_ip(const struct fs_reading *reading, unsigned number)
{
    struct fs_headers *level = &reading->frame->level[number];
    struct fs_key key = {.kind = (level->key.kind & FS_KEY_KIND) | FS_KEY_PAIR};

    turn_back(level);
    memcpy(key.addr, level->key.addr, sizeof(key.addr));
    if (reading->options->key == FLOWSCOPE_KEY_FLOW_LABEL) {
        const uint32_t label = reading->notes.flow_label[number];
        key.kind |= FS_KEY_LABEL;
        key.port[0] = (uint16_t)(label >> 16);
        key.port[1] = (uint16_t)label;
    }
    set_pair(level, &key, reading->options->one_way);
}

/* The user's function for level `from`, whose place becomes `to`. */
static bool key_by_function(const struct fs_reading *reading, unsigned from, unsigned to)
{
    const struct fs_packet_options *options = reading->options;
    struct fs_frame *frame = reading->frame;
    struct flowscope_own_key own = {.reverse = false};
    struct fs_key key = {.kind = FS_KEY_OWN};
    struct flowscope_level described;

    fs_reading_describe(reading, from, &described);
    if (!options->key_function(options->key_user, reading->packet, &described, &own))
        return false;
    if (from < frame->level_count)
        frame->level[to] = frame->level[from];
    else
        frame->level[to] = (struct fs_headers){.bytes = reading->wire,
                                               .ip_at = reading->packet->captured_bytes,
                                               .transport_at = reading->packet->captured_bytes,
                                               .layer_count = frame->layer_count};
    memcpy(key.addr, own.bytes, sizeof(key.addr));
    set_pair(&frame->level[to], &key, true);
    frame->level[to].key.kind = FS_KEY_OWN;
    frame->level[to].swapped = own.reverse;
    return true;
}

static unsigned key_by_functions(struct fs_reading *reading)
{
    const unsigned levels = reading->frame->level_count;
    unsigned count = 0;

    if (levels == 0)
        return key_by_function(reading, 0, 0) ? 1 : 0;
    for (unsigned level = 0; level < levels; level++) {
        const bool has_key = key_by_function(reading, level, count);

        reading->place[level] = has_key ? (uint8_t)count : FS_NO_PLACE;
        count += has_key;
    }
    return count;
}

/* The level of a MAC header; `inside` is the IP header that it carries itself, or NULL. */
static struct fs_headers mac_level(const struct fs_reading *reading,
                                   const struct fs_mac_header *header,
                                   const struct fs_headers *inside)
{
    enum { TAG_LENGTH = 4 };
    const struct fs_frame *frame = reading->frame;
    struct fs_headers level = {
        .bytes = header->wire, .ip_at = header->end_at, .transport_at = header->end_at};
    struct fs_key key = {.kind = FS_KEY_MAC};

    if (inside)
        level = *inside;
    level.layer_count = header->layer_count;
    while (level.layer_count < frame->layer_count &&
           frame->layers[level.layer_count].kind == FLOWSCOPE_LAYER_vlan) {
        level.layer_count++; /* a tag belongs to the header before it */
        level.bytes -= inside ? 0 : TAG_LENGTH;
    }
    memcpy(key.addr[0], header->source, MAC_LENGTH);
    memcpy(key.addr[1], header->destination, MAC_LENGTH);
    set_pair(&level, &key, reading->options->one_way);
    return level;
}

static unsigned key_by_mac(const struct fs_reading *reading)
{
    struct fs_frame *frame = reading->frame;
    struct fs_headers ip[FS_LEVELS_MAX];
    const unsigned levels = frame->level_count;
    unsigned count = 0;

    memcpy(ip, frame->level, levels * sizeof(ip[0]));
    for (unsigned i = 0; i < reading->notes.macs; i++) {
        const struct fs_mac_header *header = &reading->notes.mac[i];
        const struct fs_headers *inside = NULL;
        if (header->layer_count > frame->layer_count)
            break; /* of a tunnel that was none */
        for (unsigned level = 0; level < levels && !inside; level++)
            if (mac_around(reading, ip[level].ip_at, ip[level].layer_count) == header)
                inside = &ip[level];
        frame->level[count++] = mac_level(reading, header, inside);
    }
    return count;
}

static unsigned make_keys(struct fs_reading *reading)
{
    struct fs_frame *frame = reading->frame;

    switch (reading->options->key) {
    case FLOWSCOPE_KEY_OWN:
        return key_by_functions(reading);
    case FLOWSCOPE_KEY_MAC_PAIR:
        return key_by_mac(reading);
    case FLOWSCOPE_KEY_IP_PAIR:
    case FLOWSCOPE_KEY_FLOW_LABEL:
        for (unsigned level = 0; level < frame->level_count; level++)
            key_by_ip(reading, level);
        return frame->level_count;
    case FLOWSCOPE_KEY_FIVE_TUPLE:
        return reading->is_partial ? frame->level_count - 1u : frame->level_count;
    }
    return 0;
}

/* What a frame is that has no level, whatever its headers were. */
static enum flowscope_verdict verdict_without(const struct fs_reading *reading,
                                              enum flowscope_verdict verdict)
{
    if (verdict == FLOWSCOPE_VERDICT_not_a_packet || verdict == FLOWSCOPE_VERDICT_no_data)
        return verdict;
    if (reading->options->key == FLOWSCOPE_KEY_OWN)
        return FLOWSCOPE_VERDICT_no_key;
    if (verdict == FLOWSCOPE_VERDICT_truncated_link ||
        verdict == FLOWSCOPE_VERDICT_unknown_link_type)
        return verdict;
    return reading->options->key == FLOWSCOPE_KEY_MAC_PAIR ? FLOWSCOPE_VERDICT_no_key : verdict;
}

enum flowscope_verdict fs_reading_key(struct fs_reading *reading, enum flowscope_verdict verdict)
{
    struct fs_frame *frame = reading->frame;
    unsigned count = 0;

    if (verdict != FLOWSCOPE_VERDICT_not_a_packet && verdict != FLOWSCOPE_VERDICT_no_data)
        count = make_keys(reading);
    frame->level_count = (uint8_t)count;
    if (count == 0)
        return verdict_without(reading, verdict);
    frame->layer_count = frame->level[count - 1].layer_count;
    if (reading->options->key == FLOWSCOPE_KEY_FIVE_TUPLE)
        return FLOWSCOPE_VERDICT_ok;
    for (unsigned level = 0; level < count; level++)
        if (frame->level[level].layer_count != 0)
            frame->level[level].key.path = fs_path_of(frame, level, reading->options->identity);
    return FLOWSCOPE_VERDICT_ok;
}

enum flowscope_verdict fs_extract_read(const struct flowscope_packet *packet,
                                       const struct fs_packet_options *options,
                                       struct fs_frame *frame)
{
    struct fs_reading reading;
    const enum flowscope_verdict verdict = fs_reading_take(&reading, packet, options, frame);

    if (verdict == FLOWSCOPE_VERDICT_fragment_pending)
        return verdict;
    return fs_reading_key(&reading, verdict);
}
