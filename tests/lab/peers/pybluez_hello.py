# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""pybluez_hello.py PEER: the classic client: connect, send "hello!!", close at once."""
import errno
import sys

import bluetooth

# A link on which nothing is left is taken down after 2 s. On a busy machine that may be
# the moment in which the next channel is asked for, and the connect is reset: nothing was
# sent, and the classic client would say so.
for attempt in range(5):
    channel = bluetooth.BluetoothSocket(bluetooth.L2CAP)
    try:
        channel.connect((sys.argv[1], 0x1001))
        break
    except bluetooth.btcommon.BluetoothError as error:
        channel.close()
        if error.errno != errno.ECONNRESET or attempt == 4:
            raise
channel.send("hello!!")
channel.close()
