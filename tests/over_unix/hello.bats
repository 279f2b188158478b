# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
load over_unix

@test "over AF_UNIX a hello arrives in each mode" {
	local mode
	for mode in auto basic ertm streaming; do
		start_server --mode=$mode
		status client --mode=$mode "$L2_HCI0" 'hello!!'
		expect_statuses 0 0
		expect output "$(cat server.out)" 'hello!!'
	done
}

@test "over AF_UNIX 1 MB crosses, and comes back" {
	random_file sent 1000000
	start_server --exec='head -c 1000000'
	status client --receive --send=sent "$L2_HCI0" >received
	expect_statuses 0 0
	cmp sent received
}
