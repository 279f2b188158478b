# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""encrypt_link.py LOCAL PEER: opens a channel of its own between the two adapters of this
machine that demands encryption, prints "encrypted", and keeps it until it is killed."""
import socket
import struct
import sys
import time

PSM = 0x1077
SOL_BLUETOOTH = 274
BT_SECURITY = 4
MEDIUM = struct.pack("@BB", 2, 0)


def channel_from(address):
    channel = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
    channel.setsockopt(SOL_BLUETOOTH, BT_SECURITY, MEDIUM)
    channel.bind(address)
    return channel


listener = channel_from((sys.argv[2], PSM))
listener.listen(1)
client = channel_from((sys.argv[1], 0))
client.connect((sys.argv[2], PSM))
print("encrypted", flush=True)
time.sleep(3600)
