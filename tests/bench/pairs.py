# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""The programs that are measured, as pairs of commands that move the same SDUs, and how a
pair is run: see measure.py."""
import collections
import json
import os
import pathlib
import select
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent
BUILD = pathlib.Path(os.environ["L2_BUILD"]).resolve()
RECEIVER, SENDER = os.environ.get("L2_HCI0", ""), os.environ.get("L2_HCI1", "")
PSM = 0x1001
LE_PSM = 0x80
LIMIT_S = 300  # only ends what hangs

# Numbers of modes: in l2cap_options, and what l2test calls them.
MODES = {"basic": (0, "basic"), "ertm": (3, "ertm")}

Way = collections.namedtuple("Way", "over mtu")  # "basic", "ertm" or "le"
Pair = collections.namedtuple("Pair", "receiver sender")


class Failed(Exception):
    """A run that came to nothing; the text says why."""


def send_buffer(mtu):
    """What bare and Python need: two SDUs of this MTU, at 1,280 bytes a fragment of 180."""
    room = 2 * (mtu // 180 + 2) * 1280
    return room if room > 212992 else 0


def address(way):
    return ["-V", "le_public"] if way.over == "le" else ["-X", MODES[way.over][1]]


def l2_options(way):
    mode = ["--le"] if way.over == "le" else [f"--mode={way.over}"]
    return mode + [f"--mtu={way.mtu}"]


def ours(way, receiver_options=(), sender_options=("--send=-",)):
    # Both adapters are this machine's: without a name the receiver's own would be taken.
    return Pair(
        [BUILD / "l2server", "--adapter=hci0", *l2_options(way), *receiver_options],
        [BUILD / "l2client", "--adapter=hci1", *l2_options(way), *sender_options, RECEIVER],
    )


def bare(way, receive="receive", send="send", size=None, more=()):
    options = ["-u", size or way.mtu, "-s", send_buffer(way.mtu)]
    options += ["-l", "-p", LE_PSM] if way.over == "le" else ["-m", MODES[way.over][0]]
    return Pair(
        [BUILD / "bench/bare", receive, "-a", RECEIVER, *options],
        [BUILD / "bench/bare", send, "-a", SENDER, *options, *more, RECEIVER],
    )


def l2test(way, count):
    options = ["-P", LE_PSM if way.over == "le" else PSM, "-b", way.mtu, "-I", way.mtu]
    options += ["-O", way.mtu, *address(way)]
    return Pair(
        ["l2test", "-r", "-i", "hci0", *options],
        # -g: it waits before it closes, which would throw away what is queued.
        ["l2test", "-s", "-i", "hci1", "-N", count, "-g", 1000, *options, RECEIVER],
    )


def python(way):
    if way.over == "le":
        return None  # PyBluez knows no LE
    rest = [PSM, MODES[way.over][0], way.mtu, send_buffer(way.mtu)]
    command = ["/usr/bin/python3", HERE / "pybluez_pair.py"]
    return Pair([*command, "receive", *rest], [*command, "send", RECEIVER, *rest])


def words(command):
    return [str(word) for word in command]


def wait_for_listener(process):
    """Until the receiver says that it listens."""
    text = b""
    while b"isten" not in text and b"Waiting for connection" not in text:
        if not select.select([process.stderr], [], [], LIMIT_S)[0]:
            raise Failed("it does not listen")
        more = os.read(process.stderr.fileno(), 4096)
        if not more:
            raise Failed(f"it does not listen: {text.decode(errors='replace').strip()}")
        text += more


class Running:
    """A pair of commands, each timed by stopwatch; the receiver listens on return."""

    def __init__(self, pair, source, sink="/dev/null", prefix=(), timed=True):
        self.pair, self.source, self.sink, self.prefix = pair, source, sink, prefix
        self.folder = tempfile.TemporaryDirectory()
        self.preload = [BUILD / "l2test_modes.so"] + [BUILD / "bench/stopwatch.so"] * timed
        self.receiver = self.start("receiver", pair.receiver, subprocess.DEVNULL, sink)
        try:
            wait_for_listener(self.receiver)
        except Failed:
            self.end()
            raise

    def start(self, end, command, source, sink):
        environment = os.environ | {
            "LD_PRELOAD": ":".join(words(self.preload)),
            "STOPWATCH": f"{self.folder.name}/{end}",
        }
        with open(sink, "wb") as output:
            return subprocess.Popen(
                words([*self.prefix, *command]), stdin=source, stdout=output,
                stderr=subprocess.PIPE, env=environment, process_group=0,
            )

    def send(self):
        """Runs the sender to its end."""
        with open(self.source, "rb") as source:
            self.sender = self.start("sender", self.pair.sender, source, "/dev/null")
            try:
                _, said = self.sender.communicate(timeout=LIMIT_S)
            except subprocess.TimeoutExpired as too_late:
                raise Failed(f"the sender did not end in {LIMIT_S} s") from too_late
        if self.sender.returncode:
            raise Failed(said.decode(errors="replace").strip().splitlines()[-1])

    def finish(self):
        """What stopwatch says of both ends."""
        # l2test's listener goes on forever: the child that it forked has been timed.
        if "l2test" in str(self.pair.receiver[0]):
            self.await_line("receiver")
            self.receiver.kill()
        self.receiver.communicate(timeout=LIMIT_S)
        return self.line("receiver"), self.line("sender")

    def await_line(self, end):
        file = pathlib.Path(self.folder.name, end)
        for _ in range(LIMIT_S * 50):
            if file.exists() and file.read_text().endswith("\n"):
                return
            select.select([], [], [], 0.02)
        raise Failed(f"the {end} did not end")

    def line(self, end):
        file = pathlib.Path(self.folder.name, end)
        if not file.exists():
            raise Failed(f"the {end} moved nothing")
        return json.loads(file.read_text().splitlines()[-1])

    def end(self):
        for process in (self.receiver, getattr(self, "sender", None)):
            if process:
                try:
                    os.killpg(process.pid, 9)
                except ProcessLookupError:
                    pass
                process.wait()
                process.stderr.close()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def run(pair, source, sink="/dev/null"):
    """Runs PAIR once; figures of the transfer, by name."""
    with Running(pair, source, sink) as running:
        running.send()
        receiver, sender = running.finish()
    megabytes = receiver["received"] / 1e6
    return {
        "goodput_kB_s": megabytes * 1e3 / max(receiver["last"] - sender["first"], 0.004),
        "arrived": receiver["received"] / sender["sent"],
        "sender_cpu_s_per_MB": (sender["user"] + sender["system"]) / megabytes,
        "receiver_cpu_s_per_MB": (receiver["user"] + receiver["system"]) / megabytes,
        "sender_peak_kib": sender["peak_kib"],
        "receiver_peak_kib": receiver["peak_kib"],
    }
