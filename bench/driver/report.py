# SPDX-License-Identifier: BSD-2-Clause
"""build/bench/report.html: one page without anything outside of it."""
import html
import json
import os

from driver.results import COLUMNS

# The goals of the tables, as ratios to 0.3.0 in the same run.
GOALS = {
    "extractor/five_tuple_ipv4_tcp": 6, "extractor/five_tuple_ipv4_udp": 6,
    "tracker/monoflow": 6, "tracker/monoflow/batch": 10,
    **{f"tracker/n_flows/{flows}": 5 for flows in (10, 100, 1000, 10000)},
    **{f"tracker/n_flows/{flows}/batch": 8 for flows in (10, 100, 1000, 10000)},
    "tracker/random/100000/batch": 8, "tracker/random/1000000/batch": 15,
    "tracker/churn": 5, "capture/extract_track": 5,
}

STYLE = """
:root { --font: system-ui, "DejaVu Sans", sans-serif; --page: #fcfcfa; --ink: #23262b; --faint: #c9ccd1;
  --ours: #0b63b5; --batch: #00857a; --rust3: #b3540c; --rust25: #7d5a9b; --limit: #6d7480; --bad: #c22030; }
@media (prefers-color-scheme: dark) { :root { --page: #16181c; --ink: #e4e6ea; --faint: #454a52; --ours: #6db3f8;
  --batch: #4fd1c0; --rust3: #f0a05a; --rust25: #c4a2e8; --limit: #a2a9b5; --bad: #ff6f78; } }
body { font: 15px/1.5 var(--font); color: var(--ink); background: var(--page); max-width: 66rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
p.note { color: var(--limit); max-width: 46rem; }
svg { width: 100%; height: auto; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: 0.15rem 0.6rem; text-align: right; border-bottom: 1px solid var(--faint); white-space: nowrap; }
th:first-child, td:first-child, td.word { text-align: left; }
td.first { font-weight: 600; } td.missed { color: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; font-size: 13px; } dt { color: var(--limit); }
dd { margin: 0; }
"""


def cells(row):
    for _, key, form in COLUMNS:
        value = row[key]
        missed = key == "ratio_0_3_0" and value and value < GOALS.get(row["name"], 0)
        style = " class='missed first'" if missed else " class='first'" if key == "ratio_0_3_0" else ""
        yield f"<td{style}>{'' if value is None else format(value, form)}</td>"


def table(rows):
    titles = "".join(f"<th>{html.escape(title)}</th>" for title, _, _ in COLUMNS)
    lines = [f"<tr><td>{html.escape(row['name'])}</td>{''.join(cells(row))}"
             f"<td class=word>{html.escape(row['not_built'] or '')}</td></tr>" for row in rows]
    return f"<div class=wide><table><tr><th>row</th>{titles}<th></th></tr>{''.join(lines)}</table></div>"


def about(machine):
    return "<dl>" + "".join(f"<dt>{html.escape(key.replace('_', ' '))}</dt><dd>{html.escape(str(value))}</dd>"
                            for key, value in machine.items()) + "</dl>"


def section(title, note, *drawings):
    drawings = [drawing for drawing in drawings if drawing]
    if not drawings:
        return ""
    body = drawings[0] if len(drawings) == 1 else "<div class=pair>" + "".join(
        f"<div>{drawing}</div>" for drawing in drawings) + "</div>"
    return f"<section><h2>{title}</h2><p class=note>{note}</p>{body}</section>"


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError:
        return None


def write(folder):
    """From results.json, and change.json if there is one, in `folder`; the page's path, or None where there
    is no plotting library."""
    try:
        from driver import plots
    except ImportError:
        return None
    found, change = read(os.path.join(folder, "results.json")), read(os.path.join(folder, "change.json"))
    parts = []
    if found:
        rows, limits = found["rows"], found["limits"]
        main_rows = [row for row in rows if not row["name"].endswith("/default")
                     and not row["name"].startswith("tracker/batch/")]
        parts += [
            section("Against the Rust crate", "Both on the same frames in the same run. A row is where it is by the "
                    "median of its rounds' ratios; rows of ours by batches of 32 stand beside the same single calls "
                    "of the crate.", plots.ratios(rows, GOALS)),
            section("By the number of flows", "Time per packet; both axes are logarithmic.",
                    plots.scaling(rows, limits, "n_flows"), plots.scaling(rows, limits, "random")),
            section("Against the limits", "What the machine needs for the least that any program must do: fetch a "
                    "line of the table, copy the bytes, touch each packet once.", plots.against_limits(main_rows)),
            section("Distribution", "How far the rounds of a row lie apart tells how much of a difference is noise.",
                    plots.distribution(main_rows)),
        ]
    if change:
        parts.append(section(f"Against the baseline “{html.escape(change['baseline'])}”",
                             "The same rows by the binary that was kept, in turn.",
                             plots.change(change["rows"], change["threshold_percent"])))
    if found:
        parts.append(f"<section><h2>All rows</h2><p class=note>x: how many times as long the crate takes. Red: short "
                     f"of its goal. Empty: not measured.</p>{table(found['rows'])}</section>")
        parts.append(f"<section><h2>The machine</h2>{about(found['machine'])}</section>")
    path = os.path.join(folder, "report.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write("<!doctype html><html lang=en><meta charset=utf-8><title>flowscope bench</title>"
                   "<meta name=viewport content='width=device-width'><meta name=color-scheme content='light dark'>"
                   f"<style>{STYLE}</style><h1>flowscope bench</h1>{''.join(parts)}</html>\n")
    return path
