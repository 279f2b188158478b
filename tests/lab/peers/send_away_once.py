# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""send_away_once.py ADAPTER: an ERTM server that closes its first connection at once, and
prints what it receives on the second, after the line "listening"."""
import socket
import struct
import sys

SOL_L2CAP, L2CAP_OPTIONS, ERTM = 6, 1, 3

listener = socket.socket(
    socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP
)
options = struct.pack("HHHBBBH", 672, 672, 0xFFFF, ERTM, 1, 3, 63)
listener.setsockopt(SOL_L2CAP, L2CAP_OPTIONS, options)
listener.bind((sys.argv[1], 0x1001))
listener.listen(1)
print("listening", flush=True)
listener.accept()[0].close()
channel, _ = listener.accept()
zeros = 0
while zeros < 2:
    sdu = channel.recv(65535)
    zeros = 0 if sdu else zeros + 1
    print(sdu.decode(), end="", flush=True)
