#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Damages the small files of a folder at random, the same way for the same seed: bits, bytes,
numbers that mean something in a header, bytes taken out and put in, the end cut off."""
import argparse
import pathlib
import random
import shutil

TELLING = (0, 1, 2, 3, 4, 8, 11, 12, 16, 20, 24, 28, 32, 0x7F, 0x80, 0xFE, 0xFF, 0xFFFC, 0xFFFF,
           0x10000, 0x40000, 0x40001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF)
HEADERS = 120  # where most of what can go wrong lies


def damage(content, chance):
    content = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        if not content:
            break
        at = chance.randrange(chance.choice((len(content), min(len(content), HEADERS))))
        kind = chance.randrange(6)
        if kind == 0:
            content[at] = chance.randrange(256)
        elif kind == 1:
            content[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            at -= at % 4
            number = chance.choice((chance.choice(TELLING), chance.getrandbits(32)))
            content[at:at + 4] = number.to_bytes(4, chance.choice(("little", "big")))
        elif kind == 3:
            del content[at:at + chance.choice((1, 2, 4, 8, 32))]
        elif kind == 4:
            content[at:at] = chance.randbytes(chance.choice((1, 2, 4, 8, 12)))
        else:
            del content[at + 1:]
    return content


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    files = sorted(file for file in options.source.iterdir()
                   if file.is_file() and 0 < file.stat().st_size < 20000)
    shutil.rmtree(options.target, ignore_errors=True)
    options.target.mkdir(parents=True)
    for number in range(options.count):
        file = chance.choice(files)
        (options.target / f"{number:05d}-{file.name}").write_bytes(
            damage(file.read_bytes(), chance))
    print(f"{options.count} files in {options.target}, seed {options.seed}")


if __name__ == "__main__":
    main()
