# SPDX-License-Identifier: BSD-2-Clause
"""Rounds: in each, every row of ours, then the same work by each peer, and the limits between them, one
right after the other, so that what the machine does to one it does to all."""
import os
import statistics

PEERS = (("rust_0_3_0", "0.3"), ("rust_0_25", "0.25"))


def families(rows):
    """Rows of the same work together: those that share a peer, else each with its name's beginning."""
    groups = {}
    for row in rows:
        groups.setdefault(row["peer"] or row["name"].replace("/default", "").replace("/batch", ""), []).append(row)
    return list(groups.values())


class Samples:
    """What was measured of each row, by round."""

    def __init__(self):
        self.ns = {}
        self.counters = {}

    def add(self, name, program, ns):
        self.ns.setdefault((name, program), []).append(ns)

    def of(self, name, program):
        return self.ns.get((name, program), [])

    def median(self, name, program):
        values = self.of(name, program)
        return statistics.median(values) if values else None

    def ratio(self, name, program, ours):
        """How many times as long the other took, by the median of the rounds."""
        pairs = zip(self.of(name, program), self.of(ours, "ours"))
        values = [other / mine for other, mine in pairs if mine]
        return statistics.median(values) if values else None


def write_frames(ours, peers, rows):
    """The frames of every peer's row, unless they are there."""
    for row in rows:
        if peers and row["peer"] == row["name"] and not row["not_built"]:
            path = next(iter(peers.values())).frames_path(row)
            if not os.path.exists(path):
                ours.write_frames(row["name"], path)


def measure_family(samples, ours, peers, family, options):
    own = [row["name"] for row in family if not row["not_built"]]
    if own:
        for name, run in ours.measure(own, options.seconds, options.warm_up).items():
            samples.add(name, "ours", run["cpu_time"])
            samples.counters[name] = run
    head = next((row for row in family if row["peer"] == row["name"]), None)
    if head:
        for key, peer in peers.items():
            samples.add(head["name"], key, peer.measure(head, options.seconds))


def run_rounds(ours, peers, rows, limits, options, say):
    samples = Samples()
    groups = families(rows)
    write_frames(ours, peers, rows)
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}")
        measured = set()
        for family in groups:
            wanted = {row["limit"] for row in family if row["limit"] in limits} - measured
            measured |= wanted
            measure_family(samples, ours, peers, family, options)
            if wanted:
                for name, run in ours.measure(sorted(wanted), options.seconds / 2, 0).items():
                    samples.add(name, "ours", run["cpu_time"])
    return samples


def count_instructions(ours, peers, rows, packets, say):
    """Instructions per packet by callgrind, {(row, program): n}; they do not depend on the machine's
    mood, so once is enough."""
    counts = {}
    for row in rows:
        if row["not_built"] or row["large"]:
            continue
        say(f"callgrind {row['name']}")
        counts[row["name"], "ours"] = ours.instructions(row, packets)
        if row["peer"] == row["name"]:
            for key, peer in peers.items():
                counts[row["name"], key] = peer.instructions(row, packets)
    return counts
