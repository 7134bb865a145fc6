#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run.sh [CAPTURE]: installs what is missing, builds into build/, and prints the flow statistics that
# tshark gives for CAPTURE with the plugin just built; without CAPTURE, for a generated sample.
set -eu

usage()
{
    echo "usage: run.sh [CAPTURE]" >&2
    exit 2
}

[ $# -le 1 ] || usage
case "${1-}" in
-h | --help) usage ;;
esac
top=$(cd "$(dirname "$0")" && pwd)
capture=${1-$top/build/sample.pcap}
if [ $# -eq 1 ] && ! [ -r "$capture" ]; then
    echo "flowscope: $capture: no such file, or it may not be read" >&2
    exit 1
fi

sh "$top/setup/install.sh" run
# The tests need packages of their own: only tests/run.sh switches them on.
set --
[ -e "$top/build/CMakeCache.txt" ] || set -- -DFLOWSCOPE_TESTS=OFF
sh "$top/setup/build.sh" release product "$@"
exec "$top/build/tshark" -q -z flowscope,stats -r "$capture"
