#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# install.sh SET...: installs the Debian packages of these sets of debian-packages.txt that are missing,
# as root or with sudo. When all are there it asks dpkg, never apt-get, and says nothing.
set -eu

list=$(dirname "$0")/debian-packages.txt

fail()
{
    echo "flowscope: $*" >&2
    exit 1
}

command -v dpkg-query >/dev/null ||
    fail "this is no Debian system: install by hand what $list names"

wanted=
for set_name in "$@"; do
    wanted="$wanted $(awk -v s="$set_name" '$1 == s { print $2 }' "$list")"
done
# shellcheck disable=SC2086 # words, one a package
installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' $wanted 2>/dev/null |
    sed -n 's/^.i *//p') || true
missing=
for package in $wanted; do
    case "$missing " in
    *" $package "*) continue ;; # of two sets
    esac
    echo "$installed" | grep -qx "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
        fail "missing packages:$missing; run this as root, or install sudo"
    as_root=sudo
fi
command -v apt-get >/dev/null || fail "missing packages:$missing; there is no apt-get to install them"

echo "flowscope: installing$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Wireshark asks whether everyone may capture; noninteractive keeps its default, no.
apt()
{
    $as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get -y -q -o Dpkg::Use-Pty=0 "$@" >>"$log" 2>&1
}
# An index that cannot be refreshed may still be good enough: the installation decides.
apt update || echo "flowscope: apt-get update failed, trying with the index as it is" >&2
# shellcheck disable=SC2086
if ! apt install --no-install-recommends $missing; then
    tail -n 20 "$log" >&2
    fail "apt-get could not install$missing"
fi
