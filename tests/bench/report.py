# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""report.py ROWS RESULTS -- of the rows that measure.py and protocol.py wrote: results.json,
results.md and, with gnuplot, share.svg and goodput.svg.

report.py compare OLD NEW -- what of two results.json got worse by more than their rounds
differ among each other; status 1 when something did.
"""
import datetime
import json
import pathlib
import subprocess
import sys
from statistics import median

ORDER = ("protocol", "goodput", "calls", "callgrind", "memory", "start", "ping")
# What is better when it is more; of all otherwise less is better.
MORE = {"goodput_kB_s", "arrived", "fastest_of_slowest", "share_of_radio", "share_of_packets"}


# Why a row falls short, found by profile or trace.
REASONS = {
    "protocol": "ERTM stands still for 0.3 s: 0.1 before it sends (trap T14), 0.2 until the peer's "
                "kernel acknowledges. Basic mode holds a stream for 0.04 s (T20) and one SDU for "
                "0.005, in which a server may refuse. LE connects and closes in four connection "
                "events; with an MTU of 64, an SDU and its credits take two each.",
    "goodput": "The receiver is woken for each SDU: epoll_pwait, recvmmsg and write, where the "
               "bare pair has recv and write. Over LE one SDU is in flight, with packets of 192 "
               "bytes, so each SDU wakes the sender too.",
    "calls": "Of SDUs that come one at a time; on a busy machine, where they queue, 0.84.",
    "callgrind": "With one SDU a wake-up a turn of the loop takes some 1,900 instructions, over "
                 "40 functions of which none takes more than 6 %.",
}


def label(row):
    """What the row's figures are of: all but the programs."""
    return ", ".join(f"{name} {value}" for name, value in row.items() if name != "programs")


def number(value):
    return f"{value:.4g}" if abs(value) < 10000 else f"{value:.0f}"


def cell(row, name, figure):
    """The median, and in brackets its ratio to the bare pair's."""
    values = row["programs"][name].get(figure)
    if not values:
        return ""
    bare = row["programs"].get("bare", {}).get(figure)
    compared = name != "bare" and bare and median(bare)
    return number(median(values)) + (f" ({median(values) / median(bare):.2f})" if compared
                                     else "")


def table(rows):
    figures = list(dict.fromkeys(figure for row in rows for program in row["programs"].values()
                                 for figure in program if figure != "failed"))
    lines = ["| " + " | ".join(["of", "program", *figures]) + " |",
             "|---|---|" + "---:|" * len(figures)]
    failures = []
    for row in rows:
        for name, program in row["programs"].items():
            cells = [cell(row, name, figure) for figure in figures]
            lines.append("| " + " | ".join([label(row), name, *cells]) + " |")
            if "failed" in program:
                failures.append(f"- {label(row)}, {name}: failed: {program['failed']}")
    return "\n".join(lines + [""] * bool(failures) + failures)


def machine():
    return next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                 if line.startswith("model name")), "unknown")


def release(folder):
    return (folder / "kernel").read_text().strip()


def curves(of, points):
    """gnuplot's words for lines: POINTS has (x, y) pairs by title."""
    data = [f"${of}_{number} << end\n" + "\n".join(f"{x} {y}" for x, y in pairs) + "\nend"
            for number, pairs in enumerate(points.values())]
    lines = [f"${of}_{number} with linespoints title '{title}'"
             for number, title in enumerate(points)]
    return data, ", ".join(lines)


def plot(results, name, plots, label):
    """PLOTS: for each mode, what curves() takes."""
    script = [f"set terminal svg size 720,{220 * len(plots)} font 'sans,11' background 'white'",
              f"set output '{results / name}'", f"set multiplot layout {len(plots)},1",
              "set logscale x 2", "set xlabel 'MTU, bytes'", f"set ylabel '{label}'",
              "set yrange [0:*]", "set key right outside"]
    for over, points in plots.items():
        data, lines = curves(over, points)
        script += [*data, f"set title '{over}'\nplot {lines}"]
    subprocess.run(["gnuplot"], input="\n".join(script), text=True, check=True)


def plot_shares(rows, results):
    """The share of the radio's limit by MTU, a line for each radio."""
    plots = {}
    for row in rows:
        if row["what"] == "1 MB":
            point = (row["mtu"], row["programs"]["ours"]["share_of_radio"][0])
            plots.setdefault(row["over"], {}).setdefault(row["radio"], []).append(point)
    plot(results, "share.svg", plots, "share of the radio''s limit")


def plot_goodput(rows, results):
    """Goodput by MTU, a line for each program."""
    plots = {}
    for row in rows:
        for name, program in row["programs"].items():
            if program.get("goodput_kB_s"):
                point = (row["mtu"], median(program["goodput_kB_s"]))
                plots.setdefault(row["over"], {}).setdefault(name, []).append(point)
    plot(results, "goodput.svg", plots, "kB/s")


def report(rows_folder, results):
    sections = {}
    for name in ORDER:
        file = rows_folder / f"{name}.json"
        if file.exists():
            sections[name] = json.loads(file.read_text())
    facts = {"date": datetime.date.today().isoformat(), "machine": machine(),
             "kernel": release(rows_folder)}
    (results / "results.json").write_text(
        json.dumps(facts | {"sections": sections}, indent=1) + "\n")
    text = ["# Benchmark", "",
            "`protocol` is virtual time: exact, and the same on every machine. The rest was "
            f"measured on {facts['date']}: Linux {facts['kernel']} in a virtual machine "
            f"(two processors, emulated) on {facts['machine']}.", ""]
    for name, rows in sections.items():
        text += [f"## {name}", "", table(rows), ""]
        text += [REASONS[name], ""] if name in REASONS else []
    (results / "results.md").write_text("\n".join(text))
    if "protocol" in sections:
        plot_shares(sections["protocol"], results)
    if "goodput" in sections:
        plot_goodput(sections["goodput"], results)


def figures(results):
    for section, rows in results["sections"].items():
        for row in rows:
            for name, values in row["programs"].get("ours", {}).items():
                if name != "failed":
                    yield (section, label(row), name), values


def compare(old, new):
    before, worse = dict(figures(old)), 0
    for key, values in figures(new):
        if key not in before:
            continue
        more = key[2] in MORE
        # Apart altogether: the best of now is worse than the worst of then.
        apart = (max(values) < min(before[key]) if more else min(values) > max(before[key]))
        if apart:
            print(f"{', '.join(key)}: {number(median(before[key]))} was, "
                  f"{number(median(values))} is")
            worse += 1
    return worse


if sys.argv[1] == "compare":
    old_results, new_results = (json.loads(pathlib.Path(name).read_text())
                                for name in sys.argv[2:4])
    sys.exit(1 if compare(old_results, new_results) else 0)
report(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
