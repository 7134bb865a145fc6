/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture filters: one program per link type, compiled when its first packet comes. */
#include "capture/bpf.h"

#include "capture/dlt.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SNAPLEN = 256 * 1024,
    MAX_LINK_TYPES = 64, /* more in one capture: the oldest program goes */
};

struct program {
    uint32_t link_type;
    bool usable;
    struct bpf_program code;
};

struct fs_bpf {
    char *expression;
    unsigned count;
    unsigned last; /* a capture has long runs of one link type */
    unsigned oldest;
    struct program programs[MAX_LINK_TYPES];
};

static bool compile(struct program *program, const char *expression, uint32_t link_type,
                    char *error, size_t error_size)
{
    pcap_t *dead = pcap_open_dead(fs_dlt_of_link_type(link_type), SNAPLEN);

    program->link_type = link_type;
    program->usable = false;
    if (dead == NULL) {
        snprintf(error, error_size, "no memory for the filter");
        return false;
    }
    if (pcap_compile(dead, &program->code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0) {
        program->usable = true;
    } else {
        snprintf(error, error_size, "%s", pcap_geterr(dead));
    }
    pcap_close(dead);
    return program->usable;
}

static void discard(struct program *program)
{
    if (program->usable) {
        pcap_freecode(&program->code);
    }
    program->usable = false;
}

/* Right when some link type understands it; Ethernet, the first, has the words if none does. */
static bool is_right(fs_bpf *bpf, char *error, size_t error_size)
{
    static const uint32_t link_types[] = {1, 101, 113, 276, 0, 105, 127, 9, 117, 140, 123};
    char ignored[PCAP_ERRBUF_SIZE];

    if (compile(&bpf->programs[0], bpf->expression, link_types[0], error, error_size)) {
        bpf->count = 1;
        return true;
    }
    for (size_t i = 1; i < sizeof(link_types) / sizeof(link_types[0]); i++) {
        if (compile(&bpf->programs[0], bpf->expression, link_types[i], ignored, sizeof(ignored))) {
            bpf->count = 1;
            return true;
        }
    }
    return false;
}

fs_bpf *fs_bpf_create(const char *expression, char *error, size_t error_size)
{
    fs_bpf *bpf = calloc(1, sizeof(*bpf));

    if (bpf == NULL || (bpf->expression = strdup(expression)) == NULL) {
        snprintf(error, error_size, "no memory for the filter");
        free(bpf);
        return NULL;
    }
    if (!is_right(bpf, error, error_size)) {
        fs_bpf_destroy(bpf);
        return NULL;
    }
    return bpf;
}

void fs_bpf_destroy(fs_bpf *bpf)
{
    if (bpf == NULL) {
        return;
    }
    for (unsigned i = 0; i < bpf->count; i++) {
        discard(&bpf->programs[i]);
    }
    free(bpf->expression);
    free(bpf);
}

static struct program *program_for(fs_bpf *bpf, uint32_t link_type)
{
    char ignored[PCAP_ERRBUF_SIZE];

    if (bpf->programs[bpf->last].link_type == link_type) {
        return &bpf->programs[bpf->last];
    }
    for (bpf->last = 0; bpf->last < bpf->count; bpf->last++) {
        if (bpf->programs[bpf->last].link_type == link_type) {
            return &bpf->programs[bpf->last];
        }
    }
    if (bpf->count < MAX_LINK_TYPES) {
        bpf->count++;
    } else {
        bpf->last = bpf->oldest++ % MAX_LINK_TYPES;
        discard(&bpf->programs[bpf->last]);
    }
    struct program *program = &bpf->programs[bpf->last];
    compile(program, bpf->expression, link_type, ignored, sizeof(ignored));
    return program;
}

bool fs_bpf_matches(fs_bpf *bpf, const struct flowscope_packet *packet)
{
    static const uint8_t nothing[1];

    if (!packet->is_packet) {
        return false;
    }
    const struct program *program = program_for(bpf, packet->link_type);
    struct pcap_pkthdr header = {
        .caplen = packet->captured_bytes,
        .len = packet->wire_bytes,
    };
    return program->usable &&
           pcap_offline_filter(&program->code, &header,
                               packet->data != NULL ? packet->data : nothing) != 0;
}
