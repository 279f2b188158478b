# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""protocol.py -- run in user-mode Linux with air --relay; see run.

What the protocol and our programs make of a radio, in virtual time: exact, and the same on
every machine. Writes $L2_RESULTS/protocol.json, rows as measure.py's. Times are of whole
commands, from the client's start to its exit."""
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import clients
import pairs

RELAY = [os.environ["L2_RELAY_PROGRAM"], "tell", os.environ["L2_RELAY"]]
MEGABYTE = 1000000
# Bits of payload a second, of the largest packets one after the other.
LIMITS = {"3-DH": 1021 * 8 / 3.75e-3, "2-DH": 679 * 8 / 3.75e-3,
          "LE-2M": 35 * 251 * 8 / 50e-3, "LE-1M": 20 * 251 * 8 / 50e-3}
MTUS = {"basic": (48, 672, 1017, 4096, 16000, 65531), "ertm": (48, 672, 1009, 4096, 16000, 65535),
        "le": (64, 245, 672, 4096, 16000, 65535)}
RADIOS = {"basic": ("3-DH", "2-DH"), "ertm": ("3-DH", "2-DH"), "le": ("LE-2M", "LE-1M")}
work = pathlib.Path(tempfile.mkdtemp())
pairs.LIMIT_S = 4000  # of virtual time


def relay(*words):
    return subprocess.run([*RELAY, *words], check=True, capture_output=True, text=True).stdout


def set_radio(name):
    relay("calm")
    for adapter in ("hci0", "hci1"):
        relay("radio", adapter, name)


def pair_over(over, mtu):
    """Over LE a deferred channel ends after 40 s (trap T15)."""
    return pairs.ours(pairs.Way(over, mtu), ["--no-defer"] if over == "le" else [])


def manage(index, *words):
    """btmgmt, which ends without an answer when its input ends."""
    with subprocess.Popen(["btmgmt", "--index", str(index), *words], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL) as process:
        process.wait()


def whole(pair, source):
    """Runs PAIR; seconds from the sender's start to its exit, and of those the radio's."""
    sink = work / "sink"
    with pairs.Running(pair, source, sink, timed=False) as running:
        # From the same place of a slot and of a connection event.
        time.sleep(1 - time.monotonic() % 1)
        before = int(relay("count", "hci1", "out", "air"))
        began = time.monotonic()
        running.send()
        seconds = time.monotonic() - began
        running.receiver.communicate(timeout=pairs.LIMIT_S)
        if running.receiver.returncode or sink.read_bytes() != pathlib.Path(source).read_bytes():
            raise pairs.Failed("not all arrived")
        return seconds, (int(relay("count", "hci1", "out", "air")) - before) / 1e3


def file_of(size):
    file = work / f"file-{size}"
    if not file.exists():
        file.write_bytes(os.urandom(size))
    return file


def shares():
    """1 MB: what arrives of what the radio's largest packets could carry, and of what the
    packets of this mode and MTU could: the rest of the time the radio stood still."""
    for over, radios in RADIOS.items():
        for name in radios:
            set_radio(name)
            for mtu in MTUS[over]:
                seconds, air = whole(pair_over(over, mtu), file_of(MEGABYTE))
                yield {"what": "1 MB", "over": over, "radio": name, "mtu": mtu, "programs": {
                    "ours": {"share_of_radio": [MEGABYTE * 8 / LIMITS[name] / seconds],
                             "share_of_packets": [air / seconds],
                             "seconds": [seconds], "waiting_s": [seconds - air]}}}


def hellos():
    """A hello, with a radio that takes no time, and with a real one."""
    hello = work / "hello"
    hello.write_bytes(b"hello!!")
    for over in ("basic", "ertm", "le"):
        for name in ("none", RADIOS[over][0]):
            set_radio(name)
            # The first makes the link.
            whole(pair_over(over, 672), hello)
            seconds, _ = whole(pair_over(over, 672), hello)
            yield {"what": "hello", "over": over, "radio": name,
                   "programs": {"ours": {"latency_ms": [seconds * 1e3]}}}


def percentiles(times_ms):
    cuts = statistics.quantiles(times_ms, n=100, method="inclusive")
    return {"p50_ms": [cuts[49]], "p99_ms": [cuts[98]]}


def ping(over, options):
    pair = pairs.ours(pairs.Way(over, 672), ["--echo"], ["--json", "--ping=50", "--interval=0.1"])
    pair = pairs.Pair(pair.receiver + options, pair.sender[:-1] + options + pair.sender[-1:])
    with pairs.Running(pair, "/dev/null", timed=False):
        out = subprocess.run(pairs.words(pair.sender), capture_output=True, text=True,
                             timeout=pairs.LIMIT_S, check=True).stdout
    events = [json.loads(line) for line in out.splitlines()]
    return percentiles([e["round_trip_ms"] for e in events if "round_trip_ms" in e])


def pings():
    """Round trips of 44 bytes, on a link at rest and beside a file."""
    for over in ("basic", "ertm", "le"):
        name = RADIOS[over][0]
        set_radio(name)
        options = [f"--psm={0x1003 if over != 'le' else 0x90}"]
        yield {"what": "ping at rest", "over": over, "radio": name,
               "programs": {"ours": ping(over, options)}}
        file = pair_over(over, 672)
        with pairs.Running(file, file_of(8 * MEGABYTE), timed=False) as running:
            with open(file_of(8 * MEGABYTE), "rb") as source:
                running.sender = running.start("sender", file.sender, source, "/dev/null")
                yield {"what": "ping beside a file", "over": over, "radio": name,
                       "programs": {"ours": ping(over, options)}}


def many():
    """Many clients of one server, 20 kB each. A link has identifiers for 128 commands: of
    more clients that close in one moment, some cannot ask for it. And 512 at rest."""
    set_radio("3-DH")
    for over in ("basic", "ertm"):
        for number in (1, 8, 64, 120):
            figures = clients.measure(number, over)
            yield {"what": "clients", "over": over, "radio": "3-DH", "clients": number,
                   "programs": {"ours": {name: [value] for name, value in figures.items()}}}
    for number in (1, 512):
        figures = clients.at_rest(number, "ertm")
        yield {"what": "clients at rest", "clients": number, "over": "ertm",
               "programs": {"ours": {name: [value] for name, value in figures.items()}}}


def main():
    results = pathlib.Path(os.environ["L2_RESULTS"])
    for index in (0, 1):
        manage(index, "le", "on")
    manage(0, "advertising", "on")
    rows = []
    for section in (shares, hellos, pings, many):
        for row in section():
            rows.append(row)
            print("#", json.dumps(row), flush=True)
            (results / "protocol.json").write_text(json.dumps(rows, indent=1))


main()
