#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The books balance on every capture: each frame is counted once, the groups are the sums of their
members, and rows of packets, rows of flows and statistics tell the same. In a build with sanitizers
this is also their sweep over all captures."""
import collections
import json
import re

import sweep

DEF = sweep.ROOT / "core/include/flowscope"


def names_of_group(group):
    text = (DEF / "counters.def").read_text()
    return re.findall(rf"FLOWSCOPE_COUNTER\({group}, (\w+),", text)


NO_FLOW = names_of_group("no_flow")
TOTALS = names_of_group("totals")
COMPARED = []  # figures compared, by capture


def statistics(text):
    """{section: {name: value}}; numbers stay as they are written."""
    sections = collections.defaultdict(dict)
    for line in text.decode().splitlines():
        row = json.loads(line, parse_float=str)
        if row["name"] in sections[row["section"]]:
            raise ValueError(f"{row['section']} {row['name']} occurs twice")
        sections[row["section"]][row["name"]] = row["value"]
    return sections


def rows_of(text):
    head, *lines = text.decode().splitlines()
    return [dict(zip(head.split(","), line.split(","))) for line in lines]


def number(text):
    return int(text) if text else 0


def both_ways(flow, what):
    return number(flow[what + "_fwd"]) + number(flow[what + "_rev"])


def check_statistics(stats, flows, packets):
    """Each pair must be equal; the name says what failed."""
    totals, no_flow = stats["totals"], stats["no_flow"]
    verdicts = collections.Counter(packet["verdict"] for packet in packets if not packet["dup_of"])
    kinds = collections.Counter(packet["dup_kind"] for packet in packets if packet["dup_of"])
    protocols, states, reasons = (collections.Counter(flow[column] for flow in flows)
                                  for column in ("proto", "state", "end_reason"))
    times = [packet["ts"] for packet in packets if packet["ts"] and not packet["dup_of"]]
    yield "names of the totals", set(TOTALS) - set(totals), set()
    yield "names of no_flow", list(no_flow), NO_FLOW
    yield "frames", totals["frames"], \
        totals["packets_in_flows"] + totals["duplicates"] + totals["no_flow"]
    yield "no_flow", totals["no_flow"], sum(no_flow.values())
    yield "duplicates", totals["duplicates"], sum(kinds.values())
    yield "duplicates by kind", {name: value for name, value in stats["duplicates"].items()
                                 if value and "." not in name}, dict(kinds)
    yield "rows of packets", totals["frames"], len(packets)
    yield "rows of flows", totals["flows"], len(flows)
    yield "packets of the flows", totals["packets_in_flows"] + totals["nested"], \
        sum(both_ways(flow, "packets") for flow in flows)
    if totals["nested"] == 0:  # what a tunnel's flow carries for others is no figure of its own
        yield "bytes of the flows", totals["bytes"], sum(both_ways(flow, "bytes") for flow in flows)
    yield "packets with a flow", totals["packets_in_flows"], verdicts["ok"]
    for name in NO_FLOW:
        yield f"verdict {name}", no_flow[name], verdicts[name]
    for section, counted in (("protocols", protocols), ("states", states), ("end_reasons", reasons)):
        listed = {name: value for name, value in stats[section].items() if "." not in name}
        yield section, {name: value for name, value in listed.items() if value}, \
            {name: value for name, value in counted.items() if name}
    yield "frames without a time", stats["limits"]["no_time"], \
        sum(1 for packet in packets if not packet["ts"])
    # stats print times as ndjson numbers; equality of digits is what counts
    for name, pick in (("first_ts", min), ("last_ts", max)):
        if times:
            yield name, totals.get(name), pick(times, key=nanoseconds)


def nanoseconds(text):
    seconds, fraction = text.split(".")
    value = abs(int(seconds)) * 10**9 + int(fraction)
    return -value if text.startswith("-") else value


FAR_SECONDS = 3600


def counted_times(packets):
    """When each frame counts in rates: at its own time, or with the frame before it where it has none,
    or one over an hour outside of all before that the next frame does not share."""
    first = last = far = here = None
    waiting = []  # before the first time
    for packet in packets:
        if packet["ts"] and not packet["dup_of"]:
            time = nanoseconds(packet["ts"])
            second = time // 10**9
            agrees = far is not None and abs(second - far) <= FAR_SECONDS
            far = None
            if first is None or agrees or first - FAR_SECONDS <= second <= last + FAR_SECONDS:
                here = time
                first = second if first is None else min(first, second)
                last = second if last is None else max(last, second)
            else:
                far = second
        waiting.append(packet)
        if here is not None:
            for one in waiting:
                yield here, one
            waiting = []


def check_rates(stats, packets):
    """The series beside the rows of packets, where none counts later than it came."""
    totals, series, limits = stats["totals"], dict(stats["series"]), stats["limits"]
    if "first_ts" not in totals:
        yield "series without times", series, {}
        return
    interval = nanoseconds(series.pop("interval"))
    sums, counted, began = collections.Counter(), {}, []
    for name, value in series.items():
        time, kind = name.rsplit(".", 1)
        sums[kind] += value
        if kind == "packets":
            began.append(nanoseconds(time))
            counted[began[-1] // interval] = value
    yield "packets of the series", sums["packets"], totals["packets_in_flows"]
    yield "bytes of the series", sums["bytes"], totals["bytes"]
    yield "flows of the series", sums["flows"], totals["flows"]
    yield "more ends than flows", sums["ended"] > totals["flows"], False
    yield "times of the series", began, list(range(began[0], began[0] + len(began) * interval, interval))
    if not limits["datagrams"]:
        held = collections.Counter(time // interval for time, packet in counted_times(packets)
                                   if packet["verdict"] == "ok" and not packet["dup_of"])
        yield "packets by interval", {at: value for at, value in counted.items() if value}, dict(held)


def check_flow(flow, packets):
    """One row of flows beside the rows of its packets."""
    times = [nanoseconds(packet["ts"]) for packet in packets if packet["ts"]]
    yield "packets", both_ways(flow, "packets"), len(packets)
    yield "packets_fwd", number(flow["packets_fwd"]), \
        sum(1 for packet in packets if packet["dir"] == "fwd")
    yield "first_frame", flow["first_frame"], packets[0]["frame"]
    yield "last_frame", flow["last_frame"], packets[-1]["frame"]
    yield "state", flow["state"], packets[-1]["tcp_state"]
    yield "pkt", [packet["pkt"] for packet in packets], [str(i + 1) for i in range(len(packets))]
    yield "prev_frame", [packet["prev_frame"] for packet in packets], \
        [""] + [packet["frame"] for packet in packets[:-1]]
    if times:
        yield "first_ts", nanoseconds(flow["first_ts"]), min(times)
        yield "last_ts", nanoseconds(flow["last_ts"]), max(times)
        yield "duration", nanoseconds(flow["duration"]), max(times) - min(times)
    else:
        yield "times of a flow without time", flow["first_ts"] + flow["last_ts"] + flow["duration"], ""


def check_flows(flows, packets):
    members, copies = collections.defaultdict(list), collections.Counter()
    for packet in packets:
        if packet["dup_of"]:
            copies[packet["flow_id"]] += 1
        elif packet["flow_id"]:
            members[packet["flow_id"]].append(packet)
    yield "ids", [flow["flow_id"] for flow in flows], [str(i + 1) for i in range(len(flows))]
    # A packet's row names its flow and the one around that; of those further out it says nothing.
    parents = {flow["flow_id"]: flow["parent_id"] for flow in flows}
    if any(parents[parent] for parent in parents.values() if parent):
        return
    carriers = {packet["parent_id"] for packet in packets if packet["parent_id"] and not packet["dup_of"]}
    yield "flows with packets", len(members.keys() | carriers), len(flows)
    for flow in flows:
        if flow["flow_id"] in members and flow["flow_id"] not in carriers:
            yield f"flow {flow['flow_id']} dup_packets", number(flow["dup_packets"]), copies[flow["flow_id"]]
            for name, a, b in check_flow(flow, members[flow["flow_id"]]):
                yield f"flow {flow['flow_id']} {name}", a, b


def check(path):
    done = {report: sweep.command(report, "-f", form, path)
            for report, form in (("stats", "ndjson"), ("flows", "csv"), ("packets", "csv"))}
    faults = [f"{report}: {run.complaint() or run.said.decode(errors='replace').strip()}"
              for report, run in done.items() if run.complaint() or run.said or run.status]
    if faults:
        return faults
    stats = statistics(done["stats"].out)
    flows, packets = rows_of(done["flows"].out), rows_of(done["packets"].out)
    pairs = [*check_statistics(stats, flows, packets), *check_rates(stats, packets),
             *check_flows(flows, packets)]
    COMPARED.append(len(pairs))
    return [f"{name}: {str(a)[:200]} and {str(b)[:200]}" for name, a, b in pairs if a != b]


def main():
    work = sweep.Sweep("books")
    work.over(check, sweep.captures(everything=True), sweep.name_of)
    work.end(f", {sum(COMPARED)} figures compared")


if __name__ == "__main__":
    main()
