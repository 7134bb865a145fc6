# SPDX-License-Identifier: BSD-2-Clause
"""A build kept by name, and the build of now against it: both binaries in turn, in every round in the other
order. A row is slower when both of these hold, or the third alone:

- the median of the rounds' ratios is past the threshold, and so is it when the row is measured again;
- the signed-rank test says of both that they are no accident (one-sided, at most 1 %);
- the instructions per packet are past the threshold. They do not depend on the machine's mood.

Twice, because what a busy machine does to a few rounds, it seldom does again."""
import itertools
import math
import os
import shutil
import statistics

from driver import programs

SIGNIFICANT = 0.01


def folder_of(build, name):
    if not name or "/" in name or name.startswith("."):
        programs.fail(f"{name}: not a name for a baseline")
    return os.path.join(build, "bench", "baselines", name)


def save(build, name, results_path):
    folder = folder_of(build, name)
    os.makedirs(folder, exist_ok=True)
    for path in (os.path.join(build, "bench", "flowscope_bench"), results_path):
        shutil.copy2(path, folder)
    return folder


def open_baseline(build, name, capture):
    binary = os.path.join(folder_of(build, name), "flowscope_bench")
    if not os.path.exists(binary):
        programs.fail(f"there is no baseline {name}; --save-baseline makes one")
    return programs.Ours(binary, capture)


def signed_rank(logs):
    """The chance that values without a tendency have as large a rank sum of positive ones as these
    (Wilcoxon, exact; ties share their ranks)."""
    values = [value for value in logs if value]
    if not values:
        return 1.0
    order = sorted(range(len(values)), key=lambda i: abs(values[i]))
    ranks = [0] * len(values)
    place = 0
    for _, group in itertools.groupby(order, key=lambda i: abs(values[i])):
        group = list(group)
        for i in group:
            ranks[i] = 2 * place + len(group) + 1  # doubled, so that shared ranks are whole
        place += len(group)
    reached = sum(rank for rank, value in zip(ranks, values) if value > 0)
    ways = {0: 1}
    for rank in ranks:
        more = dict(ways)
        for total, count in ways.items():
            more[total + rank] = more.get(total + rank, 0) + count
        ways = more
    return sum(count for total, count in ways.items() if total >= reached) / 2 ** len(ranks)


class Change:
    """One row: now over before, by the rounds' pairs."""

    def __init__(self, name, pairs, instructions=None):
        self.name = name
        self.logs = [math.log(now / before) for before, now in pairs]
        self.before = statistics.median(before for before, _ in pairs)
        self.now = statistics.median(now for _, now in pairs)
        self.ratio = math.exp(statistics.median(self.logs))
        self.slower = signed_rank(self.logs)
        self.faster = signed_rank([-value for value in self.logs])
        self.instructions = instructions  # (before, now)

    def past(self, threshold):
        return self.ratio > 1 + threshold and self.slower <= SIGNIFICANT

    def instructions_past(self, threshold):
        return bool(self.instructions) and self.instructions[1] > self.instructions[0] * (1 + threshold)

    def word(self, regressed):
        if self.name in regressed:
            return "SLOWER"
        if self.slower <= SIGNIFICANT:
            return "slower"
        return "faster" if self.faster <= SIGNIFICANT else "same"

    def as_json(self, regressed):
        low, high = sorted(self.logs)[len(self.logs) // 4], sorted(self.logs)[-1 - len(self.logs) // 4]
        return {"name": self.name, "before_ns": round(self.before, 2), "now_ns": round(self.now, 2),
                "ratio": round(self.ratio, 4), "quarter": round(math.exp(low), 4),
                "three_quarters": round(math.exp(high), 4), "p_slower": round(self.slower, 5),
                "instructions_before": self.instructions and round(self.instructions[0], 1),
                "instructions_now": self.instructions and round(self.instructions[1], 1),
                "verdict": self.word(regressed)}


def measure_pairs(before, now, names, options, say):
    """{row: [(before, now) of each round]}"""
    pairs = {name: [] for name in names}
    for number in range(options.rounds):
        say(f"baseline, round {number + 1} of {options.rounds}")
        for name in names:
            found = {}
            for program in ((before, now) if number % 2 else (now, before)):
                found[program] = program.measure([name], options.seconds, options.warm_up)[name]["cpu_time"]
            pairs[name].append((found[before], found[now]))
    return pairs


def count(before, now, rows, say):
    found = {}
    if not shutil.which("valgrind"):
        say("instructions are not counted: no valgrind")
        return found
    for row in rows:
        say(f"callgrind {row['name']}")
        found[row["name"]] = before.instructions(row, 10000), now.instructions(row, 10000)
    return found


def compare(before, now, rows, options, say):
    """The changes of all rows, and the names of those that are slower past the threshold."""
    threshold = options.threshold / 100
    known = {row["name"] for row in before.rows() if not row["not_built"]}
    rows = [row for row in rows if row["name"] in known and not row["not_built"]]
    counts = count(before, now, rows, say)
    pairs = measure_pairs(before, now, [row["name"] for row in rows], options, say)
    changes = [Change(name, pairs[name], counts.get(name)) for name in pairs]
    suspects = [change.name for change in changes if change.past(threshold)]
    again = measure_pairs(before, now, suspects, options, say) if suspects else {}
    regressed = {name for name in suspects if Change(name, again[name]).past(threshold)}
    regressed |= {change.name for change in changes if change.instructions_past(threshold)}
    return changes, regressed


def table(changes, regressed, threshold):
    lines = [f"{'row':<38}{'change':>9}{'p':>9}{'before ns':>11}{'now ns':>9}{'instr':>9}{'now':>9}"]
    for change in changes:
        counted = "".join(f"{value:>9.0f}" for value in change.instructions or ())
        lines.append(f"{change.name:<38}{100 * (change.ratio - 1):>+8.1f}%{change.slower:>9.4f}"
                     f"{change.before:>11.1f}{change.now:>9.1f}{counted or '-':>9}  {change.word(regressed)}")
    lines.append(f"{len(regressed)} of {len(changes)} rows are slower by more than {threshold:g} %"
                 + (": " + ", ".join(sorted(regressed)) if regressed else ""))
    return "\n".join(lines)
