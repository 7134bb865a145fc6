#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# build.sh PRESET TARGET [CMAKE-OPTION...]: configures a preset and builds one target of it; quiet
# unless that fails.
set -eu

cd "$(dirname "$0")/.."
preset=$1
target=$2
shift 2
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

quietly cmake --preset "$preset" "$@"
quietly cmake --build --preset "$preset" --target "$target"
