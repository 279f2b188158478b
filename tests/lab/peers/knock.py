# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""knock.py COUNT LOCAL PEER: connects to PSM 0x1001 so many times, 50 at once, and tells how
many were refused and how many were let in."""
import errno
import selectors
import socket
import sys

count, local, peer = int(sys.argv[1]), sys.argv[2], sys.argv[3]
AT_ONCE = 50
refused = let_in = started = 0
waiting = selectors.DefaultSelector()
while refused + let_in < count:
    while started < count and len(waiting.get_map()) < AT_ONCE:
        channel = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET,
                                socket.BTPROTO_L2CAP)
        channel.bind((local, 0))
        channel.setblocking(False)
        if channel.connect_ex((peer, 0x1001)) not in (0, errno.EINPROGRESS):
            sys.exit("cannot connect")
        waiting.register(channel, selectors.EVENT_WRITE)
        started += 1
    for key, _ in waiting.select():
        error = key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        waiting.unregister(key.fileobj)
        key.fileobj.close()
        if error == 0:
            let_in += 1
        elif error == errno.ECONNREFUSED:
            refused += 1
        else:
            sys.exit(f"error {error}")
print(refused, let_in)
