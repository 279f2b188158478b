# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""How long numbered SDUs are under way, from one program to another on this machine.

latency.py make COUNT SECONDS SIZE SENT  writes so many, a line of hexadecimal digits each,
                                         so far apart, and into SENT when each was written.
latency.py take ARRIVED                  copies such lines to ARRIVED, with the time.
latency.py tell SENT ARRIVED             prints how many arrived, and the time in ms that 9
                                         of 10 needed at most.

The SDUs are those of l2test, as l2client --generate makes them."""
import struct
import sys
import time

now = time.monotonic


def make(count, seconds, size, sent_name):
    with open(sent_name, "w", encoding="ascii") as sent:
        start = now()
        for number in range(int(count)):
            due = start + number * float(seconds)
            time.sleep(max(0, due - now()))
            sent.write(f"{now()}\n")
            sdu = struct.pack("<IH", number, int(size)).ljust(int(size), b"\x7f")
            print(sdu.hex(), flush=True)


def take(arrived_name):
    with open(arrived_name, "w", encoding="ascii") as arrived:
        for line in sys.stdin:
            number = struct.unpack_from("<I", bytes.fromhex(line[:8]))[0]
            arrived.write(f"{number} {now()}\n")


def tell(sent_name, arrived_name):
    with open(sent_name, encoding="ascii") as file:
        sent = [float(line) for line in file]
    with open(arrived_name, encoding="ascii") as file:
        took = sorted(float(at) - sent[int(number)] for number, at in map(str.split, file))
    print(len(took), round(1000 * took[len(took) * 9 // 10]))


{"make": make, "take": take, "tell": tell}[sys.argv[1]](*sys.argv[2:])
