# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# A single message, the main job.
load lab

# Linux ends a link 2 s after its last channel. One that it has begun to end as a channel opens
# goes down under it: here all has arrived, and the client cannot know that.
lost_its_link() {
	[[ $status$server_status$text == '40hello!!' ]] && ! hcitool -i hci1 con | grep -q ACL
}

# Each run with a new server and a new client, as a script would.
hello_200_times() { # MODE
	local good=0 runs=${L2_HELLOS:-200} again=3 i text
	for ((i = 0; i < runs; i++)); do
		start_server --mode="$1"
		status client --mode="$1" "$L2_HCI0" 'hello!!'
		# A server that was not reached would wait forever.
		((status == 0)) || kill -TERM "$server_pid" 2>/dev/null || true
		wait_for_server
		read_text server.out
		if [[ $status$server_status$text == '00hello!!' ]]; then
			good=$((good + 1))
			continue
		elif ((again-- > 0)) && lost_its_link; then
			i=$((i - 1))
			continue
		fi
		echo "run $i: client $status, server $server_status, output:"
		od -An -c server.out
		cat server.err
		tail -n 3 client.err
	done
	echo "# hello in $1: $good of $runs arrived" >&3
	((good == runs))
}

# bats test_tags=two_processors
@test "a lone hello arrives 200 times of 200, auto (T1 T2)" {
	hello_200_times auto
}

# bats test_tags=two_processors
@test "a lone hello arrives 200 times of 200, basic (T1 T2)" {
	hello_200_times basic
}

# Those in basic mode are the quickest: in ERTM they wait until the channel is settled.
quick_clients() { # MODE
	local i clients=() failed=0 process
	start_server --keep-open
	for ((i = 0; i < 20; i++)); do
		"$l2client" --adapter=hci1 --mode="$1" "$L2_HCI0" "message $i;" \
			2>"client$i.err" 3>&- &
		clients+=($!)
	done
	for process in "${clients[@]}"; do
		wait "$process" || failed=$((failed + 1))
	done
	# An interrupted server leaves what it has not read.
	all_printed() {
		read_text server.out
		text=${text//[^;]/}
		((${#text} == 20))
	}
	wait_limit=20 wait_for "20 messages" all_printed || true
	kill -TERM "$server_pid"
	wait_for_server
	echo "$1: $failed clients failed; the server printed:"
	tr ';' '\n' <server.out
	((failed == 0))
	expect "messages" "$(tr ';' '\n' <server.out | sort -u | wc -l)" 20
	expect "server's status" "$server_status" 143
}

# bats test_tags=two_processors
@test "quick clients are all served: 20 at once, one server that keeps open (T2)" {
	quick_clients auto
	quick_clients basic
}

# bats test_tags=two_processors
@test "a client that could be gone before a busy server looks waits to be accepted (T2)" {
	start_server --mode=basic
	kill -STOP "$server_pid"
	client --mode=basic "$L2_HCI0" 'hello!!' &
	client_pid=$!
	sleep 1 # more than it needs to connect, to send and to close
	kill -CONT "$server_pid"
	status=0
	wait "$client_pid" || status=$?
	wait_limit=20 wait_for_size 7 server.out
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
}

# bats test_tags=two_processors
@test "a channel that is configured twice loses nothing (T2)" {
	br_edr_alone "the peer is of BR/EDR"
	local rounds=0 tries
	for ((tries = 0; rounds < 5 && tries < 50; tries++)); do
		start_server --mode=ertm
		start_peer watcher.out python3 "$peers/configure_again.py" hci0 10
		wait_for_line watching watcher.out
		status client --mode=ertm "$L2_HCI0" 'hello!!'
		wait_for_line again watcher.out
		# A busy machine may have held the watcher up for longer than the programs wait.
		if (($(awk '/again/ { print $2 }' watcher.out) > 80)); then
			wait_for_server
			continue
		fi
		rounds=$((rounds + 1))
		expect_statuses 0 0
		expect output "$(cat server.out)" 'hello!!'
	done
	((rounds == 5))
}

# held_server MILLISECONDS MODE: a server that stands still right after the read that lets its
# client in.
held_server() {
	local program=$l2server
	l2server=./held
	cat >held <<-END
		#!/bin/sh
		exec strace -o strace.txt -e trace=recvfrom -e inject=recvfrom:delay_exit=${1}000:when=1 \\
			"$program" "\$@"
	END
	chmod +x held
	start_server --mode="$2" --accept-timeout=20
	l2server=$program
}

@test "a server that is held up as it accepts its client loses nothing (T14)" {
	br_edr_alone "T14 is about the modes of BR/EDR"
	local mode held told
	for mode in auto basic ertm streaming; do
		for held in 0 40 60 90 100 110 200 290 400 1000; do
			held_server "$held" "$mode"
			status client --mode="$mode" "$L2_HCI0" 'hello!!'
			wait_for_server
			told="$status $server_status $(cat server.out)"
			# At 100 ms the client begins to send: it may be sent away just then, or
			# not know that its server had begun to.
			((held != 100)) || [[ $told != [04]\ 4\ hello!! ]] || continue
			expect "client, server and output after $held ms in $mode" "$told" '0 0 hello!!'
		done
	done
}

# bats test_tags=two_processors
@test "a client that is sent away before it has sent anything comes again (T2)" {
	br_edr_alone "the peer is of BR/EDR"
	local sent
	for sent in message input; do
		start_peer python.out python3 "$peers/send_away_once.py" "$L2_HCI0"
		wait_for_line listening python.out
		if [[ $sent == message ]]; then
			status client --mode=ertm "$L2_HCI0" 'hello!!'
		else
			printf 'hello!!' >sent
			status client --mode=ertm "$L2_HCI0" <sent
		fi
		expect "client's status" "$status" 0
		expect_line 'connecting again' client.err
		wait $!
		expect output "$(tail -n 1 python.out)" 'hello!!'
		rm client.err
	done
}

@test "an empty message is one empty SDU" {
	br_edr_alone "LE carries no empty SDUs on Linux"
	start_server
	status client "$L2_HCI0" ''
	expect_statuses 0 0
	expect_line 'received 1 SDU, 0 bytes' server.err
	[[ ! -s server.out ]]
}

@test "empty SDUs between others are data, not the end" {
	br_edr_alone "the peer is of BR/EDR"
	start_server
	python3 "$peers/send_sdus.py" "$L2_HCI1" "$L2_HCI0" first '' '' last ''
	wait_for_server
	expect "server's status" "$server_status" 0
	expect "output" "$(cat server.out)" firstlast
	expect_line 'received 5 SDUs, 9 bytes' server.err
}

@test "a message of every byte arrives as it is" {
	local message
	message=$(printf "$(printf '\\x%x' {1..255})")
	start_server
	status client "$L2_HCI0" "$message"
	expect_statuses 0 0
	printf %s "$message" | cmp - server.out
}

@test "the listening line names adapter, address and PSM, after listening" {
	br_edr_alone "it names a PSM of BR/EDR"
	start_server --adapter=hci0 --psm=0x1041
	expect_line "l2server: listening on hci0 $L2_HCI0, PSM 0x1041 (4161)" server.err
	status client "$L2_HCI0:4161" x
	expect_statuses 0 0
	expect_line "Accepted connection from $L2_HCI1" server.err
}

@test "PSM 0 is a free one, reported by the listening line and by ready-fd" {
	start_server --psm=0
	expect_line "($server_psm)" server.err
	status client --psm="$server_psm" "$L2_HCI0" x
	expect_statuses 0 0
}

@test "without keep-open a second client is refused" {
	start_server
	client --hold=60 "$L2_HCI0" first &
	wait_for_line 'Accepted connection' server.err
	status client "$L2_HCI0" second
	expect "second client's status" "$status" 3
	expect_line 'Connection refused' client.err
}

@test "on a terminal each SDU starts on a line of its own" {
	br_edr_alone "the peer is of BR/EDR"
	rm -f ready
	mkfifo ready
	script -qec "'$l2server' -q --ready-fd=9 9>ready" typescript >terminal 3>&- &
	server_pid=$!
	read -r _ <ready
	python3 "$peers/send_sdus.py" "$L2_HCI1" "$L2_HCI0" one $'two\n' three
	wait_for_server
	expect "terminal" "$(tr -d '\r' <terminal)" $'one\ntwo\nthree'
}

@test "a client's verbose line reports what was negotiated" {
	br_edr_alone "it tells of BR/EDR"
	start_server --mtu=1000 --mode=ertm
	status client --verbose --mtu=2000 "$L2_HCI0" x
	expect_statuses 0 0
	expect_line "from hci1 $L2_HCI1 to $L2_HCI0, PSM 0x1001 (4097): MTU 2000 in, 1000 out; mode ertm" client.err
}

@test "an empty message in ERTM is an error, as the kernel would send nothing" {
	br_edr_alone "it is about ERTM"
	start_server --mode=ertm
	status client --mode=ertm "$L2_HCI0" ''
	expect_statuses 0 1
	expect_line 'cannot send an empty SDU in ertm' client.err
}
