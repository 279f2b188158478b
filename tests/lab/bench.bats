# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Formats, numbered SDUs, echoes and round trips: what testers of two machines use.
load lab

# Carries the text in FILE over in FORMAT; the server prints it into $server_output.
carry() { # FORMAT FILE [OPTION...]
	local format=$1 file=$2
	shift 2
	start_server --format="$format" --mode=basic "$@"
	status client --format="$format" --mode=basic "$l2_hci" <"$file"
	expect_statuses 0 0
}

@test "10,000 SDUs of random sizes and bytes: the same text after two ways through hex" {
	local l2_hci=$L2_HCI0
	random_sdus 10000 >sent.hex
	server_output=first.hex carry hex sent.hex
	expect_line 'received 10000 SDUs' server.err
	cmp sent.hex first.hex
	server_output=second.hex carry hex first.hex
	cmp sent.hex second.hex
}

@test "in ERTM hex carries 10,000 SDUs that are not empty" {
	random_sdus 10100 | sed '/^$/d' | head -n 10000 >sent.hex
	start_server --format=hex --mode=ertm
	status client --format=hex --mode=ertm "$L2_HCI0" <sent.hex
	expect_statuses 0 0
	expect_line 'received 10000 SDUs' server.err
	cmp sent.hex server.out
}

@test "lines: a line is an SDU, an empty one included, and comes out as it went in" {
	local l2_hci=$L2_HCI0
	printf 'one\n\ntwo words\n\tthree\n\nno end' >sent.txt
	carry lines sent.txt
	expect_line 'received 6 SDUs, 24 bytes' server.err
	echo >>sent.txt
	cmp sent.txt server.out
}

@test "hex and lines the other way: the server sends, the client prints" {
	random_sdus 300 >sent.hex
	start_server --mode=basic --format=hex --send=sent.hex
	status client --mode=basic --format=hex --receive "$L2_HCI0" </dev/null >received.hex
	expect_statuses 0 0
	cmp sent.hex received.hex
}

@test "wrong hex is status 1 with line and column, and nothing of its line is sent" {
	start_server --format=hex
	status client --format=hex "$L2_HCI0" < <(printf '0102\n03 04\n05 0g 06\n07\n')
	expect_statuses 0 1
	expect_line 'line 3, column 5 of the input' client.err
	expect output "$(cat server.out)" "$(printf '0102\n0304')"
}

@test "a line that is longer than the outgoing MTU is reported with its number" {
	start_server --format=lines --mtu=100
	status client --format=lines "$L2_HCI0" < <(
		echo short
		printf '%0101d\n' 0
	)
	expect_statuses 0 1
	expect_line 'an SDU of 101 bytes (line 2 of the input): the outgoing MTU is 100' client.err
	expect output "$(cat server.out)" short
}

@test "an empty line in ERTM is reported with its number, not left out" {
	start_server --format=lines --mode=ertm
	status client --format=lines --mode=ertm "$L2_HCI0" < <(printf 'one\n\ntwo\n')
	expect_statuses 0 1
	expect_line 'an empty SDU (line 2 of the input) in ertm' client.err
}

@test "--generate and --verify agree, in every mode and size" {
	local mode
	for mode in basic ertm; do
		start_server --mode=$mode --verify --discard
		status client --mode=$mode --generate=667 --sdu-size=6..672 "$L2_HCI0"
		expect_statuses 0 0
		expect_line 'verified 667 SDUs: all are good' server.err
		expect "the server's output" "$(cat server.out)" ''
	done
}

@test "--generate from the server, --verify at the client" {
	start_server --generate=50
	status client --receive --verify "$L2_HCI0" </dev/null >received
	expect_statuses 0 0
	expect_line 'verified 50 SDUs: all are good' client.err
	expect "bytes received" "$(stat -c %s received)" 33600
}

@test "--verify reports missing, late, repeated and wrong SDUs, with status 5" {
	br_edr_alone "the peer is of BR/EDR"
	start_server --mode=basic --verify --discard
	python3 "$peers/send_numbered.py" "$L2_HCI1" "$L2_HCI0" 0 1 4 2 2 5:length 6:byte 7:short 8
	wait_for_server
	expect "server's status" "$server_status" 5
	expect_line 'SDUs 2 to 3 are missing' server.err
	expect_line 'SDU 2 arrived late: reordered' server.err
	expect_line 'SDU 2 arrived again: repeated' server.err
	expect_line 'SDU 5 is 100 bytes long and says 99' server.err
	expect_line 'SDU 6 has 0x7e at byte 50 instead of 0x7f' server.err
	expect_line 'an SDU of 5 bytes has no number' server.err
	expect_line '4 good, 2 missing, 1 reordered, 1 repeated, 3 wrong' server.err
}

@test "--interval spaces SDUs, and waiting is no idling" {
	start_server --verify --discard
	status client --generate=4 --interval=1.2 --idle-timeout=1 "$L2_HCI0"
	expect_statuses 0 0
	told client.err | awk '/sent 4 SDUs/ {
			for (i = 1; i < NF; i++) if ($i == "in" && $(i+1) >= 3.6) good = 1
		}
		END { exit !good }'
}

@test "--ping against --echo: 672 sizes, none lost, contents right, auto and basic" {
	local mode
	for mode in auto basic; do
		rm -f client.err
		start_server --echo
		status client --mode=$mode --ping=672 --sdu-size=1..672 --interval=0 "$L2_HCI0" >client.out
		expect_statuses 0 0
		expect_line '672 sent, 672 received, 0 lost (0.0 %), 0 repeated, 0 wrong; round trip min/avg' \
			client.out
		expect "lines with a reply" "$(told client.out | grep -cE 'bytes? from .* seq=')" 672
		expect_line "672 bytes from $L2_HCI0: seq=671 time=" client.out
		expect "the server's output" "$(cat server.out)" ''
	done
}

@test "--ping without a value is 4 round trips, and with --quiet only their statistics" {
	start_server --echo --keep-open
	status client --ping --interval=0 "$L2_HCI0" >client.out
	expect "client's status" "$status" 0
	expect "replies" "$(told client.out | grep -c 'seq=')" 4
	status client --quiet --ping --interval=0 "$L2_HCI0" >client.out
	expect "client's status" "$status" 0
	expect "lines" "$(told client.out | wc -l)" 1
	expect_line '4 sent, 4 received, 0 lost' client.out
	kill -TERM "$server_pid"
	wait_for_server
}

@test "--ping as an ordinary user" {
	start_server --echo
	status setpriv --reuid=nobody --clear-groups "$l2client" --adapter=hci1 --ping=3 \
		--interval=0.1 "$L2_HCI0" >client.out 2>client.err
	expect_statuses 0 0
	expect_line '3 sent, 3 received, 0 lost' client.out
}

@test "--ping without an echo: all are lost, status 5, in a time that the user sets" {
	start_server --discard
	within 30 status client --ping=2 --interval=0.1 --idle-timeout=2 "$L2_HCI0" >client.out
	expect_statuses 0 5
	expect_line 'no answer yet to seq=0' client.out
	expect_line '2 sent, 0 received, 2 lost (100.0 %)' client.out
}

@test "--ping that answers wrongly is status 5" {
	br_edr_alone "the peer is of BR/EDR"
	start_peer python.out python3 "$peers/echo_wrongly.py" "$L2_HCI0"
	wait_for_line listening python.out
	status client --mode=basic --ping=4 --interval=0 --idle-timeout=2 "$L2_HCI0" >client.out
	expect "client's status" "$status" 5
	expect_line 'seq=1 again' client.err
	expect_line '64 bytes from '"$L2_HCI0"': not what was sent' client.err
	expect_line '4 sent, 3 received, 1 lost (25.0 %), 1 repeated, 1 wrong' client.out
}

@test "SIGINT ends --ping=0 with its summary, by the signal" {
	set -m # else a shell has what runs in the background ignore it
	start_server --echo
	"$l2client" --adapter=hci1 --ping=0 --interval=0.05 "$L2_HCI0" >client.out 2>client.err 3>&- &
	client_pid=$!
	wait_for_line 'seq=5 ' client.out
	kill -INT "$client_pid"
	wait_for_client
	expect "client's status" "$status" 130
	expect_line 'round trip min/avg/max/mdev' client.out
	wait_for_server
}

@test "--echo serves several pings at once" {
	local i pids=()
	start_server --echo --keep-open
	for i in 1 2 3 4; do
		"$l2client" --adapter=hci1 --ping=50 --interval=0 "$L2_HCI0" >"client$i.out" 2>"client$i.err" 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	for i in 1 2 3 4; do
		expect_line '50 sent, 50 received, 0 lost' "client$i.out"
	done
	kill -TERM "$server_pid"
	wait_for_server
}

@test "--repeat connects again each time, until one fails" {
	start_server --keep-open
	status client --repeat=20 "$L2_HCI0" 'again
'
	expect "client's status" "$status" 0
	expect_line '20 of 20 connections were good' client.err
	wait_for_line "($((20))): received 1 SDU" server.err
	kill -TERM "$server_pid"
	wait_for_server
	expect "lines" "$(grep -c '^again$' server.out)" 20
	status client --repeat=3 "$L2_HCI0" again
	expect "client's status without a server" "$status" 3
	expect_line '1 of 3 connections made, the last failed' client.err
}

@test "--repeat sends a file from its start each time" {
	random_file sent 5000
	start_server --keep-open --output='%n'
	status client --repeat=3 --send=sent "$L2_HCI0"
	expect "client's status" "$status" 0
	for i in 1 2 3; do
		wait_for "file $i" test -e $i
		cmp sent $i
	done
}

# The first link on a fresh air, as one that is there keeps its roles.
@test "--central takes the role when the link is made" {
	br_edr_alone "the peer is of BR/EDR"
	fresh_air
	start_trace
	start_server --central
	status client "$L2_HCI0" x
	expect_statuses 0 0
	trace >trace.txt
	grep -A2 '(0x01|0x0009) plen' trace.txt >accept.err
	expect_line 'Role: Central (0x00)' accept.err

	fresh_air
	start_trace
	start_server
	status client "$L2_HCI0" x
	expect_statuses 0 0
	trace >trace.txt
	grep -A2 '(0x01|0x0009) plen' trace.txt >accept.err
	expect_line 'Role: Peripheral (0x01)' accept.err
}
