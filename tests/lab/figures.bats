# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# What a tester reads off: progress, rates, percentiles and jitter. It needs air --relay.
load lab

# on_terminal COLUMNS [OPTION...]: the client sends the file "sent", slowly; what it shows
# on its terminal goes to terminal.err, with a line for each time that one is written.
send_on_terminal() {
	local columns=$1
	shift
	start_server --discard
	status python3 "$peers/on_terminal.py" "$columns" "$l2client" --adapter=hci1 \
		--mode=basic --interval=0.1 "$@" "$L2_HCI0" >raw.out
	tr '\r' '\n' <raw.out >terminal.err
	expect_statuses 0 0
}

@test "progress on a terminal: bytes, part, rate and time left, and nothing of it stays" {
	text_alone '--json has no line of progress'
	random_file sent 10000
	send_on_terminal 80 --send=sent
	grep -qE '[0-9.]+ kB  [0-9]+%  [0-9.]+ kB/s  0:0[0-9] left$' terminal.err
	# The last thing that is written over it is the summary.
	tail -c 200 raw.out | grep -aq $'\r\e\\[Kl2client: sent 15 SDUs, 10000 bytes'
}

@test "progress on a narrow terminal stays in its line" {
	text_alone '--json has no line of progress'
	local columns
	random_file sent 10000
	for columns in 8 20 30; do
		send_on_terminal $columns --send=sent
		sed -n 's/^\x1b\[K//p' terminal.err | grep -v '^l2client' >shown.err
		awk -v most=$((columns - 1)) 'length($0) > most { print "too long: " $0; bad = 1 }
			END { exit bad || NR < 3 }' shown.err
	done
}

@test "no progress in a log, in a pipe, with --quiet, or when no file is moved" {
	text_alone '--json has no line of progress'
	random_file sent 10000
	start_server --discard
	status client --progress --interval=0.05 --mode=basic --send=sent "$L2_HCI0"
	expect_statuses 0 0
	expect "client's lines" "$(grep -c . client.err)" 1
	expect "control characters" "$(grep -c $'[\r\e]' client.err)" 0
	send_on_terminal 80 --quiet --send=sent
	expect "what is shown" "$(cat terminal.err)" ''
	send_on_terminal 80 < <(cat sent)
	expect "lines of progress" "$(grep -c $'^\e\\[K[0-9]' terminal.err)" 0
	send_on_terminal 80 --progress < <(cat sent)
	grep -qE '^.\[K[0-9.]+ kB  [0-9.]+ kB/s$' terminal.err
}

@test "progress with --json is an event a second" {
	head -c 10000 /dev/zero >sent
	start_server --discard --json --progress
	status client --json --progress --interval=0.2 --mode=basic --send=sent "$L2_HCI0"
	expect_statuses 0 0
	"$json_events" check client.err server.err
	expect totals "$("$json_events" get client.err progress bytes_total | sort -u)" 10000
	(($("$json_events" get client.err progress bytes | wc -l) >= 3))
}

# COUNT numbered SDUs of 672 bytes, as lines of hex.
numbered_lines() {
	python3 - "$1" <<'END'
import sys

for number in range(int(sys.argv[1])):
    print((number.to_bytes(4, "little") + b"\xa0\x02" + b"\x7f" * 666).hex())
END
}

# "Now" is the rate of the relay's radio, and the last line what it has counted.
@test "--progress=SEC: a line a period at both ends, as the relay counts" {
	text_alone 'with --json it is an event'
	local end lines bytes
	mkfifo text
	start_server --mode=basic --discard --verify --progress=1
	exec 8<>text
	client --mode=basic --progress=1 --format=hex "$L2_HCI0" <text 3>&- 8>&- &
	client_pid=$!
	wait_for_line 'Accepted connection' server.err
	relay calm
	relay rate hci1 81680 # 10.2 kB/s
	numbered_lines 60 >&8
	exec 8>&-
	wait_for_client
	expect_statuses 0 0
	# Each has 4 bytes of L2CAP; the two signals of the close have 12 together with theirs.
	bytes=$(relay count hci1 out bytes)
	expect "bytes on the air" "$bytes" $((60 * 676 + 12))
	for end in client server; do
		lines=$(grep -c ' s: .* now ' $end.err)
		echo "# $end: $lines lines, the last: $(grep ' now ' $end.err | tail -n 1)" >&3
		((lines >= 3 && lines <= 6))
		expect "the last line of $end" "$(grep -o '[0-9]* SDUs, [0-9]* bytes, now' $end.err | tail -n 1)" \
			'60 SDUs, 40320 bytes, now'
	done
	for end in client server; do
		grep ' now ' $end.err | sed '1d;$d' | awk '
			match($0, /now [0-9.]+/) { rate = substr($0, RSTART + 4, RLENGTH - 4) + 0 }
			rate < 9 || rate > 11 { print "too far from 10.2: " $0; bad = 1 }
			END { exit bad }'
	done
	expect "lines with a loss" "$(grep -c ', 0 lost, jitter ' server.err)" "$lines"
}

@test "--progress=SEC is for each client of many, and with --json an event" {
	start_server --keep-open --json --discard --progress=0.5
	client --quiet --mode=basic --generate=5 --interval=0.3 "$L2_HCI0" 3>&- &
	status client --json --progress=0.5 --mode=basic --generate=5 --interval=0.3 "$L2_HCI0"
	wait $!
	expect "client's status" "$status" 0
	kill "$server_pid"
	wait_for_server
	"$json_events" check client.err server.err
	expect SDUs "$("$json_events" get client.err progress sdus | tr '\n' ' ')" '2 4 5 '
	expect connections "$("$json_events" get server.err progress connection | sort -u | tr '\n' ' ')" '1 2 '
}

@test "--time stops sending, and what was sent until then is all" {
	local sent
	start_server --discard --verify
	status client --generate=0 --interval=0.1 --time=1.95 "$L2_HCI0"
	expect_statuses 0 0
	expect_line 'sent 20 SDUs' client.err
	expect_line 'received 20 SDUs' server.err
	# A source that has nothing at the moment is not waited for.
	start_server
	status client --time=0.5 "$L2_HCI0" < <(
		printf x
		exec sleep 30
	)
	expect_statuses 0 0
	expect output "$(cat server.out)" x
	# And one that has more than goes: whole SDUs arrive, whatever is left.
	start_server --mode=basic --time=1 --send=/dev/zero --mtu=672
	relay rate hci0 81680
	status client --receive --mode=basic "$L2_HCI0" </dev/null >client.out
	relay calm
	expect_statuses 0 0
	sent=$(wc -c <client.out)
	((sent > 0))
	expect_line "sent $((sent / 672)) SDUs, $sent bytes" server.err
}

@test "--ping for a time: the last one sent is the last, and its answer is waited for" {
	start_server --echo
	status client --ping=0 --interval=1 --time=2.5 "$L2_HCI0" >client.out
	expect_statuses 0 0
	expect_line '3 sent, 3 received, 0 lost' client.out
}

# figure NAME FILE: the number after NAME in the results there.
figure() {
	sed -n "s!.*$1 \([0-9./]*\) ms.*!\1!p" "$2"
}

# assert_between LEAST VALUE MOST
assert_between() {
	awk -v least="$1" -v value="$2" -v most="$3" 'BEGIN {
		if (value >= least && value <= most) exit 0
		print value " is not from " least " to " most
		exit 1
	}'
}

# From the sixth of ten on, the relay delays each by 40 ms: one change, of 40 ms.
@test "percentiles and jitter: of round trips, and of arrivals of numbered SDUs" {
	text_alone "the same figures are in the events"
	local p50 p90 p99 times
	start_server --echo
	client --ping=10 --interval=0.2 "$L2_HCI0" >client.out 3>&- &
	client_pid=$!
	wait_for_line seq=4 client.out
	relay delay hci1 out 40
	wait_for_client
	relay calm
	expect_statuses 0 0
	times=$(tail -n 1 client.out)
	echo "# $times" >&3
	IFS=/ read -r p50 p90 p99 <<<"$(figure p50/p90/p99 client.out)"
	assert_between 0 "$p50" 20
	assert_between 40 "$p90" 60
	assert_between "$p90" "$p99" 60
	assert_between 1.5 "$(figure jitter client.out)" 4

	start_server --verify --format=hex
	client --generate=10 --interval=0.2 "$L2_HCI0" 3>&- &
	client_pid=$!
	wait_for_line "$(printf '\n04000000')" server.out
	relay delay hci1 out 40
	wait_for_client
	relay calm
	expect_statuses 0 0
	times=$(grep verified server.err)
	echo "# $times" >&3
	IFS=/ read -r p50 p90 p99 <<<"$(figure p50/p90/p99 server.err)"
	assert_between 190 "$p50" 210
	assert_between 190 "$p90" 260 # of nine, the longest
	assert_between 230 "$p99" 260
	assert_between 1.5 "$(figure jitter server.err)" 4
}

@test "an SDU without a number has no part in the times between arrivals" {
	text_alone "the same figures are in the events"
	local p50 rest
	start_server --verify --discard
	status client --format=hex --interval=0.1 "$L2_HCI0" < <(
		printf '%s\n' 0102 000000000600 010000000600
	)
	expect_statuses 5 0
	IFS=/ read -r p50 rest <<<"$(figure p50/p90/p99 server.err)"
	assert_between 90 "$p50" 120
	expect "the percentiles" "$p50/$p50/$p50" "$p50/$rest"
}
