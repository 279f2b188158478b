# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Transfers between two machines, the server in one and the client in the other: all that
# is sent arrives, or both ends say what they know. Statuses are those of server and client.
load machines

# The mode that comes of it when both ends ask for MODE.
negotiated() { # MODE
	[[ $1 == auto ]] && echo ertm || echo "$1"
}

# expect_sent SDUS BYTES MODE: both ends say that so much went from client to server.
expect_sent() {
	local amount="$1 SDUs, $2 bytes"
	[[ $1 != 1 ]] || amount="1 SDU, $2 bytes"
	expect_line "sent $amount" client.err
	expect_line "received $amount" server.err
	expect_line "; $3; all was delivered" client.err
	expect_line "; $3; closed by the peer" server.err
}

message_arrives() { # MODE
	start_server --mode="$1"
	status client --mode="$1" "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
	expect_sent 1 7 "$(negotiated "$1")"
}

empty_message_arrives() { # MODE
	start_server --mode="$1"
	status client --mode="$1" "$L2_HCI0" ''
	expect_statuses 0 0
	expect "size of the output" "$(stat -c %s server.out)" 0
	expect_sent 1 0 basic # in ERTM the kernel sends no empty SDU
}

stream_arrives() { # MODE
	random_file sent 300000
	start_server --mode="$1"
	status client --mode="$1" "$L2_HCI0" <sent
	expect_statuses 0 0
	cmp sent server.out
	expect_sent 447 300000 "$(negotiated "$1")" # of 672 bytes, the last is shorter
}

sdus_arrive() { # MODE
	random_file sent 10050
	start_server --mode="$1"
	status client --mode="$1" --sdu-size=100 --send=sent "$L2_HCI0"
	expect_statuses 0 0
	cmp sent server.out
	expect_sent 101 10050 "$(negotiated "$1")"
}

# 300 kB each way. The server's input ends when it has all of the client's, or it might close
# when the client is slow.
both_ways() { # MODE
	local back=/tmp/back # the folder of two machines has no pipes
	random_file there 300000
	random_file back 300000
	rm -f "$back"
	mkfifo "$back"
	start_server --mode="$1" --send="$back"
	{
		cat back
		wait_for_size 300000 server.out
	} >"$back" 3>&- &
	status client --mode="$1" --receive --output=received --send=there "$L2_HCI0"
	expect_statuses 0 0
	cmp there server.out
	cmp back received
	expect_line 'received 447 SDUs, 300000 bytes' client.err
	expect_line 'sent 447 SDUs, 300000 bytes' client.err
	expect_line 'received 447 SDUs, 300000 bytes' server.err
	expect_line 'sent 447 SDUs, 300000 bytes' server.err
}

# A message as long as the MTU, for each of some MTUs; one byte more is an error.
mtus_are_kept() { # MODE MTU...
	local mode=$1 mtu size
	shift
	for mtu; do
		size=$mtu
		[[ $mode != basic || $mtu != 65535 ]] || size=65531 # see T5
		echo "MTU $mtu:"
		head -c "$size" /dev/zero | tr '\0' x >message
		rm -f client.err
		start_server --mode="$mode" --mtu="$mtu"
		status client --mode="$mode" --mtu="$mtu" "$L2_HCI0" "$(cat message)"
		expect_statuses 0 0
		cmp message server.out
		expect_sent 1 "$size" "$(negotiated "$mode")"
		expect_line "MTU $mtu in, $mtu out" server.err
		expect_line "MTU $mtu in, $mtu out" client.err
	done
	start_server --mode="$mode" --mtu=672
	status client --mode="$mode" "$L2_HCI0" "$(head -c 673 /dev/zero | tr '\0' x)"
	expect_statuses 0 1
	expect_line 'cannot send an SDU of 673 bytes: the outgoing MTU is 672' client.err
}

sums_of() { # FILE...: whatever their names and order
	sha256sum "$@" | cut -d ' ' -f 1 | sort
}

# What the server printed is a beginning of what was sent.
expect_beginning() {
	cmp -n "$(stat -c %s server.out)" /dev/zero server.out
}

client_is_killed() { # MODE
	start_endless_transfer "$1"
	kill_client KILL
	wait_for_client
	expect_statuses 0 137
	expect_beginning
	expect_line 'closed by the peer' server.err
	start_endless_transfer "$1" --expect=1G
	kill_client KILL
	wait_for_client
	expect_statuses 4 137
	expect_beginning
}

server_is_killed() { # MODE
	start_endless_transfer "$1"
	kill -KILL "$server_pid"
	wait_for_client
	expect_statuses 137 4
	expect_beginning
	expect_line 'closed before the transfer was complete' client.err
}

client_is_interrupted() { # MODE
	start_endless_transfer "$1"
	kill_client TERM
	wait_for_client
	expect_statuses 0 143
	expect_beginning
	expect_line 'interrupted' client.err
}

link_is_lost() { # MODE
	start_endless_transfer "$1"
	relay cut hci0 0x08
	relay cut far 0x08
	wait_for_client
	expect_statuses 4 4
	expect_beginning
	expect_line 'Connection timed out' server.err
	expect_line 'Connection timed out' client.err
}

# The server's machine learns it only when its controller has heard nothing for too long.
client_controller_vanishes() { # MODE
	start_endless_transfer "$1"
	relay vanish far
	wait_for_client
	expect "client's status" "$status" 4
	relay cut hci0 0x08
	expect_statuses 4 4
	expect_beginning
	far_controller_appears
	message_arrives "$1"
}

server_controller_vanishes() { # MODE
	start_endless_transfer "$1"
	relay vanish hci0
	wait_for_server
	expect "server's status" "$server_status" 4
	expect_beginning
	relay cut far 0x08
	wait_for_client
	expect "client's status" "$status" 4
	relay appear hci0
	fresh_air
	message_arrives "$1"
}

# --- all that is sent arrives -----------------------------------------------------------

@test "a message, auto" {
	message_arrives auto
}

@test "a message, basic" {
	message_arrives basic
}

@test "a message, ertm" {
	message_arrives ertm
}

@test "a message, streaming" {
	message_arrives streaming
}

@test "an empty message, auto" {
	empty_message_arrives auto
}

@test "an empty message, basic" {
	empty_message_arrives basic
}

# bats test_tags=two_kernels
@test "300 kB of standard input, auto" {
	stream_arrives auto
}

# bats test_tags=two_kernels
@test "300 kB of standard input, basic" {
	stream_arrives basic
}

# bats test_tags=two_kernels
@test "300 kB of standard input, ertm" {
	stream_arrives ertm
}

# bats test_tags=two_kernels
@test "300 kB of standard input, streaming" {
	stream_arrives streaming
}

@test "a file in SDUs of 100 bytes, auto" {
	sdus_arrive auto
}

@test "a file in SDUs of 100 bytes, basic" {
	sdus_arrive basic
}

@test "a file in SDUs of 100 bytes, ertm" {
	sdus_arrive ertm
}

@test "a file in SDUs of 100 bytes, streaming" {
	sdus_arrive streaming
}

@test "300 kB both ways at once, auto" {
	both_ways auto
}

@test "300 kB both ways at once, basic" {
	both_ways basic
}

@test "300 kB both ways at once, streaming" {
	both_ways streaming
}

@test "messages as long as the MTU, auto" {
	mtus_are_kept auto 48 672 2000 65535
}

@test "messages as long as the MTU, basic" {
	mtus_are_kept basic 48 672 2000 65535
}

@test "messages as long as the MTU, streaming" {
	mtus_are_kept streaming 48 672 2000 65535
}

@test "several clients at once, one server that keeps open, a file for each" {
	local i
	start_server --keep-open --output=received-%n
	for i in 1 2 3 4 5; do
		random_file "sent-$i" 50000
		client_name=client$i start_client --send="sent-$i" "$L2_HCI0"
	done
	for i in 1 2 3 4 5; do
		wait_for_client "client$i"
		expect "status of client $i" "$status" 0
	done
	for i in 1 2 3 4 5; do
		wait_for "file $i" test -e "received-$i"
	done
	kill -TERM "$server_pid"
	wait_for_server
	expect "server's status" "$server_status" 143
	expect "what was received" "$(sums_of received-*)" "$(sums_of sent-*)"
}

@test "both ends report the other's address" {
	L2_HCI1=$(remote adapter_address hci0)
	start_server --adapter=hci0
	status client --verbose "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect_line "listening on hci0 $L2_HCI0" server.err
	expect_line "Accepted connection from $L2_HCI1" server.err
	expect_line "from hci0 $L2_HCI1 to $L2_HCI0, PSM 0x1001 (4097)" client.err
}

# --- what testers use -------------------------------------------------------------------

numbered_sdus_arrive() { # MODE
	start_server --mode="$1" --verify --discard
	status client --mode="$1" --generate=1000 --sdu-size=6..672 "$L2_HCI0"
	expect_statuses 0 0
	expect_line 'verified 1000 SDUs: all are good' server.err
}

round_trips_come_back() { # MODE
	start_server --mode="$1" --echo
	status client --mode="$1" --ping=672 --sdu-size=1..672 --interval=0 "$L2_HCI0" >client.out
	expect_statuses 0 0
	expect_line '672 sent, 672 received, 0 lost (0.0 %), 0 repeated, 0 wrong' client.out
}

@test "1000 SDUs in hex, basic" {
	random_sdus 1000 >sent.hex
	start_server --mode=basic --format=hex
	status client --mode=basic --format=hex --send=sent.hex "$L2_HCI0"
	expect_statuses 0 0
	cmp sent.hex server.out
}

@test "1000 numbered SDUs, basic" {
	numbered_sdus_arrive basic
}

@test "1000 numbered SDUs, ertm" {
	numbered_sdus_arrive ertm
}

@test "1000 numbered SDUs, streaming" {
	numbered_sdus_arrive streaming
}

@test "round trips of every size up to the MTU, auto" {
	round_trips_come_back auto
}

@test "round trips of every size up to the MTU, basic" {
	round_trips_come_back basic
}

@test "connecting 20 times" {
	start_server --keep-open --discard
	status client --repeat=20 "$L2_HCI0" x
	expect "client's status" "$status" 0
	expect_line '20 of 20 connections were good' client.err
	wait_for_line '(20): received 1 SDU' server.err
	kill -TERM "$server_pid"
	wait_for_server
}

@test "the two ends' JSON of one channel agrees" {
	start_server --json --adapter=hci0 --mtu=1000
	status client --json --mtu=500 "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	"$json_events" check server.err client.err
	both_tell() { # FIELD OF-THE-OTHER
		expect "$1 of the server" "$("$json_events" get server.err connected "$1")" \
			"$("$json_events" get client.err connected "$2")"
	}
	both_tell source_cid destination_cid
	both_tell destination_cid source_cid
	both_tell incoming_mtu_bytes outgoing_mtu_bytes
	both_tell outgoing_mtu_bytes incoming_mtu_bytes
	both_tell mode mode
	both_tell fcs fcs
}

# --- no connection ----------------------------------------------------------------------

@test "no program listens on the PSM: status 3, with a hint" {
	status client "$L2_HCI0:0x1055" x
	expect "client's status" "$status" 3
	expect_line "cannot connect to $L2_HCI0 PSM 0x1055 (4181): Connection refused" client.err
	expect_line 'hint: no program listens on this PSM there' client.err
}

@test "modes that do not agree: status 3 at both" {
	start_server --mode=streaming
	status client --mode=ertm "$L2_HCI0" x
	expect_statuses 3 3
	expect "size of the output" "$(stat -c %s server.out)" 0
}

@test "a client that asks for basic gets it from a server in auto" {
	start_server
	status client --mode=basic "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect_sent 1 7 basic
}

# --- how much was expected --------------------------------------------------------------

@test "as much as was expected: status 0" {
	random_file sent 300000
	start_server --expect=300000
	status client "$L2_HCI0" <sent
	expect_statuses 0 0
	cmp sent server.out
}

@test "less than was expected: status 4 at the end that receives" {
	random_file sent 299999
	start_server --expect=300000
	status client "$L2_HCI0" <sent
	expect_statuses 4 0
	cmp sent server.out
	start_server --send=sent
	status client --receive --expect=300000 "$L2_HCI0" </dev/null
	expect_statuses 0 4
	cmp sent client.out
}

@test "more than was expected: status 5, and 4 at the end that still sends" {
	start_server --expect=100000
	status client "$L2_HCI0" </dev/zero
	expect_statuses 5 4
	expect_line 'closed before the transfer was complete' client.err
}

# --- an end that comes too early --------------------------------------------------------

@test "the client is killed: 0 at the server, which cannot know, or 4 with --expect, auto" {
	client_is_killed auto
}

@test "the client is killed: 0 at the server, which cannot know, or 4 with --expect, basic" {
	client_is_killed basic
}

@test "the client is interrupted: 0 at the server, auto" {
	client_is_interrupted auto
}

@test "the client is interrupted: 0 at the server, basic" {
	client_is_interrupted basic
}

@test "the server is killed: status 4 at the client, auto" {
	server_is_killed auto
}

@test "the server is killed: status 4 at the client, basic" {
	server_is_killed basic
}

@test "the link is lost at both ends: status 4 at both, auto" {
	link_is_lost auto
}

@test "the link is lost at both ends: status 4 at both, basic" {
	link_is_lost basic
}

@test "the client's controller vanishes: status 4 at both, auto" {
	client_controller_vanishes auto
}

@test "the client's controller vanishes: status 4 at both, basic" {
	client_controller_vanishes basic
}

@test "the server's controller vanishes: status 4 at both, auto" {
	server_controller_vanishes auto
}

@test "the server's controller vanishes: status 4 at both, basic" {
	server_controller_vanishes basic
}
