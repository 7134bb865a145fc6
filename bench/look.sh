#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# look.sh [REPORT]: opens the report in headless Chromium, light and dark, and keeps pictures beside it.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
report=${1-$top/build/bench/report.html}
if ! [ -r "$report" ]; then
    echo "flowscope: $report: no such file; bench/run.sh makes it" >&2
    exit 1
fi
sh "$top/setup/install.sh" look
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
folder=$(cd "$(dirname "$report")" && pwd)
for scheme in light dark; do
    picture=$folder/report-$scheme.png
    dark=
    [ "$scheme" = light ] || dark=--blink-settings=preferredColorScheme=0
    rm -f "$picture"
    # shellcheck disable=SC2086 # an option, or nothing
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync \
        --disable-background-networking --disable-component-update --hide-scrollbars \
        --user-data-dir="$profile" --window-size=1120,5200 --screenshot="$picture" $dark \
        "file://$folder/$(basename "$report")" 2>"$profile/said" || true
    if ! [ -s "$picture" ]; then
        cat "$profile/said" >&2
        echo "flowscope: Chromium took no picture" >&2
        exit 1
    fi
    echo "$picture"
done
