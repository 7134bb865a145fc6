/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip from a descriptor: one member or several, one after the other. */
#include "capture/gunzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    BUFFER_SIZE = 256 * 1024,
    GZIP_ONLY = 16 + MAX_WBITS, /* zlib's way to say gzip with its header and trailer */
};

struct fs_gunzip {
    z_stream stream;
    int fd;
    bool between; /* a member has ended, the next one has not begun */
    bool file_ended;
    uint64_t position; /* bytes read from the file */
    const char *error;
    uint8_t buffer[BUFFER_SIZE];
};

struct fs_gunzip *fs_gunzip_create(int fd, const uint8_t *seen, size_t seen_size)
{
    struct fs_gunzip *gunzip = calloc(1, sizeof(*gunzip));

    if (gunzip == NULL || seen_size > sizeof(gunzip->buffer) ||
        inflateInit2(&gunzip->stream, GZIP_ONLY) != Z_OK) {
        free(gunzip);
        return NULL;
    }
    if (seen_size != 0) {
        memcpy(gunzip->buffer, seen, seen_size);
    }
    gunzip->stream.next_in = gunzip->buffer;
    gunzip->stream.avail_in = (uInt)seen_size;
    gunzip->position = seen_size;
    gunzip->fd = fd;
    return gunzip;
}

void fs_gunzip_destroy(struct fs_gunzip *gunzip)
{
    if (gunzip == NULL) {
        return;
    }
    inflateEnd(&gunzip->stream);
    free(gunzip);
}

/* Makes at least `need` (1 or 2) compressed bytes readable unless the file ends before. */
static enum fs_gunzip_status refill(struct fs_gunzip *gunzip, size_t need)
{
    z_stream *stream = &gunzip->stream;

    while (stream->avail_in < need && !gunzip->file_ended) {
        memmove(gunzip->buffer, stream->next_in, stream->avail_in);
        stream->next_in = gunzip->buffer;
        ssize_t count = read(gunzip->fd, gunzip->buffer + stream->avail_in,
                             sizeof(gunzip->buffer) - stream->avail_in);
        if (count < 0 && errno == EINTR) {
            return FS_GUNZIP_AGAIN;
        }
        if (count < 0) {
            gunzip->error = strerror(errno);
            return FS_GUNZIP_FAILED;
        }
        gunzip->file_ended = count == 0;
        gunzip->position += (uint64_t)count;
        stream->avail_in += (uInt)count;
    }
    return FS_GUNZIP_BYTES;
}

static enum fs_gunzip_status begin_member(struct fs_gunzip *gunzip)
{
    enum fs_gunzip_status status = refill(gunzip, 2);

    if (status != FS_GUNZIP_BYTES) {
        return status;
    }
    if (gunzip->stream.avail_in == 0) {
        return FS_GUNZIP_END;
    }
    if (gunzip->stream.avail_in < 2 || gunzip->stream.next_in[0] != 0x1f ||
        gunzip->stream.next_in[1] != 0x8b) {
        gunzip->error = "other bytes follow the compressed data";
        return FS_GUNZIP_FAILED;
    }
    if (inflateReset(&gunzip->stream) != Z_OK) {
        gunzip->error = "zlib cannot begin another member";
        return FS_GUNZIP_FAILED;
    }
    gunzip->between = false;
    return FS_GUNZIP_BYTES;
}

static enum fs_gunzip_status inflate_some(struct fs_gunzip *gunzip)
{
    z_stream *stream = &gunzip->stream;

    if (gunzip->between) {
        return begin_member(gunzip);
    }
    enum fs_gunzip_status status = refill(gunzip, 1);
    if (status != FS_GUNZIP_BYTES) {
        return status;
    }
    if (stream->avail_in == 0) {
        gunzip->error = "the compressed data is cut short";
        return FS_GUNZIP_CUT;
    }
    switch (inflate(stream, Z_NO_FLUSH)) {
    case Z_OK:
    case Z_BUF_ERROR:
        return FS_GUNZIP_BYTES;
    case Z_STREAM_END:
        gunzip->between = true;
        return FS_GUNZIP_BYTES;
    case Z_MEM_ERROR:
        gunzip->error = "no memory to decompress";
        return FS_GUNZIP_FAILED;
    default:
        gunzip->error = stream->msg != NULL ? stream->msg : "damaged compressed data";
        return FS_GUNZIP_FAILED;
    }
}

enum fs_gunzip_status fs_gunzip_read(struct fs_gunzip *gunzip, uint8_t *to, size_t size,
                                     size_t *written)
{
    z_stream *stream = &gunzip->stream;
    uInt room = size > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)size;
    enum fs_gunzip_status status = FS_GUNZIP_BYTES;

    stream->next_out = to;
    stream->avail_out = room;
    /* Never wait for more of a pipe while there is something to give. */
    while (status == FS_GUNZIP_BYTES && stream->avail_out != 0 &&
           (stream->avail_out == room || stream->avail_in != 0)) {
        status = inflate_some(gunzip);
    }
    *written = room - stream->avail_out;
    /* An error stays: inflate() and the end of the file report it again. */
    return *written != 0 ? FS_GUNZIP_BYTES : status;
}

const char *fs_gunzip_error(const struct fs_gunzip *gunzip)
{
    return gunzip->error;
}

uint64_t fs_gunzip_position(const struct fs_gunzip *gunzip)
{
    return gunzip->position - gunzip->stream.avail_in;
}
