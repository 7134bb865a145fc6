/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract's words for the values of an annotation. */
#include <flowscope/packet.h>

static const char *const verdicts[] = {
#define FLOWSCOPE_VERDICT(name, text) #name,
#include <flowscope/verdict.def>
#undef FLOWSCOPE_VERDICT
};

static const char *const tcp_states[] = {
#define FLOWSCOPE_TCP_STATE(name, timeout, text) #name,
#include <flowscope/tcp_state.def>
#undef FLOWSCOPE_TCP_STATE
};

static const char *const dup_kinds[] = {
    "",
#define FLOWSCOPE_DUP_KIND(name, text) #name,
#include <flowscope/dup_kind.def>
#undef FLOWSCOPE_DUP_KIND
};

const char *flowscope_verdict_name(unsigned verdict)
{
    return verdict < FLOWSCOPE_VERDICT_COUNT ? verdicts[verdict] : "";
}

const char *flowscope_tcp_state_name(unsigned state)
{
    return state != FLOWSCOPE_TCP_none && state < FLOWSCOPE_TCP_STATE_COUNT ? tcp_states[state]
                                                                            : "";
}

const char *flowscope_direction_name(unsigned direction)
{
    switch (direction) {
    case FLOWSCOPE_DIRECTION_FORWARD:
        return "fwd";
    case FLOWSCOPE_DIRECTION_REVERSE:
        return "rev";
    default:
        return "";
    }
}

const char *flowscope_dup_kind_name(unsigned kind)
{
    return kind < FLOWSCOPE_DUP_KIND_COUNT ? dup_kinds[kind] : "";
}
