# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# What --json reports: each event in its place, with what really happened in its fields, and
# nothing else on standard error. (L2_JSON=1 has all other tests say the same, see suite.)
load lab

# The values of FIELD in the events EVENT of FILE, one a line, as JSON.
values() { # FILE EVENT FIELD
	"$json_events" get "$@"
}

# Pairs: the events of FILE, in their order; each is as the manual says.
expect_events() { # FILE EVENT...
	"$json_events" check "$1"
	expect "events of $1" "$(python3 -c 'import json, sys
for line in sys.stdin: print(json.loads(line)["event"])' <"$1" | xargs)" "${*:2}"
}

expect_value() { # FILE EVENT FIELD WANTED
	expect "$2's $3 in $1" "$(values "$1" "$2" "$3")" "$4"
}

@test "a hello: listening, accepted, connected, closed, summary, and pure data" {
	start_server --json --adapter=hci0 --mtu=2000
	status client --json --mtu=1000 "$L2_HCI0" $'\e[2Jhello!!'
	expect_statuses 0 0
	expect output "$(cat server.out)" $'\e[2Jhello!!'
	expect_events server.err listening accepted connected closed summary
	expect_events client.err connected closed summary
	expect_value server.err listening adapter '"hci0"'
	expect_value server.err listening adapter_address "\"$L2_HCI0\""
	expect_value server.err listening psm 4097
	expect_value server.err accepted peer "\"$L2_HCI1\""
	expect_value server.err connected incoming_mtu_bytes 2000
	expect_value client.err connected outgoing_mtu_bytes 2000
	expect_value client.err connected peer "\"$L2_HCI0\""
	expect_value client.err connected role '"central"'
	expect_value server.err connected role '"peripheral"'
	expect_value server.err closed by '"peer"'
	expect_value client.err closed by '"us"'
	expect_value client.err closed confirmed true
	expect_value client.err summary bytes_sent 11
	expect_value server.err summary bytes_received 11
	expect_value server.err summary sdus_received 1
	expect_value client.err summary status 0
}

@test "the seconds and the rate of a stream are numbers that agree" {
	start_server --json
	head -c 300000 /dev/zero >sent
	status client --json --send=sent "$L2_HCI0"
	expect_statuses 0 0
	expect_value client.err summary bytes_sent 300000
	awk -v seconds="$(values server.err summary duration_s)" \
		-v rate="$(values server.err summary rate_bytes_per_s)" 'BEGIN {
		ratio = seconds * rate / 300000
		if (seconds > 0 && ratio > 0.999 && ratio < 1.001) exit 0
		print seconds " s at " rate " bytes/s"
		exit 1
	}'
}

@test "connections of many are distinguished by number and peer" {
	start_server --json --keep-open
	client --json "$L2_HCI0" one
	client --json "$L2_HCI0" two
	has_two_summaries() { (($(grep -c '"summary"' server.err) == 2)); }
	wait_for 'two summaries' has_two_summaries
	kill -TERM "$server_pid"
	wait_for_server
	expect "server's status" "$server_status" 143
	"$json_events" check server.err
	expect connections "$(values server.err accepted connection | xargs)" '1 2'
	expect 'of the summaries' "$(values server.err summary connection | xargs)" '1 2'
	expect peers "$(values server.err summary peer | sort -u)" "\"$L2_HCI1\""
}

@test "an error is one object, with its reason, hint and status" {
	status client --json "$L2_HCI0:0x1055" x
	expect "client's status" "$status" 3
	expect_events client.err error
	expect_value client.err error reason '"Connection refused"'
	expect_value client.err error status 3
	expect_value client.err error message \
		"\"cannot connect to $L2_HCI0 PSM 0x1055 (4181): Connection refused\""
	[[ $(values client.err error hint) == '"no program listens on this PSM there, '* ]]
}

@test "a limit that the user set has its own status in the error" {
	kill -STOP "$L2_BTVIRT"
	status client --json --connect-timeout=1 "$L2_HCI0" x
	kill -CONT "$L2_BTVIRT"
	expect "client's status" "$status" 6
	expect_value client.err error status 6
	fresh_air
}

@test "a retry is a notice" {
	status client --json --retry=1 "$L2_HCI0:0x1055" x
	expect_events client.err error notice error
	expect_value client.err notice message '"trying again, 1 of 1"'
}

@test "lost SDUs are a loss, with their number" {
	as_user=nobody
	start_server_that_stalls
	status client --mode=basic "$L2_HCI0" </dev/zero
	echo go >&7
	wait_for_server
	expect "server's status" "$server_status" 5
	"$json_events" check server.err
	lost=$(values server.err loss sdus_lost)
	((lost > 0))
	expect_value server.err loss status 5
	expect_value server.err summary sdus_lost "$lost"
	expect_value server.err summary status 5
}

# A server of an ordinary user whose output nobody reads before descriptor 7 is closed.
start_server_that_stalls() {
	mkfifo output gate
	{
		read -r <gate
		cat >/dev/null
	} <output 3>&- 8>&- &
	exec 7<>gate
	server_output=output
	start_server --json --mode=basic --buffer=64K
}

@test "a link that is lost closes the channel, and the error says so" {
	start_endless_transfer basic --json
	cut_link
	wait_for_client
	wait_for_server
	expect "server's status" "$server_status" 4
	"$json_events" check server.err
	expect_value server.err closed by '"link"'
	expect_value server.err error status 4
	expect_value server.err summary status 4
}

@test "an interrupted server has closed, unconfirmed" {
	start_endless_transfer ertm --json
	kill -TERM "$server_pid"
	wait_for_client
	wait_for_server
	expect "server's status" "$server_status" 143
	"$json_events" check server.err
	expect_value server.err closed by '"us"'
	expect_value server.err closed confirmed false
	expect_value server.err summary reason '"interrupted"'
}

@test "with --quiet errors are all there is" {
	start_server --json --quiet
	status client --json --quiet "$L2_HCI0" hello
	expect_statuses 0 0
	expect "the server's" "$(cat server.err)" ''
	expect "the client's" "$(cat client.err)" ''
	status client --json --quiet "$L2_HCI0:0x1055" x
	expect_events client.err error
}
