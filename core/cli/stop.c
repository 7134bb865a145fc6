/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals. */
#include "cli/stop.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t asked;

static void wake(int signal_number)
{
    (void)signal_number;
}

/* A signal that comes just before a call that waits would not interrupt it; the alarm does. */
static void ask(int signal_number)
{
    (void)signal_number;
    asked = 1;
    alarm(1);
}

static void handle(int signal_number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

void fs_stop_arm(bool terminate)
{
    handle(SIGALRM, wake, 0);
    handle(SIGINT, ask, (int)SA_RESETHAND);
    if (terminate)
        handle(SIGTERM, ask, (int)SA_RESETHAND);
}

void fs_stop_disarm(void)
{
    handle(SIGINT, SIG_DFL, 0);
    handle(SIGTERM, SIG_DFL, 0);
    alarm(0);
}

bool fs_stop_asked(void)
{
    return asked;
}
