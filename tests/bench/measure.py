# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""measure.py SECTION... -- run in a guest with the air up; see run.

Measures our pair against others and writes $L2_RESULTS/SECTION.json: a list of rows, each
with the parameters and, for each program, its figures, a list of one value a round.
"""
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import pairs
from pairs import Failed, Way

ROUNDS = int(os.environ.get("L2_ROUNDS") or 7)
MTUS = (672, 4096, 32000)
OVERS = ("basic", "ertm", "le")
TRACING = pathlib.Path("/sys/kernel/tracing")
work = pathlib.Path(tempfile.mkdtemp())


def switch_le_on():
    """btmgmt ends without an answer when its input ends."""
    for index, words in ((0, "le on"), (1, "le on"), (0, "advertising on")):
        with subprocess.Popen(["btmgmt", "--index", str(index), *words.split()],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            process.wait()


def random_file(size):
    file = work / f"random-{size}"
    if not file.exists():
        file.write_bytes(os.urandom(size))
    return file


def say(*text):
    print("#", *text, flush=True)


def interleaved(programs, measure):
    """A B A B ...: what MEASURE makes of each program in each round, as lists by name. A
    program that fails is told, with its reason, and not tried again."""
    figures, failed = {}, {}
    for _ in range(ROUNDS):
        for name, program in programs.items():
            if program is None or name in failed:
                continue
            try:
                for figure, value in measure(program).items():
                    figures.setdefault(name, {}).setdefault(figure, []).append(value)
            except (Failed, subprocess.TimeoutExpired) as reason:
                failed[name] = str(reason)
    return {name: figures.get(name, {}) | ({"failed": failed[name]} if name in failed else {})
            for name, program in programs.items() if program is not None}


# --- goodput ---------------------------------------------------------------------------


def transfer_programs(way, size):
    return {
        "ours": pairs.ours(way),
        "bare": pairs.bare(way),
        "l2test": pairs.l2test(way, size // way.mtu),
        "python": pairs.python(way),
    }


def goodput():
    size = 4032000  # whole SDUs of most MTUs
    sink = work / "sink"
    for over in OVERS:
        for mtu in MTUS:
            way = Way(over, mtu)
            yield {"over": over, "mtu": mtu, "programs": interleaved(
                transfer_programs(way, size),
                lambda pair: pairs.run(pair, random_file(size), sink))}


# --- system calls and instructions -----------------------------------------------------


def count_calls(pids):
    """System calls by process, as the kernel counted them since trace_calls()."""
    calls = dict.fromkeys(pids, 0)
    text = (TRACING / "events/raw_syscalls/sys_enter/hist").read_text()
    for pid, count in re.findall(r"common_pid:\s+(\d+),.*hitcount:\s+(\d+)", text):
        if int(pid) in calls:
            calls[int(pid)] += int(count)
    return calls


def trace_calls(on):
    """Not with strace, which stops the program at each call: that changes the number."""
    if not (TRACING / "events").exists():
        subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACING], check=True)
    sign = "" if on else "!"
    (TRACING / "events/raw_syscalls/sys_enter/trigger").write_text(
        f"{sign}hist:keys=common_pid,id:size=8192\n")


def calls_of(pair, size, sdus):
    trace_calls(True)
    try:
        with pairs.Running(pair, random_file(size), work / "sink", timed=False) as running:
            running.send()
            if "l2test" not in str(pair.receiver[0]):
                running.receiver.communicate(timeout=pairs.LIMIT_S)
            calls = count_calls([running.receiver.pid, running.sender.pid])
            return {"receiver_calls_per_sdu": calls[running.receiver.pid] / sdus,
                    "sender_calls_per_sdu": calls[running.sender.pid] / sdus}
    finally:
        trace_calls(False)


def calls():
    sdus = 5000
    for over in OVERS:
        way = Way(over, 672)
        programs = {"ours": pairs.ours(way), "bare": pairs.bare(way)}
        yield {"over": over, "mtu": 672, "programs": interleaved(
            programs, lambda pair: calls_of(pair, sdus * 672, sdus))}


def instructions(pair, size):
    prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={work}/callgrind.%p"]
    with pairs.Running(pair, random_file(size), work / "sink", prefix, False) as running:
        running.send()
        running.receiver.communicate(timeout=pairs.LIMIT_S)
        pids = {"receiver": running.receiver.pid, "sender": running.sender.pid}
    counted = {}
    for end, pid in pids.items():
        text = pathlib.Path(work, f"callgrind.{pid}").read_text()
        counted[end] = int(re.search(r"^(?:summary|totals): (\d+)", text, re.M).group(1))
    return counted


def instructions_per_sdu(pair, mtu):
    """The start's are the same for both sizes."""
    few, many = (instructions(pair, count * mtu) for count in (200, 1200))
    return {f"{end}_instructions_per_sdu": (many[end] - few[end]) / 1000 for end in few}


def callgrind():
    for over in OVERS:
        way = Way(over, 672)
        programs = {"ours": pairs.ours(way), "bare": pairs.bare(way)}
        row = {}
        for name, pair in programs.items():
            figures = instructions_per_sdu(pair, 672)
            row[name] = {figure: [value] for figure, value in figures.items()}
        yield {"over": over, "mtu": 672, "programs": row}


# --- memory, start, round trips ----------------------------------------------------------


def memory():
    """Of a transfer of 1, 10 and 100 MB."""
    for megabytes in (1, 10, 100):
        way = Way("ertm", 4096)
        row = {}
        for name, pair in (("ours", pairs.ours(way)), ("bare", pairs.bare(way))):
            figures = pairs.run(pair, random_file(megabytes * 1000000), work / "sink")
            row[name] = {f"{end}_peak_kib": [figures[f"{end}_peak_kib"]]
                         for end in ("sender", "receiver")}
        yield {"megabytes": megabytes, "programs": row}


def time_of(command):
    began = time.monotonic()
    subprocess.run(pairs.words(command), stdout=subprocess.DEVNULL, check=True)
    return {"seconds": time.monotonic() - began}


def time_of_hello(pair):
    hello = work / "hello"
    hello.write_bytes(b"hello!!")
    with pairs.Running(pair, hello, work / "sink", timed=False) as running:
        began = time.monotonic()
        running.send()
        running.receiver.communicate(timeout=pairs.LIMIT_S)
        return {"seconds": time.monotonic() - began}


def start():
    bare = pairs.BUILD / "bench/bare"
    yield {"what": "--version", "programs": interleaved(
        {"ours": [pairs.BUILD / "l2client", "--version"], "bare": [bare, "version"]}, time_of)}
    for over in OVERS:
        way = Way(over, 672)
        yield {"what": f"hello, {over}", "programs": interleaved(
            {"ours": pairs.ours(way), "bare": pairs.bare(way)}, time_of_hello)}


def percentiles(times_us):
    cuts = statistics.quantiles(times_us, n=100, method="inclusive")
    return {"p50_us": cuts[49], "p99_us": cuts[98]}


def round_trips(pair):
    """Of what the sender prints: our JSON, or a number a line."""
    with pairs.Running(pair, "/dev/null", timed=False) as running:
        sender = subprocess.run(pairs.words(pair.sender), capture_output=True, text=True,
                                timeout=pairs.LIMIT_S, check=True)
        del running
    if "l2client" in str(pair.sender[0]):
        events = [json.loads(line) for line in sender.stdout.splitlines()]
        times = [event["round_trip_ms"] * 1e3 for event in events
                 if "round_trip_ms" in event]
    else:
        times = [float(line) for line in sender.stdout.split()]
    return percentiles(times)


def ping():
    count, size = 500, 48
    for over in OVERS:
        way = Way(over, 672)
        programs = {
            "ours": pairs.ours(way, ["--echo"], ["--json", "--interval=0",
                                                f"--ping={count}", f"--sdu-size={size}"]),
            "bare": pairs.bare(way, "echo", "ping", size, ["-n", count]),
        }
        yield {"over": over, "size": size, "programs": interleaved(programs, round_trips)}


SECTIONS = {
    "goodput": goodput, "calls": calls, "callgrind": callgrind, "memory": memory,
    "start": start, "ping": ping,
}


def main():
    results = pathlib.Path(os.environ["L2_RESULTS"])
    (results / "kernel").write_text(os.uname().release)
    switch_le_on()
    for section in sys.argv[1:]:
        rows = []
        for row in SECTIONS[section]():
            rows.append(row)
            say(section, json.dumps(row))
            (results / f"{section}.json").write_text(json.dumps(rows, indent=1))


main()
