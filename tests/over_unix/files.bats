# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Output files: each is there whole, or as it was before.
load over_unix

@test "over AF_UNIX a server without a client leaves its output file as it was" {
	echo precious >log.txt
	status "$l2server" --output=log.txt --accept-timeout=1 2>server.err
	[[ $status != 0 ]]
	# The reader of --ready-fd has gone.
	mkfifo gone
	exec 7<>gone
	exec 8>gone
	exec 7<&-
	status "$l2server" --keep-open --output=log.txt --ready-fd=8 2>server.err
	exec 8>&-
	expect "server's status" "$status" 1
	start_server --keep-open --output=log.txt
	kill -TERM "$server_pid"
	wait_for_server
	expect "the file" "$(cat log.txt)" precious
	expect "files" "$(ls -A log.txt .log* 2>/dev/null)" log.txt
}

@test "over AF_UNIX a client's second message has a file of its own" {
	start_server --keep-open --output=%a.log
	status client "$L2_HCI0" one
	expect "client's status" "$status" 0
	wait_for_line '; in 00-AA-01-00-00-01.log' server.err
	status client "$L2_HCI0" two
	expect "client's status" "$status" 0
	wait_for_line '; in 00-AA-01-00-00-01.log.2' server.err
	kill -TERM "$server_pid"
	wait_for_server
	expect "the first" "$(<00-AA-01-00-00-01.log)" one
	expect "the second" "$(<00-AA-01-00-00-01.log.2)" two
}

# strace_server STRACE-OPTION... -- [OPTION...]
strace_server() {
	local options=()
	split_arguments "$@"
	options=("${before[@]}")
	set -- "${after[@]}"
	cat >strange <<-END
		#!/bin/sh
		exec strace -E LD_PRELOAD='$preload' -o strace.txt ${options[*]} \\
			'$build/l2server' "\$@"
	END
	chmod +x strange
	l2server=./strange
	start_server "$@" || true
}

# What may be after a fault: the file as it was or as it was sent, a bad status unless it is
# the latter, and nothing else but what was told.
expect_whole_or_old() { # WHICH
	local left
	if cmp -s sent in/file; then
		[[ $server_status == 0 || -s server.err ]]
	else
		expect "$1: the file" "$(cat in/file)" precious
		[[ $server_status != 0 ]] || { echo "$1: status 0"; return 1; }
	fi
	for left in in/.file.*; do
		[[ ! -e $left ]] || grep -q "left in $left" server.err || {
			echo "$1: $left was left"
			return 1
		}
	done
	rm -f in/.file.*
}

@test "over AF_UNIX whichever call on the output file fails, it is whole or as it was" {
	local call count error number points=0
	command -v strace || skip 'no strace'
	export ASAN_OPTIONS=detect_leaks=0:$ASAN_OPTIONS # which strace does not allow
	random_file sent 20000
	mkdir in
	for call in openat newfstatat fchmod fchown write fsync renameat close; do
		echo precious >in/file
		strace_server -e trace=$call -- --mode=basic --output=in/file
		status client --mode=basic --send=sent "$L2_HCI0"
		expect_statuses 0 0
		count=$(grep -c "^$call(" strace.txt || true)
		for error in EIO ENOSPC EINTR; do
			for ((number = 1; number <= count; number++)); do
				echo precious >in/file
				rm -f client.err
				strace_server -e trace=$call -e inject=$call:error=$error:when=$number -- \
					--mode=basic --output=in/file --accept-timeout=3
				[[ ! $server_psm ]] ||
					status client --mode=basic --send=sent "$L2_HCI0"
				wait_for_server
				points=$((points + 1))
				expect_whole_or_old "$call $number $error"
			done
		done
	done
	echo "# $points points" >&3
}
