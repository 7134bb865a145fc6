/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a capture in order, read into a buffer that stays in the second-level cache. */
#include "capture/input.h"

#include "capture/gunzip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 256 * 1024 };

static bool refused(struct fs_fault *fault, const char *reason)
{
    fs_fault_at(fault, 0, "%s", reason);
    fault->has_offset = false;
    return false;
}

static enum fs_input_status failed(struct fs_input *input, const char *why)
{
    snprintf(input->failure, sizeof(input->failure), "%s", why);
    return FS_INPUT_FAILED;
}

/* The buffer grows only as bytes come: a damaged length alone costs nothing. */
static bool make_room(struct fs_input *input)
{
    if (input->left != 0 && input->at != input->memory) {
        memmove(input->memory, input->at, input->left);
    }
    if (input->left == input->memory_size) {
        size_t size = input->memory_size == 0 ? BUFFER_SIZE : 2 * input->memory_size;
        uint8_t *memory = realloc(input->memory, size);
        if (memory == NULL) {
            input->at = input->memory;
            return false;
        }
        input->memory = memory;
        input->memory_size = size;
    }
    input->at = input->memory;
    return true;
}

static enum fs_input_status read_plain(struct fs_input *input)
{
    ssize_t count = read(input->fd, input->memory + input->left, input->memory_size - input->left);

    if (count < 0) {
        return errno == EINTR ? FS_INPUT_AGAIN : failed(input, strerror(errno));
    }
    input->at_end = count == 0;
    input->left += (size_t)count;
    return FS_INPUT_OK;
}

static enum fs_input_status read_gzip(struct fs_input *input)
{
    size_t count;

    switch (fs_gunzip_read(input->gunzip, input->memory + input->left,
                           input->memory_size - input->left, &count)) {
    case FS_GUNZIP_BYTES:
        input->left += count;
        return FS_INPUT_OK;
    case FS_GUNZIP_END:
        input->at_end = true;
        return FS_INPUT_OK;
    case FS_GUNZIP_AGAIN:
        return FS_INPUT_AGAIN;
    case FS_GUNZIP_CUT:
        input->cut = true;
        break;
    case FS_GUNZIP_FAILED:
        break;
    }
    return failed(input, fs_gunzip_error(input->gunzip));
}

enum fs_input_status fs_input_fill(struct fs_input *input, size_t need)
{
    if (input->hold) {
        return FS_INPUT_AGAIN;
    }
    while (input->left < need) {
        if (input->at_end) {
            return FS_INPUT_SHORT;
        }
        if (!make_room(input)) {
            return failed(input, "no memory for a record of this size");
        }
        enum fs_input_status status = input->gunzip != NULL ? read_gzip(input) : read_plain(input);
        if (status != FS_INPUT_OK) {
            return status;
        }
    }
    return FS_INPUT_OK;
}

static bool begin_gzip(struct fs_input *input, struct fs_fault *fault)
{
    input->gunzip = fs_gunzip_create(input->fd, input->at, input->left);
    if (input->gunzip == NULL) {
        return refused(fault, "no memory to decompress");
    }
    input->compressed = true;
    input->at_end = false;
    input->at = input->memory;
    input->left = 0;
    return true;
}

static bool begin(struct fs_input *input, const struct stat *status, struct fs_fault *fault)
{
    input->is_pipe = S_ISFIFO(status->st_mode);
    input->file_size = S_ISREG(status->st_mode) ? (uint64_t)status->st_size : 0;
    if (S_ISDIR(status->st_mode)) {
        return refused(fault, strerror(EISDIR));
    }
    enum fs_input_status filled = fs_input_need(input, 2);
    if (filled == FS_INPUT_AGAIN) {
        return refused(fault, strerror(EINTR));
    }
    if (filled == FS_INPUT_FAILED) {
        return refused(fault, input->failure);
    }
    if (filled == FS_INPUT_OK && input->at[0] == 0x1f && input->at[1] == 0x8b) {
        return begin_gzip(input, fault);
    }
    return true;
}

bool fs_input_open(struct fs_input *input, const char *path, struct fs_fault *fault)
{
    bool standard = strcmp(path, "-") == 0;
    struct stat status;

    *input = (struct fs_input){.fd = -1};
    input->fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (input->fd < 0 || fstat(input->fd, &status) < 0) {
        return refused(fault, strerror(errno));
    }
    return begin(input, &status, fault);
}

void fs_input_close(struct fs_input *input)
{
    free(input->memory);
    fs_gunzip_destroy(input->gunzip);
    if (input->fd >= 0) {
        close(input->fd);
    }
    *input = (struct fs_input){.fd = -1};
}

uint64_t fs_input_position(const struct fs_input *input)
{
    return input->gunzip != NULL ? fs_gunzip_position(input->gunzip) : input->offset;
}
