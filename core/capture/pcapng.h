/* SPDX-License-Identifier: BSD-2-Clause */
/* pcapng files: sections, interfaces, and the blocks that are records. */
#ifndef FS_CAPTURE_PCAPNG_H
#define FS_CAPTURE_PCAPNG_H

#include "capture/fault.h"
#include "capture/input.h"
#include "capture/load.h"
#include "capture/reader.h"
#include "capture/watch.h"

struct fs_interface {
    uint64_t units_per_second;
    int64_t offset_seconds;
    uint32_t link_type;
    uint32_t snaplen;
    uint32_t max_packet;
    bool pseudo_header;
};

/* More than is told of a name, and no more interfaces than are told apart. */
enum { FS_INTERFACE_NAME_MAX = 64, FS_INTERFACE_NAMES_MAX = 4096 };

struct fs_pcapng {
    bool swapped;     /* the section's byte order */
    uint32_t section; /* from 0 */
    struct fs_interface *interfaces;
    size_t interface_count;
    size_t interface_capacity;
    char (*names)[FS_INTERFACE_NAME_MAX]; /* of the first section's interfaces; empty for none */
    size_t name_count;
    uint64_t bblog_seconds; /* of the section: what times in Netflix's blocks are relative to */
    uint64_t bblog_microseconds;
    const struct fs_watch *watch; /* NULL: nobody wants the blocks */
};

/* A block in one piece, with its trailer. */
struct fs_block {
    uint64_t offset; /* in the file */
    uint32_t type;
    uint32_t total;  /* a multiple of 4 */
    uint32_t extent; /* in the file: the same but for simple packets */
    bool swapped;
    const uint8_t *body; /* behind the block header */
    uint32_t length;     /* of the body, without the trailer */
};

/* Whether bytes (12 of them) begin a pcapng file. */
bool fs_pcapng_recognise(const uint8_t *start);

/* Reads the first section header and the interfaces that follow it. `watch` may be NULL. */
bool fs_pcapng_open(struct fs_pcapng *pcapng, struct fs_input *input, const struct fs_watch *watch,
                    struct fs_fault *fault);
void fs_pcapng_close(struct fs_pcapng *pcapng);

/* The next numbered record; the packet's frame number is the caller's business. */
enum fs_read fs_pcapng_next(struct fs_pcapng *pcapng, struct fs_input *input,
                            struct flowscope_packet *packet, struct fs_fault *fault);

/* pcapng_options.c. `handle` sees each option but comments, custom ones and the end; it and
 * fs_pcapng_options() return false with the fault set for what is not a valid option. */
struct fs_option {
    uint16_t code;
    uint16_t length;
    const uint8_t *value;
    bool swapped;
};

typedef bool fs_option_handler(void *context, const struct fs_option *option, const char **reason);

/* Netflix's options: NULL where they carry nothing for the block. */
struct fs_bblog {
    struct fs_pcapng *section;
    struct flowscope_packet *packet; /* of a custom block, else NULL */
};

bool fs_pcapng_options(const struct fs_block *block, uint32_t at, bool swapped,
                       struct fs_bblog bblog, fs_option_handler *handle, void *context,
                       struct fs_fault *fault);

/* Both read the options of a block that begin `at` bytes into its body. */
bool fs_pcapng_packet_options(const struct fs_block *block, uint32_t at, struct fs_pcapng *section,
                              struct flowscope_packet *packet, struct fs_fault *fault);
bool fs_pcapng_interface_options(const struct fs_block *block, uint32_t at,
                                 struct fs_pcapng *section, struct fs_interface *interface,
                                 char name[FS_INTERFACE_NAME_MAX], struct fs_fault *fault);

/* pcapng_records.c: blocks that are no packets. The first three have a frame number. */
bool fs_pcapng_custom(const struct fs_block *block, struct fs_pcapng *section,
                      struct flowscope_packet *packet, struct fs_fault *fault);
bool fs_pcapng_sysdig(const struct fs_block *block, struct flowscope_packet *packet,
                      struct fs_fault *fault);
bool fs_pcapng_journal(const struct fs_block *block, struct flowscope_packet *packet,
                       struct fs_fault *fault);
bool fs_pcapng_names(const struct fs_block *block, struct fs_pcapng *section,
                     struct fs_fault *fault);
bool fs_pcapng_secrets(const struct fs_block *block, struct fs_fault *fault);
bool fs_pcapng_statistics(const struct fs_block *block, struct fs_pcapng *section,
                          struct fs_fault *fault);

#endif
