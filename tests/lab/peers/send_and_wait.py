# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""send_and_wait.py MODE FROM TO COUNT SIZE

Waits for the end of standard input, sends COUNT SDUs of SIZE bytes, prints "all sent" when
the controller has taken them all, and "closed" when the peer closes. MODE is basic or
streaming.
"""
import select
import socket
import struct
import sys
import time

SOL_L2CAP, L2CAP_OPTIONS = 6, 1
SO_MEMINFO, WMEM_ALLOC = 55, 2
MODES = {"basic": 0, "streaming": 4}


def unsent_memory(channel):
    figures = channel.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36)
    return struct.unpack_from("9I", figures)[WMEM_ALLOC]


def main():
    mode, source, destination, count, size = sys.argv[1:]
    channel = socket.socket(
        socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP
    )
    options = struct.pack("HHHBBBH", 672, 0, 0xFFFF, MODES[mode], 1, 3, 63)
    channel.setsockopt(SOL_L2CAP, L2CAP_OPTIONS, options)
    channel.bind((source, 0))
    channel.connect((destination, 0x1001))
    sys.stdin.read()
    for number in range(int(count)):
        channel.send(struct.pack("<I", number).ljust(int(size), b"."))
    while unsent_memory(channel) > 0:
        time.sleep(0.001)
    print("all sent", flush=True)
    hang_up = select.poll()
    hang_up.register(channel, select.POLLRDHUP)
    hang_up.poll()
    print("closed", flush=True)


main()
