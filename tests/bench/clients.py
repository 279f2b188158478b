# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""Many clients of one server at once: total goodput, fairness, memory.
Clients connect in batches, for a kernel has few identifiers for commands that wait, and
get their input, all in the same moment, when every one of them is there."""
import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import time

import pairs

BYTES = 20000  # for each client: less than a pipe takes at once
AT_ONCE = 16


def lines_until(stream, count, event, kept):
    """Reads JSON lines until COUNT more of EVENT came; all of them go to KEPT."""
    while count:
        line = stream.readline()
        if not line:
            raise pairs.Failed(f"the server ended before {count} more {event}")
        kept.append(json.loads(line) | {"at": time.monotonic()})
        count -= kept[-1]["event"] == event


def resident_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0])


@contextlib.contextmanager
def connected(number, over):
    """A server with NUMBER clients that wait for their input: it, and they."""
    # Linux has one queue for all channels of a link: a disconnect request may wait there
    # for longer than the 20 s that a client waits by itself.
    pair = pairs.ours(pairs.Way(over, 672), ["--json", "--keep-open", "--discard"],
                      ["--send=-", "--idle-timeout=600"])
    with tempfile.TemporaryFile() as said:
        server = subprocess.Popen(pairs.words(pair.receiver), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  text=True)
        clients = []
        try:
            lines_until(server.stderr, 1, "listening", [])
            for first in range(0, number, AT_ONCE):
                batch = min(AT_ONCE, number - first)
                clients += [subprocess.Popen(pairs.words(pair.sender), stderr=said,
                                             stdin=subprocess.PIPE) for _ in range(batch)]
                lines_until(server.stderr, batch, "accepted", [])
            yield server, clients
        finally:
            for process in [*clients, server]:
                process.kill()
                process.wait()
            server.stderr.close()


def at_rest(number, over):
    with connected(number, over) as (server, _):
        return {"server_peak_kib": resident_kib(server.pid)}


def measure(number, over):
    with connected(number, over) as (server, clients):
        events = []
        began = time.monotonic()
        for client in clients:
            os.write(client.stdin.fileno(), os.urandom(BYTES))
            client.stdin.close()
        lines_until(server.stderr, number, "summary", events)
        lost = sum(client.wait(pairs.LIMIT_S) != 0 for client in clients)
        return figures(events, began, lost, resident_kib(server.pid))


def figures(events, began, lost, peak_kib):
    """The times are from the moment in which all clients get their input."""
    done = [event for event in events if event["event"] == "summary"]
    times = [event["at"] - began for event in done]
    total = sum(event["bytes_received"] for event in done)
    return {
        "goodput_kB_s": total / 1e3 / max(times),
        "fastest_of_slowest": min(times) / max(times),
        "lost": lost,
        "server_peak_kib": peak_kib,
    }
