/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at open flows, and ending one. */
#include "support/drive.h"

#include <string.h>

static struct drive drive;

static struct flowscope_flow_record record_of_size(uint32_t size)
{
    return (struct flowscope_flow_record){.size = size};
}

static void test_by_id(void)
{
    struct flowscope_flow_record record = record_of_size(sizeof(record));

    drive_init(&drive);
    drive_start(&drive);
    drive_udp(&drive, 1, 53, false, 0);
    drive_udp(&drive, 2, 53, false, 0);
    drive_udp(&drive, 2, 53, true, 1);
    g_assert_cmpint(flowscope_engine_flow(drive.engine, 2, &record), ==, FLOWSCOPE_OK);
    g_assert_cmpuint(record.source_port, ==, 2);
    g_assert_cmpuint(record.packets[1], ==, 1);
    g_assert_cmpint(record.end_reason, ==, FLOWSCOPE_END_end_of_capture);
    g_assert_cmpint(flowscope_engine_flow(drive.engine, 3, &record), ==, FLOWSCOPE_NOT_FOUND);
    record = record_of_size(offsetof(struct flowscope_flow_record, packets));
    record.packets[0] = 77;
    g_assert_cmpint(flowscope_engine_flow(drive.engine, 1, &record), ==, FLOWSCOPE_OK);
    g_assert_cmpuint(record.flow_id, ==, 1);
    g_assert_cmpuint(record.packets[0], ==, 77);
    record.size = 2;
    g_assert_cmpint(flowscope_engine_flow(drive.engine, 1, &record), ==, FLOWSCOPE_BAD_SIZE);
    g_assert_cmpint(flowscope_engine_flow(drive.engine, 1, NULL), ==, FLOWSCOPE_BAD_ARGUMENT);
    flowscope_engine_flush(drive.engine);
    record.size = sizeof(record);
    g_assert_cmpint(flowscope_engine_flow(drive.engine, 1, &record), ==, FLOWSCOPE_NOT_FOUND);
    drive_stop(&drive);
}

static void test_by_endpoints(void)
{
    struct flowscope_flow_record record = record_of_size(sizeof(record));
    struct flowscope_endpoints endpoints = {.ip_version = 4,
                                            .protocol = 17,
                                            .port = {53, 7},
                                            .address = {{198, 51, 100, 2}, {192, 0, 2, 1}}};

    drive_init(&drive);
    drive_start(&drive);
    drive_udp(&drive, 6, 53, false, 0);
    drive_udp(&drive, 7, 53, false, 0);
    /* The same endpoints in a network of their own. */
    build_begin(&drive.build);
    build_eth(&drive.build);
    build_ipv4(&drive.build, "203.0.113.1", "203.0.113.2");
    build_udp(&drive.build, 50000, 4789);
    build_vxlan(&drive.build, 42);
    build_eth(&drive.build);
    build_ipv4(&drive.build, "192.0.2.1", "198.51.100.2");
    build_udp(&drive.build, 6, 53);
    build_end(&drive.build);
    g_assert_cmpuint(drive_frame(&drive, 1).flow_id, ==, 4);
    g_assert_cmpint(flowscope_engine_find_flow(drive.engine, &endpoints, &record), ==,
                    FLOWSCOPE_OK);
    g_assert_cmpuint(record.flow_id, ==, 2);
    endpoints.port[1] = 6;
    g_assert_cmpint(flowscope_engine_find_flow(drive.engine, &endpoints, &record), ==,
                    FLOWSCOPE_OK);
    g_assert_cmpuint(record.flow_id, ==, 4);
    memcpy(endpoints.address[0], (uint8_t[]){192, 0, 2, 1}, 4);
    memcpy(endpoints.address[1], (uint8_t[]){198, 51, 100, 2}, 4);
    g_assert_cmpint(flowscope_engine_find_flow(drive.engine, &endpoints, &record), ==,
                    FLOWSCOPE_NOT_FOUND);
    endpoints.port[0] = 6;
    endpoints.port[1] = 53;
    g_assert_cmpint(flowscope_engine_find_flow(drive.engine, &endpoints, &record), ==,
                    FLOWSCOPE_OK);
    endpoints.protocol = 6;
    g_assert_cmpint(flowscope_engine_find_flow(drive.engine, &endpoints, &record), ==,
                    FLOWSCOPE_NOT_FOUND);
    g_assert_cmpint(flowscope_engine_find_flow(drive.engine, NULL, &record), ==,
                    FLOWSCOPE_BAD_ARGUMENT);
    drive_stop(&drive);
}

static void test_close(void)
{
    drive_init(&drive);
    drive_start(&drive);
    drive_udp(&drive, 1, 53, false, 0);
    drive_tcp(&drive, 2, false, 1, 0, FS_TCP_RST, 0);
    g_assert_cmpint(flowscope_engine_close_flow(drive.engine, 1), ==, FLOWSCOPE_OK);
    g_assert_cmpint(flowscope_engine_close_flow(drive.engine, 1), ==, FLOWSCOPE_NOT_FOUND);
    g_assert_cmpint(flowscope_engine_close_flow(drive.engine, 2), ==, FLOWSCOPE_OK);
    g_assert_cmpint(flowscope_engine_close_flow(NULL, 2), ==, FLOWSCOPE_BAD_ARGUMENT);
    drive_expect(&drive, "start 1, start 2, end 1 forced, end 2 rst, ");
    g_assert_cmpuint(drive_udp(&drive, 1, 53, false, 0).flow_id, ==, 3);
    g_assert_cmpuint(drive_counters(&drive).open_flows, ==, 1);
    drive_stop(&drive);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/introspect/by-id", test_by_id);
    g_test_add_func("/engine/introspect/by-endpoints", test_by_endpoints);
    g_test_add_func("/engine/introspect/close", test_close);
    return g_test_run();
}
