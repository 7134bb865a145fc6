#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run.sh [--captures]: installs what is missing, builds with sanitizers and for release, and runs every
# test of both. --captures: the sweeps take every capture of ../shared/captures, beside the checkout,
# and its absence is a failure; without it a sample of them is taken, or none where there are none.
set -eu

usage()
{
    echo "usage: tests/run.sh [--captures]" >&2
    exit 2
}

[ $# -le 1 ] || usage
case "${1-}" in
'') ;;
--captures) export FLOWSCOPE_CAPTURES=all ;;
*) usage ;;
esac

cd "$(dirname "$0")/.."
if [ -n "${FLOWSCOPE_CAPTURES-}" ] && ! [ -d ../shared/captures ]; then
    echo "flowscope: ../shared/captures, beside $(pwd), is absent" >&2
    exit 1
fi
started=$(date +%s)
sh setup/install.sh run test gui

# The makers of network cards and the numbers of enterprises are a third of what each of some thousand starts
# of Wireshark takes, and no name of them is in what we say. Where root may, the tests see both lists empty.
hide='for list in manuf enterprises.tsv; do
        [ ! -s "$1/$list" ] || mount --bind /dev/null "$1/$list" || exit
    done'
lists=$(tshark -G folders 2>/dev/null | sed -n 's/^Global configuration:[[:space:]]*//p')
tests()
{
    if unshare -m sh -c "$hide" sh "$lists" 2>/dev/null; then
        unshare -m sh -c "$hide"' && shift && exec "$@"' sh "$lists" ctest "$@"
    else
        ctest "$@"
    fi
}

failed=
for preset in dev release; do
    sh setup/build.sh "$preset" all -DFLOWSCOPE_TESTS=ON
    echo "== tests of the $preset build"
    tests --preset "$preset" || failed="$failed $preset"
done

seconds=$(($(date +%s) - started))
echo "== $((seconds / 60)) min $((seconds % 60)) s"
if [ -n "$failed" ]; then
    echo "flowscope: tests failed in:$failed" >&2
    exit 1
fi
echo "flowscope: all tests passed"
