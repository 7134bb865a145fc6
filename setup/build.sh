#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# build.sh PRESET [TARGET...]: configures and builds a preset, all of it or the targets named; quiet
# unless it fails.
set -eu

cd "$(dirname "$0")/.."
preset=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT

quietly()
{
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        echo "flowscope: this failed: $*" >&2
        exit 1
    fi
}

quietly cmake --preset "$preset"
[ $# -eq 0 ] || set -- --target "$@"
quietly cmake --build --preset "$preset" "$@"
