#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run.sh [OPTION...]: installs what the bench needs, builds for release, and measures: ours, the Rust
# crate and the limits of the machine. --help lists the options.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
sh setup/install.sh run bench
sh setup/build.sh release flowscope_bench -DFLOWSCOPE_TESTS=ON

# The machine's own plotting library belongs to the system's Python.
python=/usr/bin/python3
[ -x "$python" ] || python=python3

peer=bench/peers/rust/Cargo.toml
if ! command -v cargo >/dev/null; then
    echo "flowscope bench: the Rust peers are skipped: there is no cargo" >&2
elif ! cargo build --quiet --release --locked --ignore-rust-version --manifest-path "$peer" \
    --target-dir build/bench/rust; then
    echo "flowscope bench: the Rust peers are skipped: cargo could not build them" >&2
fi
exec "$python" -B bench/run.py "$@"
