# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# What goes wrong before a channel is up: each with its exit status, reason and hint.
load lab

ABSENT=00:11:22:33:44:55

# expect_error STATUS TEXT...: of the client that just ran.
expect_error() {
	local text
	expect status "$status" "$1"
	shift
	for text; do
		expect_line "$text" client.err
	done
}

server_fails() { # STATUS TEXT... -- OPTION...
	local texts=() wanted=$1
	shift
	split_arguments "$@"
	texts=("${before[@]}")
	set -- "${after[@]}"
	status=0
	"$l2server" "$@" >server.out 2>server.err 3>&- || status=$?
	expect status "$status" "$wanted"
	for text in "${texts[@]}"; do
		expect_line "$text" server.err
	done
	[[ ! -s server.out ]]
}

as_nobody() {
	setpriv --reuid=65534 --clear-groups "$@"
}

@test "no program listens: refused, status 3" {
	status client "$L2_HCI0:0x1055" x
	expect_error 3 "l2client: cannot connect to $L2_HCI0 PSM 0x1055 (4181): Connection refused" \
		'hint: no program listens on this PSM there'
}

@test "an absent peer is down: status 3, with the page scan as a hint" {
	status client "$ABSENT" x
	expect_error 3 "l2client: cannot connect to $ABSENT PSM 0x1001 (4097): Host is down" \
		'page scan is off: there,'
}

@test "a peer without page scan is down: status 3" {
	hciconfig hci0 noscan
	wait_for "the link of the test before to go down" no_links
	status client "$L2_HCI0" x
	hciconfig hci0 piscan
	expect_error 3 'Host is down'
}

@test "retries go on until the server is there" {
	client --retry=30 "$L2_HCI0" 'at last' &
	client_pid=$!
	wait_for_line 'trying again, 1 of 30' client.err
	start_server
	status wait "$client_pid"
	expect_statuses 0 0
	expect output "$(cat server.out)" 'at last'
}

@test "retries come to an end" {
	status client --retry=2 "$ABSENT" x
	expect_error 3 'trying again, 2 of 2'
	expect attempts "$(grep -c 'Host is down' client.err)" 3
}

@test "the connect timeout is the user's: status 6 (T12)" {
	start_server
	kill -STOP "$server_pid"
	wait_for_state T "$server_pid"
	within 20 status client --connect-timeout=2 "$L2_HCI0" x
	kill -CONT "$server_pid"
	expect_error 6 'Connection timed out'
	# A client that gives up while it connects cannot tell the peer, whose kernel
	# refuses the next one with the same channel identifier for up to 40 s.
	fresh_air
}

@test "the adapter named is down: status 1 at either program" {
	hciconfig hci1 down
	status client "$L2_HCI0" x
	expect_error 1 'cannot use hci1: The adapter is down' "'btmgmt --index 1 power on'"
	server_fails 1 'cannot use hci1: The adapter is down' -- --adapter=hci1
	server_fails 1 "cannot use $L2_HCI1: The adapter is down" -- --adapter="$L2_HCI1"
	fresh_air
}

@test "every adapter is down: status 1" {
	hciconfig hci0 down
	hciconfig hci1 down
	status=0
	"$l2client" "$L2_HCI0" x 2>client.err || status=$?
	expect_error 1 'cannot use a Bluetooth adapter: The adapter is down'
	server_fails 1 'cannot use a Bluetooth adapter: The adapter is down' --
	fresh_air
}

@test "no such adapter: status 1" {
	server_fails 1 'cannot use hci7: No such adapter' 'are there: hci0, hci1' -- --adapter=hci7
	server_fails 1 "cannot use $ABSENT: No such adapter" -- --adapter="$ABSENT"
}

@test "no adapter at all: status 1" {
	kill -KILL "$L2_BTVIRT"
	gone() { [[ ! -e /sys/class/bluetooth/hci0 && ! -e /sys/class/bluetooth/hci1 ]]; }
	wait_for 'the adapters to go' gone
	server_fails 1 'cannot use a Bluetooth adapter: No such adapter' --
	start_btvirt
}

@test "the PSM is taken: status 1" {
	start_server --adapter=hci0
	mv server.err first.err
	server_fails 1 'cannot listen on hci0, PSM 0x1001 (4097): Address already in use' \
		'hint: another program listens on this PSM' -- --adapter=hci0
}

@test "a PSM below 0x1001 needs a privilege: status 1 for others" {
	status=0
	as_nobody "$l2server" --psm=0x0025 2>server.err || status=$?
	expect status "$status" 1
	expect_line 'PSM 0x0025 (37): Permission denied' server.err
	expect_line 'CAP_NET_BIND_SERVICE' server.err
	start_server --psm=0x0025
	status client "$L2_HCI0:0x0025" x
	expect_statuses 0 0
}

@test "an ordinary user needs no privilege otherwise" {
	as_user=65534
	random_file sent 300000
	start_server --verbose
	status as_nobody "$l2client" --verbose "$L2_HCI0" <sent 2>client.err
	expect_statuses 0 0
	cmp sent server.out
}

@test "an output that cannot be opened: status 1" {
	mkdir folder
	server_fails 1 'cannot write folder: Is a directory' -- --output=folder
	server_fails 1 'cannot write none/file: No such file' -- --output=none/file
}

@test "a named pipe waits for its other end, and a signal ends the waiting" {
	mkfifo in out
	"$l2server" --output=out 2>server.err 3>&- &
	server_pid=$!
	wait_for_state S "$server_pid"
	kill -TERM "$server_pid"
	within 20 wait_for_server
	expect "server's status" "$server_status" 143
	server_fails 6 'No program has opened this pipe' -- --output=out --idle-timeout=1
	cat out >received &
	start_server --output=out
	client --send=in "$L2_HCI0" &
	client_pid=$!
	wait_for_line 'Accepted connection' server.err
	echo 'through two pipes' >in
	status wait "$client_pid"
	expect_statuses 0 0
	wait_for_line 'through two pipes' received
}

@test "time limits may have decimals" {
	server_fails 6 'no client connected for 0.25 s (--accept-timeout)' -- --accept-timeout=0.25
	start_server
	status client --idle-timeout=0.5 --receive "$L2_HCI0" x
	expect "client's status" "$status" 6
	expect_line 'nothing moved for 0.5 s (--idle-timeout)' client.err
	wait_for_server
	expect "server's status" "$server_status" 0
}

@test "a number as a message is sent, with a word about PSMs" {
	start_server
	status client "$L2_HCI0" 4097
	expect_statuses 0 0
	expect output "$(cat server.out)" 4097
	expect_line "'4097' is sent as a message; to connect to PSM 4097: 'l2client $L2_HCI0:4097'" client.err
}

@test "the accept timeout runs out: status 6" {
	server_fails 6 'no client connected for 1 s (--accept-timeout)' -- --accept-timeout=1
}

@test "the idle timeout runs out: status 6, and 4 at the other end" {
	mkfifo silence
	exec 8<>silence
	start_server --idle-timeout=1
	status client "$L2_HCI0" <silence
	exec 8>&-
	expect_statuses 6 4
	expect_line 'nothing moved for 1 s (--idle-timeout)' server.err
}

@test "holding the channel is no idling" {
	start_server
	status client --hold=2 --idle-timeout=1 "$L2_HCI0" x
	expect_statuses 0 0
}

@test "each pair of modes ends as it should (T10)" {
	local server client statuses negotiated pairs
	pairs='
		auto auto 0 0 ertm
		auto basic 0 0 basic
		auto ertm 0 0 ertm
		auto streaming 3 3 -
		basic auto 0 0 basic
		basic basic 0 0 basic
		basic ertm 0 3 -
		basic streaming 0 3 -
		ertm auto 0 0 ertm
		ertm basic 3 4 -
		ertm ertm 0 0 ertm
		ertm streaming 3 3 -
		streaming auto 3 3 -
		streaming basic 3 4 -
		streaming ertm 3 3 -
		streaming streaming 0 0 streaming'
	while read -r server client server_wanted client_wanted negotiated; do
		[[ $server ]] || continue
		echo "server $server, client $client:"
		start_server --mode="$server"
		status client --mode="$client" "$L2_HCI0" 'which mode?'
		expect_statuses "$server_wanted" "$client_wanted"
		[[ $negotiated == - ]] || expect_line "; $negotiated;" server.err
		[[ $negotiated == - ]] || expect output "$(cat server.out)" 'which mode?'
	done <<<"$pairs"
}

@test "without ERTM in the kernel auto is basic, and ertm is an error" {
	echo Y >/sys/module/bluetooth/parameters/disable_ertm
	start_server
	status client "$L2_HCI0" x
	echo N >/sys/module/bluetooth/parameters/disable_ertm
	expect_statuses 0 0
	expect_line '; basic;' server.err
	echo Y >/sys/module/bluetooth/parameters/disable_ertm
	server_fails 1 'The kernel does not offer this mode' disable_ertm -- --mode=ertm || {
		echo N >/sys/module/bluetooth/parameters/disable_ertm
		return 1
	}
	echo N >/sys/module/bluetooth/parameters/disable_ertm
}

@test "quiet reports only errors" {
	start_server --quiet
	status client --quiet "$L2_HCI0" x
	expect_statuses 0 0
	[[ ! -s server.err && ! -s client.err ]]
	status client --quiet "$L2_HCI0" x
	expect_error 3 'Connection refused'
}

@test "a controller that knows no flush timeout, as those of btvirt: status 1, nothing is sent" {
	local mode
	[[ ! ${L2_RELAY-} ]] || skip "the relay's controllers know it"
	for mode in basic ertm; do
		start_server --mode="$mode" --verbose
		status client --mode="$mode" --flush-timeout=100 "$L2_HCI0" 'hello!!'
		expect_error 1 'cannot set the flush timeout to 100 ms in the controller of hci1, which answers 0x01 Unknown HCI Command: The controller refuses' 'use another --adapter'
		# In ertm it may not have seen the channel open, and wait for another (T16).
		kill -TERM "$server_pid" 2>/dev/null || true
		wait_for_server
		expect output "$(cat server.out)" ''
	done
}
