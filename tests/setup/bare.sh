#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# bare.sh [--working-tree] [--keep] [root|sudo]...: proves ./run.sh and ./tests/run.sh on a bare Debian
# 12, a root made by debootstrap, as root and (in another such root) as a user with sudo. The checkout
# is HEAD, or the files as they lie. Needs root, debootstrap and the network, once; the root and the
# packages are cached in ~/.cache/flowscope.
set -euo pipefail

. "$(dirname "$0")/debootstrap.sh"
source=head
keep=
users=()
for argument; do
    case $argument in
    --working-tree) source=tree ;;
    --keep) keep=yes ;;
    root | sudo) users+=("$argument") ;;
    *)
        echo "usage: bare.sh [--working-tree] [--keep] [root|sudo]..." >&2
        exit 2
        ;;
    esac
done
[ ${#users[@]} -gt 0 ] || users=(root sudo)
enter_own_mounts "$@"

say()
{
    printf '%s bare.sh: %s\n' "$(date +%T)" "$*"
}

fail()
{
    say "FAILED: $*"
    exit 1
}

base=$cache/bookworm-minbase.tar
if [ ! -s "$base" ]; then
    say "making $base"
    mkdir -p "$cache"
    fresh=$(mktemp -d)
    make_debian bookworm "$fresh" >"$cache/debootstrap.log" 2>&1 ||
        fail "debootstrap, see $cache/debootstrap.log"
    tar -C "$fresh" -cf "$base.part" .
    mv "$base.part" "$base"
    rm -rf "$fresh"
fi

work=$(mktemp -d)
finish()
{
    findmnt -rno TARGET | grep "^$work/" | sort -r | xargs -r umount -l
    if [ -n "$keep" ]; then
        say "kept: $work"
    else
        rm -rf --one-file-system "$work"
    fi
}
trap finish EXIT

# A bare root with the checkout in /home/dev/flowscope and the user dev.
make_root()
{
    local root=$1
    mkdir -p "$root" "$cache/archives/partial"
    tar -C "$root" -xpf "$base"
    mount_system "$root"
    mount --bind "$cache/archives" "$root/var/cache/apt/archives"
    chroot "$root" useradd -m -s /bin/bash dev
    copy_checkout "$root/home/dev/flowscope"
    chroot "$root" chown -R dev:dev /home/dev
}

# inside USER DIRECTORY COMMAND...: in the root, with the environment of a fresh login.
inside()
{
    local user=$1 directory=$2
    shift 2
    chroot "$root" setpriv --reuid "$user" --regid "$user" --init-groups \
        env -i HOME="$([ "$user" = root ] && echo /root || echo "/home/$user")" USER="$user" \
        TERM=dumb PATH="$path" \
        sh -c 'cd "$1" && shift && exec "$@"' sh "$directory" "$@"
}

without_apt()
{
    for name in apt-get apt aptitude; do
        printf '#!/bin/sh\necho "$0 $*" >>/tmp/asked\nexit 99\n' >"$root/usr/local/bin/$name"
        chmod +x "$root/usr/local/bin/$name"
    done
}

timed()
{
    local what=$1 started
    shift
    started=$(date +%s)
    "$@" >"$log" 2>&1 || { tail -n 60 "$log"; fail "$what"; }
    say "$what: $(($(date +%s) - started)) s"
}

for as in "${users[@]}"; do
    root=$work/$as
    log=$work/$as.log
    say "as $as"
    make_root "$root"
    user=root
    if [ "$as" = sudo ]; then
        user=dev
        chroot "$root" sh -c 'apt-get -q update && DEBIAN_FRONTEND=noninteractive \
            apt-get -qy install --no-install-recommends sudo' >"$log" 2>&1 || fail "installing sudo"
        echo 'dev ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/dev"
    fi

    timed "run.sh, bare" inside $user / /home/dev/flowscope/run.sh
    grep -q '^\[totals\]' "$log" || { cat "$log"; fail "run.sh printed no statistics"; }
    timed "tests/run.sh, first" inside $user /tmp /home/dev/flowscope/tests/run.sh
    grep -E '^[0-9]+% tests passed|min .* s$' "$log" || true

    without_apt
    timed "run.sh CAPTURE, again" inside $user /home/dev/flowscope/build ../run.sh sample.pcap
    grep -q '^\[totals\]' "$log" || { cat "$log"; fail "run.sh printed no statistics"; }
    if [ $user = root ]; then
        timed "tests/run.sh, again" inside $user / /home/dev/flowscope/tests/run.sh
    fi
    [ ! -e "$root/tmp/asked" ] || fail "asked the package manager again: $(cat "$root/tmp/asked")"
done
say "passed"
