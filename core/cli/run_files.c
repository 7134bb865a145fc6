/* SPDX-License-Identifier: BSD-2-Clause */
/* The capture is files, one after the other. */
#include "capture/reader.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/stop.h"

#include <string.h>

struct files {
    struct fs_run run;
    struct flowscope_packet packets[FS_RUN_BATCH];
    uint64_t next_frame;
};

static void show_progress(const struct files *files, const fs_reader *reader, const char *path)
{
    uint64_t size;
    uint64_t position = fs_reader_position(reader, &size);

    fs_progress_show(path, position, size, files->next_frame - 1);
}

/* True: the next file, please. */
static bool read_all(struct files *files, fs_reader *reader, const char *path)
{
    struct fs_run *run = &files->run;
    unsigned batches = 0;

    while (!fs_stop_asked()) {
        size_t count;

        switch (fs_reader_batch(reader, files->packets, FS_RUN_BATCH, &count)) {
        case FS_READ_PACKET:
            break;
        case FS_READ_AGAIN:
            continue;
        case FS_READ_END:
            return true;
        case FS_READ_ERROR:
            run->input_fault = true;
            fs_cli_fault("%s", fs_reader_error(reader));
            return true;
        }
        files->next_frame = files->packets[count - 1].frame + 1;
        if (!fs_run_feed(run, files->packets, fs_run_select(run, files->packets, count)))
            return false;
        /* A short batch: the reader would have had to wait, or soon will. */
        if (count < FS_RUN_BATCH && !fs_run_flush(run))
            return false;
        if (++batches % 64 == 0)
            show_progress(files, reader, path);
    }
    run->interrupted = true;
    return false;
}

static void name_interfaces(flowscope_engine *engine, const fs_reader *reader)
{
    for (size_t i = 0; i < fs_reader_interface_count(reader); i++) {
        const char *name = fs_reader_interface_name(reader, i);

        if (name)
            flowscope_engine_name_interface(engine, 0, (uint32_t)i, name);
    }
}

static bool read_file(struct files *files, const char *path)
{
    struct fs_run *run = &files->run;
    char error[8192];
    fs_reader *reader = fs_reader_open(path, files->next_frame, error, sizeof error);
    bool go_on;

    if (!reader && fs_stop_asked()) {
        run->interrupted = true;
        return false;
    }
    if (!reader) {
        run->input_fault = true;
        fs_cli_fault("%s", error);
        return true;
    }
    go_on = fs_run_begin(run) && read_all(files, reader, path);
    name_interfaces(run->engine, reader);
    fs_reader_close(reader);
    return go_on;
}

int fs_run_files(const struct fs_cli_options *options)
{
    struct files files;
    int status;

    memset(&files, 0, sizeof files);
    if (!fs_run_start(&files.run, options, &status))
        return status;
    files.next_frame = 1;
    for (int i = 0; i < options->file_count; i++) {
        if (!read_file(&files, options->files[i]))
            break;
    }
    return fs_run_finish(&files.run);
}
