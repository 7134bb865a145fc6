#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# versions.sh [--working-tree] [SUITE]...: builds the plugin beside the Wireshark of other Debian releases,
# in roots made by debootstrap, and runs the tests of tests/plugin there: trixie has Wireshark 4.4, sid the
# newest. The checkout is HEAD, or the files as they lie. Needs root, debootstrap and the network, once;
# roots are cached in ~/.cache/flowscope. Ends with one line a suite.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/flowscope
mirror=${DEBIAN_MIRROR:-$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
    sed -n 's|^URIs: *\([^ ]*\).*|\1|p; s|^deb \(\[[^]]*\] \)*\([^ ]*\).*|\2|p' | head -n 1)} # apt's own
source=head
suites=()
for argument; do
    case $argument in
    --working-tree) source=tree ;;
    -*)
        echo "usage: versions.sh [--working-tree] [SUITE]..." >&2
        exit 2
        ;;
    *) suites+=("$argument") ;;
    esac
done
[ ${#suites[@]} -gt 0 ] || suites=(trixie sid)
[ "$(id -u)" -eq 0 ] || { echo "versions.sh: needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "versions.sh: needs debootstrap" >&2; exit 1; }

# Mounts stay in a namespace of our own and end with it.
if [ -z "${FLOWSCOPE_VERSIONS_INSIDE-}" ]; then
    FLOWSCOPE_VERSIONS_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi

packages="python3 g++ $(awk '$1 == "run" { print $2 }' "$top/setup/debian-packages.txt" | tr '\n' ' ')"

# A root with what the build needs; made anew when its Wireshark is no longer the suite's.
make_root()
{
    if [ ! -e "$root/made" ]; then
        rm -rf --one-file-system "$root"
        mkdir -p "$cache"
        debootstrap --variant=minbase "$suite" "$root" "$mirror"
        cp /etc/resolv.conf "$root/etc/resolv.conf"
    fi
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    # A mirror may lag behind the clock.
    inside / apt-get -q -o Acquire::Check-Valid-Until=false update
    # shellcheck disable=SC2086 # words, one a package
    inside / env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends $packages
    touch "$root/made"
}

inside()
{
    local directory=$1
    shift
    chroot "$root" env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        sh -c 'cd "$1" && shift && exec "$@"' sh "$directory" "$@"
}

copy_checkout()
{
    rm -rf --one-file-system "$root/flowscope"
    mkdir -p "$root/flowscope"
    if [ "$source" = head ]; then
        git -C "$top" archive HEAD | tar -C "$root/flowscope" -x
    else
        git -C "$top" ls-files -z --cached --others --exclude-standard |
            (cd "$top" && xargs -0 ls -d 2>/dev/null | tar -c -T -) | tar -C "$root/flowscope" -x
    fi
}

failed=
for suite in "${suites[@]}"; do
    root=$cache/versions-$suite
    log=$cache/versions-$suite.log
    echo "versions.sh: $suite, see $log" >&2
    {
        make_root && copy_checkout &&
            inside /flowscope cmake --preset release -DFLOWSCOPE_TESTS=ON &&
            inside /flowscope cmake --build --preset release
    } >"$log" 2>&1 || { tail -n 30 "$log"; echo "$suite: FAILED to build"; failed=yes; continue; }
    inside /flowscope ctest --preset release -R '^plugin/' >>"$log" 2>&1 || true
    echo "$suite: $(inside / tshark --version 2>/dev/null | head -n 1)" \
        "$(inside / gcc --version | head -n 1): $(grep -E '^[0-9]+% tests passed' "$log")"
    grep -E '^[0-9]+% tests passed, 0 tests failed' "$log" >/dev/null ||
        { grep -E '\((Failed|Timeout)\)' "$log" || true; failed=yes; }
done
[ -z "$failed" ]
