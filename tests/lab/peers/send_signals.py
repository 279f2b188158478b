# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""send_signals.py ADAPTER HANDLE HEX...: sends L2CAP signalling commands, each with its header, over
the link HANDLE of ADAPTER (hciN), past its kernel."""
import socket
import struct
import sys

ACL_PACKET = 2
SIGNALLING = 1

adapter, handle = int(sys.argv[1].removeprefix("hci")), int(sys.argv[2])
hci = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_RAW, socket.BTPROTO_HCI)
hci.bind((adapter,))
for command in map(bytes.fromhex, sys.argv[3:]):
    frame = struct.pack("<HH", len(command), SIGNALLING) + command
    hci.send(struct.pack("<BHH", ACL_PACKET, handle, len(frame)) + frame)
