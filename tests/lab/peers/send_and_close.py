# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""send_and_close.py ADAPTER MODE: listens, in basic, ertm or streaming, after the line
"listening"; sends its first client "hello!!", waits until the client's kernel has it, and
closes."""
import socket
import struct
import sys
import time

SOL_L2CAP, L2CAP_OPTIONS = 6, 1
MODES = {"basic": 0, "ertm": 3, "streaming": 4}
SO_MEMINFO, UNSENT = 55, 2

listener = socket.socket(
    socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP
)
options = struct.pack("HHHBBBH", 672, 672, 0xFFFF, MODES[sys.argv[2]], 1, 3, 63)
listener.setsockopt(SOL_L2CAP, L2CAP_OPTIONS, options)
listener.bind((sys.argv[1], 0x1001))
listener.listen(1)
print("listening", flush=True)
channel, _ = listener.accept()
channel.send(b"hello!!")
while struct.unpack("9I", channel.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))[UNSENT]:
    time.sleep(0.001)
channel.close()
