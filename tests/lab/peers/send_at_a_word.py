# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""send_at_a_word.py MODE LOCAL PEER COUNT: connects to PSM 0x1001, waits for the end of
standard input, sends COUNT numbered lines as SDUs, closes at once, and ends when the other
kernel has answered that: all is in its queue then, whatever its program does."""
import socket
import struct
import sys

PSM = 0x1001
SOL_L2CAP = 6
L2CAP_OPTIONS = 1
MODES = {"basic": 0, "ertm": 3}
OPTIONS = struct.Struct("@HHHBBBH")  # omtu imtu flush_to mode fcs max_tx txwin_size

mode, local, peer, count = sys.argv[1:]
channel = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
fields = list(OPTIONS.unpack(channel.getsockopt(SOL_L2CAP, L2CAP_OPTIONS, OPTIONS.size)))
fields[3] = MODES[mode]
channel.setsockopt(SOL_L2CAP, L2CAP_OPTIONS, OPTIONS.pack(*fields))
channel.bind((local, 0))
channel.connect((peer, PSM))
sys.stdin.read()
for number in range(int(count)):
    channel.send(b"%d\n" % number)
channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 20))
channel.close()
