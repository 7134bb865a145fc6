#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# versions.sh [--working-tree] [--gui] [SUITE]...: builds the plugin beside the Wireshark of other Debian releases,
# in roots made by debootstrap, and runs the tests of tests/plugin there, with --gui those of tests/gui too: trixie
# has Wireshark 4.4, sid the newest. The checkout is HEAD, or the files as they lie. Needs root, debootstrap and the network, once;
# roots are cached in ~/.cache/flowscope. Ends with one line a suite.
set -euo pipefail

. "$(dirname "$0")/debootstrap.sh"
source=head
sets='$1 == "run"'
tests='^plugin/'
suites=()
for argument; do
    case $argument in
    --working-tree) source=tree ;;
    --gui) sets='$1 == "run" || $1 == "gui"' tests='^(plugin|gui)/' ;;
    -*)
        echo "usage: versions.sh [--working-tree] [--gui] [SUITE]..." >&2
        exit 2
        ;;
    *) suites+=("$argument") ;;
    esac
done
[ ${#suites[@]} -gt 0 ] || suites=(trixie sid)
enter_own_mounts "$@"

packages="python3 g++ $(awk "$sets { print \$2 }" "$top/setup/debian-packages.txt" | tr '\n' ' ')"

# A root with what the build needs; made anew when its Wireshark is no longer the suite's.
make_root()
{
    if [ ! -e "$root/made" ]; then
        rm -rf --one-file-system "$root"
        mkdir -p "$cache"
        make_debian "$suite" "$root"
    fi
    mount_system "$root"
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
    chroot "$root" env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 PATH="$path" \
        sh -c 'cd "$1" && shift && exec "$@"' sh "$directory" "$@"
}

failed=
for suite in "${suites[@]}"; do
    root=$cache/versions-$suite
    log=$cache/versions-$suite.log
    echo "versions.sh: $suite, see $log" >&2
    {
        make_root && rm -rf --one-file-system "$root/flowscope" && copy_checkout "$root/flowscope" &&
            inside /flowscope cmake --preset release -DFLOWSCOPE_TESTS=ON &&
            inside /flowscope cmake --build --preset release
    } >"$log" 2>&1 || { tail -n 30 "$log"; echo "$suite: FAILED to build"; failed=yes; continue; }
    inside /flowscope ctest --preset release -R "$tests" >>"$log" 2>&1 || true
    echo "$suite: $(inside / tshark --version 2>/dev/null | head -n 1)" \
        "$(inside / gcc --version | head -n 1): $(grep -E '^[0-9]+% tests passed' "$log")"
    grep -E '^[0-9]+% tests passed, 0 tests failed' "$log" >/dev/null ||
        { grep -E '\((Failed|Timeout)\)' "$log" || true; failed=yes; }
done
[ -z "$failed" ]
