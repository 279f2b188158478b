# SPDX-License-Identifier: GPL-2.0-or-later
"""report.py ROWS RESULTS -- of the rows that measure.py wrote: results.json, results.md
and, with gnuplot, goodput.svg.

report.py compare OLD NEW -- what of two results.json got worse by more than their rounds
differ among each other; status 1 when something did.
"""
import datetime
import json
import pathlib
import statistics
import subprocess
import sys

ORDER = ("goodput", "calls", "callgrind", "memory", "start", "ping", "clients")
# What is better when it is more; of all otherwise less is better.
MORE = {"goodput_kB_s", "arrived", "slowest_of_fastest"}


def label(row):
    """What the row's figures are of: all but the programs."""
    return ", ".join(f"{name} {value}" for name, value in row.items() if name != "programs")


def median(values):
    return statistics.median(values)


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
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), "unknown")
    return cpu


def release(folder):
    return (folder / "kernel").read_text().strip()


def plot(rows, results):
    """Goodput by MTU, a plot for each mode, a line for each program."""
    overs = sorted({row["over"] for row in rows})
    script = [f"set terminal svg size 720,{240 * len(overs)} font 'sans,11'",
              f"set output '{results / 'goodput.svg'}'",
              f"set multiplot layout {len(overs)},1", "set logscale x",
              "set xtics (672, 1691, 4096, 32000)", "set xlabel 'MTU, bytes'",
              "set ylabel 'kB/s'", "set yrange [0:*]", "set key right outside"]
    for over in overs:
        mine = [row for row in rows if row["over"] == over]
        lines = []
        for name in ("ours", "bare", "l2test", "python"):
            points = [(row["mtu"], median(row["programs"][name]["goodput_kB_s"]))
                      for row in mine if row["programs"].get(name, {}).get("goodput_kB_s")]
            if points:
                data = "\n".join(f"{mtu} {value}" for mtu, value in points)
                script.append(f"${over}_{name} << end\n{data}\nend")
                lines.append(f"${over}_{name} with linespoints title '{name}'")
        script.append(f"set title '{over}'\nplot " + ", ".join(lines))
    subprocess.run(["gnuplot"], input="\n".join(script), text=True, check=True)


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
    text = [f"Measured on {facts['date']}: Linux {facts['kernel']} in a virtual machine "
            f"(two processors, emulated) on {facts['machine']}.", ""]
    for name, rows in sections.items():
        text += [f"## {name}", "", table(rows), ""]
    (results / "results.md").write_text("\n".join(text))
    if "goodput" in sections:
        plot(sections["goodput"], results)


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
