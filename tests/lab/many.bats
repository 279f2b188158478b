# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Many clients of one server, and the files that it writes.
load lab

# start_client NUMBER [OPTION...]: in the background, its process in clients[NUMBER].
start_client() {
	local number=$1
	shift
	"$l2client" --adapter=hci1 "$@" 2>"client$number.err" 3>&- 8>&- &
	clients[number]=$!
}

expect_client() { # NUMBER STATUS
	status=0
	wait "${clients[$1]}" || status=$?
	[[ $status == "$2" ]] || {
		echo "client $1: status $status instead of $2"
		cat "client$1.err"
		return 1
	}
}

stop_server() {
	kill -TERM "$server_pid"
	wait_for_server
	expect "server's status" "$server_status" 143
}

connected_clients() {
	told server.err | grep -c 'Accepted connection'
}

wait_for_connections() { # COUNT
	has_connections() { (($(connected_clients) >= $1)); }
	wait_for "$1 connections" has_connections "$1"
}

# Prints FILE once somebody writes FILE.gate.
gated() { # FILE
	read -r _ <"$1.gate"
	exec cat "$1"
}

checksums() { # FILE...
	sha256sum "$@" | cut -c -64 | sort
}

# L2_CLIENTS sets how many. All are connected before the first may send, and then a wave of
# them at a time does: a link has 128 identifiers for all its commands, so not more clients
# can end in the same moment, and this air is too slow for ERTM to wait for 512 that share it.
@test "many clients at once, 100 kB each, one silent, one killed: each other's file arrives" {
	local clients_wanted=${L2_CLIENTS:-64} wave=32 others i j file equal
	others=$((clients_wanted - 2))
	mkdir files
	wait_limit=250
	head -c $((others * 100000)) /dev/urandom | split -b 100000 -d -a 4 - sent.
	start_server --keep-open --mtu=4096 --output=files/%n
	start_client $others --hold=86400 "$L2_HCI0" silent
	start_client $((others + 1)) --send=/dev/zero "$L2_HCI0"
	has_sent() { [[ $(find files -name '.[12].*' -size +100k) ]]; }
	wait_for "something of the endless client" has_sent
	kill -STOP "${clients[others + 1]}"
	for ((i = 0; i < others; i++)); do
		file=sent.$(printf %04d $i)
		mkfifo "$file.gate"
		start_client $i --send=<(gated "$file" 3>&-) "$L2_HCI0"
	done
	wait_for_connections "$clients_wanted"
	kill -KILL "${clients[others + 1]}"
	for ((i = 0; i < others; i += wave)); do
		for ((j = i; j < others && j < i + wave; j++)); do
			echo >"sent.$(printf %04d $j).gate"
		done
		for ((j = i; j < others && j < i + wave; j++)); do
			expect_client $j 0
		done
	done
	# The server goes on, and has ended all before when it has ended this one.
	status client "$L2_HCI0" 'one more'
	expect "client's status" "$status" 0
	wait_for_line "($((clients_wanted + 1))): received" server.err
	equal=$(comm -12 <(checksums sent.????) <(checksums files/*) | wc -l)
	echo "# $clients_wanted clients at once: $equal files of $others equal" >&3
	expect "equal files" "$equal" "$others"
	stop_server
	expect "unfinished files" "$(find files -name '.*' -type f)" ''
}

@test "a client whose consumer stalls holds up no one" {
	mkfifo slow.1
	exec 8<>slow.1
	start_server --keep-open --buffer=64K --output=slow.%n
	start_client 1 --mode=ertm --send=/dev/zero "$L2_HCI0"
	wait_for_connections 1
	status client "$L2_HCI0" second
	expect "client's status" "$status" 0
	status client "$L2_HCI0" third
	expect "client's status" "$status" 0
	expect "second file" "$(cat slow.2)" second
	expect "third file" "$(cat slow.3)" third
	kill -TERM "${clients[1]}"
	expect_client 1 143
	stop_server
	exec 8>&-
}

@test "SDUs of several clients do not mix in one output" {
	local i letter
	start_server --keep-open --mode=ertm
	for ((i = 0; i < 8; i++)); do
		letter=$(printf "\\x$(printf %x $((97 + i)))")
		head -c 60000 /dev/zero | tr '\0' "$letter" >"sent$i"
		start_client $i --sdu-size=600 --send="sent$i" "$L2_HCI0"
	done
	for ((i = 0; i < 8; i++)); do
		expect_client $i 0
	done
	stop_server
	expect bytes "$(stat -c %s server.out)" 480000
	# Each 600 bytes are of one letter.
	expect "mixed SDUs" "$(fold -w 600 server.out | grep -cvE '^(.)\1*$')" 0
}

@test "under --max-clients=1 a client that closes and comes again at once is served" {
	local options
	for options in --mode=auto --mode=basic; do
		start_server --keep-open --max-clients=1 "$options"
		start_client 1 --hold=1 "$L2_HCI0" first
		wait_for_line 'Accepted connection' server.err
		kill -STOP "$server_pid"
		wait_for_state T "$server_pid"
		sleep 2 # the first closes
		start_client 2 "$L2_HCI0" second
		sleep 1 # the second asks
		kill -CONT "$server_pid"
		expect_client 1 0
		expect_client 2 0
		stop_server
		expect "refusals with $options" "$(told server.err | grep -c 'refused')" 0
		rm server.err
	done
}

@test "a client beyond --max-clients is refused, and one says who" {
	start_server --keep-open --max-clients=2
	start_client 1 --hold=60 "$L2_HCI0" first
	start_client 2 --hold=60 "$L2_HCI0" second
	wait_for_size 11 server.out
	status client "$L2_HCI0" third
	expect "client's status" "$status" 3
	expect_line 'Connection refused' client.err
	expect_line "refused $L2_HCI1: 2 clients are there" server.err
	kill -TERM "${clients[1]}"
	expect_client 1 143
	# Either of the two may have been let in first.
	wait_for_line 'received 1 SDU, 5 bytes' server.err
	status client "$L2_HCI0" fourth
	expect "client's status" "$status" 0
	stop_server
}

@test "--allow accepts the clients that are named, and refuses others before a channel is up, with a line" {
	local stranger
	start_third_controller
	stranger=$(adapter_address hci2)
	start_server --allow=00:11:22:33:44:55 --allow="$L2_HCI1" --verbose
	status "$l2client" --adapter=hci2 "$L2_HCI0" secret 2>stranger.err 3>&-
	expect "the stranger's status" "$status" 3
	expect_line 'Connection refused' stranger.err
	expect_line "refused $stranger: it is not allowed (--allow)" server.err
	wait_for "the link to go down" no_links
	status client "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
	expect "channels" "$(told server.err | grep -c 'channel from')" 1
	pkill -KILL -x btvirt
	wait_for "no controllers" controllers_gone
	start_btvirt
}

@test "1000 refused connections leave the transfer of the one client alone" {
	br_edr_alone "the peer is of BR/EDR"
	random_file sent 1000000
	start_server --keep-open --max-clients=1
	client --send=sent --hold=86400 "$L2_HCI0" &
	client_pid=$!
	wait_for_connections 1
	python3 "$peers/knock.py" 1000 "$L2_HCI1" "$L2_HCI0" >knocks 2>knock.err
	expect "refused and let in" "$(cat knocks)" '1000 0'
	wait_for_size 1000000 server.out
	cmp sent server.out
	# A few the kernel refuses by itself when so many wait.
	(($(told server.err | grep -c '1 client is there') > 900))
	kill -TERM "$client_pid"
	stop_server
}

@test "a file for each connection, named after peer and number" {
	start_server --keep-open --output='%a-%n-100%%'
	status client "$L2_HCI0" one
	status client "$L2_HCI0" two
	wait_for_line '(2): received' server.err
	stop_server
	expect "first file" "$(cat "${L2_HCI1//:/-}-1-100%")" one
	expect "second file" "$(cat "${L2_HCI1//:/-}-2-100%")" two
}

@test "a file appears whole or not at all" {
	echo before >file
	start_server --output=file --mode=ertm
	start_client 1 --mode=ertm --send=/dev/zero "$L2_HCI0"
	wait_for_connections 1
	[[ $(cat file) == before ]]
	cut_link
	expect_client 1 4
	wait_for_server
	expect "server's status" "$server_status" 4
	expect "file" "$(cat file)" before
	expect "other files" "$(find . -name '.file.*')" ''
	fresh_air
	start_server --output=file
	status client "$L2_HCI0" after
	expect_statuses 0 0
	expect "file" "$(cat file)" after
	expect "other files" "$(find . -name '.file.*')" ''
}

@test "a signal ends a server with many clients: each is reported" {
	local i
	set -m # else a shell has what runs in the background ignore it
	start_server --keep-open
	for i in 1 2 3 4; do
		start_client $i --send=/dev/zero "$L2_HCI0"
	done
	wait_for_connections 4
	kill -INT "$server_pid"
	within 30 wait_for_server
	expect "server's status" "$server_status" 130
	for i in 1 2 3 4; do
		expect_client $i 4
		expect_line "($i): " server.err
	done
	expect "interrupted" "$(grep -c interrupted server.err)" 4
}
