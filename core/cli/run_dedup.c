/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture written without its copies. */
#include "capture/reader.h"
#include "capture/write.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/stop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct dedup {
    struct fs_run run;
    struct fs_watch_interface interface; /* of a pcap file */
    bool is_pcap;
    const uint8_t *record; /* of the packet at hand: its data, or its block */
    uint32_t length;
    uint32_t wire;
    FILE *out; /* what the file begins with waits in memory until the output is open */
};

static void take_block(void *user, const uint8_t *bytes, uint32_t length, bool is_record)
{
    struct dedup *dedup = user;

    if (is_record) {
        dedup->record = bytes;
        dedup->length = length;
    } else {
        fs_write_block(dedup->out, bytes, length);
    }
}

static void take_interface(void *user, const struct fs_watch_interface *interface)
{
    struct dedup *dedup = user;

    dedup->is_pcap = true;
    dedup->interface = *interface;
    fs_write_interface(dedup->out, interface);
}

static void take_record(void *user, const uint8_t *bytes, uint32_t captured, uint32_t wire)
{
    struct dedup *dedup = user;

    dedup->record = bytes;
    dedup->length = captured;
    dedup->wire = wire;
}

/* False: going on makes no sense. */
static bool take_packet(struct dedup *dedup, const struct flowscope_packet *packet)
{
    struct flowscope_result *result = dedup->run.results;

    flowscope_engine_feed(dedup->run.engine, packet, 1, result);
    if (result->dup_kind == FLOWSCOPE_DUP_none) {
        if (dedup->is_pcap)
            fs_write_record(dedup->out, &dedup->interface, packet, dedup->record, dedup->length,
                            dedup->wire);
        else
            fs_write_block(dedup->out, dedup->record, dedup->length);
    }
    return fs_output_is_good();
}

static void read_all(struct dedup *dedup, fs_reader *reader)
{
    struct fs_run *run = &dedup->run;
    uint64_t size, position;

    for (uint64_t frames = 0; !fs_stop_asked(); frames++) {
        struct flowscope_packet packet;

        switch (fs_reader_next(reader, &packet)) {
        case FS_READ_PACKET:
            break;
        case FS_READ_AGAIN:
            continue;
        case FS_READ_END:
            return;
        case FS_READ_ERROR:
            run->input_fault = true;
            fs_cli_fault("%s", fs_reader_error(reader));
            return;
        }
        if (!take_packet(dedup, &packet))
            return;
        if (frames % 2048 == 0) {
            position = fs_reader_position(reader, &size);
            fs_progress_show(run->options->files[0], position, size, frames);
        }
    }
    run->interrupted = true;
}

/* Not before the input has been opened: a wrong name must not cost what is there. */
static bool open_output(const char *path, const fs_reader *reader)
{
    if (fs_reader_reads(reader, path)) {
        fs_cli_fault("%s: is the input", path);
        return false;
    }
    return fs_output_to(path);
}

static void copy(struct dedup *dedup, const struct fs_watch *watch, char **begin, size_t *length)
{
    char *const *files = dedup->run.options->files;
    char error[8192];
    fs_reader *reader = fs_reader_open_watched(files[0], 1, watch, error, sizeof error);

    fclose(dedup->out);
    dedup->out = fs_output();
    if (!reader && fs_stop_asked()) {
        dedup->run.interrupted = true;
    } else if (!reader) {
        dedup->run.input_fault = true;
        fs_cli_fault("%s", error);
    } else if (!open_output(files[1], reader)) {
        dedup->run.input_fault = true;
    } else {
        fwrite(*begin, 1, *length, dedup->out);
        read_all(dedup, reader);
    }
    fs_reader_close(reader);
}

int fs_run_dedup(const struct fs_cli_options *options)
{
    struct dedup dedup = {.is_pcap = false};
    const struct fs_watch watch = {
        .user = &dedup, .block = take_block, .interface = take_interface, .record = take_record};
    char *begin = NULL;
    size_t length = 0;
    int status;

    if (!fs_run_start(&dedup.run, options, &status))
        return status;
    dedup.out = open_memstream(&begin, &length);
    if (dedup.out) {
        copy(&dedup, &watch, &begin, &length);
        free(begin);
    } else {
        fs_cli_fault("%s", strerror(errno));
        dedup.run.input_fault = true;
    }
    return fs_run_finish(&dedup.run);
}
