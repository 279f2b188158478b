# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# shellcheck shell=bash
#
# What the laboratory's tests have in common. A test runs in a guest, with the air up
# (see air): the server is on hci0, the client on hci1. Each test has a folder of its
# own, $BATS_TEST_TMPDIR, and a failing one shows every file named *.err in it.
#
# Time costs nothing in user-mode Linux, but each program that is started takes some 10 ms:
# what runs before, after or again and again in a test starts none.

build=${L2_BUILD:-build}
[[ $build == /* ]] || build=$PWD/$build
l2server=$build/l2server
l2client=$build/l2client
laboratory=${BASH_SOURCE[0]%/*}
pipes=/tmp # the test's folder may be one that has none
peers=$laboratory/peers
json_events=$laboratory/../json_events.py
# shellcheck source=tests/lab/controllers.bash disable=SC1091
. "$laboratory/controllers.bash"

# No test hangs: what it waits for is ended. (BATS_TEST_TIMEOUT would do, but its sleep
# outlives the test and holds up the end of bats.) Generous, as machines are shared.
test_limit=${L2_TEST_LIMIT:-300}

start_watchdog() {
	local test=$BASHPID
	{
		pause "$test_limit"
		echo "no end within $test_limit s" >watchdog.err
		pkill -KILL -P "$test" -x 'l2server|l2client|python3|l2test|sleep'
	} </dev/null >/dev/null 2>&1 3>&- &
	watchdog=$!
}

# With V=1 each case is traced, and one that fails shows the last of what went over the air.
start_case_trace() {
	btmon --write case.btsnoop >/dev/null 3>&- &
	case_tracer=$!
}

show_case_trace() {
	kill "$case_tracer" 2>/dev/null || true
	btmon --read case.btsnoop 2>/dev/null | tail -n 300
}

setup() {
	begin_test
}

teardown() {
	end_test
}

begin_test() {
	cd "$BATS_TEST_TMPDIR" || return
	[[ ! ${L2_JSON-}${L2_OVER-} ]] || run_otherwise
	[[ ! ${L2_OVER-} ]] || le_air
	start_watchdog
	[[ ${V-} != 1 ]] || start_case_trace
	server_pid=''
	server_output=server.out
}

# With L2_JSON set every test runs the programs with --json, and fails when they tell
# anything but events that are as the manual has them. What a test looks for in their
# diagnostics it finds in the text that told makes of those.
# With L2_OVER=le or ecred the channels are over LE, in that mode, whichever --mode a test
# asks for.
run_otherwise() {
	local program script
	other_programs=$(mktemp -d)
	mkdir "$other_programs/plain"
	# Copies: ordinary users run them, too, and may not come to where they were built.
	cp "$l2server" "$l2client" "$other_programs/plain"
	for program in "$other_programs"/plain/*; do
		script=$other_programs/${program##*/}
		{
			echo '#!/bin/sh'
			[[ ! ${L2_OVER-} ]] || put_over_le
			printf 'exec %q %s "$@"\n' "$program" "${L2_JSON:+--json}"
		} >"$script"
	done
	chmod -R a+rx "$other_programs"
	l2server=$other_programs/l2server
	l2client=$other_programs/l2client
}

# The lines of a script that make its arguments those of LE.
put_over_le() {
	local options=--le
	[[ $L2_OVER == le ]] || options+=" --mode=$L2_OVER"
	cat <<-'END'
		for argument; do
			shift
			case $argument in
			--mode=*) ;;
			*) set -- "$@" "$argument" ;;
			esac
		done
	END
	echo "set -- $options \"\$@\""
}

# A case about what LE has not, or with a peer of its own that knows BR/EDR alone.
br_edr_alone() { # WHY
	[[ ! ${L2_OVER-} ]] || skip "not over LE: $1"
}

# manage N COMMAND...: btmgmt, which ends before it has an answer when its input ends.
manage() {
	local index=$1 open=$pipes/open
	shift
	[[ -p $open ]] || mkfifo "$open"
	btmgmt --index "$index" "$@" <>"$open"
}

is_advertising() {
	manage 0 info | grep 'current settings:.* advertising' >/dev/null
}

# LE is switched on, and hci0 advertises. Once that was switched off, btvirt never does again.
le_air() {
	over_le=1
	is_advertising && return
	switch_le_on
	is_advertising || unset_air
	is_advertising || switch_le_on
	is_advertising
}

# Debian's 6.1 has enhanced channels off until asked.
switch_le_on() {
	echo Y >/sys/module/bluetooth/parameters/enable_ecred
	manage 0 le on
	manage 1 le on
	manage 0 advertising on
}

# The kernel can pair over LE only when that was on as the adapter came up.
le_air_with_pairing() {
	[[ ! ${over_le-} ]] || unset_air
	over_le=''
	manage 0 le on
	manage 1 le on
	fresh_air
	le_air
}

# Controllers on which nothing was switched on that has to do with LE.
unset_air() {
	restart_btvirt
	over_le='' fresh_air
}

# No link is there, BR/EDR or LE: one that is not used any more goes down by itself.
no_links() {
	! compgen -G '/sys/class/bluetooth/hci*:*' >/dev/null
}

# Results that were asked for are events on standard output.
has_events() { # FILE
	[[ ${L2_JSON-} && ($1 == *.err || $(head -c 1 "$1" 2>/dev/null | tr -d '\0') == '{') ]]
}

# told FILE: the events in it as lines of text, whatever their form is; data as it is.
told() {
	if has_events "$1"; then
		"$json_events" text "$1"
	else
		cat "$1"
	fi
}

# A case about what only the text form has, such as a line of progress on a terminal.
text_alone() { # WHY
	[[ ! ${L2_JSON-} ]] || skip "$1"
}

# In a run with --json: that FILE has events alone. At a test's end it is asked of all that
# is there; files that the test writes again are asked before. $others_tell is set where
# scripts tell something of their own, too.
expect_events_alone() { # FILE
	local file=$1
	[[ ${L2_JSON-} ]] || return 0
	if [[ ${others_tell-} ]]; then
		file=events.json
		grep -a '^{' "$1" >"$file" || return 0
	fi
	"$json_events" check "$file"
}

expect_json_alone() {
	local file
	[[ ${L2_JSON-} ]] || return 0
	while read -r file; do
		expect_events_alone "$file" || return
	done < <(find . -name 'server*.err' -o -name 'client*.err' -o -name 'first.err' \
		-o -name 'info.err')
}

# A copy that setcap can mark and an ordinary user may run: the command is in $copy.
copy_for_nobody() { # PROGRAM
	local program=$1 name=${1##*/}
	# The one that speaks JSON is a script, whose marks mean nothing.
	[[ ! ${L2_JSON-} ]] || program=$other_programs/plain/$name
	chmod 755 .
	cp "$program" "$name"
	chmod 755 "$name"
	copy=("$PWD/$name" ${L2_JSON:+--json})
}

end_test() {
	local file process found=0
	for process in $(jobs -p); do
		kill -KILL "$process" 2>/dev/null || true
	done
	wait 2>/dev/null || true
	[[ ! ${other_programs-} ]] || rm -rf "$other_programs"
	[[ ! ${L2_RELAY-} ]] || relay calm || true
	if [[ ${BATS_TEST_COMPLETED-} ]]; then
		expect_no_word_of_valgrind && expect_json_alone && return
		found=1
	fi
	[[ ! ${L2_RELAY-} ]] || tail -n 5 "$L2_RELAY.log" >relay.err
	# What the failure left may not fail the next.
	fresh_air || true
	[[ ${V-} != 1 ]] || show_case_trace >hci-trace.err
	for file in *.err; do
		[[ -e $file ]] || continue
		echo "--- $file"
		if [[ $file == hci-trace.err ]]; then cat "$file"; else head -c 4000 "$file"; fi
	done
	return "$found"
}

# What it found is shown with the other *.err of a failing test.
expect_no_word_of_valgrind() {
	compgen -G '/tmp/valgrind.*.err' >/dev/null || return 0
	mv /tmp/valgrind.*.err . # from where any user's program may leave them
	expect "valgrind's findings" "$(cat valgrind.*.err)" ''
}

# start_server [OPTION...]: returns when it listens, with its number in $server_pid. Its
# output goes to $server_output, diagnostics to server.err. $as_user runs it as that user.
start_server() {
	local psm ready=$pipes/ready
	[[ -p $ready ]] || mkfifo "$ready"
	${as_user:+setpriv --reuid="$as_user" --clear-groups} \
		"$l2server" --ready-fd=9 "$@" >"$server_output" 2>server.err 9>"$ready" 3>&- 8>&- &
	server_pid=$!
	server_psm=''
	# A server that fails closes the pipe without a word.
	read -r psm <"$ready" || {
		echo "the server does not listen:"
		cat server.err
		return 1
	}
	server_psm=$psm
}

# pause SECONDS: waits without starting a program.
pause() {
	read -rt "$1" <>"$pipes/silence" || true
}

# wait_for WHAT COMMAND...: until COMMAND succeeds; the bound only ends what is lost.
wait_for() {
	local what=$1 deadline=$((SECONDS + ${wait_limit:-60}))
	shift
	until "$@"; do
		((SECONDS < deadline)) || {
			echo "waited for $what in vain"
			return 1
		}
		pause 0.02
	done
}

# Sets text to what FILE holds up to a byte 0, to nothing where there is no FILE.
read_text() { # FILE
	text=''
	[[ ! -e $1 ]] || IFS= read -r -d '' text <"$1" || true
}

# start_peer OUTPUT COMMAND...: in the background, its number in $!. A line of the peer
# before, in the same OUTPUT, is not there to be taken for this one's.
start_peer() {
	local output=$1
	shift
	rm -f "$output"
	"$@" >"$output" 2>>"${output%.out}.err" 3>&- 8>&- &
}

# Whether the diagnostics in FILE have TEXT.
has_line() { # TEXT FILE
	local text
	if has_events "$2"; then
		told "$2" 2>/dev/null | grep -F -- "$1" >/dev/null
		return
	fi
	read_text "$2"
	[[ $text == *"$1"* ]]
}

wait_for_line() { # TEXT FILE
	is_told() { has_line "$1" "$2"; }
	wait_for "'$1' in $2" is_told "$1" "$2"
}

# COUNT SDUs of random sizes from 0 to 672 and random bytes, as hex.
random_sdus() { # COUNT
	python3 - "$1" <<'END'
import random
import sys

random.seed(20261123)
for _ in range(int(sys.argv[1])):
    print(random.randbytes(random.randint(0, 672)).hex())
END
}

wait_for_size() { # BYTES FILE
	perl -e 'alarm $ARGV[2];
		select undef, undef, undef, 0.01 until (-s $ARGV[1] // 0) >= $ARGV[0]' \
		"$1" "$2" "${wait_limit:-60}" || {
		echo "waited for $1 bytes in $2 in vain"
		return 1
	}
}

wait_for_state() { # STATE PID: as in /proc/PID/stat, S sleeping, T stopped
	is_in_state() {
		local state
		read -r _ _ state _ <"/proc/$2/stat" && [[ $state == "$1" ]]
	}
	wait_for "state $1 of process $2" is_in_state "$1" "$2"
}

# Whether a socket waits for an answer from this PSM, which the kernel shows in debugfs only,
# as state 5 (BT_CONNECT): ADDRESS (TYPE) ADDRESS (TYPE) STATE PSM ... With state 6
# (BT_CONNECT2): whether one waits to be authorised.
is_connecting() { # PSM [STATE]
	local channels=/sys/kernel/debug/bluetooth/l2cap state psm
	[[ -e $channels ]] || mount -t debugfs debugfs /sys/kernel/debug
	while read -r _ _ _ _ state psm _; do
		[[ $state-$psm != "${2-5}-$1" ]] || return 0
	done <"$channels"
	return 1
}

# client [OPTION...] ARGUMENT...: from hci1, diagnostics to client.err.
client() {
	"$l2client" --adapter=hci1 "$@" 2>>client.err 3>&-
}

# status COMMAND...: runs it, its status in $status whatever it is.
status() {
	status=0
	"$@" || status=$?
}

# The server's own status, in $server_status.
wait_for_server() {
	server_status=0
	wait "$server_pid" || server_status=$?
}

# A client in the background that sends without limit, and a server that has some of it.
start_endless_transfer() { # MODE [SERVER-OPTION...]
	local mode=$1
	shift
	start_server --mode="$mode" "$@"
	"$l2client" --adapter=hci1 --mode="$mode" "${client_options[@]}" "$L2_HCI0" \
		</dev/zero 2>client.err 3>&- &
	client_pid=$!
	wait_for_size 100000 "$server_output"
}

wait_for_client() {
	status=0
	wait "$client_pid" || status=$?
}

expect() { # WHAT GOT WANTED
	[[ $2 == "$3" ]] || {
		echo "$1: $2 instead of $3"
		return 1
	}
}

expect_statuses() { # SERVER CLIENT: after status client ...
	wait_for_server
	expect "client's status" "$status" "$2"
	expect "server's status" "$server_status" "$1"
}

expect_line() { # TEXT FILE
	has_line "$1" "$2" || {
		echo "no '$1' in $2:"
		cat "$2"
		return 1
	}
}

# With keys and displays that the two adapters say they have: 1 for numbers and yes or no,
# 3 for none.
let_pair() { # IO-CAPABILITY
	local adapter
	for adapter in 0 1; do
		manage $adapter ssp on
		manage $adapter io-cap "$1"
		manage $adapter pairable on
	done
}

# Somebody at each machine who answers what pairing asks, after half a second: a channel that
# is up before must not be used before.
start_agent() { # yes|no
	start_peer agent.out python3 "$peers/confirm_pairing.py" "$1" 0.5
	wait_for_line ready agent.out
}

# The arguments before "--" in $before, those after it in $after.
split_arguments() {
	before=()
	while [[ $1 != -- ]]; do
		before+=("$1")
		shift
	done
	after=("${@:2}")
}

# secure_crosses WHAT [SERVER-OPTION...] -- [CLIENT-OPTION...]: data crosses, and who asked
# reports what was reached. The channel is held: of one that is closed the kernel tells nothing.
secure_crosses() {
	local what=$1 server_options=()
	shift
	split_arguments "$@"
	server_options=("${before[@]}")
	set -- "${after[@]}"
	rm -f client.err
	start_server "${server_options[@]}"
	status client --hold=1 "$@" "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect output "$(cat server.out)" 'hello!!'
	[[ ${server_options[*]} != *security* ]] || expect_line "$what" server.err
	[[ $* != *security* ]] || expect_line "$what" client.err
}

# within SECONDS COMMAND...: fails when COMMAND takes longer, by the clock; where programs
# run slowly (see valgrind), $L2_SLOWNESS times as long.
within() {
	local limit=$(($1 * ${L2_SLOWNESS:-1})) start=$EPOCHREALTIME
	shift
	"$@"
	awk -v start="$start" -v now="$EPOCHREALTIME" -v limit="$limit" 'BEGIN {
		if (now - start <= limit) exit 0
		print "took " now - start " s instead of at most " limit " s"
		exit 1
	}'
}

random_file() { # FILE BYTES
	head -c "$2" /dev/urandom >"$1"
}

controllers_gone() {
	[[ ! -e /sys/class/bluetooth/hci0 && ! -e /sys/class/bluetooth/hci1 ]]
}

restart_btvirt() {
	pkill -KILL -x btvirt
	wait_for "the controllers to be gone" controllers_gone
	start_controllers btvirt.err 4>&- 5>&-
	wait_for "new controllers" controllers_there
}

switch_adapters_on() {
	hciconfig hci0 up piscan && hciconfig hci1 up piscan
}

# The adapters know nothing of one another's resets, so each must forget its links. btvirt
# never advertises again after a reset, and sometimes does not answer after its adapter was
# taken down in the middle of a transfer.
fresh_air() {
	local adapter
	[[ ! ${over_le-} ]] || restart_btvirt
	for adapter in hci0 hci1; do
		hciconfig "$adapter" down || true
	done
	switch_adapters_on || {
		restart_btvirt
		switch_adapters_on
	}
	[[ ! ${over_le-} ]] || switch_le_on
}

# A third controller, hci2, whose clients are another program. btvirt has one link of
# BR/EDR to each controller at a time.
start_third_controller() {
	local tries
	[[ ! ${L2_RELAY-} ]] || skip "the relay plays two controllers"
	for tries in 1 2 3 4 5; do
		pkill -KILL -x btvirt
		wait_for "no controllers" controllers_gone
		btvirt -l3 >btvirt.err 2>&1 3>&- 8>&- &
		disown
		# The number of one that has gone may still be taken: then there is an hci3.
		wait_limit=5 wait_for "three controllers" controllers_there hci0 hci1 hci2 && break
	done
	over_le='' fresh_air
	hciconfig hci2 up piscan
}

# After the controllers were made to vanish.
start_btvirt() {
	wait_for "the controllers to be gone" controllers_gone
	start_controllers btvirt.err
	wait_for "new controllers" controllers_there
	fresh_air
}

# relay COMMAND...: tells the relay (see README.md), prints its answer.
relay() {
	"$relay_program" tell "$L2_RELAY" "$@"
}

# wait_for_count NUMBER hciN in|out WHAT: until the relay counts so many, or more.
wait_for_count() {
	local number=$1
	shift
	has_counted() { (($(relay count "$@") >= number)); }
	wait_for "$* to be $number" has_counted "$@"
}

# What goes over the air from here on, for trace.
start_trace() {
	rm -f trace.btsnoop
	btmon --write trace.btsnoop >/dev/null 3>&- 8>&- &
	tracer_pid=$!
	wait_for_size 100 trace.btsnoop # it has told of the adapters
}

# Prints what went over the air, as btmon does. What btmon has not read when it ends is not
# told: so it must have come as far as a command that stands for the end. A busy btmon may
# miss one.
trace() {
	has_end() {
		hcitool -i hci0 cmd 0x3f 0 74 72 61 63 65 2d 65 6e 64 >hcitool.txt 2>&1 || return 0
		grep -qa trace-end trace.btsnoop
	}
	wait_for "the end of the trace" has_end >&2
	kill "$tracer_pid"
	wait "$tracer_pid" || true
	btmon --read trace.btsnoop
}

cut_link() {
	local handle
	if [[ ! ${L2_OVER-} ]]; then
		hcitool -i hci1 dc "$L2_HCI0"
		return
	fi
	handle=$(hcitool -i hci1 con | sed -n 's/.* LE .* handle \([0-9]*\) .*/\1/p')
	hcitool -i hci1 ledc "$handle"
}
