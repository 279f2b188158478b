# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# A peer that is not Linux, or breaks the rules: the relay's responder. It needs air --relay.
load lab

setup() {
	begin_test
	text_alone 'each line is shown by other suites as an event'
	head -c 5000 /dev/zero >sent
}

# expect_of STATUS LINE WAY... -- [OPTION...]: what a client that sends 5000 bytes makes of it.
expect_of() {
	local wanted=$1 line=$2 way=()
	shift 2
	split_arguments "$@"
	way=("${before[@]}")
	set -- "${after[@]}"
	relay respond hci1 "${way[@]}"
	status client --connect-timeout=5 --idle-timeout=5 "$@" "$L2_HCI0" <sent >client.out
	echo "# ${way[*]}: $status, $(tail -n 1 client.err)" >responder.err
	expect "the status against '${way[*]}'" "$status" "$wanted"
	expect_line "$line" client.err
	relay calm
	fresh_air
}

@test "a peer that is not Linux takes a stream, in basic mode and over LE" {
	expect_of 0 '; basic; all was delivered' plain --
	expect_of 3 'cannot use mode ertm' plain -- --mode=ertm
	le_air
	expect_of 0 '; le; all was delivered' plain -- --le
}

@test "a peer that never answers is the client's timeout" {
	expect_of 6 'does not answer' silent --
	le_air
	expect_of 6 'The link is up, the channel is not' silent -- --le
}

# Over BR/EDR Linux does not take a Command Reject for the answer to a Connection Request.
@test "a peer that understands no command" {
	expect_of 6 'does not answer' rejects --
	le_air
	expect_of 3 'Connection refused' rejects -- --le
}

# Results: no PSM, blocked for security, no resources; over LE no PSM, no resources, MTU.
@test "a peer that refuses is status 3, whatever the reason is" {
	local result
	for result in 2 3 4; do
		expect_of 3 'Connection refused' refuses "$result" --
	done
	le_air
	for result in 2 4 11; do
		expect_of 3 'Connection refused' refuses "$result" -- --le
	done
}

@test "a peer that hangs up at once, or in the middle, is status 4" {
	expect_of 4 'the peer closed before the transfer was complete' hangs-up --
	expect_of 4 'the peer closed before the transfer was complete' hangs-up-after 2 --
	le_air
	expect_of 4 'the peer closed before the transfer was complete' hangs-up -- --le
	expect_of 4 'the peer closed before the transfer was complete' hangs-up-after 2 -- --le
}

@test "a peer with ERTM that proposes basic: auto takes it, and ertm is status 3" {
	expect_of 0 '; basic; all was delivered' proposes-basic --
	expect_of 3 'cannot use mode ertm' proposes-basic -- --mode=ertm
}

@test "a configuration with half an option is as good as one without" {
	expect_of 0 '; basic; all was delivered' bad-options --
}

@test "a peer that answers late is waited for" {
	relay delay hci1 in 1000
	relay respond hci1 plain
	status client "$L2_HCI0" <sent
	expect "client's status" "$status" 0
	relay calm
	fresh_air
}

# The kernel keeps the limit in 16 bits of jiffies, which are 10 ms here: 656 s would be 1.6 s.
# Over BR/EDR that does no harm: it waits for the link all the same.
@test "a link that takes 5 s to come up is waited for, as long as --connect-timeout allows" {
	local limit
	relay connecting hci1 5000
	for limit in 10 656; do
		start_server
		status client --connect-timeout=$limit "$L2_HCI0" <sent
		expect_statuses 0 0
		wait_for "the link to go down" no_links
	done
	status client --connect-timeout=2 "$L2_HCI0" <sent
	expect "client's status" "$status" 6
	expect_line 'Connection timed out' client.err
	relay calm
	fresh_air
}

@test "over LE one credit at a time is enough" {
	le_air
	expect_of 0 'sent 8 SDUs, 5000 bytes' credits 1 -- --le
}

@test "over LE more than 65535 credits end the channel: status 4" {
	le_air
	expect_of 4 'connection lost' too-many-credits -- --le --hold=1
}

# In basic mode Linux drops what is longer than its MTU without a report: such a peer breaks
# the rule that it agreed to.
@test "an SDU that is longer than the MTU is dropped by Linux, over LE it ends the channel" {
	expect_of 6 'nothing moved for 5 s' too-long -- --receive --mtu=672
	[[ ! -s client.out ]]
	le_air
	relay respond hci1 too-long
	status client --le --receive --mtu=672 --idle-timeout=5 "$L2_HCI0" <sent >client.out
	((status == 3 || status == 4)) # the channel ends as it opens
	[[ ! -s client.out ]]
	relay calm
}

@test "a close that is not confirmed is status 4" {
	expect_of 4 'no confirmation that the peer received everything' no-close --
	le_air
	expect_of 4 'no confirmation that the peer received everything' no-close -- --le
}

stay_silent() { # MILLISECONDS
	start_server --le
	"$l2client" --adapter=hci1 --le --hold=5 "$L2_HCI0" hello 2>client.err 3>&- &
	client_pid=$!
	wait_for_size 5 server.out
	relay silence hci1 "$1"
	wait_for_client
}

# Linux lets an LE link go after 420 ms without a packet.
@test "half a second of silence ends an LE link: status 4 at both ends, and the hint names it" {
	le_air
	stay_silent 300
	expect_statuses 0 0
	stay_silent 500
	expect_statuses 4 4
	expect_line supervision_timeout client.err
	expect_line supervision_timeout server.err
}

# What counts is the end that makes the link. Linux keeps the timeout that it had when it first
# made one to a peer, until the controller is removed.
@test "with a longer supervision timeout an LE link outlives half a second of silence" {
	unset_air
	le_air
	[[ -e /sys/kernel/debug/bluetooth ]] || mount -t debugfs debugfs /sys/kernel/debug
	echo 500 >/sys/kernel/debug/bluetooth/hci0/supervision_timeout
	echo 500 >/sys/kernel/debug/bluetooth/hci1/supervision_timeout
	stay_silent 500
	expect_statuses 0 0
	unset_air
}

# As the qualification test L2CAP/COS/CED/BI-29-C has it. Linux 6.12 keeps the
# identifier of each unanswered request as long as the link is up: of 255 none is
# left, and the next request has 0, whose answer it does not know.
@test "255 attempts that nobody answers, over LE" {
	local attempt
	le_air
	relay respond hci1 silent
	for attempt in {1..255}; do
		status client --le --no-input --connect-timeout=0.1 "$L2_HCI0"
		expect "the status of attempt $attempt" "$status" 6
	done
	relay respond hci1 plain
	status client --le --connect-timeout=1.5 "$L2_HCI0" hello
	echo "# the next one, on the same link: $status" >&3
	# The link goes when no channel is left, and the identifiers with it.
	wait_for "the link to go down" no_links
	status client --le "$L2_HCI0" hello
	expect "the status on a new link" "$status" 0
}

# --- a peer that asks for the channel -------------------------------------------------------

# called_by STATUS LINE WAY... -- [SERVER-OPTION...]: what a server makes of it. The link is
# made by the kernel of hci1, which ends it 2 s later.
called_by() {
	local wanted=$1 line=$2 way=() psm=0x1003 over=()
	shift 2
	split_arguments "$@"
	way=("${before[@]}")
	set -- "${after[@]}"
	[[ ! ${over_le-} ]] || psm=0x81 over=(--le)
	rm -f server.err
	# The relay calls over the link that is up, and one of LE first.
	wait_for "the last case's link to go down" no_links
	start_server "${over[@]}" --accept-timeout=15 --idle-timeout=10 "$@"
	status client "${over[@]}" --no-input "${L2_HCI0%%:0x*}:$psm"
	expect "status of a client that makes the link" "$status" 3
	relay call hci0 "${way[@]}"
	wait_for_server
	[[ $server_status =~ ^($wanted)$ ]] ||
		expect "the server's status after '${way[*]}'" "$server_status" "$wanted"
	expect_line "$line" server.err
	relay calm
	fresh_air
}

@test "a peer that is not Linux sends to a server, in basic mode and over LE" {
	called_by 0 'received 3 SDUs, 15 bytes' speaks 3 --
	expect output "$(cat server.out)" hellohellohello
	called_by 3 'The peer did not agree to the mode' speaks 3 -- --mode=ertm
	expect "size of the output" "$(stat -c %s server.out)" 0
	le_air
	called_by 0 'received 3 SDUs, 15 bytes' speaks 3 --
	expect output "$(cat server.out)" hellohellohello
	called_by 0 'received 3 SDUs, 15 bytes' speaks 3 -- --no-defer
	called_by 3 'cannot use mode ecred with' speaks 3 -- --mode=ecred
}

# 6: the server waits for the next one, which does not come.
@test "a caller that hangs up while it is configured was never there, over LE it sent nothing" {
	called_by 6 'The peer hung up while the channel was being configured' hangs-up --
	le_air
	called_by 0 'received 0 SDUs' hangs-up --
}

@test "a caller that does not configure, and one that falls silent" {
	called_by 6 'cannot open a channel for' mute --
	called_by 6 'cannot open a channel for' silent --
	le_air
	called_by 4 'connection lost' silent --
}

@test "a caller that says nothing, and whose link goes, is status 4" {
	called_by 4 'connection lost' plain --
	called_by 4 'connection lost' bad-options --
	le_air
	called_by 4 'connection lost' plain --
}

@test "a caller whose SDU is longer than the MTU, and one with too many credits" {
	called_by 4 'connection lost' too-long --
	[[ ! -s server.out ]]
	le_air
	# Linux ends the channel as it opens: before it is seen open, or after.
	called_by '4|6' 'l2server: c' too-long -- --mtu=672
	[[ ! -s server.out ]]
	called_by '4|6' 'l2server: c' too-many-credits --
}
