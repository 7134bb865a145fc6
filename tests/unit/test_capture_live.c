/* SPDX-License-Identifier: BSD-2-Clause */
/* The loopback interface, where this user may listen to it. */
#include "capture/live.h"

#include <arpa/inet.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_datagram(const char *text)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sendto(fd, text, strlen(text), 0, (const struct sockaddr *)&to, sizeof(to));
    close(fd);
}

static void test_loopback(void)
{
    static const char text[] = "flowscope live test";
    struct fs_live_options options = {.interface = "lo", .first_frame = 7};
    struct flowscope_packet packet;
    char error[512];
    guint64 frame = 7;
    bool seen = false;
    fs_live *live = fs_live_open(&options, error, sizeof(error));

    if (live == NULL) {
        g_test_skip(error);
        return;
    }
    gint64 before = g_get_real_time() * 1000;
    for (guint i = 0; i < 100 && !seen; i++) {
        send_datagram(text);
        enum fs_read result = fs_live_next(live, &packet);
        g_assert_true(result == FS_READ_PACKET || result == FS_READ_AGAIN);
        if (result == FS_READ_AGAIN) {
            continue;
        }
        g_assert_cmpuint(packet.frame, ==, frame++);
        g_assert_cmpuint(packet.link_type, ==, 1);
        g_assert_cmpuint(packet.captured_bytes, ==, packet.wire_bytes);
        g_assert_cmpuint(packet.time_quality, ==, FLOWSCOPE_TIME_GOOD);
        seen = packet.captured_bytes > sizeof(text) &&
               memcmp(packet.data + packet.captured_bytes - strlen(text), text, strlen(text)) == 0;
    }
    g_assert_true(seen);
    g_assert_cmpint(ABS(packet.time_ns - before), <, G_GINT64_CONSTANT(60000000000));
    fs_live_close(live);
}

static void test_refused(void)
{
    struct fs_live_options options = {.interface = "nowhere0", .first_frame = 1};
    char error[512];

    g_assert_null(fs_live_open(&options, error, sizeof(error)));
    g_assert_true(g_str_has_prefix(error, "nowhere0: "));
    g_assert_null(strchr(error, '\n'));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/capture/live/loopback", test_loopback);
    g_test_add_func("/capture/live/refused", test_refused);
    return g_test_run();
}
