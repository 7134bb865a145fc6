/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Wireshark's own library says of every record, in the lines of dump_frames.c. Besides,
 * `dump_wiretap --encaps` lists which link type is which of its encapsulations. */
#include "edge/dump_time.h"

#include <glib.h>
#include <string.h>
#include <wiretap/pcap-encap.h>
#include <wiretap/wtap.h>
#include <wiretap/wtap_opttypes.h>
#include <wsutil/wslog.h>

enum { LINK_TYPES = 65536 };

static const char *section_flag(uint32_t presence, uint32_t flag, uint32_t value, char *text)
{
    snprintf(text, 16, "%" PRIu32, presence & flag ? value : 0);
    return text;
}

static int direction_of(const wtap_rec *rec)
{
    guint32 flags;

    if (rec->block == NULL || wtap_block_get_uint32_option_value(rec->block, OPT_PKT_FLAGS,
                                                                 &flags) != WTAP_OPTTYPE_SUCCESS) {
        return 0;
    }
    return (int)(flags & 3) == 3 ? 0 : (int)(flags & 3);
}

static void lengths(const wtap_rec *rec, uint32_t *captured, uint32_t *wire)
{
    switch (rec->rec_type) {
    case REC_TYPE_PACKET:
        *captured = rec->rec_header.packet_header.caplen;
        *wire = rec->rec_header.packet_header.len;
        break;
    case REC_TYPE_SYSCALL:
        *captured = rec->rec_header.syscall_header.event_filelen;
        *wire = rec->rec_header.syscall_header.event_len;
        break;
    case REC_TYPE_SYSTEMD_JOURNAL_EXPORT:
        *captured = *wire = rec->rec_header.systemd_journal_export_header.record_len;
        break;
    case REC_TYPE_CUSTOM_BLOCK:
        *captured = rec->rec_header.custom_block_header.length;
        if (rec->rec_header.custom_block_header.pen == PEN_NFLX) {
            *captured -= 4;
        }
        *wire = *captured;
        break;
    default:
        *captured = *wire = 0;
    }
}

static void print_record(uint64_t frame, const wtap_rec *rec, const uint8_t *data)
{
    bool packet = rec->rec_type == REC_TYPE_PACKET;
    uint32_t captured, wire;
    char section[16], interface[16], *sum;
    uint8_t quality;
    int64_t time_ns;

    lengths(rec, &captured, &wire);
    sum = g_compute_checksum_for_data(G_CHECKSUM_MD5, data, captured);
    printf("%" PRIu64 "\t", frame);
    time_ns = flowscope_time_ns(rec->ts.secs, rec->ts.nsecs,
                                (rec->presence_flags & WTAP_HAS_TS) != 0, &quality);
    dump_time(time_ns, quality);
    printf("\t%" PRIu32 "\t%" PRIu32 "\t%d\t%s\t%s\t%d\t%d\t%s\n", captured, wire,
           packet ? rec->rec_header.packet_header.pkt_encap : -1,
           section_flag(rec->presence_flags, WTAP_HAS_SECTION_NUMBER, rec->section_number, section),
           section_flag(packet ? rec->presence_flags : 0, WTAP_HAS_INTERFACE_ID,
                        rec->rec_header.packet_header.interface_id, interface),
           packet ? direction_of(rec) : 0, packet, sum);
    g_free(sum);
}

static void ignore_ipv4(const guint addr, const gchar *name)
{
    (void)addr;
    (void)name;
}

static void ignore_ipv6(const void *addr, const gchar *name)
{
    (void)addr;
    (void)name;
}

static void dump(const char *path)
{
    int err = 0;
    gchar *err_info = NULL;
    gint64 offset = 0;
    wtap_rec rec;
    Buffer buffer;
    wtap *file = wtap_open_offline(path, WTAP_TYPE_AUTO, &err, &err_info, FALSE);

    if (file == NULL) {
        printf("refused\t%d %s\n", err, err_info != NULL ? err_info : wtap_strerror(err));
        g_free(err_info);
        return;
    }
    int type = wtap_file_type_subtype(file);
    const char *name = wtap_file_type_subtype_name(type);
    if (strstr(name, "pcap") == NULL) {
        printf("other\t%s\n", name);
        wtap_close(file);
        return;
    }
    /* As tshark and Wireshark do: without these, names are not looked at. */
    wtap_set_cb_new_ipv4(file, ignore_ipv4);
    wtap_set_cb_new_ipv6(file, (wtap_new_ipv6_callback_t)ignore_ipv6);
    wtap_rec_init(&rec);
    ws_buffer_init(&buffer, 1514);
    for (uint64_t frame = 1; wtap_read(file, &rec, &buffer, &err, &err_info, &offset); frame++) {
        print_record(frame, &rec, ws_buffer_start_ptr(&buffer));
        wtap_rec_reset(&rec);
    }
    if (err != 0) {
        printf("error\t%d %s\n", err, err_info != NULL ? err_info : wtap_strerror(err));
        g_free(err_info);
    }
    ws_buffer_free(&buffer);
    wtap_rec_cleanup(&rec);
    wtap_close(file);
}

int main(int count, char **arguments)
{
    ws_log_set_level(LOG_LEVEL_CRITICAL); /* else every block is a line on stderr */
    wtap_init(FALSE);
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--encaps") == 0) {
            for (int link = 0; link < LINK_TYPES; link++) {
                printf("%d\t%d\n", link, wtap_pcap_encap_to_wtap_encap(link));
            }
            continue;
        }
        printf("file\t%s\n", arguments[i]);
        dump(arguments[i]);
    }
    wtap_cleanup();
    return 0;
}
