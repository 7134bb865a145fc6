/* SPDX-License-Identifier: BSD-2-Clause */
/* Loaded before Wireshark's libraries: while there is a file $FLOWSCOPE_SLOW, each frame that is
 * read again takes a moment. So a test can stop a redissection in its course, however fast the
 * machine is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#define MOMENT_US 10000

/* Five or six arguments, by Wireshark's version; all of the size of a pointer, or smaller. */
__attribute__((visibility("default"))) long wtap_seek_read(void *a, void *b, void *c, void *d,
                                                           void *e, void *f);
long wtap_seek_read(void *a, void *b, void *c, void *d, void *e, void *f)
{
    static long (*real)(void *, void *, void *, void *, void *, void *);
    const char *slow = getenv("FLOWSCOPE_SLOW");

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "wtap_seek_read");
    if (slow && access(slow, F_OK) == 0)
        usleep(MOMENT_US);
    return real(a, b, c, d, e, f);
}
