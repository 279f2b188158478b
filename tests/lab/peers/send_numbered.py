# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""send_numbered.py LOCAL PEER WHAT...: sends numbered SDUs of 100 bytes as l2test does, over
basic mode. WHAT is a number, with ":length", ":byte" or ":short" behind it for one that
says a wrong length, has a wrong byte, or is too short for its header."""
import socket
import struct
import sys

LENGTH = 100


def sdu(what):
    number, _, fault = what.partition(":")
    says = LENGTH - 1 if fault == "length" else LENGTH
    filling = bytearray(b"\x7f" * (LENGTH - 6))
    if fault == "byte":
        filling[50 - 6] = 0x7E
    made = struct.pack("<IH", int(number), says) + bytes(filling)
    return made[:5] if fault == "short" else made


local, peer = sys.argv[1:3]
channel = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
channel.bind((local, 0))
channel.connect((peer, 0x1001))
for what in sys.argv[3:]:
    channel.send(sdu(what))
channel.close()
