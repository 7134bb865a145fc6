/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file of any kind, read record by record. */
#include "capture/reader.h"

#include "capture/input.h"
#include "capture/pcap.h"
#include "capture/pcapng.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum format { FORMAT_PCAP, FORMAT_PCAPNG };

struct fs_reader {
    struct fs_input input;
    enum format format;
    struct fs_pcap pcap;
    struct fs_pcapng pcapng;
    uint64_t next_frame;
    enum fs_read finished; /* FS_READ_PACKET while there may be more */
    char *path;
    char *error;
};

static bool recognise(struct fs_reader *reader, const struct fs_watch *watch,
                      struct fs_fault *fault)
{
    enum { PCAP_MAGIC = 4, PCAPNG_MAGIC = 12 };
    struct fs_input *input = &reader->input;
    enum fs_input_status status = fs_input_need(input, PCAPNG_MAGIC);

    if (status == FS_INPUT_FAILED) {
        return fs_fault_at(fault, 0, "%s", input->failure);
    }
    if (status == FS_INPUT_AGAIN) {
        return fs_fault_at(fault, 0, "%s", strerror(EINTR));
    }
    if (input->left == 0) {
        return fs_fault_at(fault, 0, "the file is empty");
    }
    if (input->left >= PCAP_MAGIC && fs_pcap_recognise(input->at)) {
        reader->format = FORMAT_PCAP;
        return fs_pcap_open(&reader->pcap, input, watch, fault);
    }
    if (input->left >= PCAPNG_MAGIC && fs_pcapng_recognise(input->at)) {
        reader->format = FORMAT_PCAPNG;
        return fs_pcapng_open(&reader->pcapng, input, watch, fault);
    }
    return fs_fault_at(fault, 0, "neither pcap nor pcapng");
}

/* "FILE: offset N: reason". */
static int fault_line(const struct fs_reader *reader, const struct fs_fault *fault, char *line,
                      size_t size)
{
    if (!fault->has_offset) {
        return snprintf(line, size, "%s: %s", reader->path, fault->reason);
    }
    return snprintf(line, size, "%s: offset %llu: %s%s", reader->path,
                    (unsigned long long)fault->offset, fault->reason,
                    reader->input.compressed ? " (counted in the uncompressed bytes)" : "");
}

fs_reader *fs_reader_open(const char *path, uint64_t first_frame, char *error, size_t error_size)
{
    return fs_reader_open_watched(path, first_frame, NULL, error, error_size);
}

bool fs_reader_reads(const fs_reader *reader, const char *path)
{
    struct stat one, other;

    return stat(path, &one) == 0 && fstat(reader->input.fd, &other) == 0 && S_ISREG(one.st_mode) &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

fs_reader *fs_reader_open_watched(const char *path, uint64_t first_frame,
                                  const struct fs_watch *watch, char *error, size_t error_size)
{
    struct fs_fault fault = {.has_offset = false};
    struct fs_reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL || (reader->path = strdup(path)) == NULL) {
        snprintf(error, error_size, "%s: %s", path, strerror(ENOMEM));
        free(reader);
        return NULL;
    }
    reader->next_frame = first_frame;
    reader->finished = FS_READ_PACKET;
    if (fs_input_open(&reader->input, path, &fault) && recognise(reader, watch, &fault)) {
        return reader;
    }
    fault_line(reader, &fault, error, error_size);
    fs_reader_close(reader);
    return NULL;
}

void fs_reader_close(fs_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    fs_pcapng_close(&reader->pcapng);
    fs_input_close(&reader->input);
    free(reader->error);
    free(reader->path);
    free(reader);
}

static void keep_error(fs_reader *reader, const struct fs_fault *fault)
{
    size_t size = (size_t)fault_line(reader, fault, NULL, 0) + 1;

    reader->error = malloc(size);
    if (reader->error != NULL) {
        fault_line(reader, fault, reader->error, size);
    }
}

static enum fs_read next_record(fs_reader *reader, struct flowscope_packet *packet)
{
    struct fs_fault fault;
    enum fs_read result;

    if (reader->format == FORMAT_PCAP) {
        result = fs_pcap_next(&reader->pcap, &reader->input, packet, &fault);
    } else {
        result = fs_pcapng_next(&reader->pcapng, &reader->input, packet, &fault);
    }
    if (__builtin_expect(result == FS_READ_PACKET, 1)) {
        packet->size = sizeof(*packet);
        packet->frame = reader->next_frame++;
        memset(packet->reserved, 0, sizeof(packet->reserved));
        return result;
    }
    if (result == FS_READ_ERROR) {
        keep_error(reader, &fault);
    }
    if (result != FS_READ_AGAIN) {
        reader->finished = result;
    }
    return result;
}

enum fs_read fs_reader_next(fs_reader *reader, struct flowscope_packet *packet)
{
    return reader->finished != FS_READ_PACKET ? reader->finished : next_record(reader, packet);
}

/* Those that are read many at a time. */
static size_t plain_records(fs_reader *reader, struct flowscope_packet *packets, size_t room)
{
    size_t count;

    if (reader->format != FORMAT_PCAP || reader->finished != FS_READ_PACKET) {
        return 0;
    }
    count = fs_pcap_batch(&reader->pcap, &reader->input, packets, room, reader->next_frame);
    reader->next_frame += count;
    return count;
}

enum fs_read fs_reader_batch(fs_reader *reader, struct flowscope_packet *packets, size_t room,
                             size_t *count)
{
    enum fs_read result = FS_READ_PACKET;

    *count = plain_records(reader, packets, room);
    while (*count < room) {
        reader->input.hold = *count != 0;
        result = fs_reader_next(reader, &packets[*count]);
        if (result != FS_READ_PACKET) {
            break;
        }
        ++*count;
        *count += plain_records(reader, packets + *count, room - *count);
    }
    reader->input.hold = false;
    return *count != 0 ? FS_READ_PACKET : result;
}

const char *fs_reader_error(const fs_reader *reader)
{
    return reader->error != NULL ? reader->error : reader->path;
}

uint64_t fs_reader_position(const fs_reader *reader, uint64_t *size)
{
    *size = reader->input.file_size;
    return fs_input_position(&reader->input);
}

size_t fs_reader_interface_count(const fs_reader *reader)
{
    return reader->pcapng.name_count;
}

const char *fs_reader_interface_name(const fs_reader *reader, size_t interface)
{
    const char *name;

    if (interface >= reader->pcapng.name_count) {
        return NULL;
    }
    name = reader->pcapng.names[interface];
    /* What Wireshark says of one that has none. */
    return name[0] == '\0' || strcmp(name, "unknown") == 0 ? NULL : name;
}
