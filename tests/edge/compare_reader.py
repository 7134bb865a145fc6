#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares our reader with Wireshark's own, record by record: number, time, lengths, link type,
section, interface, direction, bytes, and how the file ends.

A difference is accepted only if a rule in CLASSES predicts it."""
import argparse
import pathlib
import re
import subprocess
import sys

CHUNK = 200
SKIPPED = 77
FRAME, TIME, CAPTURED, WIRE, LINK, SECTION, INTERFACE, DIRECTION, PACKET, SUM = range(10)


class Result:
    """Records and the ending of one file: ('end' | 'error' | 'refused' | 'other', text)."""

    def __init__(self):
        self.records = []
        self.ending = ("end", "")


def parse(text):
    results, current = {}, None
    for line in text.splitlines():
        fields = line.split("\t")
        if fields[0] == "file":
            current = results[fields[1]] = Result()
        elif fields[0] in ("error", "refused", "other"):
            current.ending = (fields[0], fields[1])
        else:
            current.records.append(fields)
    return results


def run(tool, files, **more):
    return subprocess.run([tool, *files], stdout=subprocess.PIPE, text=True, errors="replace",
                          check=False, **more).stdout


def dump(tool, files):
    results = {}
    for start in range(0, len(files), CHUNK):
        results.update(parse(run(tool, files[start:start + CHUNK])))
    return results


def through_input(tool, file, pipe):
    with open(file, "rb") as content:
        if not pipe:
            return parse(run(tool, ["-"], stdin=content))["-"]
        done = subprocess.run(["sh", "-c", 'cat | "$0" -', tool], stdin=content, text=True,
                              stdout=subprocess.PIPE, errors="replace", check=False)
        return parse(done.stdout)["-"]


# Each rule sees our result, Wireshark's, and the file; true: this difference is what it predicts.

def unknown_link_type(ours, theirs, file):
    """tshark refuses a pcap whose link type it does not know; we read it (verdict
    unknown_link_type)."""
    return ours.ending[0] != "refused" and theirs.ending[0] == "refused" and \
        re.search(r"network type \d+ unknown", theirs.ending[1]) is not None


def quiet_end(ours, theirs, file):
    """A Netflix block of an unknown type, or a Netflix option too short to have one: Wireshark's
    reader stops without an error as if the file ended there; we say that it is damaged."""
    return ours.records == theirs.records and theirs.ending[0] == "end" and \
        "Netflix" in ours.ending[1]


def netflix_leftovers(ours, theirs, file):
    """A Netflix event without data: Wireshark's record keeps time and length of the one before. It
    is no packet and has neither to us."""
    pairs = list(zip(ours.records, theirs.records))
    return len(ours.records) == len(theirs.records) and ours.ending[0] == theirs.ending[0] and \
        all(a == b or (a[PACKET] == "0" and a[TIME] == "" and a[CAPTURED] == "0" and i > 0 and
                       b[TIME] == theirs.records[i - 1][TIME])
            for i, (a, b) in enumerate(pairs))


def other_format(ours, theirs, file):
    """Wireshark knows many formats besides; some have no magic number, and it finds one of them in
    what is no pcap, and ERF in a file of 0 bytes."""
    return theirs.ending[0] == "other" and ours.ending[0] == "refused"


def bytes_after_gzip(ours, theirs, file):
    """After a gzip member, bytes that begin no other one: Wireshark goes on with its buffer of
    compressed bytes, from its start, as if they were packets. We end with an error."""
    return "other bytes follow" in ours.ending[1] and \
        theirs.records[:len(ours.records)] == ours.records


def gzip_header_sum(ours, theirs, file):
    """The checksum of a gzip header, which few headers have and Wireshark does not look at."""
    return "header crc mismatch" in ours.ending[1] and \
        theirs.records[:len(ours.records)] == ours.records


def differ_only_in(column, link_type, ours, theirs):
    """Both have the same records of one link type, but for one column."""
    pairs = list(zip(ours.records, theirs.records))
    return len(ours.records) == len(theirs.records) and ours.ending[0] == theirs.ending[0] and \
        all(a[:column] == b[:column] and a[column + 1:] == b[column + 1:] for a, b in pairs) and \
        all(a[LINK] == ENCAPS[link_type] for a, b in pairs if a != b)


def usb_wire_length(ours, theirs, file):
    """Linux USB with the 64-byte header: Wireshark corrects the wire length of isochronous
    transfers from the descriptors in the frame. We analyse no USB."""
    return differ_only_in(WIRE, "220", ours, theirs)


def erf_interface(ours, theirs, file):
    """ERF records say themselves on which interface they came in. We analyse no ERF."""
    return differ_only_in(INTERFACE, "197", ours, theirs)


def swapped_inside(ours, theirs, file):
    """Bytes of another byte order inside frames that we do not analyse: CAN in cooked captures,
    NFLOG, PFLOG and USB. Wireshark swaps them in the frame."""
    return any(differ_only_in(SUM, link, ours, theirs) for link in ("113", "276", "117", "239",
                                                                    "189", "220"))


CLASSES = (unknown_link_type, quiet_end, netflix_leftovers, other_format, bytes_after_gzip,
           gzip_header_sum, usb_wire_length, erf_interface, swapped_inside)
ENCAPS = {}


def same(ours, theirs):
    return ours.records == theirs.records and ours.ending[0] == theirs.ending[0]


def as_encapsulations(result):
    for record in result.records:
        record[LINK] = ENCAPS.get(record[LINK], record[LINK])
    return result


def difference(ours, theirs):
    for a, b in zip(ours.records, theirs.records):
        if a != b:
            return f"ours {a}\n    theirs {b}"
    return f"ours {len(ours.records)} records, {ours.ending}\n" \
        f"    theirs {len(theirs.records)} records, {theirs.ending}"


def tshark(file):
    command = ["tshark", "-n", "-r", file, "-T", "fields"]
    for name in ("number", "time_epoch", "cap_len", "len"):
        command += ["-e", "frame." + name]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          errors="replace", check=False)
    return [line.split("\t") for line in done.stdout.splitlines()], done.returncode


def agrees_with_tshark(result, file):
    """tshark prints lengths of 2^31 and more as 2^31 - 1; of times out of range (`~`) it prints the
    parts, which no one could compare."""
    lines, status = tshark(file)
    ours = [record[:LINK] for record in result.records]
    for line, record in zip(lines, ours):
        record[WIRE] = str(min(int(record[WIRE]), 2**31 - 1))
        if record[TIME].endswith("~"):
            line[TIME] = record[TIME]
    return lines == ours and (status == 0) == (result.ending[0] == "end")


class Comparison:
    def __init__(self):
        self.compared = 0
        self.wrong = 0
        self.classes = {rule.__name__: 0 for rule in CLASSES}

    def check(self, ours, theirs, file, how):
        self.compared += 1
        if same(ours, theirs):
            return
        for rule in CLASSES:
            if rule(ours, theirs, file):
                self.classes[rule.__name__] += 1
                return
        self.wrong += 1
        print(f"{file} {how}:\n    {difference(ours, theirs)}")


def find(paths):
    for path in map(pathlib.Path, paths):
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (str(file) for file in files if file.is_file())


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ours", help="the program dump_frames")
    parser.add_argument("theirs", help="the program dump_wiretap")
    parser.add_argument("paths", nargs="+", help="captures, and folders of them")
    parser.add_argument("--pipes", action="store_true",
                        help="each file through standard input too, as a file and as a pipe")
    parser.add_argument("--tshark", type=int, metavar="N", default=0,
                        help="what tshark itself prints of every Nth file has to agree as well")
    return parser.parse_args()


def main():
    options = arguments()
    ENCAPS.update(line.split("\t") for line in run(options.theirs, ["--encaps"]).splitlines())
    files = list(find(options.paths))
    if not files:
        print("no captures here: nothing compared")
        return SKIPPED
    ours, theirs = dump(options.ours, files), dump(options.theirs, files)
    comparison = Comparison()
    for number, file in enumerate(files):
        as_encapsulations(ours[file])
        comparison.check(ours[file], theirs[file], file, "")
        if "/cuts/" in file:
            continue
        for pipe in (False, True) if options.pipes else ():
            comparison.check(as_encapsulations(through_input(options.ours, file, pipe)),
                             through_input(options.theirs, file, pipe), file,
                             "from a pipe" if pipe else "from standard input")
        if options.tshark and number % options.tshark == 0 and \
                theirs[file].ending[0] in ("end", "error") and \
                not agrees_with_tshark(theirs[file], file):
            print(f"{file}: tshark prints other records than its library gives")
            comparison.wrong += 1
    counts = ", ".join(f"{name} {count}" for name, count in comparison.classes.items() if count)
    print(f"{comparison.compared} compared, {comparison.wrong} differ; expected: {counts or 'none'}")
    return comparison.wrong != 0


if __name__ == "__main__":
    sys.exit(main())
