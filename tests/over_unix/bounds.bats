# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# What peers can make a server hold has a limit.
load over_unix

@test "over AF_UNIX the 65th command at once is refused" {
	local i
	start_server --mode=basic --keep-open --exec=cat
	for ((i = 1; i <= 64; i++)); do
		client --mode=basic --receive "$L2_HCI0" x >answer.$i &
	done
	all_answer() { [[ $(cat answer.*) =~ ^x{64}$ ]]; }
	wait_for "64 answers" all_answer
	# Over AF_UNIX there is no connect that waits: the client may have sent its SDU.
	status client --mode=basic --receive "$L2_HCI0" x >answer
	expect "the answer to the 65th" "$(cat answer)" ''
	expect_line '64 clients are there (--max-clients)' server.err
	kill -TERM "$server_pid"
	wait_for_server
}
