# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""flush_timeout.py hciN HANDLE [SLOTS]: reads the automatic flush timeout of a link, or
writes it. Prints the controller's status and what it read."""
import socket
import struct
import sys

SOL_HCI, HCI_FILTER = 0, 2
EVENT, COMMAND_COMPLETE = 0x04, 0x0E
READ, WRITE = 0x0C27, 0x0C28

handle = int(sys.argv[2])
if len(sys.argv) > 3:
    command, parameters = WRITE, struct.pack("<HH", handle, int(sys.argv[3]))
else:
    command, parameters = READ, struct.pack("<H", handle)
controller = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_RAW, socket.BTPROTO_HCI)
controller.bind((int(sys.argv[1].removeprefix("hci")),))
# types, events (64 bits), command: no other Command Complete comes through.
chosen = struct.pack("=IIIHxx", 1 << EVENT, 1 << COMMAND_COMPLETE, 0, command)
controller.setsockopt(SOL_HCI, HCI_FILTER, chosen)
controller.send(struct.pack("<BHB", 1, command, len(parameters)) + parameters)
controller.settimeout(10)
answer = controller.recv(260)
status = answer[6]
read = struct.unpack_from("<H", answer, 9) if command == READ and status == 0 else ()
print(f"0x{status:02x}", *read)
