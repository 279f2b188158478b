# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# --info: what the peer's L2CAP can do, against what went over the air.
load lab

# ask OPTION...: l2client --info about hci0, which is asked from hci1.
ask() {
	status=0
	${as_user:+setpriv --reuid="$as_user" --clear-groups} \
		"${program:-$l2client}" --info "$@" "$L2_HCI0" \
		>client.out 2>client.err 3>&- || status=$?
	expect_events_alone client.err
	expect_events_alone client.out
}

@test "the peer's features and fixed channels are what btmon shows" {
	local mask
	start_trace
	ask --adapter=hci1
	trace >trace.txt
	expect status "$status" 0
	expect_line "l2client: asking $L2_HCI0 from hci1 $L2_HCI1" client.err
	mask=$(sed -n 's/.*Features: \(0x[0-9a-f]*\)$/\1/p' trace.txt | sort -u)
	expect_line "extended features $mask: enhanced retransmission mode, streaming mode, FCS option, fixed channels, unicast connectionless reception" client.out
	mask=$(sed -n 's/.*Channels: \(0x[0-9a-f]*\)$/\1/p' trace.txt | sort -u)
	expect_line "fixed channels $mask: 0x01 signalling, 0x02 connectionless reception" client.out
	expect_line 'connectionless MTU: not supported by the peer' client.out
	# Ours, besides the kernel's own.
	expect_line 'Information Request (0x0a) ident 200 len 2' trace.txt
	expect_line 'Information Response (0x0b) ident 201' trace.txt
	expect_line 'Information Response (0x0b) ident 202' trace.txt
}

@test "without ERTM at the peer fewer features are reported" {
	echo Y >/sys/module/bluetooth/parameters/disable_ertm
	ask --adapter=hci1
	echo N >/sys/module/bluetooth/parameters/disable_ertm
	expect status "$status" 0
	expect_line 'extended features 0x00000280: fixed channels, unicast connectionless reception' client.out
}

@test "asking while a channel is in use disturbs neither" {
	random_file sent 2000000
	start_server
	client "$L2_HCI0" <sent &
	client_pid=$!
	mv client.err first.err 2>/dev/null || true
	wait_for_size 1000 "$server_output"
	ask --adapter=hci1
	expect status "$status" 0
	wait "$client_pid"
	wait_for_server
	expect "server's status" "$server_status" 0
	cmp sent "$server_output"
}

@test "an ordinary user needs CAP_NET_RAW, and the hint's command grants it" {
	local command
	copy_for_nobody "$l2client"
	program=${copy[0]} as_user=65534
	ask "${copy[@]:1}" --adapter=hci1
	expect status "$status" 1
	expect_line "l2client: cannot ask $L2_HCI0 what it can do: Operation not permitted" client.err
	command=$(told client.err | sed -n "s/.*hint: .*'\(setcap [^']*\)'.*/\1/p")
	PATH=$PWD:$PATH bash -c "$command"
	ask "${copy[@]:1}" --adapter=hci1
	expect status "$status" 0
	expect_line 'extended features 0x' client.out
}

@test "an absent peer: status 3" {
	status=0
	"$l2client" --info --adapter=hci1 00:11:22:33:44:55 2>client.err || status=$?
	expect status "$status" 3
	expect_line 'l2client: cannot ask 00:11:22:33:44:55 what it can do: Host is down' client.err
	expect_line 'page scan is off' client.err
}

@test "no adapter is named: any serves" {
	status=0
	"$l2client" --info "$L2_HCI0" 2>client.err || status=$?
	expect status "$status" 0
	expect_line "l2client: asking $L2_HCI0 from hci1 $L2_HCI1" client.err
}

@test "the connect timeout is the user's: status 6" {
	fresh_air # no link is left, which would serve
	kill -STOP "$L2_BTVIRT"
	within 20 ask --adapter=hci1 --connect-timeout=2
	kill -CONT "$L2_BTVIRT"
	expect status "$status" 6
	expect_line 'Connection timed out' client.err
	fresh_air
}

# A link that is up, and a peer that has fallen silent.
silence_peer() {
	start_server
	client --hold=100 "$L2_HCI0" x &
	wait_for_size 1 "$server_output"
	kill -STOP "$L2_BTVIRT"
}

# In the background, with what it says in info.err.
start_asking() { # OPTION...
	"$l2client" --info "$@" "$L2_HCI0" 2>info.err 3>&- &
	client_pid=$!
	wait_for_line 'asking' info.err
}

@test "a peer that does not answer: status 6 after the user's idle timeout, else 3" {
	silence_peer
	within 20 ask --adapter=hci1 --idle-timeout=1
	expect status "$status" 6
	expect_line "l2client: no answer about the peer's extended features within 1 s (--idle-timeout)" client.err
	within 40 ask --adapter=hci1
	kill -CONT "$L2_BTVIRT"
	expect status "$status" 3
	expect_line "no answer about the peer's extended features within 10 s" client.err
	fresh_air
}

@test "the link is lost while an answer is awaited: status 4" {
	silence_peer
	start_asking --adapter=hci1 --idle-timeout=60
	hciconfig hci1 down
	within 20 wait_for_client
	kill -CONT "$L2_BTVIRT"
	expect status "$status" 4
	expect_line "cannot ask for the peer's extended features: Software caused connection abort" info.err
	fresh_air
}

@test "a signal ends the waiting, and the program" {
	silence_peer
	start_asking --adapter=hci1
	kill -TERM "$client_pid"
	within 10 wait_for_client
	kill -CONT "$L2_BTVIRT"
	expect status "$status" 143
	fresh_air
}
