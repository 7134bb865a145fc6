/* SPDX-License-Identifier: BSD-2-Clause */
/* libflowscope follows flows passively through captured packets. This header brings all of it:
 *
 *     config.h   the options          packet.h  a frame, and the annotation of a frame
 *     engine.h   create, feed, flush  record.h  a flow
 *     rates.h    counters over time   duplicates.h  all copies together
 *     key.h      what makes a flow    layer.h   what lies around one
 *     event.h    what is told on the way
 */
#ifndef FLOWSCOPE_FLOWSCOPE_H
#define FLOWSCOPE_FLOWSCOPE_H

#include <flowscope/config.h>
#include <flowscope/digest.h>
#include <flowscope/duplicates.h>
#include <flowscope/engine.h>
#include <flowscope/event.h>
#include <flowscope/key.h>
#include <flowscope/layer.h>
#include <flowscope/packet.h>
#include <flowscope/rates.h>
#include <flowscope/record.h>
#include <flowscope/status.h>
#include <flowscope/version.h>

FLOWSCOPE_BEGIN_DECLS

/* The version of the library that runs, as "1.2.3". */
FLOWSCOPE_API const char *flowscope_version(void);

FLOWSCOPE_END_DECLS

#endif
