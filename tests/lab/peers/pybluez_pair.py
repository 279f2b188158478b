# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""pybluez_pair.py receive | send PEER COUNT [PAUSE]: the classic pair. One binds, listens, accepts,
and prints what it receives until the first 0; the other connects, sends COUNT SDUs of 100
bytes, with a pause after the first, closes, and believes that all arrived."""
import sys
import time

import bluetooth

channel = bluetooth.BluetoothSocket(bluetooth.L2CAP)
if sys.argv[1] == "send":
    channel.connect((sys.argv[2], 0x1001))
    for number in range(int(sys.argv[3])):
        channel.send("x" * 99 + "\n")
        if number == 0 and len(sys.argv) > 4:
            time.sleep(float(sys.argv[4]))
    channel.close()
    sys.exit()
channel.bind(("", 0x1001))
channel.listen(1)
print("listening", file=sys.stderr, flush=True)
client, _ = channel.accept()
try:
    while received := client.recv(1024):
        sys.stdout.buffer.write(received)
        sys.stdout.buffer.flush()
except bluetooth.btcommon.BluetoothError as error:
    sys.exit(str(error))
