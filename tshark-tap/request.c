/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a -z argument. */
#include "request.h"

#include <stdio.h>
#include <string.h>

#define OURS "flowscope"

static const struct {
    const char *word;
    enum fs_report report;
} reports[] = {
    {"stats", FS_REPORT_STATS}, {"flows", FS_REPORT_FLOWS}, {"sessions", FS_REPORT_SESSIONS}};

/* The length of the word at `text`, which a comma or the end ends. */
static size_t word_length(const char *text)
{
    return strcspn(text, ",");
}

/* What stands behind the word and its comma. */
static const char *behind(const char *text, size_t length)
{
    return text[length] == ',' ? text + length + 1 : text + length;
}

static bool parse_report(const char *word, size_t length, enum fs_report *report)
{
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        if (strlen(reports[i].word) == length && !memcmp(reports[i].word, word, length)) {
            *report = reports[i].report;
            return true;
        }
    }
    return false;
}

/* A format of some report: as a filter it is none, and not meant as one. */
static bool is_format(const char *word, size_t length)
{
    enum fs_format format;

    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        if (fs_format_parse(reports[i].report, word, length, &format))
            return true;
    }
    return false;
}

bool fs_request_parse(const char *argument, struct fs_request *request, char *error,
                      size_t error_size)
{
    size_t length = word_length(argument), report_length;
    const char *at = behind(argument, length), *report = at;
    bool ours = length == strlen(OURS) && !memcmp(argument, OURS, length);

    length = report_length = word_length(at);
    if (!ours || !parse_report(at, length, &request->report)) {
        snprintf(error, error_size,
                 "flowscope: -z %s: wants flowscope,stats or flowscope,flows; "
                 "tshark -z help lists tables too",
                 argument);
        return false;
    }
    at = behind(at, length);
    length = word_length(at);
    request->format = FS_FORMAT_TABLE;
    if (fs_format_parse(request->report, at, length, &request->format))
        at = behind(at, length);
    else if (is_format(at, length)) {
        snprintf(error, error_size, "flowscope: -z %s: %.*s has no format %.*s", argument,
                 (int)report_length, report, (int)length, at);
        return false;
    }
    if (!fs_format_is_built(request->report, request->format)) {
        snprintf(error, error_size, "flowscope: -z %s: not built yet", argument);
        return false;
    }
    request->filter = at[strspn(at, " ")] ? at : NULL;
    return true;
}
