# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Each end is held up after each of its system calls, one at a time, or the call fails: no
# end may say 0 when not all is there.
#
#   L2_HOLDS     milliseconds of the hold-ups (default: 300), or errors (EIO); 0: none
#   L2_PAYLOADS  bytes to send (default: 7)
load lab

holds=${L2_HOLDS:-300}
payloads=${L2_PAYLOADS:-7}

# The calls that an end makes from its first socket on, as "CALL NUMBER", from strace's report;
# time is asked for again and again, next to others.
points() { # REPORT
	awk -F'(' '
		{ count[$1]++ }
		/AF_BLUETOOTH/ { begun = 1 }
		begun && $1 ~ /^[a-z0-9_]+$/ && $1 !~ /^(clock_gettime|exit_group|mmap|munmap|brk)$/ {
			print $1, count[$1]
		}' "$1"
}

# try END STRACE-OPTIONS OPTIONS: one transfer, with END under strace; sets server_status and
# status, the client's. Neither waits forever.
try() {
	local injected=$2 options=$3 held=(strace -o "$1.txt") server=() client=()
	# shellcheck disable=SC2206 # words
	held+=($injected)
	[[ $1 == server ]] && server=("${held[@]}") || client=("${held[@]}")
	rm -f output output.* server.err client.err
	# shellcheck disable=SC2086
	"${server[@]}" "$l2server" --accept-timeout=20 --idle-timeout=60 --ready-fd=9 \
		$options $server_options >server.out 2>server.err 9>"$pipes/ready" 3>&- &
	server_pid=$!
	server_psm=''
	read -r server_psm <"$pipes/ready" || true
	status=none
	# shellcheck disable=SC2086
	[[ ! $server_psm ]] || status "${client[@]}" "$l2client" --adapter=hci1 --connect-timeout=20 \
		--idle-timeout=60 $options $client_options "$L2_HCI0" </dev/null >answer 2>client.err 3>&-
	if [[ $server_options == *keep-open* ]]; then
		has_served() { has_line 'received' server.err || ! kill -0 "$server_pid" 2>/dev/null; }
		[[ $status != 0 ]] || wait_for "the end of the connection" has_served
		pkill -TERM -x l2server || true
	fi
	wait_for_server
	mv output.[0-9]* output 2>/dev/null || true # it may have come at the second try
}

# What must be true after each: held up, no end says 0 without the data; where a call fails
# one of them says so (an end that fails closes, which looks like a good end to the other).
expect_truth() { # WHAT
	cmp -s sent output && return
	if [[ $1 == *error=* ]]; then
		[[ $server_status == 0 && $status == 0 ]] || return 0
	else
		[[ $server_status == 0 || $status == 0 ]] || return 0
	fi
	echo "$1: server $server_status, client $status, and $(stat -c %s output 2>&1) bytes"
	cat server.err client.err
	return 1
}

# hold_up OPTIONS: at every point of either end.
hold_up() {
	local options=$1 end call number hold what runs=0 zeros=0
	[[ -p $pipes/ready ]] || mkfifo "$pipes/ready"
	for payload in $payloads; do
		random_file sent "$payload"
		for end in server client; do
			try $end '' "$options"
			expect "statuses without a hold-up" "$server_status $status" "${ends_with:-0} 0"
			cmp sent output
			points $end.txt >points.$end
			while read -r call number; do
				for hold in $holds; do
					what=error=$hold
					[[ $hold != [0-9]* ]] || what=delay_exit=${hold}000
					try $end "-e trace=$call -e inject=$call:$what:when=$number" "$options"
					runs=$((runs + 1))
					[[ $status != 0 || $server_status != 0 ]] || zeros=$((zeros + 1))
					expect_truth "$end, $call $number, $what, $payload bytes, $options" || return
				done
			done <points.$end
		done
	done
	echo "# $options: $runs runs, $zeros whole" >&3
}

server_options=--output=output
client_options=--send=sent

@test "hold-ups in mode auto" {
	hold_up ''
}

all_are_wanted() {
	[[ ${L2_HOLDS-} ]] || skip 'make check-holdups'
}

@test "hold-ups in mode basic" {
	all_are_wanted
	hold_up --mode=basic
}

@test "hold-ups over LE" {
	all_are_wanted
	le_air
	hold_up --le
}

@test "hold-ups with a command" {
	all_are_wanted
	printf '#!/bin/sh\ncat >output.new && mv output.new output\n' >take
	chmod +x take
	server_options=--exec=./take
	hold_up ''
}

@test "hold-ups of who receives" {
	all_are_wanted
	server_options=--send=sent
	client_options='--receive --output=output'
	hold_up ''
}

@test "hold-ups with --keep-open" {
	all_are_wanted
	server_options='--keep-open --output=output.%n'
	ends_with=143
	hold_up ''
}
