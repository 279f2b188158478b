# SPDX-License-Identifier: GPL-2.0-or-later
"""pybluez_hello.py PEER: the classic client: connect, send "hello!!", close at once."""
import sys

import bluetooth

channel = bluetooth.BluetoothSocket(bluetooth.L2CAP)
channel.connect((sys.argv[1], 0x1001))
channel.send("hello!!")
channel.close()
