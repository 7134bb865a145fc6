/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames from an interface of this machine, through libpcap. */
#include "capture/live.h"

#include "capture/dlt.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WAIT_MS = 100,
    WHOLE_FRAME = 256 * 1024,
};

struct fs_live {
    pcap_t *pcap;
    int descriptor; /* to wait on; -1: libpcap has none */
    uint32_t link_type;
    bool nanoseconds;
    uint64_t next_frame;
    char *interface;
    char error[PCAP_ERRBUF_SIZE + 256];
};

static void keep_error(fs_live *live, const char *reason)
{
    snprintf(live->error, sizeof(live->error), "%.100s: %s", live->interface, reason);
}

/* libpcap has a general text for each kind of error, and sometimes a better one. */
static void keep_activation_error(fs_live *live, int status)
{
    const char *general = pcap_statustostr(status);
    const char *detail = pcap_geterr(live->pcap);
    char text[PCAP_ERRBUF_SIZE + 64];

    if (status == PCAP_ERROR) {
        keep_error(live, detail);
    } else if (detail[0] == '\0' || strcmp(detail, general) == 0) {
        keep_error(live, general);
    } else {
        snprintf(text, sizeof(text), "%.60s (%s)", general, detail);
        keep_error(live, text);
    }
}

static bool activate(fs_live *live, const struct fs_live_options *options)
{
    char text[PCAP_ERRBUF_SIZE];
    uint32_t snaplen = options->snaplen == 0 ? WHOLE_FRAME : options->snaplen;

    live->pcap = pcap_create(options->interface, text);
    if (live->pcap == NULL) {
        keep_error(live, text);
        return false;
    }
    int status = pcap_set_snaplen(live->pcap, snaplen > INT32_MAX ? INT32_MAX : (int)snaplen);
    if (status == 0)
        status = pcap_set_promisc(live->pcap, options->promiscuous);
    if (status == 0)
        status = pcap_set_timeout(live->pcap, WAIT_MS);
    if (status == 0) {
        /* Where that is refused, times come in microseconds, as is asked below. */
        live->nanoseconds = pcap_set_tstamp_precision(live->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
        status = pcap_activate(live->pcap); /* above 0: a warning */
    }
    if (status < 0) {
        keep_activation_error(live, status);
        return false;
    }
    /* We wait ourselves: how libpcap's time-out works differs between kernels. */
    if (pcap_setnonblock(live->pcap, 1, text) < 0) {
        keep_error(live, text);
        return false;
    }
    live->nanoseconds = pcap_get_tstamp_precision(live->pcap) == PCAP_TSTAMP_PRECISION_NANO;
    live->link_type = fs_link_type_of_dlt(pcap_datalink(live->pcap));
    live->descriptor = pcap_get_selectable_fd(live->pcap);
    return true;
}

fs_live *fs_live_open(const struct fs_live_options *options, char *error, size_t error_size)
{
    fs_live *live = calloc(1, sizeof(*live));

    if (live == NULL || (live->interface = strdup(options->interface)) == NULL) {
        snprintf(error, error_size, "%s: %s", options->interface, strerror(ENOMEM));
        free(live);
        return NULL;
    }
    live->next_frame = options->first_frame;
    if (!activate(live, options)) {
        snprintf(error, error_size, "%s", live->error);
        fs_live_close(live);
        return NULL;
    }
    return live;
}

void fs_live_close(fs_live *live)
{
    if (live == NULL) {
        return;
    }
    if (live->pcap != NULL) {
        pcap_close(live->pcap);
    }
    free(live->interface);
    free(live);
}

static void fill(fs_live *live, const struct pcap_pkthdr *header, const uint8_t *data,
                 struct flowscope_packet *packet)
{
    int64_t fraction = header->ts.tv_usec;

    *packet = (struct flowscope_packet){
        .size = sizeof(*packet),
        .link_type = live->link_type,
        .frame = live->next_frame++,
        .data = data,
        .captured_bytes = header->caplen,
        .wire_bytes = header->len,
        .is_packet = true,
    };
    packet->time_ns =
        flowscope_time_ns(header->ts.tv_sec, live->nanoseconds ? fraction : fraction * 1000, true,
                          &packet->time_quality);
}

static enum fs_read take(fs_live *live, struct flowscope_packet *packet)
{
    struct pcap_pkthdr *header;
    const uint8_t *data;

    switch (pcap_next_ex(live->pcap, &header, &data)) {
    case 1:
        fill(live, header, data, packet);
        return FS_READ_PACKET;
    case 0:
        return FS_READ_AGAIN;
    default:
        keep_error(live, pcap_geterr(live->pcap));
        return FS_READ_ERROR;
    }
}

enum fs_read fs_live_next(fs_live *live, struct flowscope_packet *packet)
{
    enum fs_read result = take(live, packet);

    if (result != FS_READ_AGAIN) {
        return result;
    }
    struct pollfd wait = {.fd = live->descriptor, .events = POLLIN};
    if (poll(&wait, live->descriptor < 0 ? 0 : 1, WAIT_MS) < 0) {
        return FS_READ_AGAIN;
    }
    return take(live, packet);
}

const char *fs_live_error(const fs_live *live)
{
    return live->error;
}

uint64_t fs_live_dropped(fs_live *live)
{
    struct pcap_stat statistics;

    if (pcap_stats(live->pcap, &statistics) != 0) {
        return 0;
    }
    return (uint64_t)statistics.ps_drop + statistics.ps_ifdrop;
}
