# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Slow and stalled consumers: nothing is lost, or both ends say so (T3).
load lab

# A server whose output is read by COMMAND, which writes what it reads to "consumed".
start_server_with_consumer() { # COMMAND [SERVER-OPTION...]
	local consumer=$1
	shift
	server_output=pipe
	rm -f pipe
	mkfifo pipe
	bash -c "$consumer" <pipe >consumed 3>&- &
	consumer_pid=$!
	start_server "$@"
}

# A consumer that stalls until "exec 8>&-".
start_server_with_stalled_consumer() {
	rm -f stalled
	mkfifo stalled
	# Both ends, or opening would wait for the other.
	exec 8<>stalled
	start_server_with_consumer 'read -r _ <stalled; cat' "$@"
}

release_consumer() {
	echo go >&8
	exec 8>&-
}

expect_consumed() { # FILE
	wait "$consumer_pid"
	cmp "$1" consumed
}

# Without this mend the machine ends here.
@test "a full ERTM channel whose link is gone is not read (T22)" {
	br_edr_alone "LE has no ERTM"
	local client_pid
	sysctl -q net.core.rmem_max=212992
	as_user=65534
	chmod 777 .
	server_output=/dev/null
	start_server --mode=ertm
	"$l2client" --adapter=hci1 --mode=ertm --idle-timeout=3 "$L2_HCI0" </dev/zero \
		2>client.err 3>&- &
	client_pid=$!
	wait_for_line 'Accepted connection' server.err
	kill -STOP "$server_pid"
	wait_for_client
	expect "client's status" "$status" 6
	wait_for "the link to be gone" no_links
	kill -CONT "$server_pid"
	wait_for_server
	expect "server's status" "$server_status" 4
	expect_line 'went away while the receive buffer was full' server.err
}

@test "a consumer of 2 ms an SDU gets all 1000 of them, basic (T3)" {
	random_file sent 100000
	start_server_with_consumer "python3 '$peers/slowly.py' 100" --mode=basic
	status client --mode=basic --sdu-size=100 "$L2_HCI0" <sent
	expect_statuses 0 0
	expect_line 'received 1000 SDUs' server.err
	expect_consumed sent
}

@test "a naive receiver of 2 ms an SDU loses some of 1000 SDUs: the trap is there (T3)" {
	br_edr_alone "the peer is of BR/EDR"
	random_file sent 100000
	start_peer python.out python3 "$peers/receive_naively.py" "$L2_HCI0"
	wait_for_line listening python.out
	client --mode=basic --sdu-size=100 "$L2_HCI0" <sent || true
	wait_for_line received python.out
	echo "# a naive receiver: $(tail -n 1 python.out) of 1000" >&3
	(($(awk '/received/ { print $2 }' python.out) < 1000))
}

@test "a consumer that stalls for 15 s gets all" {
	local mode
	for mode in basic ertm; do
		random_file sent 300000
		start_server_with_consumer 'sleep 15; cat' --mode=$mode
		status client --mode=$mode "$L2_HCI0" <sent
		expect_statuses 0 0
		expect_consumed sent
	done
}

@test "a server that is stopped while everything is sent has all of it afterwards" {
	random_file sent 2000000
	start_server --mode=basic
	"$l2client" --adapter=hci1 --mode=basic --hold=60 "$L2_HCI0" <sent 2>client.err 3>&- &
	client_pid=$!
	wait_for_size 1 server.out
	kill -STOP "$server_pid"
	wait_for_state T "$server_pid"
	sleep 3
	kill -CONT "$server_pid"
	wait_for_size 2000000 server.out
	kill -TERM "$client_pid"
	wait "$client_pid" || true
	wait_for_server
	expect "server's status" "$server_status" 0
	cmp sent server.out
}

# An ordinary user's receive buffer is small: net.core.rmem_max.
@test "a full buffer reports how many SDUs were lost, exactly, basic and streaming (T3)" {
	br_edr_alone "the peer is of BR/EDR"
	local mode lost received
	as_user=nobody
	for mode in basic streaming; do
		start_server_with_stalled_consumer --mode=$mode --buffer=64K
		rm -f python.out go
		mkfifo go
		python3 "$peers/send_and_wait.py" "$mode" "$L2_HCI1" "$L2_HCI0" 2000 100 \
			<go >python.out 2>python.err 3>&- 8>&- &
		exec 7>go
		wait_for_line 'Accepted connection' server.err
		kill -STOP "$server_pid"
		wait_for_state T "$server_pid"
		exec 7>&-
		wait_for_line 'all sent' python.out
		# What the controller has taken, the other kernel has a moment later.
		sleep 1
		kill -CONT "$server_pid"
		wait_for_line closed python.out
		release_consumer
		wait_for_server
		expect "server's status" "$server_status" 5
		lost=$(sed -nE 's/.*: ([0-9]+) SDUs? (was|were) lost.*/\1/p' < <(told server.err))
		received=$(sed -nE 's/.*received ([0-9]+) SDUs.*/\1/p' < <(told server.err))
		echo "$mode: $received received, $lost lost"
		((lost > 0 && received + lost == 2000))
		expect_line 'data was lost' server.err
		wait "$consumer_pid"
		expect "bytes consumed" "$(stat -c %s consumed)" $((received * 100))
	done
}

@test "a full buffer in basic mode: server 5 and, still sending, client 4 (T3)" {
	br_edr_alone "it is about modes without flow control"
	as_user=nobody
	start_server_with_stalled_consumer --mode=basic --buffer=64K
	status client --mode=basic "$L2_HCI0" </dev/zero
	expect "client's status" "$status" 4
	expect_line 'closed before the transfer was complete' client.err
	release_consumer
	wait_for_server
	expect "server's status" "$server_status" 5
	expect_line 'SDUs were lost' server.err
}

@test "a full buffer with a consumer that never reads: status 5 within the idle timeout" {
	br_edr_alone "it is about modes without flow control"
	as_user=nobody
	start_server_with_stalled_consumer --mode=basic --buffer=64K --idle-timeout=2
	status client --mode=basic "$L2_HCI0" </dev/zero
	expect_statuses 5 4
	expect_line 'bytes that were received are not written' server.err
}

@test "a full buffer in ERTM is no loss: the sender waits" {
	random_file sent 2000000
	as_user=nobody
	start_server_with_stalled_consumer --mode=ertm --buffer=64K
	"$l2client" --adapter=hci1 --mode=ertm "$L2_HCI0" <sent 2>client.err 3>&- 8>&- &
	client_pid=$!
	wait_for_line 'Accepted connection' server.err
	sleep 3
	release_consumer
	status=0
	wait "$client_pid" || status=$?
	expect_statuses 0 0
	expect_consumed sent
}

@test "a stream crosses whole in streaming mode" {
	random_file sent 300000
	start_server --mode=streaming
	status client --mode=streaming "$L2_HCI0" <sent
	expect_statuses 0 0
	cmp sent server.out
}

@test "less than expected is status 4, more is 5 and closes the channel" {
	start_server --expect=8
	status client "$L2_HCI0" 'hello!!'
	expect_statuses 4 0
	expect_line '7 of 8 bytes arrived' server.err
	start_server --expect=7
	status client "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	start_server --expect=1K
	status client "$L2_HCI0" </dev/zero
	expect_statuses 5 4
	expect_line 'more than 1024 bytes arrived' server.err
}

@test "a killed sender looks like one that closed; --expect finds it out (4)" {
	local mode
	for mode in basic ertm; do
		start_server --mode=$mode --expect=100M
		"$l2client" --adapter=hci1 --mode=$mode "$L2_HCI0" </dev/zero 2>client.err 3>&- &
		client_pid=$!
		wait_for_size 100000 server.out
		kill -KILL "$client_pid"
		wait_for_server
		expect "server's status" "$server_status" 4
		expect_line '(--expect)' server.err
	done
}
