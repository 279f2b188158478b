# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# shellcheck shell=bash
#
# The two real programs over AF_UNIX instead of L2CAP (see bluetooth.c), with the words of
# the laboratory: neither root nor Bluetooth is needed.
load ../lab/lab

L2_HCI0=00:AA:01:00:00:00
L2_HCI1=00:AA:01:00:00:01

# The program alone is made to play Bluetooth, which takes the variable out again: the tools
# of the test may be of another word size or C library.
preload=$build/bluetooth.so
with_bluetooth() { # PROGRAM
	printf '#!/bin/sh\nLD_PRELOAD=%q exec %q "$@"\n' "$preload" "$build/$1" >"$1"
	chmod +x "$1"
	printf -v "$1" %s "$PWD/$1"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export L2_AIR=$BASHPID ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS-}
	pipes=$PWD
	with_bluetooth l2server
	with_bluetooth l2client
	mkfifo silence
	start_watchdog
	server_pid=''
	server_output=server.out
}

teardown() {
	local file process
	for process in $(jobs -p); do
		kill -KILL "$process" 2>/dev/null || true
	done
	wait 2>/dev/null || true
	[[ ! ${BATS_TEST_COMPLETED-} ]] || return 0
	for file in *.err; do
		[[ ! -e $file ]] || { echo "--- $file"; head -c 4000 "$file"; }
	done
}
