# SPDX-License-Identifier: BSD-2-Clause
"""Results as JSON, and as a table with the ratios first."""
import json
import os
import platform
import re
import subprocess

from driver.measure import PEERS


def first_line(*command):
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return text.splitlines()[0] if text else None


def machine(build_flags):
    """What stands beside the figures: without it they say little."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = re.search(r"MemTotal:\s*(\d+)", file.read())
    return {
        "cpu": model[1] if model else platform.processor(),
        "cores": os.cpu_count(),
        "memory_mib": int(memory[1]) // 1024 if memory else None,
        "kernel": platform.release(),
        "load_before": round(os.getloadavg()[0], 2),
        "cc": first_line("cc", "--version"),
        "cc_flags": build_flags,
        "rustc": first_line("rustc", "--version"),
        "rust_flags": "release, lto=fat, codegen-units=1, no target-cpu; features extractors, tracker, "
                      "reassembler, session",
        "hypervisor": first_line("systemd-detect-virt"),
    }


def rounded(value, digits=2):
    return None if value is None else round(value, digits)


def spread_of(values):
    """Half the distance from the first to the third quarter of the rounds, in percent."""
    if len(values) < 2:
        return None
    ordered = sorted(values)
    last = len(ordered) - 1
    low, high = ordered[round(last * 0.25)], ordered[round(last * 0.75)]
    middle = ordered[round(last * 0.5)]
    return 50 * (high - low) / middle


def row_result(row, samples, counts):
    name, peer = row["name"], row["peer"]
    ours = samples.median(name, "ours")
    result = {"name": name, "not_built": row["not_built"], "ours_ns": rounded(ours)}
    for key, _ in PEERS:
        result[f"{key}_ns"] = rounded(samples.median(peer, key)) if peer else None
        result[f"ratio_{key[5:]}"] = rounded(samples.ratio(peer, key, name)) if peer else None
    limit = samples.median(row["limit"], "ours") if row["limit"] else None
    result["limit"] = row["limit"] if limit else None
    result["limit_ns"] = rounded(limit, 3)
    result["times_limit"] = rounded(ours / limit) if ours and limit else None
    result["spread_percent"] = rounded(spread_of(samples.of(name, "ours")), 1)
    result["ns_per_call"] = rounded(ours * row["batch"]) if ours else None
    result["packets_per_second"] = round(1e9 / ours) if ours else None
    counters = samples.counters.get(name, {})
    if ours and "bytes" in counters:
        result["bytes_per_second"] = round(counters["bytes"] * 1e9 / ours)
    result["allocations_per_packet"] = counters.get("allocations")
    result["instructions"] = rounded(counts.get((name, "ours")), 1)
    for key, _ in PEERS:
        result[f"{key}_instructions"] = rounded(counts.get((peer, key)), 1) if peer else None
    result["rounds_ns"] = [rounded(value) for value in samples.of(name, "ours")]
    return result


def limit_result(name, samples):
    values = samples.of(name, "ours")
    return {"name": name, "ns": rounded(samples.median(name, "ours"), 3),
            "spread_percent": rounded(spread_of(values), 1)}


def collect(rows, limits, samples, counts, about):
    return {
        "machine": about,
        "rows": [row_result(row, samples, counts) for row in rows],
        "limits": [limit_result(name, samples) for name in limits if samples.of(name, "ours")],
    }


def write(results, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
        file.write("\n")


COLUMNS = (("x 0.3.0", "ratio_0_3_0", ".1f"), ("x 0.25", "ratio_0_25", ".1f"),
           ("ours ns", "ours_ns", ".1f"), ("+-%", "spread_percent", ".0f"), ("0.3.0 ns", "rust_0_3_0_ns", ".1f"),
           ("0.25 ns", "rust_0_25_ns", ".1f"), ("instr", "instructions", ".0f"),
           ("in 0.3.0", "rust_0_3_0_instructions", ".0f"), ("limit ns", "limit_ns", ".1f"),
           ("x limit", "times_limit", ".1f"))


def table(results):
    lines = [f"{'row':<38}" + "".join(f"{title:>9}" for title, _, _ in COLUMNS)]
    for row in results["rows"]:
        cells = []
        for _, key, form in COLUMNS:
            value = row[key]
            cells.append(f"{'-' if value is None else format(value, form):>9}")
        note = f"  {row['not_built']}" if row["not_built"] else ""
        lines.append(f"{row['name']:<38}" + "".join(cells) + note)
    return "\n".join(lines)
