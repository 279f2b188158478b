# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# A command for each client: --exec.
# shellcheck disable=SC2016 # what is between single quotes is for the command's shell
load lab

children() {
	pgrep -P "$server_pid" || true
}

has_no_children() {
	[[ ! $(children) ]]
}

open_descriptors() {
	find "/proc/$server_pid/fd" -mindepth 1 | wc -l
}

stop_server() {
	kill -TERM "$server_pid"
	wait_for_server
	expect "server's status" "$server_status" 143
}

@test "exec: a command reads what comes, and what it prints is sent" {
	start_server --exec='head -c 12 | tr a-z A-Z'
	status client --receive "$L2_HCI0" 'hello, world' >answer
	expect_statuses 0 0
	expect "the answer" "$(<answer)" 'HELLO, WORLD'
	expect "what the server printed" "$(<server.out)" ''
	expect_line 'the command ended with status 0' server.err
}

@test "exec: a command that prints into a file gets all, to the last byte" {
	local mode
	head -c 1000000 /dev/urandom >sent
	for mode in auto basic; do
		start_server --mode=$mode --exec='sha256sum >sum'
		status client --mode=$mode --send=sent "$L2_HCI0"
		expect_statuses 0 0
		expect "the sum in $mode" "$(<sum)" "$(sha256sum <sent)"
	done
}

@test "exec: sha256sum of a file comes back" {
	head -c 1000000 /dev/urandom >sent
	start_server --exec='head -c 1000000 | sha256sum'
	status client --receive --send=sent "$L2_HCI0" >answer
	expect_statuses 0 0
	expect "the sum" "$(<answer)" "$(sha256sum <sent)"
}

@test "exec: output of a command whose client has gone is reported as not sent" {
	start_server --exec=sha256sum
	status client "$L2_HCI0" 'hello!!'
	expect_statuses 4 0
	expect_line '68 bytes that the command wrote are not sent' server.err
	expect_line 'the command ended with status 0' server.err
}

@test "exec: cat and ping: SDUs of all sizes go through a pipe as lines of hex" {
	start_server --exec=cat --format=hex
	status client --ping=60 --interval=0 --sdu-size=8..600:10 "$L2_HCI0" >client.out
	expect_statuses 0 0
	expect_line '60 sent, 60 received, 0 lost' client.out
}

@test "exec: 1 MB through cat, both ways at once, is the same" {
	head -c 1000000 /dev/urandom >sent
	start_server --exec='head -c 1000000 | cat'
	status client --receive --send=sent "$L2_HCI0" >received
	expect_statuses 0 0
	cmp sent received
}

@test "exec: the command's environment has peer, PSM, MTUs and number" {
	start_server --mtu=1000 --psm=0x1003 \
		--exec='echo "$L2_PEER $L2_PSM $L2_IMTU $L2_OMTU $L2_NUMBER"'
	status client --receive --mtu=800 "$L2_HCI0:0x1003" '' >answer
	expect_statuses 0 0
	expect "the environment" "$(<answer)" "$L2_HCI1 4099 1000 800 1"
}

@test "exec: a peer's bytes reach no command line" {
	start_server --exec='head -c 23'
	status client --receive "$L2_HCI0" '$(touch bad); `touch b`' >answer
	expect_statuses 0 0
	expect "the answer" "$(<answer)" '$(touch bad); `touch b`'
	[[ ! -e bad && ! -e b ]]
}

@test "exec: the command has three descriptors, no ignored signals and a session of its own" {
	local mask
	# What started the server has another descriptor open, and ignores SIGHUP.
	trap '' HUP
	exec 7</dev/null
	start_server --exec='ls /proc/self/fd | wc -l; grep -E "SigBlk|SigIgn" /proc/self/status; ps -o sid= -p $$'
	exec 7<&-
	status client --receive "$L2_HCI0" '' >answer
	expect_statuses 0 0
	# And the one that ls has of the folder.
	expect "descriptors" "$(sed -n 1p answer)" 4
	# 32 and 33 are the C library's own.
	while read -r mask; do
		((!(16#$mask & 0x7fffffff))) || expect "blocked or ignored signals" "$mask" none
	done < <(sed -n '2,3s/.*:\t//p' answer)
	(($(sed -n 4p answer) != $(ps -o sid= -p $$)))
}

@test "exec: a command that never reads gets SIGHUP after the grace" {
	start_server --exec='exec sleep 1000'
	status client "$L2_HCI0" 'hello!!'
	expect_statuses 1 0
	expect_line 'sending SIGHUP to the command' server.err
	expect_line 'the command was ended by SIGHUP' server.err
}

@test "exec: the grace begins when the channel ends, and not when it was last used" {
	head -c 200000 /dev/urandom >sent # more than a pipe holds
	start_server --exec='sleep 17; sha256sum >sum'
	status client --hold=16 --send=sent "$L2_HCI0"
	expect_statuses 0 0
	expect "the sum" "$(<sum)" "$(sha256sum <sent)"
}

@test "exec: a command that ignores SIGHUP gets SIGKILL after the grace" {
	start_server --exec='trap "" HUP; echo $$; while :; do sleep 1000; done'
	status client --receive "$L2_HCI0" 'hello!!' --idle-timeout=2 >process
	expect "client's status" "$status" 6
	wait_for_server
	expect "server's status" "$server_status" 1
	expect_line 'the command was ended by SIGKILL' server.err
	[[ ! -e /proc/$(<process) ]]
}

@test "exec: a command that never reads stops a sender, which is reported" {
	start_server --mode=ertm --buffer=64K --exec='exec sleep 1000'
	status client --mode=ertm --idle-timeout=3 "$L2_HCI0" </dev/zero
	expect_statuses 1 6
	expect_line 'bytes or more unread' server.err
	expect_line 'the command was ended by SIGHUP' server.err
}

@test "exec: a command that dies at once ends the channel, and its status is reported" {
	start_server --exec='exit 7'
	status client --receive "$L2_HCI0" ''
	expect_statuses 1 0
	expect_line 'the command ended with status 7' server.err
}

@test "exec: a command need not read all: its answer arrives" {
	local mode
	random_file sent 500000
	for mode in auto basic; do
		start_server --mode=$mode --exec='read -r name && echo "Hello, $name."'
		{ echo world; cat sent; } >input
		status client --mode=$mode --receive --send=input "$L2_HCI0" >answer
		expect_statuses 0 0
		expect "the answer" "$(<answer)" 'Hello, world.'
		expect_line 'bytes or more unread' server.err
	done
	# Who never stops sending is not waited for.
	start_server --exec='echo enough'
	status client --receive --interval=0.01 "$L2_HCI0" </dev/zero >answer
	expect_statuses 0 4
	expect "the answer" "$(<answer)" enough
}

@test "exec: the server's standard output plays no part" {
	server_output=/dev/full
	start_server --keep-open --exec='exit 7'
	status client --receive "$L2_HCI0" ''
	status client --receive "$L2_HCI0" ''
	expect "the second client's status" "$status" 0
	kill -TERM "$server_pid"
	wait_for_server
	expect "server's status" "$server_status" 143
	expect_line '(2): the command ended with status 7' server.err
}

@test "exec: commands have the server's limit of files and an environment of their own" {
	export L2_PEER=nobody
	ulimit -Sn 256
	start_server --keep-open --exec='ulimit -Sn; env | grep -cE '\''^L2_(PEER|PSM|IMTU|OMTU|NUMBER)='\''; env | grep ^L2_PEER'
	status client --receive "$L2_HCI0" '' >answer
	expect "what the command has" "$(tr '\n' ' ' <answer)" "256 5 L2_PEER=$L2_HCI1 "
	kill -TERM "$server_pid"
	wait_for_server
}

@test "exec: without it no one gets new privileges" {
	start_server
	expect "the server's" "$(grep NoNewPrivs "/proc/$server_pid/status")" $'NoNewPrivs:\t1'
	status client "$L2_HCI0" ''
	wait_for_server
	start_server --exec=true
	expect "the server's with --exec" "$(grep NoNewPrivs "/proc/$server_pid/status")" $'NoNewPrivs:\t0'
	status client "$L2_HCI0" ''
	wait_for_server
}

@test "exec: a command that does not exist is status 127, reported" {
	others_tell=yes # the shell
	start_server --exec=there-is-no-such-command
	status client --receive "$L2_HCI0" ''
	expect_statuses 1 0
	expect_line 'the command ended with status 127' server.err
}

@test "exec: a command that floods ends with the channel" {
	start_server --exec='echo $$; head -c 3000000 /dev/zero; exec sleep 1000'
	"$l2client" --adapter=hci1 --receive "$L2_HCI0" '' 2>client.err 3>&- | head -c 1000000 >flood
	expect "what came" "$(wc -c <flood)" 1000000
	wait_for_server
	expect "server's status" "$server_status" 4
	expect_line 'bytes that the command wrote are not sent' server.err
	[[ ! -e /proc/$(head -n 1 flood) ]]
}

@test "exec: what a command leaves in the background ends with the channel" {
	start_server --exec='sleep 1000 & echo $!'
	status client --receive --idle-timeout=2 "$L2_HCI0" '' >background
	expect "client's status" "$status" 6
	wait_for_server
	expect "server's status" "$server_status" 0
	is_gone() { [[ ! -e /proc/$(<background) ]]; }
	wait_for "the end of the background" is_gone
}

@test "exec: a server that gets SIGTERM hangs up its commands and reaps them" {
	start_server --keep-open --exec='echo $$; exec sleep 1000'
	client --receive "$L2_HCI0" '' >process &
	wait_for_size 2 process
	stop_server
	wait $! || true
	[[ ! -e /proc/$(<process) ]]
}

@test "exec: 50 at a time each get their own answer, and nothing is left" {
	local i before clients=()
	start_server --keep-open --exec='head -c 20000 | sha256sum'
	before=$(open_descriptors)
	for ((i = 0; i < 50; i++)); do
		head -c 20000 /dev/urandom >sent.$i
		"$l2client" --adapter=hci1 --receive --send=sent.$i "$L2_HCI0" >answer.$i \
			2>client$i.err 3>&- 8>&- &
		clients[i]=$!
	done
	for ((i = 0; i < 50; i++)); do
		status wait "${clients[i]}"
		expect "status of client $i" "$status" 0
		expect "answer $i" "$(<answer.$i)" "$(sha256sum <sent.$i)"
	done
	wait_for "the end of all commands" has_no_children
	expect "open descriptors" "$(open_descriptors)" "$before"
	stop_server
	expect "commands that ended with 0" \
		"$(told server.err | grep -c 'the command ended with status 0')" 50
}

@test "under --max-clients=1 a client comes again while its command ends" {
	start_server --keep-open --max-clients=1 --exec='cat; sleep 1'
	client --hold=1 "$L2_HCI0" first &
	client_pid=$!
	wait_for_line 'Accepted connection' server.err
	wait_for_client
	expect "first client's status" "$status" 0
	status client "$L2_HCI0" second
	expect "second client's status" "$status" 0
	kill -TERM "$server_pid"
	wait_for_server
	expect refusals "$(told server.err | grep -c 'refused')" 0
}
