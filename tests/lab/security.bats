# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# --security: what a link must be before data moves. Pairing goes without people where both
# adapters say that they have neither keys nor a display (io-cap 3). What it has reached, and
# the keys, stay with the adapters: each case has new ones.
load lab

setup() {
	begin_test
	restart_btvirt
	fresh_air
}

refuse_to_pair() {
	local adapter
	for adapter in 0 1; do
		manage $adapter pairable off
	done
}

@test "medium is reached with a key of 16 bytes, whichever end asks" {
	let_pair 3
	secure_crosses 'security medium, encrypted, key size 16' -- --security=medium
	secure_crosses 'security medium, encrypted, key size 16' --security=medium --
	secure_crosses 'security medium, encrypted, key size 16' --security=medium -- \
		--security=medium --mode=basic
}

@test "high is reached when people compare the numbers" {
	let_pair 1
	start_agent yes
	secure_crosses 'security high, encrypted, key size 16' -- --security=high
	secure_crosses 'security high, encrypted, key size 16' --security=high --
	expect_line 'hci0: yes' agent.out
	expect_line 'hci1: yes' agent.out
}

@test "over LE medium is reached with a key of 16 bytes, whichever end asks" {
	local reached='security medium, encrypted, key size 16'
	le_air_with_pairing
	let_pair 3
	start_agent yes
	secure_crosses "$reached" --le -- --le --security=medium
	secure_crosses "$reached" --le --security=medium -- --le
	secure_crosses "$reached" --le --security=medium -- --le --security=medium --mode=ecred
}

# With a private address, the client goes by another one once it has paired: the link is the
# same, and what is reported of it stays right.
@test "over LE a client with a private address is encrypted, and reported by its identity" {
	local reached='security medium, encrypted, key size 16'
	le_air_with_pairing
	hciconfig hci1 down
	manage 1 privacy on 000102030405060708090a0b0c0d0e0f
	hciconfig hci1 up
	manage 0 irks # loads none, but from then on it asks for them
	manage 1 irks
	manage 1 info | grep -q 'current settings:.* privacy'
	let_pair 3
	start_agent yes
	secure_crosses "$reached" --le --security=medium -v -- --le --security=medium
	expect_line 'resolvable' server.err # it tells who it is once the channel is up
	secure_crosses "$reached" --le --security=medium -v -- --le --security=medium
	expect_line "to $L2_HCI1 public" server.err
}

@test "over LE high and fips are reached when people compare the numbers" {
	le_air_with_pairing
	let_pair 1
	manage 0 sc on
	manage 1 sc on
	start_agent yes
	secure_crosses 'security fips, encrypted, key size 16' --le -- --le --security=high
	secure_crosses 'security fips, encrypted, key size 16' --le --security=fips -- --le
}

@test "over LE numbers that differ: nothing moves, and both ends say why" {
	le_air_with_pairing
	let_pair 1
	start_agent no
	start_server --le
	status client --le --security=high "$L2_HCI0" 'hello!!'
	expect "client's status" "$status" 3
	expect_line 'Permission denied' client.err
	expect_line 'authentication failed: pair again' client.err
	# The client's kernel asks for the channel before it pairs, or after: that depends on
	# which of its threads is first. After, it never does.
	wait_for "the link to go down" no_links
	if has_line 'Accepted connection' server.err; then
		wait_for_server
		expect_line 'Permission denied' server.err
		expect_line 'pairing failed: pair again' server.err
	else
		kill -TERM "$server_pid"
		wait_for_server
		expect "server's status" "$server_status" 143
	fi
	[[ ! -s server.out ]]
}

@test "over LE a link without an answer is reported as such" {
	le_air_with_pairing
	start_server --le
	kill -STOP "$server_pid"
	status client --le --connect-timeout=5 "$L2_HCI0" 'hello!!'
	expect "client's status" "$status" 6
	expect_line 'The link is up, the channel is not' client.err
	expect_line 'waits for a pairing that no agent answers' client.err
}

@test "low is anything, and reported" {
	secure_crosses 'security low, not encrypted, key size 0' -- --security=low
}

@test "with pairing off, medium at the server is refused and explained, and nothing moves" {
	refuse_to_pair
	start_server --security=medium --accept-timeout=20
	status client "$L2_HCI0" 'hello!!'
	expect "client's status" "$status" 3
	expect_line 'Connection refused' client.err
	expect_line 'its security, mode or MTU rules refused' client.err
	kill -TERM "$server_pid"
	wait_for_server
	[[ ! -s server.out ]]
}

# Where the server asks, btvirt never answers its kernel's refusal: the client's patience ends.
@test "high without anybody to compare numbers opens no channel, at either end" {
	let_pair 3
	start_server --security=high --accept-timeout=20
	status client --connect-timeout=5 "$L2_HCI0" 'hello!!'
	expect "client's status, the server asks" "$status" 6
	kill -TERM "$server_pid"
	wait_for_server
	[[ ! -s server.out ]]
	restart_btvirt
	fresh_air
	let_pair 3
	start_server --accept-timeout=20
	status client --security=high --connect-timeout=5 "$L2_HCI0" 'hello!!'
	expect "client's status, the client asks" "$status" 3
	expect_line 'authentication failed: pair again' client.err
	kill -TERM "$server_pid"
	wait_for_server
	[[ ! -s server.out ]]
}

@test "over LE with no one to answer: nothing moves, and that is explained" {
	le_air_with_pairing
	let_pair 3
	start_server --le --keep-open
	status client --le --security=medium --connect-timeout=5 "$L2_HCI0" 'hello!!'
	expect "client's status" "$status" 6
	expect_line 'Pairing did not complete' client.err
	expect_line "'bluetoothctl agent on'" client.err
	kill -TERM "$server_pid"
	wait_for_server
	[[ ! -s server.out ]]
}

@test "over LE high without keys and displays: nothing moves, and that is explained" {
	le_air_with_pairing
	let_pair 3
	start_agent yes
	start_server --le --keep-open
	status client --le --security=high --connect-timeout=10 "$L2_HCI0" 'hello!!'
	expect "client's status" "$status" 3
	expect_line 'authentication failed: pair again' client.err
	kill -TERM "$server_pid"
	wait_for_server
	[[ ! -s server.out ]]
}
