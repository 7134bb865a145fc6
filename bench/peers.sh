#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# peers.sh [--install] CAPTURE [OPTION...]: flowscope beside the other programs for flows that are
# installed here, on one capture file. --install installs them from Debian first; --help lists the rest.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
sets=
if [ "${1-}" = --install ]; then
    sets=peers
    shift
fi
# shellcheck disable=SC2086 # a set, or nothing
sh "$top/setup/install.sh" run $sets
sh "$top/setup/build.sh" release flowscope_command -DFLOWSCOPE_TESTS=ON
exec python3 -B "$top/bench/peers.py" --flowscope "$top/build/flowscope" "$@"
