# SPDX-License-Identifier: BSD-2-Clause
"""The plots of the report, as SVG that takes its colours from the page: what is drawn in a key colour
of INKS is replaced by the page's variable of that name, so that one drawing suits light and dark."""
import io
import re

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402 - the backend comes first
from matplotlib.ticker import FuncFormatter, NullFormatter  # noqa: E402

# Drawn in these, shown in the variables of the page.
INKS = {"ink": "#010203", "faint": "#040506", "ours": "#070809", "batch": "#0a0b0c", "rust3": "#0d0e0f",
        "rust25": "#101112", "limit": "#131415", "bad": "#161718"}

matplotlib.rcParams.update({
    "svg.fonttype": "none", "svg.hashsalt": "flowscope", "font.family": "sans-serif", "font.size": 10,
    "text.color": INKS["ink"], "axes.edgecolor": INKS["faint"], "axes.labelcolor": INKS["ink"],
    "xtick.color": INKS["ink"], "ytick.color": INKS["ink"], "axes.facecolor": "none",
    "figure.facecolor": "none", "savefig.facecolor": "none", "grid.color": INKS["faint"], "grid.linewidth": 0.6,
    "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
})


def svg_of(figure):
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    svg = text.getvalue()
    svg = svg[svg.index("<svg"):]
    for name, colour in INKS.items():
        svg = svg.replace(colour, f"var(--{name})")
    # The page's own width and fonts.
    svg = re.sub(r'<svg ([^>]*?)height="[^"]*" ([^>]*?)width="[^"]*"', r"<svg \1\2", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?)width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?)height="[^"]*"', r"\1", svg, count=1)
    return svg.replace("font: 10px 'sans-serif'", "font: 10px var(--font)")


def plain(value, _position=None):
    return f"{value:g}"


def axes_for(count, width=9.0):
    figure, axes = pyplot.subplots(figsize=(width, 0.9 + 0.27 * max(count, 2)))
    axes.grid(axis="x", zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    return figure, axes


def name_rows(axes, names):
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    for tick in axes.get_xticklabels():
        tick.set_color(INKS["ink"])


def log_ticks(axis, ticks):
    axis.set_major_formatter(FuncFormatter(plain))
    axis.set_minor_formatter(NullFormatter())
    axis.set_ticks(ticks)


def ratios(rows, goals):
    """How many times as long the crate takes; the goal as a tick across."""
    rows = [row for row in rows if row["ratio_0_3_0"]]
    if not rows:
        return None
    figure, axes = axes_for(len(rows))
    axes.set_xscale("log")
    for at, row in enumerate(rows):
        axes.plot([1, row["ratio_0_3_0"]], [at, at], color=INKS["rust3"], linewidth=1, alpha=0.5, zorder=1)
        if row["name"] in goals:
            axes.plot([goals[row["name"]]] * 2, [at - 0.35, at + 0.35], color=INKS["bad"], linewidth=2, zorder=3)
        axes.annotate(f"{row['ratio_0_3_0']:.1f}", (max(row["ratio_0_3_0"], row["ratio_0_25"] or 0), at),
                      xytext=(7, 0), textcoords="offset points", va="center", fontsize=9, color=INKS["rust3"])
    axes.scatter([row["ratio_0_3_0"] for row in rows], range(len(rows)), s=36, color=INKS["rust3"], zorder=4,
                 label="0.3.0")
    newer = [(row["ratio_0_25"], at) for at, row in enumerate(rows) if row["ratio_0_25"]]
    axes.scatter(*zip(*newer), s=30, facecolors="none", edgecolors=INKS["rust25"], zorder=4, label="newest 0.25")
    axes.plot([], [], color=INKS["bad"], linewidth=2, label="goal, against 0.3.0")
    axes.axvline(1, color=INKS["ink"], linewidth=1)
    most = max(max(row["ratio_0_3_0"], row["ratio_0_25"] or 0, goals.get(row["name"], 0)) for row in rows)
    log_ticks(axes.xaxis, [tick for tick in (0.5, 1, 2, 3, 5, 8, 10, 15, 20, 30, 50) if tick < most * 1.6])
    axes.set_xlim(min(0.8, min(row["ratio_0_3_0"] for row in rows) * 0.8), most * 1.5)
    axes.set_xlabel("times as fast as the crate (logarithmic)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.02 - 0.9 / len(rows) - 0.05), ncol=3)
    name_rows(axes, [row["name"] for row in rows])
    return svg_of(figure)


def scaling(rows, limits, kind):
    """Nanoseconds per packet by the number of flows."""
    pattern = re.compile(rf"tracker/{kind}/(\d+)(/batch)?$")
    lines = {"ours": [], "batch": [], "rust3": [], "rust25": []}
    for row in rows:
        match = pattern.match(row["name"])
        if not match or not row["ours_ns"]:
            continue
        flows = int(match[1])
        lines["batch" if match[2] else "ours"].append((flows, row["ours_ns"]))
        if not match[2]:
            lines["rust3"].append((flows, row["rust_0_3_0_ns"]))
            lines["rust25"].append((flows, row["rust_0_25_ns"]))
    if len(lines["ours"]) < 2:
        return None
    flows = {at for at, _ in lines["ours"]}
    for name in ("alone", "in_flight"):
        lines[name] = sorted((int(limit["name"].split("/")[2]), limit["ns"]) for limit in limits
                             if limit["name"].startswith("limit/line/")
                             and limit["name"].endswith("in_flight") == (name == "in_flight")
                             and int(limit["name"].split("/")[2]) in flows)
    figure, axes = pyplot.subplots(figsize=(5.2, 4.0))
    axes.grid(zorder=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    styles = {"rust25": ("rust25", "--", "o", "crate 0.25"), "rust3": ("rust3", "-", "o", "crate 0.3.0"),
              "ours": ("ours", "-", "s", "ours, single"), "batch": ("batch", "-", "D", "ours, batches of 32"),
              "alone": ("limit", ":", "", "random line, alone"),
              "in_flight": ("limit", "-.", "", "random line, 32 in flight")}
    for key, (ink, dash, marker, label) in styles.items():
        points = [(x, y) for x, y in lines[key] if y]
        if points:
            axes.plot(*zip(*points), color=INKS[ink], linestyle=dash, marker=marker, markersize=4, label=label)
    log_ticks(axes.yaxis, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000])
    low = min(y for points in lines.values() for _, y in points if y)
    high = max(y for points in lines.values() for _, y in points if y)
    axes.set_ylim(low * 0.7, high * 1.5)
    axes.set_xlabel(f"flows, {'in turn' if kind == 'n_flows' else 'at random'}")
    axes.set_ylabel("ns per packet")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncol=2, fontsize=9)
    return svg_of(figure)


def distribution(rows):
    """Each round of each row, relative to the row's median."""
    rows = [row for row in rows if row["ours_ns"] and len(row["rounds_ns"]) > 1]
    if not rows:
        return None
    figure, axes = axes_for(len(rows))
    for at, row in enumerate(rows):
        change = [100 * (value / row["ours_ns"] - 1) for value in row["rounds_ns"]]
        axes.plot([min(change), max(change)], [at, at], color=INKS["ours"], linewidth=1, alpha=0.5)
        axes.scatter(change, [at] * len(change), s=14, color=INKS["ours"], alpha=0.8)
    axes.axvline(0, color=INKS["ink"], linewidth=1)
    axes.set_xlabel("% from the row's median, one dot a round")
    name_rows(axes, [row["name"] for row in rows])
    return svg_of(figure)


def against_limits(rows):
    rows = [row for row in rows if row["times_limit"]]
    if not rows:
        return None
    figure, axes = axes_for(len(rows))
    axes.set_xscale("log")
    for at, row in enumerate(rows):
        axes.plot([1, row["times_limit"]], [at, at], color=INKS["limit"], linewidth=1, alpha=0.6)
        axes.annotate(f"{row['times_limit']:.1f} x {row['limit']}", (row["times_limit"], at), xytext=(7, 0),
                      textcoords="offset points", va="center", fontsize=8)
    axes.scatter([row["times_limit"] for row in rows], range(len(rows)), s=30, color=INKS["ours"], zorder=3)
    axes.axvline(1, color=INKS["ink"], linewidth=1)
    most = max(row["times_limit"] for row in rows)
    log_ticks(axes.xaxis, [tick for tick in (1, 2, 5, 10, 20, 50, 100) if tick < most * 1.5])
    axes.set_xlim(0.9, most * 5)
    axes.set_xlabel("times the limit (logarithmic)")
    name_rows(axes, [row["name"] for row in rows])
    return svg_of(figure)


def change(rows, threshold):
    """Now against the baseline: median and middle half of the paired ratios."""
    if not rows:
        return None
    figure, axes = axes_for(len(rows))
    for at, row in enumerate(rows):
        ink = INKS["bad"] if row["verdict"] == "SLOWER" else INKS["ours"]
        axes.plot([100 * (row["quarter"] - 1), 100 * (row["three_quarters"] - 1)], [at, at], color=ink, linewidth=2)
        axes.scatter([100 * (row["ratio"] - 1)], [at], s=28, color=ink, zorder=3)
        if row["instructions_before"]:
            axes.scatter([100 * (row["instructions_now"] / row["instructions_before"] - 1)], [at], s=30,
                         marker="|", color=INKS["limit"], zorder=4)
    axes.scatter([], [], marker="|", color=INKS["limit"], label="instructions")
    axes.scatter([], [], color=INKS["ours"], label="time, with its middle half")
    axes.axvline(0, color=INKS["ink"], linewidth=1)
    axes.axvline(threshold, color=INKS["bad"], linewidth=1, linestyle="--", label="threshold")
    axes.set_xlabel("% against the baseline; left is faster")
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.02 - 0.9 / max(len(rows), 2) - 0.05), ncol=3)
    name_rows(axes, [row["name"] for row in rows])
    return svg_of(figure)
