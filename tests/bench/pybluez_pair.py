# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""pybluez_pair.py receive PSM MODE MTU SEND_BUFFER
   pybluez_pair.py send ADDRESS PSM MODE MTU SEND_BUFFER

The classic pair of Python, with PyBluez: bind, listen, accept, receive, print; connect,
send, close. "send" cuts its standard input into SDUs of MTU bytes.
"""
import os
import socket
import struct
import sys
import time

import bluetooth

SOL_L2CAP, L2CAP_OPTIONS = 6, 1
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32
OPTIONS = struct.Struct("HHHBBBH")  # imtu, omtu, flush_to, mode, fcs, max_tx, txwin_size


def open_socket(mode, mtu):
    sock = bluetooth.BluetoothSocket(bluetooth.L2CAP)
    options = list(OPTIONS.unpack(sock.getsockopt(SOL_L2CAP, L2CAP_OPTIONS, OPTIONS.size)))
    options[0] = options[1] = mtu
    options[3] = mode
    sock.setsockopt(SOL_L2CAP, L2CAP_OPTIONS, OPTIONS.pack(*options))
    return sock


def set_buffers(sock, send_buffer):
    plain = socket.socket(fileno=os.dup(sock.fileno()))
    plain.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
    if send_buffer:
        plain.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, send_buffer // 2)


def receive(psm, mode, mtu, send_buffer):
    listener = open_socket(mode, mtu)
    listener.bind(("", psm))
    listener.listen(1)
    print("listening", file=sys.stderr, flush=True)
    sock, _ = listener.accept()
    set_buffers(sock, send_buffer)
    try:
        while data := sock.recv(65536):
            os.write(1, data)
    except bluetooth.BluetoothError:
        pass  # how PyBluez tells a channel that was closed


def send(address, psm, mode, mtu, send_buffer):
    sock = open_socket(mode, mtu)
    # Both adapters are this machine's: without a name the receiver's own would be taken.
    sock.bind((os.environ["L2_HCI1"], 0))
    sock.connect((address, psm))
    set_buffers(sock, send_buffer)
    while data := os.read(0, mtu):
        sock.send(data)
    time.sleep(1)  # closing throws away what is queued
    sock.close()


if sys.argv[1] == "receive":
    receive(*map(int, sys.argv[2:]))
else:
    send(sys.argv[2], *map(int, sys.argv[3:]))
