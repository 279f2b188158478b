# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""receive_naively.py ADAPTER: what most programs do. Receives an SDU, works 2 ms on it,
receives the next, until the first 0; prints how many there were."""
import socket
import sys
import time

listener = socket.socket(
    socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP
)
listener.bind((sys.argv[1], 0x1001))
listener.listen(1)
print("listening", flush=True)
channel, _ = listener.accept()
count = 0
try:
    while channel.recv(65535):
        count += 1
        time.sleep(0.002)
except OSError:
    pass
print("received", count, flush=True)
