/* SPDX-License-Identifier: BSD-2-Clause */
/* GRE (RFC 2784, 2890), NVGRE (RFC 7637), ERSPAN (draft-foschiano-erspan), PPTP (RFC 2637),
 * WCCP (draft-mclaggan-wccp-v2rev1). */
#include "packet/gre.h"

#include "packet/ethernet.h"
#include "packet/ppp.h"

static enum flowscope_verdict read_erspan(struct fs_walk *walk, const struct fs_gre *gre,
                                          unsigned *version)
{
    bool is_ethernet;
    const enum flowscope_verdict verdict = fs_gre_skip_erspan(walk, gre, &is_ethernet, version);

    return verdict == FLOWSCOPE_VERDICT_ok && is_ethernet ? fs_ethernet_read(walk, version)
                                                          : verdict;
}

static enum flowscope_verdict read_pptp(struct fs_walk *walk, const struct fs_gre *gre,
                                        unsigned *version)
{
    const enum flowscope_verdict verdict = fs_gre_skip_pptp(walk, gre);

    return verdict == FLOWSCOPE_VERDICT_ok ? fs_ppp_read(walk, version) : verdict;
}

/* draft-mclaggan-wccp-v2rev1, 4.3: what a router redirects to a cache, in version 2 behind a header
 * of four bytes, in version 1 as it is, and nothing says which. */
static enum flowscope_verdict read_redirected(struct fs_walk *walk, unsigned *version)
{
    enum { REDIRECT_HEADER = 4 };
    const struct fs_cursor *bytes = &walk->rest.bytes;

    if (!fs_cursor_has(bytes, REDIRECT_HEADER))
        return FLOWSCOPE_VERDICT_truncated_link;
    if (fs_cursor_u8(bytes, 0) >> 4 != 4)
        fs_rest_skip(&walk->rest, REDIRECT_HEADER);
    return fs_walk_find_ip(walk, version);
}

static enum flowscope_verdict read_standard(struct fs_walk *walk, const struct fs_gre *gre,
                                            unsigned *version)
{
    if (gre->type == FS_GRE_TYPE_ERSPAN || gre->type == FS_GRE_TYPE_ERSPAN_III)
        return read_erspan(walk, gre, version);
    const enum flowscope_verdict verdict = fs_gre_add(walk, gre);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (gre->type == FS_TYPE_ETHERNET)
        return fs_ethernet_read(walk, version);
    if (gre->type == FS_GRE_TYPE_PPP)
        return fs_ppp_read(walk, version);
    if (gre->type == FS_GRE_TYPE_WCCP)
        return read_redirected(walk, version);
    if (gre->type < FS_TYPE_FIRST)
        return FLOWSCOPE_VERDICT_not_ip;
    return fs_ethernet_type(walk, gre->type, version);
}

enum flowscope_verdict fs_gre_read(struct fs_walk *walk, unsigned *version)
{
    struct fs_gre gre;
    const enum flowscope_verdict verdict = fs_gre_skip(walk, &gre);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    return (gre.flags & FS_GRE_VERSION) == 1 ? read_pptp(walk, &gre, version)
                                             : read_standard(walk, &gre, version);
}
