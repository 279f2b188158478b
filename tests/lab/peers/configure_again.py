# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""configure_again.py ADAPTER DELAY_MS

Plays a kernel that is interrupted while it lets a peer in: waits for the configuration of
the next channel on ADAPTER (hciN) to end, and DELAY_MS later asks for it once more, with
the bytes of the first Configure Request. Prints "watching", then "again MS" when done: how
long after the end of the configuration that was, by the kernel's clock. On a busy machine it
may be later than was asked for.
"""
import socket
import struct
import sys
import time

ACL_PACKET = 2
HCI_FILTER, HCI_TIME_STAMP, HCI_CMSG_TSTAMP = 2, 3, 2
SIGNALLING = 1
CONFIGURE_REQUEST, CONFIGURE_RESPONSE = 4, 5


def signals(packet):
    """Handle, whether it was sent here, and the signalling command of an ACL packet."""
    if packet[0] != ACL_PACKET or len(packet) < 13:
        return None
    handle, _, _, channel = struct.unpack_from("<HHHH", packet, 1)
    if channel != SIGNALLING:
        return None
    # What Linux sends starts with the boundary flag 0, what it receives with 2.
    return handle & 0xFFF, handle >> 12 == 0, packet[9:]


def wait_for_configuration(hci):
    """The handle, the Configure Request that this side sent, and when it was over."""
    request = None
    answered = set()
    while not request or answered != {True, False}:
        packet, control, _, _ = hci.recvmsg(2048, 64)
        found = signals(packet)
        if not found:
            continue
        handle, sent_here, command = found
        if command[0] == CONFIGURE_REQUEST and sent_here:
            request = command
        elif command[0] == CONFIGURE_RESPONSE:
            answered.add(sent_here)
    stamp = next(data for level, kind, data in control if kind == HCI_CMSG_TSTAMP)
    seconds, microseconds = struct.unpack("ll", stamp)
    return handle, request, seconds + microseconds / 1e6


def main():
    adapter, delay_ms = int(sys.argv[1].removeprefix("hci")), int(sys.argv[2])
    hci = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_RAW, socket.BTPROTO_HCI)
    hci.setsockopt(socket.SOL_HCI, HCI_FILTER, struct.pack("<IIIHxx", 1 << ACL_PACKET, 0, 0, 0))
    hci.setsockopt(socket.SOL_HCI, HCI_TIME_STAMP, 1)
    hci.bind((adapter,))
    print("watching", flush=True)
    handle, request, over = wait_for_configuration(hci)
    time.sleep(delay_ms / 1000)
    again = bytes([CONFIGURE_REQUEST, 0xF0]) + request[2:]
    frame = struct.pack("<HH", len(again), SIGNALLING) + again
    hci.send(struct.pack("<BHH", ACL_PACKET, handle, len(frame)) + frame)
    print(f"again {(time.time() - over) * 1000:.0f}", flush=True)


main()
