# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""slowly.py SIZE: copies standard input, SIZE bytes and then 2 ms of doing nothing."""
import os
import sys
import time

while block := os.read(0, int(sys.argv[1])):
    os.write(1, block)
    time.sleep(0.002)
