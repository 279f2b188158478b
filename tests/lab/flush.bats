# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# The flush timeout of the link: that it is set, shown, refused aloud, and what it does.
# Over the relay, whose controllers have one (see README.md); those of btvirt have none.
load lab

# Of the link that is up.
link_handle() { # hciN
	hcitool -i "$1" con | sed -n 's/.* ACL .* handle \([0-9]*\) .*/\1/p'
}

# What another program reads there, or writes: the controller's status, and slots.
flush_timeout() { # hciN [SLOTS]
	python3 "$peers/flush_timeout.py" "$1" "$(link_handle "$1")" ${2+"$2"}
}

# A link that is up, on which other programs have a channel of their own.
hold_link() {
	start_server --mode=basic
	client --mode=basic --hold=86400 "$L2_HCI0" x &
	wait_for_size 1 server.out
}

# A second server; expect_statuses is about that one.
start_second_server() {
	server_output=second.out
	start_server --psm=0x1003 "$@"
}

# The commands about flush timeouts in the trace: a line each.
commands_in_trace() {
	trace >trace.txt
	awk '
		/^[<>=@]/ {
			name = /^< HCI Command: (Write|Read) Automatic/ ? $4 : ""
		}
		name != "" && / Handle: / { line = name " " $2; if (name == "Read") print line }
		name == "Write" && / Timeout: / {
			slots = match($0, /\(0x[0-9a-f]+/) ? substr($0, RSTART + 1, RLENGTH - 1) \
				: / No Automatic Flush/ ? "0x0000" : "unknown"
			print line " " slots
		}' trace.txt
}

# The flags of the packets with a channel's data that were sent; btmon shows no Channel of
# those with signalling.
flags_in_trace() {
	awk '
		/^[<>=@]/ { flags = /^< ACL Data TX: / ? $0 : "" }
		/^ +Channel: / && sub(/.* flags /, "", flags) { print substr(flags, 1, 4) }' \
		trace.txt | sort -u
}

@test "0, 1, 20, 100 and 1279 ms: the right slots on the right link, read back and reported" {
	local row ms slots rounded handle
	hold_link
	handle=$(link_handle hci1)
	for row in '0 0 never' '1 2 1.25 ms' '20 32 20 ms' '100 160 100 ms' \
		'1279 2046 1278.75 ms'; do
		read -r ms slots rounded <<<"$row"
		start_trace
		start_second_server --mode=basic
		status client --psm=0x1003 --flush-timeout="$ms" --verbose "$L2_HCI0" 'hello!!'
		expect_statuses 0 0
		expect output "$(cat second.out)" 'hello!!'
		expect_line "l2client: flush timeout $ms ms: $slots slots ($rounded), read back $slots, for link $handle of hci1" client.err
		expect_line "; flush timeout $ms ms: $slots slots ($rounded), read back $slots; all was delivered" client.err
		expect 'commands' "$(commands_in_trace)" \
			"$(printf 'Write %d 0x%04x\nRead %d' "$handle" "$slots" "$handle")"
		expect 'what another program reads' "$(flush_timeout hci1)" "0x00 $slots"
		expect 'flags of its packets' "$(flags_in_trace)" 0x02
	done
}

@test "without the option no command is sent, and packets are not flushable" {
	start_trace
	start_server --mode=basic
	status client "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect commands "$(commands_in_trace)" ''
	expect 'flags of its packets' "$(flags_in_trace)" 0x00
	expect_line 'basic; all was delivered' client.err
}

@test "the server sets it for each client, on its own adapter" {
	local handle i there
	hold_link
	handle=$(link_handle hci0)
	there=$(flush_timeout hci1)
	start_trace
	start_second_server --mode=basic --keep-open --flush-timeout=100 --generate=3 --verbose
	for i in 1 2; do
		client --psm=0x1003 --mode=basic --receive --verify "$L2_HCI0" </dev/null >>received
	done
	expect "times that it was told" \
		"$(told server.err | grep -c "flush timeout 100 ms: 160 slots (100 ms), read back 160, for link $handle of hci0")" 2
	expect bytes "$(stat -c %s received)" $((2 * 3 * 672))
	expect commands "$(commands_in_trace | sort -u)" \
		"$(printf 'Read %d\nWrite %d 0x00a0' "$handle" "$handle")"
	expect 'what another program reads' "$(flush_timeout hci0)" '0x00 160'
	expect "the other end's" "$(flush_timeout hci1)" "$there"
}

@test "a quick client that is gone already is served all the same" {
	local i
	for ((i = 0; i < 20; i++)); do
		start_server --mode=basic --flush-timeout=100
		status client --mode=basic "$L2_HCI0" 'hello!!'
		expect_statuses 0 0
		expect output "$(cat server.out)" 'hello!!'
	done
}

@test "a link that other programs use: set, reported and set back without a channel" {
	local handle
	hold_link
	handle=$(link_handle hci1)
	start_trace
	client --no-channel --flush-timeout=20 "$L2_HCI0"
	expect_line "l2client: flush timeout 20 ms: 32 slots (20 ms), read back 32, for link $handle of hci1" client.err
	expect 'what another program reads' "$(flush_timeout hci1)" '0x00 32'
	client --no-channel --flush-timeout=0 "$L2_HCI0"
	expect 'set back' "$(flush_timeout hci1)" '0x00 0'
	"$l2client" --no-channel --flush-timeout=100 "$L2_HCI0" 2>client.err # any adapter
	expect 'what another program reads' "$(flush_timeout hci1)" '0x00 160'
	expect commands "$(commands_in_trace | grep -c Write)" 3
	expect 'packets sent' "$(grep -c '^< ACL' trace.txt)" 0
}

@test "another program's timeout is replaced, and ours by another program's" {
	hold_link
	expect written "$(flush_timeout hci1 320)" 0x00
	client --no-channel --flush-timeout=20 "$L2_HCI0"
	expect 'what the other reads' "$(flush_timeout hci1)" '0x00 32'
	expect written "$(flush_timeout hci1 160)" 0x00
	client --no-channel --flush-timeout=100 "$L2_HCI0"
	expect_line 'flush timeout 100 ms: 160 slots (100 ms), read back 160' client.err
}

@test "without a link there is nothing to set: status 3" {
	fresh_air
	status client --no-channel --flush-timeout=20 "$L2_HCI0"
	expect status "$status" 3
	expect_line "l2client: cannot find a link to $L2_HCI0: The link is down" client.err
	expect_line "'btmgmt con'" client.err
}

# Nothing is sent, and that is said.
expect_not_set() { # STATUS TEXT
	rm -f client.err
	start_server --mode=basic
	status client --mode=basic --flush-timeout=100 "$L2_HCI0" 'hello!!'
	expect_statuses 0 "$1"
	expect output "$(cat server.out)" ''
	expect_line 'received 0 SDUs' server.err
	expect_line "l2client: cannot set the flush timeout to 100 ms in the controller of hci1$2" client.err
	expect_line 'sent 0 SDUs, 0 bytes' client.err
	expect_line 'the flush timeout is not set' client.err
}

@test "a controller that refuses is reported with its reason, and nothing is sent" {
	local row
	for row in '0x0c Command Disallowed' '0x11 Unsupported Feature or Parameter Value' \
		'0x12 Invalid HCI Command Parameters' '0x01 Unknown HCI Command'; do
		relay refuse hci1 write-flush-timeout "${row%% *}"
		expect_not_set 1 ", which answers ${row/0x0c/0x0C}: The controller refuses"
	done
	relay calm
	relay refuse hci1 read-flush-timeout 0x01
	expect_not_set 1 ', which answers 0x01 Unknown HCI Command: The controller refuses'
}

@test "a controller that only pretends is found out, and nothing is sent" {
	fresh_air # the link has none
	relay pretend hci1
	expect_not_set 1 ', which has 0 slots instead of 160: The controller has another value than it was given'
}

@test "the link is gone to the controller: the connection is lost" {
	relay refuse hci1 write-flush-timeout 0x02
	expect_not_set 4 ': The link is gone'
}

@test "the server's controller refuses: nothing is sent, and --expect of the client says so" {
	start_server --mode=basic --flush-timeout=100 --generate=3
	relay refuse hci0 write-flush-timeout 0x0c
	status client --mode=basic --receive --expect=2016 "$L2_HCI0" </dev/null
	expect_statuses 1 4
	expect_line 'which answers 0x0C Command Disallowed' server.err
}

@test "what a client had sent before the server's controller refused is printed" {
	relay refuse hci0 write-flush-timeout 0x0c
	start_server --mode=basic --flush-timeout=100
	status client --mode=basic "$L2_HCI0" 'hello!!'
	wait_for_server
	expect "server's status" "$server_status" 1
	# Before or after it was refused: it is known at both ends.
	if ((status == 0)); then
		expect output "$(cat server.out)" 'hello!!'
	else
		expect "client's status" "$status" 4
	fi
}

@test "an ordinary user's server does not listen, and says what it needs" {
	copy_for_nobody "$l2server"
	status setpriv --reuid=65534 --clear-groups "${copy[@]}" --flush-timeout=20 2>server.err
	expect status "$status" 1
	expect_line 'l2server: cannot set the flush timeout to 20 ms in the controller: Operation not permitted' server.err
	expect "lines that say that it listens" "$(told server.err | grep -c listening)" 0
}

# All of the same value: of two that differ, the one that is replaced before it is read back
# is told to be so.
@test "two clients at once, and one that connects again and again" {
	start_server --mode=basic --keep-open --flush-timeout=100 --discard --verbose
	client --mode=basic --flush-timeout=1279 --generate=20 --interval=0.05 "$L2_HCI0" &
	client_pid=$!
	status client --mode=basic --flush-timeout=1279 --repeat=3 "$L2_HCI0" 'hello!!'
	expect "status of the one that repeats" "$status" 0
	status=0
	wait "$client_pid" || status=$?
	expect "status of the other" "$status" 0
	for ((i = 1; i <= 4; i++)); do
		wait_for_line "($i): received" server.err
	done
	kill -TERM "$server_pid"
	wait_for_server
	expect "timeouts that were set here" \
		"$(told server.err | grep -c 'flush timeout 100 ms: .* for link')" 4
	expect "timeouts that were set there" \
		"$(told client.err | grep -c 'read back 2046; all was delivered')" 4
}

@test "the controller vanishes while flushes are watched: the connection is lost, once" {
	start_server --mode=basic
	client --mode=basic --flush-timeout=100 --hold=86400 "$L2_HCI0" x &
	client_pid=$!
	wait_for_size 1 server.out
	relay vanish hci1
	status=0
	wait "$client_pid" || status=$?
	expect "client's status" "$status" 4
	relay appear hci1
	wait_for "an adapter" controllers_there hci0 hci1
	fresh_air
}

@test "an ordinary user needs CAP_NET_RAW, and the hint's command grants it" {
	local command
	hold_link
	copy_for_nobody "$l2client"
	as_nobody() {
		setpriv --reuid=65534 --clear-groups "${copy[@]}" --adapter=hci1 \
			--flush-timeout=20 "$@" 2>client.err 3>&-
	}
	status as_nobody --no-channel "$L2_HCI0"
	expect status "$status" 1
	expect_line 'l2client: cannot set the flush timeout to 20 ms in the controller of hci1: Operation not permitted' client.err
	start_second_server
	status as_nobody --psm=0x1003 "$L2_HCI0" 'hello!!'
	expect status "$status" 1
	expect_line 'l2client: cannot set the flush timeout to 20 ms in the controller: Operation not permitted' client.err
	expect 'what another program reads' "$(flush_timeout hci1)" '0x00 0'
	command=$(told client.err | sed -n "s/.*hint: .*'\(setcap [^']*\)'.*/\1/p")
	PATH=$PWD:$PATH bash -c "$command"
	status as_nobody --psm=0x1003 "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect output "$(cat second.out)" 'hello!!'
	expect 'what another program reads' "$(flush_timeout hci1)" '0x00 32'
}

@test "an adapter that has only flushable packets: a warning" {
	relay non-flushable hci1 no
	fresh_air
	start_server --mode=basic
	status client --mode=basic --flush-timeout=100 "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect_line 'l2client: warning: hci1 has no packets that are never flushed' client.err
	relay non-flushable hci1 yes
	fresh_air
	start_server --mode=basic
	client --mode=basic --flush-timeout=100 "$L2_HCI0" 'hello!!' 2>client.err
	expect warnings "$(told client.err | grep -c warning)" 0
}


@test "a slow link: 20 ms lose SDUs and keep the others in time; 0 loses none, and they get later and later" {
	local row timeout take_pid arrived latest last results=()
	for timeout in 0 20; do
		server_output=arriving.$timeout
		mkfifo "$server_output"
		python3 "$peers/latency.py" take "arrived.$timeout" <"$server_output" 3>&- &
		take_pid=$!
		start_server --mode=basic --verify --format=hex
		relay rate hci1 360000
		status=0
		rm -f client.err
		{
			wait_for_line 'read back' client.err # connected: from here on it counts
			python3 "$peers/latency.py" make 200 0.01 672 sent 3>&-
		} | client --mode=basic --format=hex --flush-timeout="$timeout" --verbose \
			"$L2_HCI0" || status=$?
		relay rate hci1 unlimited
		wait_for_server
		wait "$take_pid"
		row="$status $server_status $(python3 "$peers/latency.py" tell sent "arrived.$timeout")"
		results+=("$row")
		echo "# flush timeout $timeout ms: client and server end with ${row:0:3}; of 200 SDUs" \
			"arrive, and of these 9 of 10 take at most (ms): ${row:4}" >&3
		mv server.err "server.$timeout.err"
		relay calm
	done
	[[ ${results[0]} == '0 0 200 '* ]]
	[[ ${results[1]} == '5 5 '* ]]
	read -r _ _ arrived latest <<<"${results[1]}"
	((arrived > 0 && arrived < 200))
	((latest * 3 < ${results[0]##* }))
	expect_line 'missing' server.20.err
	expect_line "packets of this link were flushed" client.err
	# Of those after the last that came it knows nothing.
	last=$(sed -n '$s/ .*//p' arrived.20)
	expect 'SDUs that --verify missed' \
		"$(told server.20.err | sed -n 's/.*good, \([0-9]*\) missing.*/\1/p')" \
		$((last + 1 - arrived))
}

@test "in ERTM what was flushed is sent again: nothing is lost" {
	random_file sent 20000
	start_server --mode=ertm
	relay rate hci1 360000
	# Linux gives up after 3 times otherwise.
	status client --mode=ertm --flush-timeout=20 --max-transmit=0 --send=sent "$L2_HCI0"
	expect_statuses 0 0
	cmp sent server.out
	(($(relay count hci1 out flushed) > 0))
}
