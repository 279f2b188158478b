# SPDX-License-Identifier: GPL-2.0-or-later
# Controllers and links that fail as they are told to (see README.md). It needs air --relay.
load lab

# A channel in basic mode that is open; send_lines then sends COUNT lines and closes it.
open_channel() { # COUNT
	start_server --mode=basic
	mkfifo go
	python3 "$peers/send_at_a_word.py" basic "$L2_HCI1" "$L2_HCI0" "$1" <go 2>peer.err 3>&- &
	exec 8>go
	wait_for_line 'Accepted connection' server.err
	relay calm
	seq 0 $(($1 - 1)) >sent
}

send_lines() {
	exec 8>&-
}

expect_all_lines() {
	wait_for_server
	expect "server's status" "$server_status" 0
	cmp sent server.out
}

expect_hello() {
	start_server
	status client "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
}

@test "it passes on all and counts; a command that it does not know is an error" {
	relay calm
	expect_hello
	(($(relay count hci1 out packets) == $(relay count hci0 in packets)))
	(($(relay count hci1 out bytes) > 7))
	expect "lines of the status" "$(relay status | wc -l)" 4
	status relay drop hci0 sideways all 2>usage.txt
	expect "relay's status" "$status" 1
	expect_line 'drop hciN in|out none|all|next N' usage.txt
	status relay cut hci0 0x08 0x123 2>no_link.txt
	expect "relay's status" "$status" 1
}

@test "dropped packets: basic loses exactly those" {
	start_server --mode=basic
	relay drop hci1 out next 3
	python3 "$peers/send_sdus.py" "$L2_HCI1" "$L2_HCI0" {1..9}
	wait_for_server
	expect output "$(cat server.out)" 456789
	expect_line 'received 6 SDUs' server.err
	expect dropped "$(relay count hci1 out dropped)" 3
	expect_line 'hci1 out: dropped 3' "$L2_RELAY.log"

	start_server --mode=basic
	relay drop hci0 in every 3
	python3 "$peers/send_sdus.py" "$L2_HCI1" "$L2_HCI0" {1..9}
	wait_for_server
	expect output "$(cat server.out)" 124578
}

@test "dropped packets: ERTM sends them again, at either end" {
	random_file sent 60000
	start_server --mode=ertm
	relay drop hci1 out chance 5 1
	relay drop hci0 out next 1
	status client --mode=ertm "$L2_HCI0" <sent
	expect_statuses 0 0
	cmp sent server.out
	relay status
	(($(relay count hci1 out dropped) > 0 && $(relay count hci0 out dropped) > 0))
}

@test "duplicated packets: basic has them twice, to ERTM they are harmless" {
	start_server --mode=basic
	relay duplicate hci1 out next 2
	python3 "$peers/send_sdus.py" "$L2_HCI1" "$L2_HCI0" {1..4}
	wait_for_server
	expect output "$(cat server.out)" 112234

	random_file sent 30000
	start_server --mode=ertm
	relay duplicate hci1 out all
	relay duplicate hci0 out all
	status client --mode=ertm "$L2_HCI0" <sent
	expect_statuses 0 0
	cmp sent server.out
	(($(relay count hci1 out duplicated) >= 30000 / 672))
}

@test "delayed packets arrive in order, once it is time" {
	open_channel 20
	relay delay hci0 in 3600000
	send_lines
	wait_for_count 20 hci0 in held
	[[ ! -s server.out ]]
	relay delay hci0 in 100
	expect_all_lines
}

@test "withheld completions stop the sender when the buffers are full, released it goes on" {
	open_channel 50
	relay withhold hci1
	send_lines
	wait_for_count 8 hci1 out withheld
	expect "packets sent" "$(relay count hci1 out packets)" 8
	wait_for "8 lines" grep -qx 7 server.out
	relay release hci1
	expect_all_lines
}

@test "a radio that stands still holds what the buffers have room for, and loses nothing" {
	open_channel 50
	relay rate hci1 0
	send_lines
	wait_for_count 8 hci1 out held
	expect "packets sent" "$(relay count hci1 out packets)" 0
	relay rate hci1 3-DH5
	expect_all_lines
	relay calm
}

@test "a radio keeps to its rate" {
	local bytes milliseconds
	random_file sent 50000
	start_server --mode=basic
	relay calm
	relay rate hci1 200000
	status client --mode=basic "$L2_HCI0" <sent
	expect_statuses 0 0
	cmp sent server.out
	bytes=$(relay count hci1 out bytes)
	milliseconds=$(relay count hci1 out ms)
	echo "$bytes bytes in $milliseconds ms"
	((bytes * 8000 <= milliseconds * 201000))
	((bytes * 8000 >= milliseconds * 100000))
}

@test "a link that both ends lose is status 4 at both, with the reason; the next one works" {
	client_options=()
	start_endless_transfer ertm
	relay cut hci0 0x08
	relay cut hci1 0x08
	within 20 wait_for_client
	expect_statuses 4 4
	expect_line 'Connection timed out' server.err
	expect_line 'Connection timed out' client.err
	expect_hello
}

@test "a link that goes down while connecting is made anew, and nothing is lost" {
	local reason
	have_dropped() { (($(relay count hci1 out dropped) > 0)); }
	for reason in 0x13 0x16; do
		rm -f client.err
		start_server
		relay calm
		# The link comes up, and what is said on it does not arrive.
		relay drop hci1 out all any
		"$l2client" --adapter=hci1 "$L2_HCI0" 'hello!!' 2>client.err 3>&- &
		client_pid=$!
		wait_for 'the first word on the link' have_dropped
		relay cut hci0 0x13
		relay calm
		relay cut hci1 "$reason"
		wait_for_client
		expect_statuses 0 0
		expect_line 'the link went down meanwhile: connecting again' client.err
		expect output "$(cat server.out)" 'hello!!'
	done
}

@test "a basic channel that loses a packet: --ping counts it, with status 5" {
	local dropped
	start_server --mode=basic --echo --keep-open
	relay calm
	relay drop hci1 out every 10
	status client --mode=basic --ping=30 --interval=0 --idle-timeout=3 "$L2_HCI0"
	dropped=$(relay count hci1 out dropped)
	relay calm
	expect "client's status" "$status" 5
	((dropped == 3))
	expect_line "30 sent, $((30 - dropped)) received, $dropped lost (10.0 %)" client.err
	kill -TERM "$server_pid"
	wait_for_server
}

@test "a link that one end loses: the other hears nothing, until its patience ends" {
	local mode
	for mode in basic ertm; do
		client_options=(--idle-timeout=1)
		start_endless_transfer $mode
		relay cut hci0 0x13
		within 10 wait_for_client
		expect_statuses 4 6
		expect_line 'nothing moved for 1 s' client.err
		(($(relay count hci1 out held) > 0))
		relay cut hci1 0x08
		expect_hello
	done
}

@test "a lost answer to the disconnect request is not status 0 at the sender (T9)" {
	start_server --mode=basic
	mkfifo input
	"$l2client" --adapter=hci1 --mode=basic --idle-timeout=2 "$L2_HCI0" <input \
		2>client.err 3>&- &
	client_pid=$!
	exec 8>input
	echo 'the last word' >&8
	wait_for_line 'the last word' server.out
	relay drop hci0 out all signalling
	exec 8>&-
	within 20 wait_for_client
	expect_statuses 0 4
	expect_line 'cannot learn whether all was taken' client.err
	# The client's kernel keeps the channel for a while, and would not take the next one.
	fresh_air
}

@test "a controller that vanishes is status 4 at its host, and can appear again" {
	client_options=()
	start_endless_transfer ertm
	relay vanish hci0
	within 20 wait_for_server
	expect "server's status" "$server_status" 4
	relay cut hci1 0x08
	within 20 wait_for_client
	expect "client's status" "$status" 4
	relay appear hci0
	fresh_air
	expect_hello
}
