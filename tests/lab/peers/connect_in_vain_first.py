# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""connect_in_vain_first.py LOCAL PEER COMMAND...: starts to connect to a PSM that nobody
listens on and runs COMMAND at once, while this end's channel identifier is still taken."""
import os
import socket
import sys

UNUSED_PSM = 0x1055

channel = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
channel.bind((sys.argv[1], 0))
channel.setblocking(False)
channel.connect_ex((sys.argv[2], UNUSED_PSM))
# The refused socket keeps nothing; until then it has the first identifier.
channel.set_inheritable(True)
os.execvp(sys.argv[3], sys.argv[3:])
