/* SPDX-License-Identifier: BSD-2-Clause */
/* Integers, times and quotes into a block of text. */
#include "export/text.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

void fs_text_start(struct fs_text *text, FILE *out)
{
    text->out = out;
    text->used = 0;
}

void fs_text_flush(struct fs_text *text)
{
    if (text->used && !ferror(text->out))
        fwrite(text->data, 1, text->used, text->out);
    text->used = 0;
}

void fs_text_fill(struct fs_text *text, char c, size_t count)
{
    while (count) {
        size_t part = count < FS_TEXT_BLOCK ? count : FS_TEXT_BLOCK;

        fs_text_room(text, part);
        memset(text->data + text->used, c, part);
        text->used += part;
        count -= part;
    }
}

void fs_text_bytes(struct fs_text *text, const char *bytes, size_t length)
{
    while (length > FS_TEXT_BLOCK) {
        fs_text_flush(text);
        memcpy(text->data, bytes, FS_TEXT_BLOCK);
        text->used = FS_TEXT_BLOCK;
        bytes += FS_TEXT_BLOCK;
        length -= FS_TEXT_BLOCK;
    }
    fs_text_room(text, length);
    memcpy(text->data + text->used, bytes, length);
    text->used += length;
}

void fs_text_string(struct fs_text *text, const char *string)
{
    const size_t length = strlen(string);

    if (length > FS_TEXT_BLOCK - text->used) {
        fs_text_bytes(text, string, length);
        return;
    }
    memcpy(text->data + text->used, string, length);
    text->used += length;
}

/* Writes the digits so that they end before `end`. */
static void put_digits(char *end, uint64_t value)
{
    while (value >= 100) {
        end -= 2;
        memcpy(end, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10)
        memcpy(end - 2, digit_pairs + value * 2, 2);
    else
        end[-1] = (char)('0' + value);
}

const uint64_t fs_text_powers[20] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
};

void fs_text_digits(struct fs_text *text, uint64_t value)
{
    enum { DIGITS_MAX = 20 };
    const size_t count = fs_text_unsigned_length(value);

    fs_text_room(text, DIGITS_MAX);
    text->used += count;
    put_digits(text->data + text->used, value);
}

void fs_text_id(struct fs_text *text, uint64_t value)
{
    if (value)
        fs_text_unsigned(text, value);
}

void fs_text_thousandths(struct fs_text *text, uint64_t value)
{
    const char decimals[] = {'.', (char)('0' + value / 100 % 10), (char)('0' + value / 10 % 10),
                             (char)('0' + value % 10)};

    fs_text_unsigned(text, value / 1000);
    fs_text_bytes(text, decimals, sizeof decimals);
}

enum { DECIMALS = 9 };

size_t fs_text_duration_length(uint64_t ns)
{
    return fs_text_unsigned_length(ns / NS_PER_S) + 1 + DECIMALS;
}

void fs_text_duration(struct fs_text *text, uint64_t ns)
{
    uint32_t decimals = (uint32_t)(ns % NS_PER_S);
    char *at;

    fs_text_unsigned(text, ns / NS_PER_S);
    fs_text_room(text, DECIMALS + 1);
    at = text->data + text->used;
    *at++ = '.';
    for (unsigned i = DECIMALS; i > 1; i -= 2, decimals /= 100)
        memcpy(at + i - 2, digit_pairs + decimals % 100 * 2, 2);
    *at = (char)('0' + decimals);
    text->used += DECIMALS + 1;
}

void fs_text_time(struct fs_text *text, int64_t ns)
{
    if (ns < 0)
        fs_text_char(text, '-');
    fs_text_duration(text, ns < 0 ? -(uint64_t)ns : (uint64_t)ns);
}

static size_t csv_length(char c, char *out)
{
    size_t length = 0;

    if (c == '"')
        out[length++] = '"';
    out[length++] = c;
    return length;
}

static size_t json_length(char c, char *out)
{
    static const char hex[] = "0123456789abcdef";
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letter[] = "\"\\bfnrt";
    const char *found = c ? strchr(plain, c) : NULL;
    unsigned char byte = (unsigned char)c;

    if (found) {
        out[0] = '\\';
        out[1] = letter[found - plain];
        return 2;
    }
    if (byte >= 0x20) {
        out[0] = c;
        return 1;
    }
    memcpy(out, "\\u00", 4);
    out[4] = hex[byte >> 4];
    out[5] = hex[byte & 15];
    return 6;
}

/* Puts the value in quotes, each of its characters through `escape`. */
static void quote(struct fs_text *text, size_t start, size_t (*escape)(char c, char *out))
{
    char value[FS_TEXT_VALUE_MAX];
    size_t length = text->used - start;

    assert(start <= text->used && length <= sizeof value);
    memcpy(value, text->data + start, length);
    text->used = start;
    fs_text_room(text, length * 6 + 2);
    fs_text_char(text, '"');
    for (size_t i = 0; i < length; i++)
        text->used += escape(value[i], text->data + text->used);
    fs_text_char(text, '"');
}

void fs_text_quote_csv(struct fs_text *text, size_t start)
{
    for (size_t i = start; i < text->used; i++) {
        char c = text->data[i];

        if (c == ',' || c == '"' || c == '\n' || c == '\r') {
            quote(text, start, csv_length);
            return;
        }
    }
}

/* Most values are letters and digits. */
static bool needs_escapes(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)value[i] < 0x20 || value[i] == '"' || value[i] == '\\')
            return true;
    return false;
}

void fs_text_quote_json(struct fs_text *text, size_t start)
{
    const size_t length = text->used - start;
    char *value = text->data + start;

    if (text->used + 2 > FS_TEXT_BLOCK || needs_escapes(value, length)) {
        quote(text, start, json_length);
        return;
    }
    memmove(value + 1, value, length);
    value[0] = value[length + 1] = '"';
    text->used += 2;
}
