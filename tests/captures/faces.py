#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The command and tshark say the same of every capture, to the byte: reports of -z in one pass, and
the annotation of every frame under -2.

usage: faces.py captures [--bless] | edge FOLDER [--third] [--bless] | options FOLDER | locale
--bless writes the counts of tests/differences/faces.tsv for what was taken"""
import collections
import concurrent.futures
import decimal
import functools
import gzip
import itertools
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zlib

import sweep

REPORTS = [("flows", "csv"), ("flows", "table"), ("flows", "ndjson"), ("stats", "table"),
           ("stats", "ndjson")]

# Columns of `flowscope packets` and the fields of the same meaning. The columns that have none yet
# must be empty: who fills one adds its field here.
FIELDS = {"frame": "frame.number", "ts": "frame.time_epoch", "flow_id": "flowscope.flow_id",
          "parent_id": "flowscope.parent_id", "dir": "flowscope.dir", "pkt": "flowscope.pkt",
          "prev_frame": "flowscope.prev_frame", "tcp_state": "flowscope.tcp.state",
          "dup_of": "flowscope.dup_of", "dup_kind": "flowscope.dup_kind",
          "verdict": "flowscope.verdict", "related_id": "flowscope.related_id"}
COLUMNS = ("frame ts flow_id parent_id dir pkt prev_frame tcp_state dup_of dup_kind reasm verdict "
           "related_id").split()
EMPTY = [column for column in COLUMNS if column not in FIELDS]

# Values off the default for every option of config.def, those that bite in small captures.
OFF_DEFAULT = {"tcp_idle_timeout": "500ms", "tcp_half_open_timeout": "20ms",
               "tcp_closed_timeout": "1ms", "udp_idle_timeout": "1500us",
               "other_idle_timeout": "1ns", "port_timeout": "53/udp=1us,80=2ms",
               "active_timeout": "20ms", "max_flows": "3", "tcp_facts": "all", "tunnel_depth": "1",
               "identity": "strict", "key": "mac_pair", "direction": "directional",
               "decapsulate": "none", "checksum": "on", "community_id_seed": "1",
               "vxlan_port": "0", "vxlan_gpe_port": "2152", "geneve_port": "0", "gtpu_port": "0",
               "l2tp_port": "0", "teredo_port": "0",
               "duplicates": "ignore", "dup_profile": "loopback", "dup_exact_window": "10ms",
               "dup_changed_window": "20ms", "dup_no_id_window": "5ms", "dup_frames": "2",
               "dup_tunneled": "on",
               "fragment_timeout": "1ms", "fragment_window": "2", "fragment_bytes": "2000",
               "max_datagrams": "1", "max_fragments": "3", "datagram_fragments": "2",
               "ipv4_overlap": "last"}

ORDINARY_TIME = re.compile(r"\d+\.\d{9}$")
LATEST, EARLIEST = "9223372036.854775807", "-9223372036.854775808"


WANTED_REPORTS = [word for report, form in REPORTS for word in ("-z", f"flowscope,{report},{form}")]
WANTED_FIELDS = ["-T", "fields", "-E", "separator=|"] + \
    [word for field in [*FIELDS.values(), "flowscope.first_frame"] for word in ("-e", field)]


def expected_reports(path, options, env):
    """What tshark prints for all reports in one run: it draws the last -z first. What the command printed
    last is `flows -f csv`."""
    out, faults, status = [], [], 0
    for report, form in reversed(REPORTS):
        done = sweep.command(report, "-f", form, *options, path, env=env)
        if done.complaint():
            faults.append(f"flowscope {report} -f {form}: {done.complaint()}")
        status = max(status, done.status)
        out.append(done.out)
    return b"".join(out), status, faults, first_frames(out[-1])


def compare_reports(path, options=(), preferences=(), env=None):
    """Faults, and first_frame by flow_id."""
    ours, status, faults, first = expected_reports(path, options, env)
    theirs = sweep.tshark("-q", "-r", path, *preferences, *WANTED_REPORTS, env=env)
    if theirs.complaint():
        faults.append(f"tshark -z: {theirs.complaint()}")
    if ours != theirs.out:
        faults.append(f"reports differ in {sweep.first_difference(ours, theirs.out)}")
    if (status == 0) != (theirs.status == 0):
        faults.append(f"the command ends with {status}, tshark with {theirs.status}: "
                      f"{theirs.said.decode(errors='replace').strip()}")
    return faults, first


def first_frames(flows):
    """first_frame by flow_id, from what `flows -f csv` printed."""
    lines = flows.decode().splitlines()
    if not lines:
        return {}
    at = lines[0].split(",").index("first_frame")
    rows = [line.split(",") for line in lines[1:]]
    return {row[0]: row[at] for row in rows}


def compare_row(row, theirs, first, counts):
    ours = dict(zip(COLUMNS, row.split(",")))
    names = [*FIELDS, "first_frame"]
    cells = dict(zip(names, theirs.split("|")))
    # The field has all flows around this one, the column the next.
    cells["parent_id"] = cells["parent_id"].split(",")[0]
    ours["first_frame"] = first.get(ours["flow_id"], "")
    for column in EMPTY:
        if ours[column]:
            return f"column {column} has a value and no field to compare it with"
    for name in names:
        if ours[name] == cells[name]:
            continue
        if name == "ts" and is_time_beyond(ours["ts"], cells["ts"]):
            counts["time_beyond"] += 1
        elif name == "ts" and is_time_in_parts(ours["ts"], cells["ts"]):
            counts["time_in_parts"] += 1
        else:
            return f"frame {ours['frame']}: {name} is {ours[name]!r}, in tshark {cells[name]!r}"
    return ""


def is_time_beyond(ours, theirs):
    """tshark's time does not fit, and ours is the end of what does."""
    value = decimal.Decimal(theirs or 0) * 10**9
    return ours in (LATEST, EARLIEST) and not -2**63 <= value < 2**63


def is_time_in_parts(ours, theirs):
    """Before 1970, or with a fraction that is no fraction, tshark prints what is no number of seconds."""
    return bool(ours) and (ours.startswith("-") or not ORDINARY_TIME.match(theirs))


def compare_rows(rows, lines, first, counts):
    if rows and rows[0].split(",") != COLUMNS:
        return [f"columns are {rows[0]}"]
    if len(rows[1:]) != len(lines):
        return [f"{len(rows[1:])} rows of packets, {len(lines)} in tshark"]
    compared = [compare_row(row, line, first, counts) for row, line in zip(rows[1:], lines)]
    different = [fault for fault in compared if fault]
    return [f"{len(different)} frames differ; {different[0]}"] if different else []


def compare_packets(path, first, options=(), preferences=(), env=None, counts=None):
    counts = collections.Counter() if counts is None else counts
    done = sweep.command("packets", "-f", "csv", *options, path, env=env)
    faults = [f"flowscope packets: {done.complaint()}"] if done.complaint() else []
    theirs = sweep.tshark("-2", "-r", path, *preferences, *WANTED_FIELDS, env=env)
    if theirs.complaint():
        faults.append(f"tshark -2: {theirs.complaint()}")
    return faults + compare_rows(done.out.decode().splitlines(), theirs.out.decode().splitlines(),
                                 first, counts)


def both(path, options=(), preferences=(), env=None, counts=None):
    faults, first = compare_reports(path, options, preferences, env)
    return faults + compare_packets(path, first, options, preferences, env, counts)


def both_at_once(path, options=(), preferences=(), counts=None):
    """For many small files: one run of tshark, under -2, prints the fields and then all reports."""
    counts = collections.Counter() if counts is None else counts
    ours, status, faults, first = expected_reports(path, options, None)
    done = sweep.command("packets", "-f", "csv", *options, path)
    theirs = sweep.tshark("-2", "-r", path, *preferences, *WANTED_FIELDS, *WANTED_REPORTS)
    faults += [run.complaint() for run in (done, theirs) if run.complaint()]
    rows = done.out.decode().splitlines()
    lines = theirs.out.decode().splitlines(True)
    frames = max(0, len(rows) - 1)
    faults += compare_rows(rows, [line.rstrip("\n") for line in lines[:frames]], first, counts)
    if "".join(lines[frames:]).encode() != ours:
        faults.append("reports differ in " +
                      sweep.first_difference(ours, "".join(lines[frames:]).encode()))
    if (status == 0) != (theirs.status == 0):
        faults.append(f"the command ends with {status}, tshark with {theirs.status}")
    return faults


# What is known of files in which Wireshark's reader ends in another way than ours; the reader itself is
# compared with it record by record in tests/edge. Each predicate sees the outcome of `stats`, ours and
# tshark's, and that of `packets`.

def is_empty(content, ours, theirs, rows):
    return not content and ours.status == 1 and not ours.out and theirs.status == 0


def is_cut_in_the_head(content, ours, theirs, rows):
    return 0 < len(content) < 28 and ours.status == 1 and not ours.out and theirs.status == 0


def is_gzip_header_sum(content, ours, theirs, rows):
    return b"header crc mismatch" in ours.said and not ours.out and theirs.status == 0


def is_unknown_link_type(content, ours, theirs, rows):
    return b"unknown or unsupported" in theirs.said and not theirs.out and ours.status == 0


LINK_TYPE = re.compile(rb'{"section":"unknown_link_types","name":"(\w+)","value":(\d+)}\n')


def link_types_as_other(out):
    """The output with all unknown link types counted as one, and their names."""
    names = [name for name, _ in LINK_TYPE.findall(out)]
    counted = sum(int(value) for _, value in LINK_TYPE.findall(out))
    lines, inside, total = [], False, 0
    for line in LINK_TYPE.sub(b"", out).split(b"\n"):
        if inside and line and not line.startswith((b"[", b"{")):
            names.append(line.split()[0])
            total += int(line.split()[1])
            continue
        inside = line == b"[unknown_link_types]"
        lines.append(line)
    return (b"\n".join(lines), counted, total), set(names)


def is_unnamed_link_type(content, ours, theirs, rows):
    (mine, named), (other, known) = link_types_as_other(ours.out), link_types_as_other(theirs.out)
    return mine == other and known == {b"other"} | (known & named) and bool(named - known)


def is_quiet_end(content, ours, theirs, rows):
    return b"Netflix" in ours.said and ours.status == 1 and theirs.status == 0 and \
        ours.out == theirs.out


def is_leftover_time(content, ours, theirs, rows):
    """The only difference is the time of records that are no packets and have none."""
    odd = sum(1 for row in rows if row.endswith(",not_a_packet,") and row.split(",")[1] == "")
    untimed = b'"name":"no_time","value":%d}'
    return odd > 0 and ours.out.replace(untimed % odd, untimed % 0) == theirs.out


CLASSES = {
    "time_beyond": ("a time outside int64 nanoseconds is its end in `ts` (counted: frames)",
                    "time is int64 nanoseconds; such times are counted as bad_time"),
    "time_in_parts": ("tshark prints times before 1970, and fractions of a second and more, as two parts "
                      "(counted: frames)", "`ts` is the number that the parts make"),
    "empty": ("a file of 0 bytes, gzip'd or not: the command refuses it", "it is no capture"),
    "cut_in_the_head": ("a file cut within its first header: the command refuses it",
                        "tshark takes some of them for other formats, which have no magic number"),
    "gzip_header_sum": ("a gzip header with a wrong checksum: the command refuses it",
                        "tshark does not look at it"),
    "unknown_link_type": ("a pcap whose link type tshark refuses is read by the command",
                          "its frames are counted with a verdict"),
    "unnamed_link_type": ("a link type that wiretap does not know is counted by its number",
                          "tshark cannot tell the number: other"),
    "quiet_end": ("a Netflix block of an unknown kind ends the file: the command says so, status 1",
                  "tshark stops without a word"),
    "leftover_time": ("a Netflix event without data has no time; tshark shows the record's before it",
                      "the block has none"),
}
FILE_CLASSES = {"empty": is_empty, "cut_in_the_head": is_cut_in_the_head,
                "gzip_header_sum": is_gzip_header_sum, "unknown_link_type": is_unknown_link_type,
                "unnamed_link_type": is_unnamed_link_type,
                "quiet_end": is_quiet_end, "leftover_time": is_leftover_time}


def content_of(path):
    """The bytes inside, for files small enough to matter."""
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            return gzip.decompress(content)
        except (EOFError, OSError, zlib.error):
            return content
    return content


def file_class(path):
    """The one class that predicts how the faces differ on this file; '' for none."""
    ours = sweep.command("stats", "-f", "ndjson", path)
    theirs = sweep.tshark("-q", "-r", path, "-z", "flowscope,stats,ndjson")
    rows = sweep.command("packets", "-f", "csv", path).out.decode().splitlines()
    content = content_of(path)
    return next((name for name, predicts in FILE_CLASSES.items()
                 if predicts(content, ours, theirs, rows)), "")


def compare_faces(work, table, paths, name):
    def check(path):
        counts = collections.Counter()
        once = "cuts" in path.parts or (
            not sweep.ALL and name(path).startswith("edge/") and sweep.checksum(name(path)) % 3)
        faults = (both_at_once if once else both)(path, counts=counts)
        if any("Sanitizer" in fault or "died" in fault for fault in faults):
            return faults
        known = file_class(path) if faults else ""
        if faults and not known:
            return faults
        return table.check(name(path), {known: 1} if known else counts)

    work.over(check, paths, name)
    if table.bless:
        table.write()
    print(f"differences: {table.summary()}")


def sweep_captures(*words):
    work = sweep.Sweep("faces on captures")
    compare_faces(work, sweep.Differences("faces.tsv", CLASSES, "--bless" in words), sweep.captures(),
                  sweep.name_of)
    work.end()


def sweep_edge(folder, *words):
    folder = pathlib.Path(folder)
    part = 1 if sweep.ALL or "--third" not in words else 3
    files = sorted(path for path in folder.iterdir() if path.is_file())[::part]
    cuts = sorted((folder / "cuts").iterdir())[::1 if sweep.ALL else 20 * part]
    work = sweep.Sweep("faces on edge files")
    compare_faces(work, sweep.Differences("faces.tsv", CLASSES, "--bless" in words), files + cuts,
                  lambda path: "edge/" + str(path.relative_to(folder)))
    work.end()


def option_of(name):
    """One word: switches take a value in no other way."""
    return f"--{name.replace('_', '-')}={OFF_DEFAULT[name]}"


def check_option(item):
    """The first capture of an option in two runs of tshark, of one pass and of two, others in one."""
    path, name, number = item
    way = both if sweep.ALL or number == 0 else both_at_once
    return way(path, [option_of(name)], ["-o", f"flowscope.{name}:{OFF_DEFAULT[name]}"])


@functools.lru_cache(maxsize=None)
def figures(path, *options):
    return [zlib.crc32(sweep.command(*report, *options, path).out)
            for report in (("stats",), ("flows", "-f", "csv"))]


def changes_something(path, name):
    return figures(path) != figures(path, option_of(name))


# What no capture has and a file of tests/edge has: fragments that differ where they overlap, in ports.
EDGE_FILES = {"ipv4_overlap": ["fragments-overlap.pcap"]}


def sweep_options(folder):
    """Each option on captures in which it changes the figures, by a fixed choice among them all."""
    names = [name for name, kind in sweep.options()]
    missing = set(names) - set(OFF_DEFAULT)
    if missing or not names:
        sys.exit(f"no value off the default for {sorted(missing)}")
    wanted = 40 if sweep.ALL else 3
    everything = sorted(sweep.captures(everything=True),
                        key=lambda path: sweep.checksum(sweep.name_of(path)))

    def touched_by(name):
        candidates = [pathlib.Path(folder) / file for file in EDGE_FILES.get(name, [])] or everything
        return list(itertools.islice((path for path in candidates if changes_something(path, name)), wanted))

    work = sweep.Sweep("faces with each option off its default")
    with concurrent.futures.ThreadPoolExecutor(sweep.WORKERS) as pool:
        taken = dict(zip(names, pool.map(touched_by, names)))
    for name in names:
        if not taken[name]:
            work.fault(f"--{name}", "changes no report of any capture")
    items = [(path, name, number) for name in names for number, path in enumerate(taken[name])]
    work.over(check_option, items, lambda item: f"{sweep.name_of(item[0])} {item[1]}")
    work.end()


def sweep_locale():
    if not shutil.which("localedef"):
        print("skipped: no localedef to make a locale with")
        sys.exit(sweep.SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8",
                               os.path.join(folder, "de_DE.UTF-8")], capture_output=True, check=False)
        os.chmod(folder, 0o755)
        env = {"LC_ALL": "de_DE.UTF-8", "LOCPATH": folder}
        point = sweep.run(["locale", "decimal_point"], env).out.decode().strip()
        if point != ",":
            print(f"skipped: no German locale: {made.stderr.decode().strip()}")
            sys.exit(sweep.SKIPPED)
        taken = [path for number, path in enumerate(sweep.captures()) if number % 5 == 0]
        work = sweep.Sweep("faces under a decimal-comma locale")
        work.over(lambda path: check_locale(path, env), taken, sweep.name_of)
        work.end()


def check_locale(path, env):
    faults = both(path, env=env)
    for report, form in REPORTS:
        plain = sweep.command(report, "-f", form, path).out
        if sweep.command(report, "-f", form, path, env=env).out != plain:
            faults.append(f"{report} -f {form} depends on the locale")
    return faults


def main():
    ways = {"captures": sweep_captures, "edge": sweep_edge, "options": sweep_options,
            "locale": sweep_locale}
    if len(sys.argv) < 2 or sys.argv[1] not in ways:
        sys.exit(__doc__)
    ways[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
