/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/tcp_options.h"

enum {
    FIXED = 20,
    OFFSET_AT = 12,
    FLAGS_AT = 13,
};

/* IANA's kinds: RFC 9293, 3.1; RFC 7323, 2.2 and 3.2; RFC 2018, 2 and 3. */
enum {
    KIND_END = 0,
    KIND_NOP = 1,
    KIND_MSS = 2,
    KIND_WINDOW_SHIFT = 3,
    KIND_SACK_PERMITTED = 4,
    KIND_SACK = 5,
    KIND_TIMESTAMPS = 8,
};

static void read_sack(const struct fs_cursor *option, unsigned length,
                      struct fs_tcp_options *options)
{
    enum { HEAD = 2, BLOCK = 8 };

    if (length < HEAD + BLOCK || (length - HEAD) % BLOCK != 0) {
        options->flags |= FS_TCP_OPTIONS_BAD;
        return;
    }
    options->sack_count = (uint8_t)((length - HEAD) / BLOCK);
    for (unsigned i = 0; i < options->sack_count; i++) {
        options->sack[i].left = fs_cursor_u32(option, HEAD + i * BLOCK);
        options->sack[i].right = fs_cursor_u32(option, HEAD + i * BLOCK + 4);
    }
}

/* Whether an option of a fixed size has it. */
static bool is_sound(unsigned length, unsigned expected, struct fs_tcp_options *options)
{
    if (length == expected)
        return true;
    options->flags |= FS_TCP_OPTIONS_BAD;
    return false;
}

/* One option that is there whole, with its kind and length. */
static void take(const struct fs_cursor *option, unsigned length, bool is_syn,
                 struct fs_tcp_options *options)
{
    switch (fs_cursor_u8(option, 0)) {
    case KIND_MSS:
        if (!is_sound(length, 4, options) || !is_syn)
            return;
        options->mss = fs_cursor_u16(option, 2);
        options->flags |= FS_TCP_HAS_MSS;
        return;
    case KIND_WINDOW_SHIFT:
        if (!is_sound(length, 3, options) || !is_syn)
            return;
        options->window_shift = fs_cursor_u8(option, 2);
        if (options->window_shift > FS_TCP_SHIFT_MAX)
            options->window_shift = FS_TCP_SHIFT_MAX;
        options->flags |= FS_TCP_HAS_WINDOW_SHIFT;
        return;
    case KIND_SACK_PERMITTED:
        if (is_sound(length, 2, options) && is_syn)
            options->flags |= FS_TCP_SACK_PERMITTED;
        return;
    case KIND_SACK:
        read_sack(option, length, options);
        return;
    case KIND_TIMESTAMPS:
        if (!is_sound(length, 10, options))
            return;
        options->timestamp = fs_cursor_u32(option, 2);
        options->echo = fs_cursor_u32(option, 6);
        options->flags |= FS_TCP_HAS_TIMESTAMPS;
        return;
    default:
        return;
    }
}

/* The next option at `left`, of which `header` bytes belong to the header. False: there is none, or
 * what follows cannot be told. */
static bool step(struct fs_cursor *left, uint32_t *header, bool is_syn,
                 struct fs_tcp_options *options)
{
    if (*header == 0)
        return false;
    if (!fs_cursor_has(left, 1)) {
        options->flags |= FS_TCP_OPTIONS_CUT;
        return false;
    }
    const uint8_t kind = fs_cursor_u8(left, 0);
    uint32_t length = 1;
    if (kind == KIND_END)
        return false;
    if (kind != KIND_NOP) {
        if (*header < 2) {
            options->flags |= FS_TCP_OPTIONS_BAD;
            return false;
        }
        if (!fs_cursor_has(left, 2)) {
            options->flags |= FS_TCP_OPTIONS_CUT;
            return false;
        }
        length = fs_cursor_u8(left, 1);
        if (length < 2 || length > *header) {
            options->flags |= FS_TCP_OPTIONS_BAD;
            return false;
        }
        if (!fs_cursor_has(left, length)) {
            options->flags |= FS_TCP_OPTIONS_CUT;
            return false;
        }
        take(left, length, is_syn, options);
    }
    fs_cursor_skip(left, length);
    *header -= length;
    return true;
}

void fs_tcp_options_read(const struct fs_cursor *tcp, struct fs_tcp_options *options)
{
    *options = (struct fs_tcp_options){0};
    if (!fs_cursor_has(tcp, FIXED)) {
        options->flags = FS_TCP_OPTIONS_CUT;
        return;
    }
    const uint32_t header = (fs_cursor_u8(tcp, OFFSET_AT) >> 4) * 4u;
    const bool is_syn = (fs_cursor_u8(tcp, FLAGS_AT) & FS_TCP_SYN) != 0;
    struct fs_cursor left = *tcp;
    if (header < FIXED) {
        options->flags = FS_TCP_OPTIONS_BAD;
        return;
    }
    uint32_t remaining = header - FIXED;
    fs_cursor_skip(&left, FIXED);
    while (step(&left, &remaining, is_syn, options))
        continue;
}

void fs_tcp_options_of(const struct flowscope_packet *packet, uint32_t transport_at,
                       struct fs_tcp_options *options)
{
    struct fs_cursor tcp = fs_cursor_over(packet->data, packet->captured_bytes);

    if (transport_at == FS_NOT_IN_FRAME) {
        *options = (struct fs_tcp_options){.flags = FS_TCP_OPTIONS_CUT};
        return;
    }
    fs_cursor_skip(&tcp, transport_at);
    fs_tcp_options_read(&tcp, options);
}
