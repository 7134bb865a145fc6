/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Part of sanitized builds alone. The wrapper preloads the sanitizers' libraries into tshark; the
 * programs that tshark starts must not inherit them (androiddump hangs with them at its exit). */
#include <stdlib.h>

__attribute__((constructor)) static void keep_from_children(void)
{
    unsetenv("LD_PRELOAD");
}
