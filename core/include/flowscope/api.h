/* SPDX-License-Identifier: BSD-2-Clause */
/* What every public header needs: symbol visibility and C linkage. */
#ifndef FLOWSCOPE_API_H
#define FLOWSCOPE_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define FLOWSCOPE_API __attribute__((visibility("default")))
#else
#define FLOWSCOPE_API
#endif

#ifdef __cplusplus
#define FLOWSCOPE_BEGIN_DECLS extern "C" {
#define FLOWSCOPE_END_DECLS   }
#else
#define FLOWSCOPE_BEGIN_DECLS
#define FLOWSCOPE_END_DECLS
#endif

#endif
