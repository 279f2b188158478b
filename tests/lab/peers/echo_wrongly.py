# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""echo_wrongly.py LOCAL: accepts one connection on PSM 0x1001 and sends back what comes:
the second SDU twice, the third with its last byte changed."""
import socket
import sys

listener = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
listener.bind((sys.argv[1], 0x1001))
listener.listen(1)
print("listening", flush=True)
channel, _ = listener.accept()
for number in range(1 << 30):
    sdu = channel.recv(65536)
    if not sdu:
        break
    if number == 2:
        sdu = sdu[:-1] + b"!"
    channel.send(sdu)
    if number == 1:
        channel.send(sdu)
