# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
load over_unix

@test "over AF_UNIX SIGHUP leaves no temporary file and no command" {
	echo precious >file
	start_server --mode=basic --output=file
	client --mode=basic --hold=60 "$L2_HCI0" x &
	wait_for_line 'Accepted' server.err
	kill -HUP "$server_pid"
	wait_for_server
	expect "server's status" "$server_status" 129
	expect "the file" "$(<file)" precious
	expect "other files" "$(find . -name '.file*')" ''
	start_server --mode=basic --keep-open --exec='echo $$; exec sleep 1000'
	client --mode=basic --receive "$L2_HCI0" '' >process &
	wait_for_size 2 process
	kill -HUP "$server_pid"
	wait_for_server
	expect "server's status" "$server_status" 129
	[[ ! -e /proc/$(<process) ]]
}

@test "over AF_UNIX a signal that was ignored at the start stays ignored" {
	local signal
	for signal in HUP INT TERM; do
		trap '' "$signal"
		start_server --mode=basic
		trap - "$signal"
		kill "-$signal" "$server_pid"
		status client --mode=basic "$L2_HCI0" 'hello!!'
		expect_statuses 0 0
		expect "output after $signal" "$(<server.out)" 'hello!!'
	done
}
