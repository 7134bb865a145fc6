/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flowscope, flow 3, 192.0.2.1:5000 -> 198.51.100.2:80 tcp, packet 4 of 10, fwd, established; 523
 * bytes, 0.900000000 s, fin */
#include "headline.h"

#include "export/address.h"

static void number(struct fs_text *text, const char *before, uint64_t value)
{
    fs_text_string(text, before);
    fs_text_unsigned(text, value);
}

static void word(struct fs_text *text, const char *value)
{
    if (*value) {
        fs_text_string(text, ", ");
        fs_text_string(text, value);
    }
}

static void ends(struct fs_text *text, const struct fs_flow *flow)
{
    struct flowscope_flow_record record;

    fs_flows_ends(flow, &record);
    fs_text_record_end(text, &record, true);
    fs_text_string(text, " -> ");
    fs_text_record_end(text, &record, false);
    fs_text_char(text, ' ');
    if (record.key == FLOWSCOPE_KEY_FIVE_TUPLE)
        fs_text_record_protocol(text, &record);
    else
        fs_text_string(text, flowscope_key_name(record.key));
}

static void totals(struct fs_text *text, const struct fs_flow *flow)
{
    number(text, "; ", fs_flow_bytes(flow));
    fs_text_string(text, " bytes");
    if (flow->has_time) {
        fs_text_string(text, ", ");
        fs_text_duration(text, flow->duration_ns);
        fs_text_string(text, " s");
    }
    word(text, flowscope_end_reason_name(flow->end_reason));
}

void fs_headline(struct fs_text *text, const struct fs_annotation *annotation,
                 const struct fs_flow *flow, bool whole)
{
    fs_text_start(text, NULL);
    number(text, "Flowscope, flow ", annotation->flow_id);
    fs_text_string(text, ", ");
    ends(text, flow);
    if (annotation->packet_number) {
        number(text, ", packet ", annotation->packet_number);
        if (whole)
            number(text, " of ", fs_flow_packets(flow));
    }
    word(text, flowscope_direction_name(annotation->direction));
    word(text, flowscope_tcp_state_name(annotation->tcp_state));
    if (whole)
        totals(text, flow);
    fs_text_char(text, '\0');
}

void fs_headline_ends(struct fs_text *text, const struct fs_flow *flow)
{
    fs_text_start(text, NULL);
    ends(text, flow);
    fs_text_char(text, '\0');
}

void fs_headline_layers(struct fs_text *text, const struct flowscope_layer *layers, unsigned count)
{
    fs_text_start(text, NULL);
    fs_text_layers(text, layers, count);
    fs_text_char(text, '\0');
}
