# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Terminals and readers that stand still.
load over_unix

# start_unread terminal|errors [OPTION...]: a server that writes there; its number is in
# $server_pid, and its output there is read once descriptor 8 is closed.
start_unread() {
	local what=$1
	shift
	mkfifo go ready
	python3 "$BATS_TEST_DIRNAME/unread.py" "$what" "$l2server" --ready-fd=9 "$@" \
		<go >unread.out 2>server.err 9>ready 3>&- 8>&- &
	reader_pid=$!
	exec 8>go
	read -r server_psm <ready
	wait_for_size 2 unread.out
	read -r server_pid <unread.out
}

@test "over AF_UNIX a terminal that stands still stops neither the transfer nor SIGTERM" {
	random_file sent 300000
	start_unread terminal --mode=basic
	status client --mode=basic --send=sent "$L2_HCI0"
	expect "client's status" "$status" 0
	wait_for_line 'Accepted' server.err
	kill -TERM "$server_pid"
	exec 8>&-
	status wait "$reader_pid"
	expect "server's status" "$status" 143
	expect_line 'bytes that were received are not written' server.err
}

@test "over AF_UNIX a terminal that stands still does not outlast --idle-timeout" {
	random_file sent 300000
	start_unread terminal --mode=basic --idle-timeout=1
	status client --mode=basic --send=sent "$L2_HCI0"
	exec 8>&-
	status wait "$reader_pid"
	expect "server's status" "$status" 6
}

@test "over AF_UNIX standard error that no program reads stops no server, and loses no line" {
	local i
	start_unread errors --mode=basic --keep-open --json --format=lines
	for ((i = 1; i <= 100; i++)); do
		status client --mode=basic "$L2_HCI0" "number $i"
		expect "status of client $i" "$status" 0
	done
	wait_for_line 'number 100' unread.out
	kill -TERM "$server_pid"
	exec 8>&-
	status wait "$reader_pid"
	expect "server's status" "$status" 143
	"$json_events" check <(grep '^{' unread.out)
	expect "summaries" "$(grep -c '"event":"summary"' unread.out)" 100
}
