# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""on_terminal.py COLUMNS COMMAND...: runs COMMAND with a terminal of so many columns as its
standard error, and prints what came there, byte for byte. Exits with COMMAND's status."""
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

terminal, far_end = pty.openpty()
fcntl.ioctl(far_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
program = subprocess.Popen(sys.argv[2:], stderr=far_end)
os.close(far_end)
while True:
    try:
        told = os.read(terminal, 65536)
    except OSError:  # nobody has the other end any more
        break
    sys.stdout.buffer.write(told)
sys.exit(program.wait())
