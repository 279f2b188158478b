# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The two real programs over AF_UNIX in place of L2CAP (see bluetooth.c), with the words of
# the laboratory: neither root nor Bluetooth is needed.
load ../lab/lab

L2_HCI0=00:AA:01:00:00:00
L2_HCI1=00:AA:01:00:00:01

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export L2_AIR=$BASHPID ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS-}
	export LD_PRELOAD=$build/bluetooth.so
	pipes=$PWD
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
