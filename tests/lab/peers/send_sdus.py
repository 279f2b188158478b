# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""send_sdus.py LOCAL PEER SDU...: connects to PSM 0x1001, sends each SDU, closes."""
import socket
import sys

PSM = 0x1001

channel = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
channel.bind((sys.argv[1], 0))
channel.connect((sys.argv[2], PSM))
for sdu in sys.argv[3:]:
    channel.send(sdu.encode())
channel.close()
