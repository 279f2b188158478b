# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""confirm_pairing.py yes|no SECONDS: an agent, for all adapters of this machine, that answers
each question of whether two numbers are equal, after it has thought for so long. Prints
"ready", and a line for each answer."""
import ctypes
import os
import socket
import struct
import sys
import time

HCI_DEV_NONE = 0xFFFF
HCI_CHANNEL_CONTROL = 3
USER_CONFIRMATION_REQUEST = 0x000F
REPLY = {"yes": 0x001C, "no": 0x001D}[sys.argv[1]]

# Python's own bind() knows no other channel of HCI than the raw one.
control = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_RAW, socket.BTPROTO_HCI)
address = struct.pack("<HHH", socket.AF_BLUETOOTH, HCI_DEV_NONE, HCI_CHANNEL_CONTROL)
libc = ctypes.CDLL(None, use_errno=True)
if libc.bind(control.fileno(), address, len(address)) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
print("ready", flush=True)
while True:
    event = control.recv(1024)
    code, adapter, length = struct.unpack_from("<HHH", event)
    if code == USER_CONFIRMATION_REQUEST:
        peer_and_type = event[6:13]
        time.sleep(float(sys.argv[2]))
        control.send(struct.pack("<HHH", REPLY, adapter, len(peer_and_type)) + peer_and_type)
        print(f"hci{adapter}: {sys.argv[1]}", flush=True)
