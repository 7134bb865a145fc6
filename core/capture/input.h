/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a capture in order, in a buffer that is filled from a file, a pipe or gzip. A parser
 * asks for so many bytes in one piece, looks, then skips them; what it asked for and did not skip
 * is never lost. A file that another program cuts meanwhile just ends there. */
#ifndef FS_CAPTURE_INPUT_H
#define FS_CAPTURE_INPUT_H

#include "capture/fault.h"

#include <stddef.h>

struct fs_gunzip;

enum fs_input_status {
    FS_INPUT_OK,
    FS_INPUT_SHORT,  /* the bytes end before; `left` says how many there are */
    FS_INPUT_FAILED, /* cannot be read; `failure` says why, `cut` whether it just ends too early */
    FS_INPUT_AGAIN,  /* a signal came, or the bytes in hand are held */
};

struct fs_input {
    const uint8_t *at; /* the next byte */
    size_t left;       /* bytes in one piece from there */
    uint64_t offset;   /* of that byte in the capture, uncompressed */
    bool hold;         /* what lies before `at` is in use: neither move it nor wait for more */
    bool is_pipe;      /* a FIFO: what was skipped cannot be seen again, nor waited for */
    bool compressed;
    bool cut;
    char failure[96];

    int fd;
    uint8_t *memory; /* the buffer */
    size_t memory_size;
    uint64_t file_size; /* when it was opened; 0: unknown */
    struct fs_gunzip *gunzip;
    bool at_end;
};

/* Opens `path`, "-" is standard input. The fault has no offset where the system refused. */
bool fs_input_open(struct fs_input *input, const char *path, struct fs_fault *fault);
void fs_input_close(struct fs_input *input);

enum fs_input_status fs_input_fill(struct fs_input *input, size_t need);

/* Makes `need` bytes readable at `at`. */
static inline enum fs_input_status fs_input_need(struct fs_input *input, size_t need)
{
    return __builtin_expect(input->left >= need, 1) ? FS_INPUT_OK : fs_input_fill(input, need);
}

static inline void fs_input_skip(struct fs_input *input, size_t count)
{
    input->at += count;
    input->left -= count;
    input->offset += count;
}

/* Bytes of the file as it lies that were used up. */
uint64_t fs_input_position(const struct fs_input *input);

#endif
