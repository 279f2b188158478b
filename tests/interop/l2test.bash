# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# shellcheck shell=bash
#
# What the cases of l2test.bats have in common. What l2test reports is in theirs.err, what
# ours reports, as JSON, in ours.err; run1 and run2 are what the two runs came to.
#
# In a guest under TCG, starting a program takes some 0.1 s and more: what is looked at again
# and again is looked at by the shell itself. bats runs a trap before each command, in
# functions too, which takes 10 ms there: not in those that row has been called before.

table=$BATS_TEST_DIRNAME/l2test.md
modes=$build/l2test_modes.so

# --- the rows and their programs ------------------------------------------------------

# Sets their_row and our_row to the commands of the case's row.
row() {
	local line cell=''
	set +T
	while IFS= read -r line; do
		[[ $line != "| \`$BATS_TEST_DESCRIPTION\` | "* ]] || cell=${line#*' | '}
	done <"$table"
	[[ $cell ]]
	cell=${cell%%' | '*}
	cell=${cell//\`/}
	cell=${cell//'\|'/|}
	our_row=${cell//ADDR/$L2_HCI0}
	their_row=${BATS_TEST_DESCRIPTION/ADDR/$L2_HCI0}
	# l2test of BlueZ 5.66 reads hexadecimal numbers as 0.
	while [[ $their_row =~ 0x[0-9A-F]+ ]]; do
		their_row=${their_row/"${BASH_REMATCH[0]}"/$((BASH_REMATCH[0]))}
	done
}

expect_no_counterpart() {
	expect "the row's counterpart" "$our_row" none
}

# in_mode MODE [off]: the options for it, and for frames without check sums.
in_mode() {
	their_mode='' our_mode=--mode=$1
	[[ $1 == basic ]] || their_mode="-X $1"
	[[ ${2-} != off ]] || their_mode+=' -F 0' our_mode+=' --fcs=off'
}

# Each command is a process group (set -m), so that what it forks ends with it. It opens its
# files in the background: what another one has told before must be gone by then, otherwise it is
# taken for this one's.
start_theirs() { # COMMAND, a string without quotes
	: >theirs.err
	set -m
	# shellcheck disable=SC2086
	LD_PRELOAD=$modes $1 >theirs.err 2>&1 3>&- 8>&- &
	theirs_pid=$!
	set +m
}

end_theirs() {
	kill -KILL -- "-$theirs_pid"
	wait "$theirs_pid" 2>/dev/null || true
	# Its children have its socket.
	are_gone() { ! kill -0 -- "-$theirs_pid" 2>/dev/null; }
	wait_for "the end of l2test" are_gone
}

# What it reports without limit grows faster than the shell reads: it would never be read.
pause_theirs() {
	kill -STOP -- "-$theirs_pid"
	wait_for_state T "$theirs_pid"
}

wait_for_theirs() { # STATUS
	status=0
	wait "$theirs_pid" || status=$?
	expect "l2test's status" "$status" "$1"
}

start_ours() { # COMMAND, as in a shell
	local command=${1//l2server /l2server --json }
	command=${command//l2client /l2client --json }
	# One program takes the place of the shell, and its signals.
	[[ $command != l2* || $command == *' | '* ]] || command="exec $command"
	ours_began=$EPOCHREALTIME
	: >ours.out
	: >ours.err
	set -m
	[[ $PATH == "${l2server%/*}":* ]] || PATH=${l2server%/*}:$PATH
	eval "$command" >ours.out 2>ours.err 3>&- 8>&- &
	ours_pid=$!
	set +m
}

end_ours() {
	kill -TERM -- "-$ours_pid"
	wait_for_ours 143
}

wait_for_ours() { # STATUS
	status=147 # that a job was stopped, which wait tells once
	while ((status == 147)); do
		status=0
		wait "$ours_pid" || status=$?
	done
	expect "status of ours" "$status" "$1"
}

listen_theirs() { # COMMAND
	start_theirs "$1"
	wait_for_text 'Waiting for connection' theirs.err
}

listen_ours() { # COMMAND
	start_ours "$1"
	wait_for_text '"listening"' ours.err
}

# A server of ours that was too busy to let its client in sends it away (see tests/README.md).
# l2test does not try again by itself.
connect_theirs() { # COMMAND
	local try
	is_decided() {
		has_text '"connected"' ours.err || has_lines "$try" 'too busy' ours.err
	}
	for try in 1 2 3 4 5; do
		start_theirs "$1"
		wait_for "a channel" is_decided
		! has_text '"connected"' ours.err || return 0
		end_theirs
	done
	return 1
}

# --- what they tell ---------------------------------------------------------------------

has_text() { # TEXT FILE
	local text
	IFS= read -r -d '' text 2>/dev/null <"$2" || true
	[[ $text == *"$1"* ]]
}

# As wait_for_line, without a program for each look.
wait_for_text() { # TEXT FILE
	wait_for "'$1' in $2" has_text "$1" "$2"
}

has_lines() { # NUMBER TEXT FILE
	local line count=0
	while IFS= read -r line; do
		[[ $line != *"$2"* ]] || count=$((count + 1))
	done <"$3"
	((count >= $1))
}

wait_for_lines() { # NUMBER TEXT FILE
	wait_for "$1 times '$2' in $3" has_lines "$@"
}

# value_of EVENT FIELD: of the last such event of ours.
value_of() {
	local line value=''
	while IFS= read -r line; do
		[[ $line == *"\"event\":\"$1\""* && $line =~ \"$2\":(\"([^\"]*)\"|([^,}]*)) ]] &&
			value=${BASH_REMATCH[2]}${BASH_REMATCH[3]}
	done <ours.err
	echo "$value"
}

# FROM and TO are seconds with six digits after the point.
expect_elapsed() { # FROM TO MILLISECONDS
	((${2/./} - ${1/./} >= $3 * 1000)) || {
		echo "from $1 to $2 is less than $3 ms"
		return 1
	}
}

# How long the channel of ours was up.
expect_lasted() { # MILLISECONDS
	expect_elapsed "$(value_of connected time_s)" "$(value_of closed time_s)" "$1"
}

# their_option NAME: of the options that l2test reports of its channel.
their_option() {
	local text
	IFS= read -r -d '' text <theirs.err || true
	[[ $text =~ Options\ \[.*$1\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# What l2test -r and -u have counted; they tell it once they have an SDU's worth of it.
their_bytes() {
	local line sum=0
	while IFS= read -r line; do
		[[ ! $line =~ ([0-9]+)\ bytes\ in\  ]] || sum=$((sum + BASH_REMATCH[1]))
	done <theirs.err
	echo "$sum"
}

wait_for_their_bytes() { # BYTES
	they_have() { (($(their_bytes) >= $1)); }
	wait_for "$1 bytes in theirs.err" they_have "$1"
}

# BlueZ writes it "missmatch", Debian's "mismatch".
mismatches() { # FILE
	grep -E 'miss?match' "$1"
}

expect_no_mismatch() {
	expect "what l2test found wrong" "$(mismatches theirs.err)" ''
}

# What l2test -d, -x and -y have printed, each SDU a line of hexadecimal pairs.
their_hex() {
	local line data sdu=''
	while IFS= read -r line; do
		if [[ $line == *': Received '* ]]; then
			[[ ! $sdu ]] || echo "$sdu"
			sdu=''
		elif [[ $line =~ ^[0-9a-f]{8}:\  ]]; then
			data=${line:10:48}
			sdu+=${data// /}
		fi
	done <theirs.err
	echo "$sdu"
}

our_hex() {
	local text
	IFS= read -r -d '' text <ours.out || true
	printf '%s' "$text"
}

wait_for_hex() { # WHOSE TEXT
	is_printed() { [[ $("$1") == "$2" ]]; }
	wait_for "all SDUs as $1" is_printed "$1" "$2"
}

# NUMBER numbered SDUs of SIZE bytes, as hexadecimal lines.
numbered_hex() {
	local i filling
	printf -v filling '%*s' $(($2 - 6)) ''
	for ((i = 0; i < $1; i++)); do
		printf '%02x000000%02x%02x%s\n' "$i" $(($2 % 256)) $(($2 / 256)) "${filling// /7f}"
	done
}

# --- the two runs -------------------------------------------------------------------------

start_runs() {
	row
	run=1
}

# note TEXT...: a line of what the run came to.
note() {
	echo "$*" >>"run$run"
}

# Sets in_mtu, out_mtu, mode, and the channel identifiers here and there, as l2test reports
# them of its end.
read_their_channel() {
	local line names=([0]=${over_le:+le} [3]=ertm [4]=streaming)
	[[ ${names[0]} ]] || names[0]=basic
	while IFS= read -r line; do
		if [[ $line =~ imtu\ ([0-9]+),\ omtu\ ([0-9]+),.*\ mode\ ([0-9]+), ]]; then
			in_mtu=${BASH_REMATCH[1]} out_mtu=${BASH_REMATCH[2]}
			mode=${names[${BASH_REMATCH[3]}]}
		elif [[ $line =~ psm\ [0-9]+,\ ([ds])cid\ ([0-9]+) ]]; then
			[[ ${BASH_REMATCH[1]} == d ]] && there=${BASH_REMATCH[2]} || here=${BASH_REMATCH[2]}
		fi
	done <theirs.err
}

# Both ends must tell the same channel: what is incoming at one is outgoing at the other.
note_channel() { # whose the row's end is in this run: theirs, ours
	local in_mtu out_mtu mode here there
	wait_for_text 'Options [' theirs.err
	wait_for_text '"connected"' ours.err
	read_their_channel
	expect "our incoming MTU" "$(value_of connected incoming_mtu_bytes)" "$out_mtu"
	expect "our outgoing MTU" "$(value_of connected outgoing_mtu_bytes)" "$in_mtu"
	expect "our mode" "$(value_of connected mode)" "$mode"
	expect "our channel" "$(value_of connected source_cid)" "$there"
	# Of a peer that is gone already the kernel does not say it.
	[[ $(value_of connected destination_cid) == null ]] ||
		expect "the other channel" "$(value_of connected destination_cid)" "$here"
	[[ $1 == theirs ]] || note "MTU $out_mtu in, $in_mtu out"
	[[ $1 == ours ]] || note "MTU $in_mtu in, $out_mtu out"
	note "$mode, FCS $(value_of connected fcs)"
}

# Listening rows, which are about modes, are compared on the air, too.
start_tracing() {
	rm -f trace.btsnoop # that of the run before would be taken for this one's
	btmon --write trace.btsnoop >/dev/null 3>&- &
	tracer_pid=$!
}

# It has told of this machine, and so sees what comes.
wait_for_tracer() {
	is_tracing() {
		local parts
		mapfile -d '' -t parts 2>/dev/null <trace.btsnoop
		[[ ${parts[*]} == *'Linux version'* ]]
	}
	wait_for "btmon" is_tracing
}

# Adds what hci0 asked for to what each run came to: a line for each different Configure
# Request. hci1 makes one connection a run.
note_configuration() {
	trace >trace.txt
	awk '
		function finish() {
			if (text != "" && !seen[run, text]++) print text >>("run" run)
			text = ""
		}
		/^[<>=@]/ { finish(); inside = 0; sent = /^</ ? $0 : "" }
		/^ +L2CAP: Connection Request/ && index(sent, "[hci1]") { run++ }
		/^ +L2CAP: / {
			finish()
			inside = /Configure Request/ && index(sent, "[hci0]")
			if (inside) text = "asked:"
			next
		}
		inside && !/ CID:/ { sub(/^ +/, ""); text = text " " $0 ";" }
		END { finish() }' trace.txt
	has_text 'asked: ' run1 || {
		echo "btmon shows no Configure Request of the first run"
		return 1
	}
}

compare_runs() {
	diff run1 run2 >runs.err || {
		echo "l2test's command (<) and ours (>) came to different things: see runs.err"
		return 1
	}
}

# --- what rows of one kind do, in two runs ------------------------------------------------

# -r: 20 numbered SDUs.
receives() { # MODE [off] [SIZE]
	local size=${3:-672}
	in_mode "$@"
	start_runs
	start_tracing
	listen_theirs "$their_row"
	wait_for_tracer
	start_ours "l2client $our_mode --generate=20 --hold=86400 $L2_HCI0:4113"
	wait_for_their_bytes $((20 * size))
	note_channel theirs
	note "$(their_bytes) bytes received"
	expect_no_mismatch
	end_ours
	expect "SDUs sent" "$(value_of summary sdus_sent)" 20
	end_theirs

	run=2
	listen_ours "$our_row"
	connect_theirs "l2test -s -N 20 -b $size -P 4113 $their_mode $L2_HCI0"
	wait_for_theirs 0
	wait_for_text '"summary"' ours.err
	note_channel ours
	note "$(value_of summary bytes_received) bytes received"
	expect "good SDUs" "$(value_of verified sdus_good)" 20
	expect "the connection's status" "$(value_of summary status)" 0
	end_ours
	note_configuration
	compare_runs
}

# -d: prints 3 numbered SDUs.
dumps() { # MODE [off]
	local sdus
	sdus=$(numbered_hex 3 40)
	in_mode "$@"
	start_runs
	start_tracing
	listen_theirs "$their_row"
	wait_for_tracer
	start_ours "l2client $our_mode --generate=3 --sdu-size=40 --hold=86400 $L2_HCI0:4113"
	wait_for_hex their_hex "$sdus"
	note_channel theirs
	note "$(their_hex)"
	end_ours
	end_theirs

	run=2
	listen_ours "$our_row"
	connect_theirs "l2test -s -N 3 -b 40 -P 4113 $their_mode $L2_HCI0"
	wait_for_theirs 0
	wait_for_text '"summary"' ours.err
	note_channel ours
	note "$(our_hex)"
	expect "the connection's status" "$(value_of summary status)" 0
	end_ours
	note_configuration
	compare_runs
}

# In ERTM Linux acknowledges what it has received after 200 ms at the latest; nothing
# knows of it but the air. A peer that is gone before has not told that it had all. In
# streaming, ours knows that the peer has kept to the mode 100 ms after it connected (T2).
wait_for_acknowledgement() {
	[[ $mode == basic ]] || sleep 1
}

# -x: sends some SDUs, then prints 2; the other end closes.
sends_then_dumps() { # NUMBER MODE [off] [MILLISECONDS]
	local sent printed mode=$2 least_ms=${4:-0}
	sent=$(numbered_hex "$1" 672)
	printed=$(numbered_hex 2 672)
	shift
	in_mode "$@"
	start_runs
	start_tracing
	listen_theirs "$their_row"
	wait_for_tracer
	start_ours "l2client $our_mode --generate=2 --receive --format=hex $L2_HCI0:4113"
	wait_for_hex our_hex "$sent"
	wait_for_hex their_hex "$printed"
	note_channel theirs
	note "$(our_hex)" "$(their_hex)"
	wait_for_acknowledgement
	end_theirs
	wait_for_ours 0
	expect_lasted "$least_ms"

	run=2
	listen_ours "$our_row"
	connect_theirs "l2test -y -N 2 -P 4113 $their_mode $L2_HCI0"
	wait_for_hex their_hex "$sent"
	wait_for_hex our_hex "$printed"
	note_channel ours
	note "$(their_hex)" "$(our_hex)"
	wait_for_acknowledgement
	end_theirs
	wait_for_text '"summary"' ours.err
	expect "the connection's status" "$(value_of summary status)" 0
	expect_lasted "$least_ms"
	end_ours
	note_configuration
	compare_runs
}

# Our row at its work, with the channel held open until l2test has read all: by the row
# itself, or until it is ended.
start_our_row_and_hold() {
	case $our_row in
	*--hold=*) start_ours "$our_row" ;;
	*) start_ours "${our_row/l2client /l2client --hold=86400 }" ;;
	esac
}

end_our_row() {
	case $our_row in
	*--hold=*) wait_for_ours 0 ;;
	*) end_ours ;;
	esac
}

# -s: numbered SDUs.
sends() { # NUMBER SIZE [MILLISECONDS]
	local least_ms=${3:-0}
	start_runs
	listen_ours "l2server --psm=4113 --mode=basic --verify --discard"
	start_theirs "$their_row"
	wait_for_theirs 0
	wait_for_ours 0
	note_channel theirs
	note "$(value_of summary sdus_received) SDUs, $(value_of summary bytes_received) bytes"
	expect "good SDUs" "$(value_of verified sdus_good)" "$1"
	expect_lasted "$least_ms"

	run=2
	listen_theirs "l2test -r -P 4113"
	start_our_row_and_hold
	wait_for_their_bytes $(($1 * $2))
	end_our_row
	note_channel ours
	note "$(value_of summary sdus_sent) SDUs, $(their_bytes) bytes"
	expect_no_mismatch
	expect_lasted "$least_ms"
	end_theirs
	compare_runs
}

lengths() {
	local line
	while IFS= read -r line; do echo ${#line}; done
}

# The same for what has no numbers; NOTED, cat or lengths, is what is compared of the SDUs.
sends_text() { # NOTED [MILLISECONDS]
	local as_long
	start_runs
	listen_ours "l2server --psm=4113 --mode=basic --format=hex"
	start_theirs "$their_row"
	wait_for_theirs 0
	wait_for_ours 0
	note_channel theirs
	expect_lasted "${2:-0}"
	note "$("$1" <ours.out)"
	as_long=$(lengths <ours.out)

	run=2
	listen_theirs "l2test -d -P 4113"
	start_our_row_and_hold
	their_lengths() { their_hex | lengths; }
	wait_for_hex their_lengths "$as_long"
	end_ours
	note_channel ours
	note "$(their_hex | "$1")"
	# The pause is that of what is piped into it, which starts with it.
	expect_elapsed "$ours_began" "$(value_of closed time_s)" "${2:-0}"
	end_theirs
	compare_runs
}
