/* SPDX-License-Identifier: BSD-2-Clause */
/* The probes of probe.def, as functions. Without FS_HAS_PROBES they are nothing; with it, a nop
 * each that a tracer may put a breakpoint on. */
#ifndef FS_ENGINE_PROBES_H
#define FS_ENGINE_PROBES_H

#include <stdint.h>

#ifdef FS_HAS_PROBES
#include <sys/sdt.h>
#define FS_PROBE(name, first, second, third) DTRACE_PROBE3(flowscope, name, first, second, third)
#else
#define FS_PROBE(name, first, second, third) ((void)(first), (void)(second), (void)(third))
#endif

#define FLOWSCOPE_PROBE(name, first, second, third, text)                                          \
    static inline void fs_probe_##name(uint64_t first, uint64_t second, uint64_t third)            \
    {                                                                                              \
        FS_PROBE(name, first, second, third);                                                      \
    }
#include <flowscope/probe.def>
#undef FLOWSCOPE_PROBE

#endif
