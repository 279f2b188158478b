# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# How transfers end when something goes wrong: no end says 0, none hangs.
load lab

@test "a tail that is queued at the close arrives (T1)" {
	br_edr_alone "the peer is of BR/EDR"
	local mode
	for mode in basic ertm; do
		start_server --mode=$mode
		mkfifo go
		python3 "$peers/send_at_a_word.py" "$mode" "$L2_HCI1" "$L2_HCI0" 50 <go &
		exec 8>go
		wait_for_line 'Accepted connection' server.err
		kill -STOP "$server_pid"
		wait_for_state T "$server_pid"
		exec 8>&-
		wait $!
		kill -CONT "$server_pid"
		wait_for_server
		expect "server's status" "$server_status" 0
		expect "SDUs printed" "$(wc -l <server.out)" 50
		rm go
	done
}

@test "a lost link is status 4 at both ends (T13)" {
	local mode
	for mode in basic ertm; do
		start_endless_transfer $mode
		cut_link
		within 30 wait_for_client
		within 30 expect_statuses 4 4
		expect_line 'Connection reset by peer' server.err
		fresh_air
	done
}

@test "the receiver's adapter taken down is status 4 at both ends, basic (T9 T13)" {
	client_options=(--idle-timeout=3)
	start_endless_transfer basic
	hciconfig hci0 down
	within 30 wait_for_server
	expect "server's status" "$server_status" 4
	# The air takes the data as if nothing had happened: only the end shows it.
	kill -TERM "$client_pid"
	wait_for_client
	fresh_air
	# The emulated air is slow towards an adapter that is down: little is sent then.
	start_server --mode=basic
	mkfifo input
	"$l2client" --adapter=hci1 --mode=basic --idle-timeout=5 "$L2_HCI0" <input \
		2>client.err 3>&- &
	client_pid=$!
	exec 8>input
	head -c 200000 /dev/zero >&8
	wait_for_size 100000 server.out
	hciconfig hci0 down
	head -c 10000 /dev/zero >&8
	exec 8>&-
	within 30 wait_for_client
	if [[ ${L2_OVER-} ]]; then # the credits run out
		expect_statuses 4 6
	else
		expect_statuses 4 4
		expect_line 'no confirmation that the peer received everything' client.err
	fi
	fresh_air
}

@test "the receiver's adapter taken down: the sender's patience ends it, ERTM (T11 T13)" {
	client_options=(--idle-timeout=3)
	start_endless_transfer ertm
	hciconfig hci0 down
	within 12 wait_for_client
	expect_statuses 4 6
	expect_line 'nothing moved for 3 s' client.err
	fresh_air
}

@test "the receiver's adapter taken down: without a limit ERTM itself gives up (T13)" {
	br_edr_alone "it is about how ERTM gives up"
	client_options=()
	start_endless_transfer ertm
	hciconfig hci0 down
	within 60 wait_for_client
	expect_statuses 4 4
	fresh_air
}

@test "the sender's adapter taken down is status 4 at the sender (T13)" {
	local mode
	client_options=()
	for mode in basic ertm; do
		start_endless_transfer $mode --idle-timeout=3
		hciconfig hci1 down
		within 9 wait_for_client
		within 30 expect_statuses 6 4
		expect_line "'btmgmt info'" client.err
		fresh_air
	done
}

@test "the controller vanishes: status 4 at both ends (T13)" {
	start_endless_transfer ertm
	pkill -KILL -x btvirt
	within 30 wait_for_client
	within 30 expect_statuses 4 4
	start_btvirt
}

@test "a receiver that is killed is status 4 at the sender" {
	local mode
	for mode in basic ertm; do
		start_endless_transfer $mode
		kill -KILL "$server_pid"
		within 30 wait_for_client
		expect_statuses 137 4
		expect_line 'closed before the transfer was complete' client.err
	done
}

@test "a link cut at the very end, all sent and none confirmed, is not 0 (T9)" {
	local mode
	for mode in basic ertm; do
		start_server --mode=$mode
		"$l2client" --adapter=hci1 --mode=$mode --hold=2 --idle-timeout=3 "$L2_HCI0" \
			'the last word' 2>client.err 3>&- &
		client_pid=$!
		wait_for_line 'the last word' server.out
		hciconfig hci0 down
		within 30 wait_for_client
		wait_for_server
		echo "$mode: client $status, server $server_status"
		# 6 when in ERTM the acknowledgement was still on its way.
		[[ $status$server_status == 44 || $mode$status$server_status == ertm64 ]]
		fresh_air
	done
}

@test "nothing is lost at the close: the queue is empty before (T9)" {
	local i
	random_file sent 200000
	for i in 1 2 3 4 5; do
		start_server --mode=basic --mtu=65535
		status client --mode=basic "$L2_HCI0" <sent
		expect_statuses 0 0
		cmp sent server.out
	done
}

@test "a peer that closes before all was sent is status 4" {
	br_edr_alone "the peer is of BR/EDR"
	start_peer python.out python3 "$peers/receive.py" basic "$L2_HCI0" 3
	wait_for_line listening python.out
	status client "$L2_HCI0" </dev/zero
	expect "client's status" "$status" 4
	expect_line 'closed before the transfer was complete' client.err
}

@test "a full output is status 1 with the reason, and its client does not say 0" {
	server_output=/dev/full
	start_server
	status client "$L2_HCI0" 'hello!!'
	expect_statuses 1 3
	expect_line 'cannot write standard output: No space left on device' server.err
}

@test "a closed pipe as output is status 1 with the reason, and its client does not say 0" {
	server_output=pipe
	mkfifo pipe
	exec 8<>pipe
	start_server
	exec 8>&-
	status client "$L2_HCI0" 'hello!!'
	expect_statuses 1 3
	expect_line 'cannot write standard output: Broken pipe' server.err
}

@test "a disk that fills up in the middle is status 1, and 4 at the client" {
	mkdir disk
	mount -t tmpfs -o size=300k tmpfs disk
	start_server --output=disk/file
	status client "$L2_HCI0" </dev/zero
	umount -l disk
	expect_statuses 1 4
	expect_line 'cannot write what was received: No space left on device' server.err
}

@test "a reader that ends in the middle is status 1, and 4 at the client" {
	server_output=pipe
	mkfifo pipe
	head -c 50000 <pipe >/dev/null &
	start_server
	status client "$L2_HCI0" </dev/zero
	expect_statuses 1 4
	expect_line 'cannot write what was received: Broken pipe' server.err
}

@test "a consumer that never reads is bounded by the server's idle timeout" {
	server_output=pipe
	mkfifo pipe
	exec 8<>pipe
	start_server --idle-timeout=2
	status client "$L2_HCI0" "$(printf '%0600d' 0)"
	random_file sent 200000
	wait_for_server || true
	start_server --idle-timeout=2
	status client "$L2_HCI0" <sent
	within 20 wait_for_server
	exec 8>&-
	expect "server's status" "$server_status" 6
	expect_line 'bytes that were received are not written' server.err
}

@test "a peer that sends and closes at once is received whole, with nothing to send (T14)" {
	br_edr_alone "the modes are of BR/EDR"
	local mode
	for mode in ertm streaming basic; do
		start_peer python.out python3 "$peers/send_and_close.py" "$L2_HCI0" $mode
		wait_for_line listening python.out
		status client --mode=$mode --receive --output=received "$L2_HCI0" </dev/null
		expect "client's status in $mode" "$status" 0
		expect "what came in $mode" "$(<received)" 'hello!!'
		wait $!
		rm received
	done
}

@test "SIGINT, SIGTERM and SIGHUP end either end in the middle, by the signal, with a summary" {
	local mode signal number
	set -m # else a shell has what runs in the background ignore SIGINT
	client_options=()
	for mode in basic ertm; do
		for signal in INT TERM HUP; do
			number=$(kill -l $signal)
			start_endless_transfer $mode
			kill -$signal "$client_pid"
			within 9 wait_for_client
			within 9 expect_statuses 0 $((128 + number))
			expect_line 'interrupted' client.err
			expect_line 'closed by the peer' server.err

			start_endless_transfer $mode
			kill -$signal "$server_pid"
			within 9 wait_for_client
			within 9 expect_statuses $((128 + number)) 4
			expect_line 'interrupted' server.err
		done
	done
}

@test "a signal ends a server that waits for clients, and a client that connects" {
	set -m
	start_server
	kill -INT "$server_pid"
	within 20 wait_for_server
	expect "server's status" "$server_status" 130
	start_server
	kill -STOP "$server_pid"
	"$l2client" --adapter=hci1 "$L2_HCI0" x 2>client.err 3>&- &
	client_pid=$!
	wait_for_state S "$client_pid"
	kill -TERM "$client_pid"
	within 20 wait_for_client
	kill -CONT "$server_pid"
	expect "client's status" "$status" 143
}
