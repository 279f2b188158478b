# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""Channels over LE on PSM 0x0080, the first two in mode ecred, with an MTU of 100 bytes.
low_energy.py listen LOCAL [LEAST]: accepts one, raises its MTU to 1000 after the first SDU,
and prints the size of each; with LEAST it refuses a peer whose MTU is smaller.
low_energy.py connect LOCAL PEER COUNT: asks for COUNT channels in one request, sends
"channel N" on each, and closes.
low_energy.py wakes LOCAL ASKS: for each line of ASKS, how often the kernel has reported that its
listening socket is readable, by a signal, since the last."""
import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import sys

PSM = 0x0080
LE_PUBLIC = 1
SOL_BLUETOOTH = 274
BT_DEFER_SETUP, BT_SNDMTU, BT_RCVMTU, BT_MODE = 7, 12, 13, 15
ENHANCED = 4
libc = ctypes.CDLL(None, use_errno=True)


def call(function, channel, address, psm):
    """Python's own has no address type."""
    packed = struct.pack("<HH6sHBx", socket.AF_BLUETOOTH, psm,
                         bytes.fromhex(address.replace(":", ""))[::-1], 0, LE_PUBLIC)
    if function(channel.fileno(), packed, len(packed)) < 0:
        error = ctypes.get_errno()
        if error != errno.EINPROGRESS:
            sys.exit(os.strerror(error))


def bound_socket(local, psm):
    channel = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
    call(libc.bind, channel, local, psm)
    return channel


def enhanced_socket(local, psm):
    channel = bound_socket(local, psm)
    channel.setsockopt(SOL_BLUETOOTH, BT_MODE, bytes([ENHANCED]))
    channel.setsockopt(SOL_BLUETOOTH, BT_RCVMTU, struct.pack("H", 100))
    return channel


def listen(local, least=None):
    listener = enhanced_socket(local, PSM)
    if least:
        listener.setsockopt(SOL_BLUETOOTH, BT_SNDMTU, struct.pack("H", int(least)))
    listener.listen(1)
    print("listening", flush=True)
    descriptor, _ = listener._accept()  # accept() does not know the address either
    channel = socket.socket(fileno=descriptor)
    # In Linux 6.1 what arrives does not wake a recv() that was there before.
    while select.select([channel], [], []) and (sdu := channel.recv(65536)):
        channel.setsockopt(SOL_BLUETOOTH, BT_RCVMTU, struct.pack("H", 1000))
        print(len(sdu), flush=True)


def connect(local, peer, count):
    channels = [enhanced_socket(local, 0) for _ in range(int(count))]
    for number, channel in enumerate(channels):
        # Those that are deferred go out with the last, which is not.
        channel.setsockopt(SOL_BLUETOOTH, BT_DEFER_SETUP,
                           struct.pack("I", number < len(channels) - 1))
        channel.setblocking(False)
        call(libc.connect, channel, peer, PSM)
    for number, channel in enumerate(channels, 1):
        channel.setblocking(True)
        while channel.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            try:
                channel.send(b"channel %d" % number)
                break
            except OSError as error:
                if error.errno != errno.ENOTCONN:
                    raise
    for channel in channels:
        channel.shutdown(socket.SHUT_RDWR)
        channel.close()


def wakes(local, asks):
    wake = signal.SIGRTMIN
    signal.pthread_sigmask(signal.SIG_BLOCK, [wake])
    listener = bound_socket(local, PSM)
    fcntl.fcntl(listener, fcntl.F_SETSIG, wake)
    fcntl.fcntl(listener, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(listener, fcntl.F_SETFL, fcntl.fcntl(listener, fcntl.F_GETFL) | os.O_ASYNC)
    listener.listen(10)
    print("listening", flush=True)
    for _ in open(asks, encoding="ascii"):
        count = 0
        while report := signal.sigtimedwait([wake], 0):
            count += report.si_code == 1  # POLL_IN
        print(count, flush=True)


{"listen": listen, "connect": connect, "wakes": wakes}[sys.argv[1]](*sys.argv[2:])
