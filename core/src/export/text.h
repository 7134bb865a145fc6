/* SPDX-License-Identifier: BSD-2-Clause */
/* Text on its way out: one block, filled by hand and written with fwrite. Nothing here knows a
 * locale or a floating-point number. */
#ifndef FS_EXPORT_TEXT_H
#define FS_EXPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FS_TEXT_BLOCK 16384

/* No single value is longer: what asks for this much room is not flushed in its middle. */
#define FS_TEXT_VALUE_MAX 2048

struct fs_text {
    FILE *out;
    size_t used;
    char data[FS_TEXT_BLOCK];
};

void fs_text_start(struct fs_text *text, FILE *out);

/* Hands everything to stdio. An error stays in ferror(out), and nothing is written after it. */
void fs_text_flush(struct fs_text *text);

/* Makes sure that `length` (at most FS_TEXT_BLOCK) more bytes fit, by flushing. */
static inline void fs_text_room(struct fs_text *text, size_t length)
{
    if (FS_TEXT_BLOCK - text->used < length)
        fs_text_flush(text);
}

static inline void fs_text_char(struct fs_text *text, char c)
{
    fs_text_room(text, 1);
    text->data[text->used++] = c;
}

void fs_text_fill(struct fs_text *text, char c, size_t count);
void fs_text_bytes(struct fs_text *text, const char *bytes, size_t length);
void fs_text_string(struct fs_text *text, const char *string);
void fs_text_digits(struct fs_text *text, uint64_t value);

extern const uint64_t fs_text_powers[20]; /* of ten */

/* How long what is printed of the value will be. */
static inline size_t fs_text_string_length(const char *string)
{
    return strlen(string);
}

static inline size_t fs_text_unsigned_length(uint64_t value)
{
    /* The binary digits by log10(2), which is never too many and at most one too few. */
    const unsigned bits = 64u - (unsigned)__builtin_clzll(value | 1);
    const unsigned count = bits * 1233 >> 12;

    return count + (value >= fs_text_powers[count] || value == 0);
}

static inline void fs_text_unsigned(struct fs_text *text, uint64_t value)
{
    if (value < 10)
        fs_text_char(text, (char)('0' + value));
    else
        fs_text_digits(text, value);
}

/* The number, or nothing for 0: ids and frames, where 0 means none. */
void fs_text_id(struct fs_text *text, uint64_t value);

/* A number of thousandths, as one with three decimals. */
void fs_text_thousandths(struct fs_text *text, uint64_t value);

/* Seconds with nine decimals. */
void fs_text_time(struct fs_text *text, int64_t ns);
void fs_text_duration(struct fs_text *text, uint64_t ns);
size_t fs_text_duration_length(uint64_t ns);

/* Change the value that was just written and begins at `start` of data: csv puts it in quotes
 * where RFC 4180 asks for them, json always does, with escapes. */
void fs_text_quote_csv(struct fs_text *text, size_t start);
void fs_text_quote_json(struct fs_text *text, size_t start);

#endif
