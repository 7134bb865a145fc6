# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # what is set here is used there
# Sourced by the scripts of this folder that work in roots made by debootstrap: the way there.
# Sets top, cache and mirror. The scripts set source to head or tree.

top=$(cd "$(dirname "$0")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/flowscope
mirror=${DEBIAN_MIRROR:-$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
    sed -n 's|^URIs: *\([^ ]*\).*|\1|p; s|^deb \(\[[^]]*\] \)*\([^ ]*\).*|\2|p' | head -n 1)} # apt's own
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Begins the script anew in a namespace of its own, with which mounts end: enter_own_mounts "$@"
enter_own_mounts()
{
    [ "$(id -u)" -eq 0 ] || { echo "$(basename "$0"): needs root" >&2; exit 1; }
    command -v debootstrap >/dev/null ||
        { echo "$(basename "$0"): needs debootstrap" >&2; exit 1; }
    if [ -z "${FLOWSCOPE_OWN_MOUNTS-}" ]; then
        FLOWSCOPE_OWN_MOUNTS=1 exec unshare --mount --propagation private "$0" "$@"
    fi
}

# make_debian SUITE FOLDER
make_debian()
{
    debootstrap --variant=minbase "$1" "$2" "$mirror"
}

# mount_system ROOT: what programs in there expect of the system.
mount_system()
{
    cp /etc/resolv.conf "$1/etc/resolv.conf"
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
}

# copy_checkout FOLDER: HEAD, or the files as they lie.
copy_checkout()
{
    mkdir -p "$1"
    if [ "$source" = head ]; then
        git -C "$top" archive HEAD | tar -C "$1" -x
    else
        git -C "$top" ls-files -z --cached --others --exclude-standard |
            (cd "$top" && xargs -0 ls -d 2>/dev/null | tar -c -T -) | tar -C "$1" -x
    fi
}
