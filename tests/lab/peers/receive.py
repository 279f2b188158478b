# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""receive.py MODE LOCAL [COUNT [PAUSE]]: accepts one connection on PSM 0x1001 and prints its
SDUs, after the line "listening". Reads to the true end, or COUNT SDUs, and closes. With
PAUSE it has a small receive buffer, and does not read before PAUSE seconds have passed; its
window is small then, too: Linux's ERTM recovers badly from more frames than it had room for,
and gives up after three tries."""
import errno
import socket
import struct
import sys
import time

PSM = 0x1001
SOL_L2CAP = 6
L2CAP_OPTIONS = 1
MODES = {"basic": 0, "ertm": 3}
OPTIONS = struct.Struct("@HHHBBBH")  # omtu imtu flush_to mode fcs max_tx txwin_size

listener = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
fields = list(OPTIONS.unpack(listener.getsockopt(SOL_L2CAP, L2CAP_OPTIONS, OPTIONS.size)))
fields[3] = MODES[sys.argv[1]]
if len(sys.argv) > 4:
    fields[6] = 1
listener.setsockopt(SOL_L2CAP, L2CAP_OPTIONS, OPTIONS.pack(*fields))
listener.bind((sys.argv[2], PSM))
listener.listen(1)
output = sys.stdout.buffer
output.write(b"listening\n")
output.flush()
channel, _ = listener.accept()
if len(sys.argv) > 4:
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    time.sleep(float(sys.argv[4]))
left = int(sys.argv[3]) if len(sys.argv) > 3 else -1
zeros = 0
while left != 0 and zeros < 2:
    try:
        sdu = channel.recv(65536)
    except OSError as error:
        sys.exit(f"receive: {errno.errorcode[error.errno]}")
    # A first 0 may come ahead of SDUs that are still queued.
    zeros = 0 if sdu else zeros + 1
    if sdu:
        left -= 1
    output.write(sdu)
output.flush()
