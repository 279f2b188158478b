# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""send_flushable.py LOCAL PEER FLUSHABLE SIZE: connects to PSM 0x1001 in basic mode, with
BT_FLUSHABLE when FLUSHABLE is 1. For each number on a line of standard input it sends
as many SDUs, lines of SIZE bytes that begin with a number of their own; at the end it
closes."""
import socket
import sys

PSM = 0x1001
SOL_BLUETOOTH = 274
BT_FLUSHABLE = 8

local, peer, flushable, size = sys.argv[1:]
channel = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
if flushable == "1":
    channel.setsockopt(SOL_BLUETOOTH, BT_FLUSHABLE, 1)
channel.bind((local, 0))
channel.connect((peer, PSM))
sent = 0
for line in sys.stdin:
    for _ in range(int(line)):
        channel.send((b"%d " % sent).ljust(int(size) - 1, b".") + b"\n")
        sent += 1
channel.close()
