# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""unread.py terminal|errors COMMAND...: runs COMMAND with a terminal as its standard output,
or a pipe as its standard error, that nobody reads until standard input ends; prints what is
left there then, and exits with COMMAND's status. Its number is the first line."""
import os
import pty
import subprocess
import sys

is_terminal = sys.argv[1] == "terminal"
near, far = pty.openpty() if is_terminal else os.pipe()
program = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, pass_fds=[9],
                           **{"stdout" if is_terminal else "stderr": far})
os.close(far)
print(program.pid, flush=True)
sys.stdin.read()
while not is_terminal:
    told = os.read(near, 65536)
    if not told:
        break
    sys.stdout.buffer.write(told)
status = program.wait()
sys.exit(128 - status if status < 0 else status)
