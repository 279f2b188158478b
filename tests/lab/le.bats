# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# What is LE's own. What it has in common with BR/EDR: the other suites, with L2_OVER.
load lab

setup() {
	begin_test
	le_air
}

@test "the server says that LE is off, that it is not advertising, and what fixes it" {
	unset_air
	start_server --le --adapter=hci0
	expect_line "no client can connect: LE is off on hci0; as root 'btmgmt --index 0 le on'" server.err
	kill -TERM "$server_pid"
	wait_for_server
	status client --le --connect-timeout=5 "$L2_HCI0" x
	expect "client's status" "$status" 3
	expect_line "LE is off on this adapter" client.err
	manage 0 le on
	start_server --le --adapter=hci0
	expect_line "hci0 does not advertise, so that no client can connect" server.err
	expect_line "'btmgmt --index 0 advertising on', or use --advertise" server.err
	kill -TERM "$server_pid"
	wait_for_server
}

# Whether a client finds hci0: one that asks for a PSM on which no program listens is refused.
is_heard() {
	wait_for "the link to go down" no_links
	status client --le --no-input --connect-timeout=2 "${L2_HCI0%%:0x*}:0x81"
	((status == 3)) || return 1
	wait_for "the link to go down" no_links
}

@test "--advertise lasts as long as the server listens" {
	unset_air
	status "$l2server" --le --adapter=hci0 --advertise --accept-timeout=1 2>server.err
	expect "status with LE off" "$status" 1
	expect_line "cannot advertise with hci0: LE is off, or the controller has none" server.err
	manage 0 le on
	manage 1 le on
	start_server --le --adapter=hci0 --advertise
	sleep 45 # longer than what the kernel was asked for at first
	is_heard
	status client --le "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
	expect "heard afterwards" "$(is_heard && echo yes || echo no)" no
	# Once more, which the setting "advertising" does not do in btvirt.
	start_server --le --adapter=hci0 --advertise
	is_heard
	kill -TERM "$server_pid"
	wait_for_server
	expect "heard afterwards" "$(is_heard && echo yes || echo no)" no
}

@test "the advertising of a server that is killed ends by itself" {
	unset_air
	manage 0 le on
	manage 1 le on
	start_server --le --adapter=hci0 --advertise
	kill -KILL "$server_pid"
	wait_for_server
	sleep 31
	expect "heard afterwards" "$(is_heard && echo yes || echo no)" no
}

@test "with --advertise a second adapter finds the server while it serves the first" {
	start_third_controller
	for number in 0 1 2; do
		manage $number le on
	done
	start_server --le --adapter=hci0 --advertise --keep-open
	client --le --hold=86400 "$L2_HCI0" one &
	client_pid=$!
	wait_for_size 3 server.out
	status "$l2client" --le --adapter=hci2 --connect-timeout=5 "$L2_HCI0" two 2>second.err
	# btvirt has one link that works: this one comes up, and carries nothing.
	expect_line 'The link is up, the channel is not' second.err
	kill -TERM "$client_pid" "$server_pid"
	wait_for_server
}

@test "--advertise adds to what others advertise, and says when there is no room" {
	unset_air
	manage 0 le on
	manage 1 le on
	manage 0 add-adv -c 1
	start_server --le --adapter=hci0 --advertise
	kill -TERM "$server_pid"
	wait_for_server
	manage 0 advinfo >others
	expect_line 'Instances list with 1 item' others
	manage 0 add-adv -c 2 # btvirt reports three and has two
	status "$l2server" --le --adapter=hci0 --advertise --accept-timeout=1 2>server.err
	expect status "$status" 1
	expect_line 'cannot advertise with hci0: It cannot advertise more' server.err
	manage 0 clr-adv
	start_server --le --adapter=hci0 --advertise
	is_heard
	kill -TERM "$server_pid"
	wait_for_server
}

@test "an adapter that serves with --advertise connects to others (T19)" {
	start_server --le --adapter=hci1 --advertise
	advertising_pid=$server_pid
	start_server --le
	status client --le --connect-timeout=5 "$L2_HCI0" x
	expect_statuses 0 0
	kill -TERM "$advertising_pid"
}

@test "--advertise leaves an adapter alone that advertises already" {
	start_server --le --adapter=hci0 --advertise
	status client --le "$L2_HCI0" x
	expect_statuses 0 0
	is_advertising
}

@test "--advertise as an ordinary user: status 1, and what it needs" {
	unset_air
	manage 0 le on
	status setpriv --reuid=65534 --clear-groups "$l2server" --le --adapter=hci0 \
		--advertise --accept-timeout=1 2>server.err
	expect status "$status" 1
	expect_line 'cannot advertise with hci0: Operation not permitted' server.err
	expect_line "'setcap cap_net_admin+ep" server.err
	expect "advertising" "$(is_advertising && echo on || echo off)" off
}

@test "--check looks at LE, advertising and its privilege" {
	status "$l2server" --le --check --adapter=hci0 >server.out
	expect status "$status" 0
	expect_line 'ok: LE is on on hci0' server.out
	expect_line 'ok: PSM 0x0080 (128) is free' server.out
	expect_line 'ok: the kernel offers mode le' server.out
	status setpriv --reuid=65534 --clear-groups "$l2server" --le --check --adapter=hci0 \
		--advertise --psm=1 >server.out
	expect "an ordinary user's status" "$status" 1
	expect_line 'problem: cannot listen on hci0, PSM 0x0001 (1): Permission denied' server.out
	expect_line "'setcap cap_net_bind_service,cap_net_admin+ep" server.out
	unset_air
	manage 0 le on
	status setpriv --reuid=65534 --clear-groups "$l2server" --le --check --adapter=hci0 \
		--advertise >server.out
	expect "an ordinary user's status" "$status" 1
	expect_line 'problem: cannot advertise with hci0: Operation not permitted' server.out
	status "$l2server" --le --check --adapter=hci0 --advertise >server.out
	expect status "$status" 0
	expect_line 'ok: --advertise is permitted' server.out
	status "$l2server" --le --check --adapter=hci0 >server.out
	expect "status without --advertise" "$status" 0
	expect_line 'warning: hci0 does not advertise, so that no client can connect' server.out
	manage 0 le off
	status "$l2server" --le --check --adapter=hci0 >server.out
	expect "server's status with LE off" "$status" 1
	expect_line 'problem: cannot use LE on hci0: LE is off' server.out
	status "$l2client" --le --check --adapter=hci1 "$L2_HCI0" >client.out
	expect "status with LE off" "$status" 1
	expect_line 'problem: cannot use LE on hci1: LE is off' client.out
}

@test "SDUs of 1 to 65535 bytes arrive, an empty one is an error" {
	local mode
	head -c 65535 /dev/zero | tr '\0' x >message
	for mode in auto ecred; do
		start_server --le --mode=$mode --mtu=65535
		status client --le --mode=$mode "$L2_HCI0" "$(cat message)"
		expect_statuses 0 0
		cmp message server.out
		expect_line 'received 1 SDU, 65535 bytes' server.err
		start_server --le --mode=$mode --mtu=65535
		status client --le --mode=$mode --format=lines "$L2_HCI0" <<<x
		expect_statuses 0 0
		expect output "$(cat server.out)" x
		start_server --le --mode=$mode
		status client --le --mode=$mode "$L2_HCI0" ''
		expect_statuses 0 1
		expect_line 'Linux sends no empty SDUs in this mode' client.err
	done
}

@test "the smallest MTUs: 23, and 64 in mode ecred" {
	random_file sent 100000
	start_server --le --mtu=23
	status client --le --mtu=23 "$L2_HCI0" <sent
	expect_statuses 0 0
	cmp sent server.out
	expect_line 'MTU 23 in, 23 out; le' server.err
	start_server --le --mode=ecred --mtu=64
	status client --le --mode=ecred --mtu=64 "$L2_HCI0" <sent
	expect_statuses 0 0
	cmp sent server.out
	expect_line 'MTU 64 in, 64 out; ecred' server.err
}

@test "a reader that pauses for 15 s gets all" {
	local mode
	random_file sent 3000000
	for mode in auto ecred; do
		start_server --le --mode=$mode --buffer=64K
		"$l2client" --le --mode=$mode --adapter=hci1 "$L2_HCI0" <sent 2>client.err 3>&- &
		client_pid=$!
		wait_for_line 'Accepted connection' server.err
		kill -STOP "$server_pid"
		wait_for_state T "$server_pid"
		sleep 15
		kill -CONT "$server_pid"
		wait_for_client
		expect_statuses 0 0
		cmp sent server.out
	done
}

@test "a peer that raises its MTU on an enhanced channel: it is used, and reported" {
	mkfifo input
	start_peer peer.out python3 "$peers/low_energy.py" listen "$L2_HCI0"
	peer_pid=$!
	wait_for_line listening peer.out
	"$l2client" --le --mode=ecred --adapter=hci1 --format=lines "$L2_HCI0" <input \
		2>client.err 3>&- 8>&- &
	client_pid=$!
	exec 7>input
	printf '%0100d\n' 0 >&7
	wait_for_line 100 peer.out
	sleep 1 # the new MTU has crossed
	printf '%01000d\n' 0 >&7
	exec 7>&-
	wait_for_client
	expect "client's status" "$status" 0
	status wait "$peer_pid"
	expect "the peer's status" "$status" 0
	expect "what the peer got" "$(paste -sd ' ' peer.out)" 'listening 100 1000'
	expect_line 'the peer has changed its MTU: 1000 bytes out from now on, before 100' client.err
	expect_line '1000 out; ecred; all was delivered' client.err
}

@test "an enhanced channel whose MTU is less than the server's least is refused, with words" {
	start_peer peer.out python3 "$peers/low_energy.py" listen "$L2_HCI0" 1000
	wait_for_line listening peer.out
	status client --le --mode=ecred --mtu=999 "$L2_HCI0" x
	expect "client's status" "$status" 3
	expect_line 'its security or MTU rules refused' client.err
	status client --le --mode=ecred --mtu=1000 "$L2_HCI0" x
	expect "client's status with the least" "$status" 0
}

@test "five enhanced channels that one request asks for are five clients" {
	start_server --le --mode=ecred --keep-open --output=%n.out
	status python3 "$peers/low_energy.py" connect "$L2_HCI1" "$L2_HCI0" 5
	expect "the peer's status" "$status" 0
	wait_for "five connections to end" have_ended 5
	diff <(printf 'channel %d\n' {1..5}) <(sort -z ./?.out | tr '\0' '\n')
	kill -TERM "$server_pid"
	wait_for_server
}

have_ended() { # COUNT
	(($(told server.err | grep -c 'closed by the peer') == $1))
}

@test "formats, generated SDUs and round trips" {
	printf '%s\n' 00 ff0a 7f7f7f >lines
	start_server --le --format=hex
	status client --le --format=hex "$L2_HCI0" <lines
	expect_statuses 0 0
	cmp lines server.out
	start_server --le --verify --discard
	status client --le --generate=500 --sdu-size=6..672:7 "$L2_HCI0"
	expect_statuses 0 0
	start_server --le --echo --verify
	status client --le --ping=50 --interval=0 --sdu-size=8..672:13 "$L2_HCI0" >client.out
	expect_statuses 0 0
	expect_line '50 sent, 50 received, 0 lost (0.0 %), 0 repeated, 0 wrong' client.out
}

@test "two modes that differ: a server in ecred serves le and says so, one in auto takes both (T18)" {
	start_server --le --mode=ecred
	# Held: one that closes at once may be gone before a server that does not defer has it.
	status client --le --hold=1 "$L2_HCI0" x
	wait_for_server
	expect "server's status" "$server_status" 3
	expect_line 'The peer did not agree to the mode' server.err
	# It was authorised at once, and may have sent: that is printed.
	expect "client's status" "$status" 0
	expect "output" "$(cat server.out)" x
	start_server --le
	status client --le --mode=ecred "$L2_HCI0" x
	expect_statuses 0 0
	expect_line 'ecred; closed by the peer' server.err
}

@test "where the kernel has enhanced channels off, that is reported" {
	local parameter=/sys/module/bluetooth/parameters/enable_ecred before
	before=$(cat $parameter)
	echo N >$parameter
	status client --le --mode=ecred "$L2_HCI0" x
	expect status "$status" 1
	expect_line 'The kernel has enhanced channels switched off' client.err
	expect_line "'echo Y >$parameter'" client.err
	status "$l2client" --le --mode=ecred --check "$L2_HCI0" >client.out
	expect "status of --check" "$status" 1
	expect_line 'problem: cannot use mode ecred: The kernel has enhanced channels switched off' client.out
	start_server --le
	status client --le "$L2_HCI0" x
	echo "$before" >$parameter
	expect_statuses 0 0
}

# Linux gives a socket that is bound without a PSM the lowest free one, which is the default
# of servers, and takes it back when the socket connects.
@test "a server can have the default PSM on an adapter whose client is connected" {
	start_server --le --adapter=hci0 --keep-open
	client --le --hold=86400 "$L2_HCI0" x &
	client_pid=$!
	wait_for_size 1 server.out
	"$l2server" --le --adapter=hci1 --accept-timeout=1 2>other.err && status=0 || status=$?
	cat other.err
	expect "the status of a server at the client's adapter" "$status" 6
	kill -TERM "$client_pid"
	wait "$client_pid" || true
	kill -TERM "$server_pid"
	wait_for_server
}

# Measured on 6.12: here to be noticed when it changes, as the manuals say so.
@test "Linux ends a channel 40 s after the server let its client in: both ends say so" {
	start_server --le
	"$l2client" --le --adapter=hci1 --hold=86400 "$L2_HCI0" 'hello!!' 2>client.err 3>&- &
	client_pid=$!
	wait_for_client
	wait_for_server
	echo "client $status, server $server_status"
	expect output "$(cat server.out)" 'hello!!'
	expect "client's status" "$status" 4
	expect "server's status" "$server_status" 4
	expect_line 'unless l2server runs with --no-defer' server.err
}

# One server for a client of each mode, so that the time is waited for once.
@test "with --no-defer a channel lasts longer than 40 s, in mode le and in ecred" {
	local mode number=0 clients=()
	printf '%s\n' before after >sent
	start_server --le --no-defer --keep-open --output=%n.out
	for mode in auto ecred; do
		number=$((number + 1))
		{
			echo before
			wait_for_accepted $number
			sleep 45
			echo after
		} | "$l2client" --le --mode=$mode --adapter=hci1 "$L2_HCI0" 2>"client$number.err" 3>&- &
		clients+=($!)
		wait_for_accepted $number
	done
	for number in 1 2; do
		status wait "${clients[number - 1]}"
		expect "status of client $number" "$status" 0
		wait_for_size 13 $number.out
		cmp sent $number.out
	done
	wait_for_line '; le; closed by the peer' server.err
	wait_for_line '; ecred; closed by the peer' server.err
	kill -TERM "$server_pid"
	wait_for_server
	expect "server's status" "$server_status" 143
}

wait_for_accepted() { # NUMBER
	have_been_accepted() { (($(told server.err | grep -c 'Accepted connection') >= $1)); }
	wait_for "$1 clients to be accepted" have_been_accepted "$1"
}

lost_line='connected and closed before being accepted'

# Each hello arrives, or the server says that it was lost; the client cannot know.
hello_without_deferral() { # MODE
	local arrived=0 lost=0 i
	for ((i = 0; i < 50; i++)); do
		# One accepted on a link that is just going down is lost with it.
		wait_for "the end of the last link" no_links
		rm -f client.err # so that a failure shows its own
		start_server --le --no-defer --mode="$1"
		client --le --mode="$1" "$L2_HCI0" 'hello!!'
		wait_for "run $i: a hello, or that it was lost" hello_or_loss
		if [[ -s server.out ]]; then
			wait_for_server
			expect "server's status" "$server_status" 0
			expect output "$(cat server.out)" 'hello!!'
			arrived=$((arrived + 1))
		else
			kill -TERM "$server_pid"
			wait_for_server
			lost=$((lost + 1))
		fi
	done
	echo "# hello with --no-defer in $1: $arrived arrived, $lost were told as lost" >&3
}

hello_or_loss() {
	[[ -s server.out ]] || told server.err | grep -F "$lost_line" >/dev/null
}

@test "with --no-defer each hello arrives or is reported as lost (T2)" {
	hello_without_deferral auto
	hello_without_deferral ecred
}

# What --no-defer counts with. No kernel promises it.
@test "the kernel wakes a listener once for a client that comes, once more for one that goes" {
	mkfifo asks
	exec 7<>asks
	start_peer peer.out python3 "$peers/low_energy.py" wakes "$L2_HCI0" asks 7>&-
	peer_pid=$!
	wait_for_line listening peer.out
	"$l2client" --le --adapter=hci1 --verbose --hold=86400 "$L2_HCI0" x 2>client.err 3>&- 7>&- &
	client_pid=$!
	wait_for_line 'channel from' client.err
	echo >&7
	wait_for "an answer" has_answers 1
	kill -TERM "$client_pid"
	wait_for_client
	wait_for "the link to go down" no_links
	echo >&7
	wait_for "an answer" has_answers 2
	exec 7>&-
	status wait "$peer_pid"
	expect wakes "$(paste -sd ' ' peer.out)" 'listening 1 1'
}

has_answers() { # COUNT
	(($(grep -c '^[0-9]' peer.out) == $1))
}

@test "with --no-defer clients that come and go at a stopped server are counted: status 5 (T2)" {
	local i
	start_server --le --no-defer
	kill -STOP "$server_pid"
	wait_for_state T "$server_pid"
	for i in 1 2 3; do
		status client --le "$L2_HCI0" "lost $i"
		expect "client's status" "$status" 0
	done
	kill -CONT "$server_pid"
	wait_for_line "3 clients $lost_line (--no-defer): the data sent is lost" server.err
	status client --le "$L2_HCI0" 'hello!!'
	expect_statuses 5 0
	expect output "$(cat server.out)" 'hello!!'
}

@test "with --no-defer of many at once each is printed or counted as lost (T2)" {
	local i clients=() lost printed
	start_server --le --no-defer --keep-open
	for ((i = 0; i < 60; i++)); do
		"$l2client" --le --adapter=hci1 "$L2_HCI0" "message $i;" 2>"client$i.err" 3>&- &
		clients+=($!)
	done
	for i in "${clients[@]}"; do
		status wait "$i"
		expect "a client's status" "$status" 0
	done
	wait_for "60 clients to be reported" are_printed_or_lost 60
	# What is reported too often comes at the end at the latest.
	kill -TERM "$server_pid"
	wait_for_server
	are_printed_or_lost 60
	echo "# many at once with --no-defer: $printed printed, $lost told as lost" >&3
	expect "different messages" "$(tr ';' '\n' <server.out | sort -u | wc -l)" "$printed"
}

are_printed_or_lost() { # HOW-MANY
	printed=$(tr -cd ';' <server.out | wc -c)
	lost=$(told server.err | sed -n "s/.* \([0-9]*\) clients\? $lost_line .*/\1/p" |
		awk '{ sum += $1 } END { print sum + 0 }')
	((printed + lost == $1))
}

@test "with --no-defer a client that waits after the one client is sent away, and counts as lost (T2)" {
	start_server --le --no-defer
	kill -STOP "$server_pid"
	wait_for_state T "$server_pid"
	"$l2client" --le --adapter=hci1 --verbose --hold=86400 "$L2_HCI0" one 2>client.err 3>&- &
	client_pid=$!
	wait_for_line 'channel from' client.err
	"$l2client" --le --adapter=hci1 --verbose --hold=86400 "$L2_HCI0" two 2>client2.err 3>&- &
	wait_for_line 'channel from' client2.err
	sleep 1 # more than it needs to send
	kill -CONT "$server_pid"
	status wait $!
	expect "second client's status" "$status" 4
	wait_for_line "1 client $lost_line" server.err
	kill -TERM "$client_pid"
	wait_for_server
	expect output "$(cat server.out)" one
	expect "server's status" "$server_status" 5
}

@test "with --no-defer a kernel that queues no signals makes the server report that clients may be lost" {
	ulimit -i 0
	start_server --le --no-defer
	status client --le "$L2_HCI0" 'hello!!'
	wait_for_line 'clients may have connected and closed' server.err
	[[ -s server.out ]] || kill -TERM "$server_pid"
	wait_for_server
}

@test "refusals: no program listens, a client is not allowed, one client too many" {
	status client --le "$L2_HCI0" x
	expect "status without a server" "$status" 3
	expect_line 'cannot connect to' client.err
	expect_line 'no program listens on this PSM there' client.err
	start_server --le --keep-open --allow=01:02:03:04:05:06
	status client --le "$L2_HCI0" x
	expect "status of who is not allowed" "$status" 3
	expect_line "refused $L2_HCI1: it is not allowed (--allow)" server.err
	kill -TERM "$server_pid"
	wait_for_server
	start_server --le --keep-open --max-clients=1
	client --le --hold=86400 "$L2_HCI0" x &
	client_pid=$!
	wait_for_size 1 server.out
	status client --le "$L2_HCI0" x
	expect "status of one too many" "$status" 3
	kill -TERM "$client_pid" "$server_pid"
	wait "$client_pid" || true
	wait_for_server
	expect output "$(cat server.out)" x
}

@test "a peer that does not advertise is status 6 with --connect-timeout, and explained" {
	unset_air
	manage 0 le on
	manage 1 le on
	status client --le --connect-timeout=2 "$L2_HCI0" x
	expect status "$status" 6
	expect_line 'the peer does not advertise' client.err
}

@test "an adapter that advertises does not connect over LE, and the client says so (T19)" {
	manage 1 advertising on
	status client --le --connect-timeout=2 "$L2_HCI0" x
	expect status "$status" 6
	expect_line 'hci1 advertises, so that Linux does not look for the peer' client.err
	status "$l2client" --le --check --adapter=hci1 "$L2_HCI0" >client.out
	expect_line 'warning: hci1 advertises' client.out
	expect_line "'btmgmt --index 1 advertising off'" client.out
	manage 1 advertising off
	start_server --le
	status client --le "$L2_HCI0" x
	expect_statuses 0 0
	expect "warnings" "$(told client.err | grep -c 'hci1 advertises')" 1
}

@test "a client with a private address reaches a server, which reports that address" {
	unset_air
	manage 1 power off
	manage 1 privacy on
	manage 1 power on
	le_air
	start_server --le
	status client --le "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
	# Resolvable: its two highest bits are 01.
	told server.err | grep -E 'Accepted connection from [4-7][0-9A-F](:[0-9A-F]{2}){5}$'
	unset_air
}

@test "an ordinary user needs no privilege from PSM 0x0080 on" {
	as_user=65534
	start_server --le
	status setpriv --reuid=65534 --clear-groups "$l2client" --le "$L2_HCI0" 'hello!!' 2>client.err
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
	status setpriv --reuid=65534 --clear-groups "$l2server" --le --psm=0x7f \
		--accept-timeout=1 2>server.err
	expect "status below it" "$status" 1
	expect_line 'Permission denied' server.err
	expect_line 'CAP_NET_BIND_SERVICE' server.err
}
