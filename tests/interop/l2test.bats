# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Each row of l2test.md: l2test's command with ours at the other end, then ours in its place
# with l2test at the other end. What the two runs came to must be the same.
#
# A case's name is the row's l2test command, and the commands are taken from there;
# tests/docs/options-agree sees to it that each row has a case.
load ../lab/lab
load l2test.bash

# --- listening rows -----------------------------------------------------------------------

@test "l2test -w -P 4113" {
	start_runs
	listen_theirs "$their_row"
	start_ours "l2client --mode=basic --receive --verify $L2_HCI0:4113 </dev/null"
	wait_for_size 50000 ours.out
	note_channel theirs
	end_theirs
	wait_for_ours 0
	expect "SDUs that are not good" \
		$(($(value_of verified sdus) - $(value_of verified sdus_good))) 0

	run=2
	listen_ours "$our_row"
	start_theirs "l2test -u -P 4113 $L2_HCI0"
	wait_for_size 20000 theirs.err
	pause_theirs
	note_channel ours
	# Later ones find its receive buffer full, as it reads more slowly than they come.
	IFS= read -r -N 2000 first <theirs.err
	[[ ! $first =~ miss?match ]]
	end_theirs
	wait_for_text '"summary"' ours.err
	expect "the connection's status" "$(value_of summary status)" 4
	end_ours
	compare_runs
}

@test "l2test -r -P 4113" {
	receives basic
}

@test "l2test -d -P 4113" {
	dumps basic
}

@test "l2test -r -X ertm -P 4113" {
	receives ertm
}

@test "l2test -r -X streaming -P 4113" {
	receives streaming
}

@test "l2test -r -X ertm -P 4113 -F 0" {
	receives ertm off
}

@test "l2test -x -X ertm -P 4113 -F 0 -N 1" {
	sends_then_dumps 1 ertm off
}

@test "l2test -x -X ertm -P 4113 -N 1" {
	sends_then_dumps 1 ertm
}

@test "l2test -x -X ertm -P 4113 -N 1 -Q 1" {
	sends_then_dumps 1 ertm
}

@test "l2test -x -X ertm -P 4113 -N 2" {
	sends_then_dumps 2 ertm
}

@test "l2test -x -X ertm -P 4113 -D 2000 -N 2" {
	sends_then_dumps 2 ertm on 2000
}

@test "l2test -x -X ertm -P 4113 -N 3 -Y 3" {
	sends_then_dumps 3 ertm
}

@test "l2test -d -X ertm -P 4113" {
	dumps ertm
}

@test "l2test -x -X streaming -P 4113 -F 0 -N 1" {
	sends_then_dumps 1 streaming off
}

@test "l2test -d -X streaming -P 4113 -F 0" {
	dumps streaming off
}

@test "l2test -d -X streaming -P 4113" {
	dumps streaming
}

@test "l2test -x -X streaming -P 4113 -N 2" {
	sends_then_dumps 2 streaming
}

@test "l2test -x -X streaming -P 4113 -N 3 -Y 3" {
	sends_then_dumps 3 streaming
}

@test "l2test -t -P 4113 -N 20 -g 2000" {
	start_runs
	listen_theirs "$their_row"
	start_ours "l2client --mode=basic --generate=20 --receive --verify $L2_HCI0:4113"
	wait_for_ours 0
	note_channel theirs
	note "$(their_bytes) bytes received, $(value_of verified sdus_good) good SDUs sent"
	expect_no_mismatch
	end_theirs

	run=2
	listen_ours "$our_row"
	start_theirs "l2test -q -P 4113 -N 20 -g 60000 $L2_HCI0"
	wait_for_text '"summary"' ours.err
	note_channel ours
	note "$(value_of summary bytes_received) bytes received," \
		"$(($(their_bytes) / 672)) good SDUs sent"
	expect_no_mismatch
	expect "good SDUs" "$(value_of verified sdus_good)" 20
	expect "the connection's status" "$(value_of summary status)" 0
	end_theirs
	end_ours
	compare_runs
}

@test "l2test -r -I 1000 -P 4113" {
	receives basic on 1000
}

@test "l2test -r -X ertm -Z 8 -P 4113" {
	receives ertm
}

# What hci0 accepts the link as; the virtual controllers do not change roles.
note_role() {
	trace >trace.txt
	note "$(grep -A2 '(0x01|0x0009) plen' trace.txt | grep -o 'Role: .*')"
}

# The first link on a fresh air each time, as one that is there keeps its roles.
@test "l2test -r -M -P 4113" {
	fresh_air
	start_runs
	start_tracing
	listen_theirs "$their_row"
	wait_for_tracer
	start_ours "l2client --mode=basic --generate=20 --hold=86400 $L2_HCI0:4113"
	wait_for_their_bytes 13440
	note_channel theirs
	end_ours
	end_theirs
	note_role

	run=2
	fresh_air
	start_tracing
	listen_ours "$our_row"
	wait_for_tracer
	start_theirs "l2test -s -P 4113 -N 20 $L2_HCI0"
	wait_for_theirs 0
	wait_for_text '"summary"' ours.err
	note_channel ours
	end_ours
	note_role
	compare_runs
	expect_line 'Role: Central' run1
}

@test "l2test -r -W 3 -P 4113" {
	row
	expect_no_counterpart
	listen_theirs "$their_row"
	begin=$EPOCHREALTIME
	start_ours "l2client --mode=basic --generate=20 --hold=86400 $L2_HCI0:4113"
	wait_for_their_bytes 13440
	expect_elapsed "$begin" "$(value_of connected time_s)" 2000
	end_ours
	end_theirs

	listen_ours "l2server --psm=4113 --mode=basic --verify --discard"
	kill -STOP "$ours_pid"
	start_theirs "l2test -s -P 4113 -N 20 $L2_HCI0"
	sleep 1
	expect "what l2test says" "$(cat theirs.err)" ''
	kill -CONT "$ours_pid"
	wait_for_theirs 0
	wait_for_ours 0
	expect "good SDUs" "$(value_of verified sdus_good)" 20
}

@test "l2test -r -W -1 -P 4113" {
	row
	listen_theirs "$their_row"
	start_ours "l2client --mode=basic --generate=20 $L2_HCI0:4113"
	wait_for_ours 3
	expect "the error" "$(value_of error reason)" 'Connection refused'
	end_theirs

	listen_ours "$our_row"
	client --mode=basic --hold=86400 "$L2_HCI0:4113" </dev/null &
	wait_for_text '"connected"' ours.err
	start_theirs "l2test -s -P 4113 -N 20 $L2_HCI0"
	wait_for_theirs 1
	expect_line "Can't connect: Connection refused" theirs.err
	end_ours
}

@test "l2test -r -H 4096 -P 4113" {
	row
	expect_no_counterpart
	listen_theirs "$their_row"
	start_ours "l2client --mode=basic --generate=0 --interval=0.01 $L2_HCI0:4113"
	wait_for_their_bytes 672
	kill -STOP -- "-$theirs_pid"
	sleep 1
	kill -CONT -- "-$theirs_pid"
	wait_for "a gap" mismatches theirs.err
	end_ours
	end_theirs

	listen_ours "l2server --psm=4113 --mode=basic --verify --discard"
	start_theirs "l2test -s -P 4113 -C 1 -D 10 -N 100 $L2_HCI0"
	wait_for_text '"connected"' ours.err
	kill -STOP "$ours_pid"
	sleep 1
	kill -CONT "$ours_pid"
	wait_for_theirs 0
	wait_for_ours 0
	expect "good SDUs" "$(value_of verified sdus_good)" 100
}

@test "l2test -r -K 2000 -P 4113" {
	start_runs
	listen_theirs "$their_row"
	begin=$EPOCHREALTIME
	start_ours "l2client --mode=basic --generate=20 --hold=86400 $L2_HCI0:4113"
	wait_for_their_bytes 13440
	expect_elapsed "$begin" "$EPOCHREALTIME" 2000
	note_channel theirs
	note "$(their_bytes) bytes read"
	end_ours
	end_theirs

	run=2
	listen_ours "$our_row"
	begin=$EPOCHREALTIME
	start_theirs "l2test -s -P 4113 -N 20 $L2_HCI0"
	wait_for_theirs 0
	wait_for_ours 0
	note_channel ours
	note "$(cat ours.out) bytes read"
	compare_runs
}

# --- connecting rows ----------------------------------------------------------------------

@test "l2test -n -P 4113 ADDR" {
	start_runs
	listen_ours "l2server --psm=4113 --mode=basic --discard"
	start_theirs "$their_row"
	note_channel theirs
	end_ours
	wait_for_theirs 0
	note "$(value_of summary sdus_received) SDUs sent"

	run=2
	listen_theirs "l2test -d -P 4113"
	start_ours "$our_row"
	note_channel ours
	note "$(grep -c Received theirs.err) SDUs sent"
	end_theirs
	wait_for_ours 0
	compare_runs
}

@test "l2test -y -N 1 -P 4113 ADDR" {
	local sent printed
	sent=$(numbered_hex 1 672)
	printed=$(numbered_hex 2 672)
	start_runs
	listen_ours "l2server --psm=4113 --mode=basic --generate=2 --hold=86400 --format=hex"
	start_theirs "$their_row"
	wait_for_hex our_hex "$sent"
	wait_for_hex their_hex "$printed"
	note_channel theirs
	end_theirs
	wait_for_ours 0

	run=2
	listen_theirs "l2test -x -N 2 -P 4113"
	start_ours "$our_row"
	wait_for_hex their_hex "$sent"
	wait_for_hex our_hex "$printed"
	note_channel ours
	end_theirs
	wait_for_ours 0
	compare_runs
}

@test "l2test -c -P 4113 ADDR" {
	row
	listen_ours "l2server --psm=4113 --mode=basic --keep-open"
	start_theirs "$their_row"
	wait_for_lines 5 '"accepted"' ours.err
	end_theirs
	end_ours
	# Ended in the middle of a connect, l2test leaves the far kernel with half of a channel,
	# and that refuses the next one of the same identifier (trace: result 7).
	fresh_air

	listen_theirs "l2test -d -P 4113"
	start_ours "$our_row"
	wait_for_ours 0
	# l2test never sees those that are gone before it looks (T2).
	expect "connections of ours" "$(grep -c '"confirmed":true' ours.err)" 5
	end_theirs
}

@test "l2test -s -P 4113 -N 20 ADDR" {
	sends 20 672
	listen_theirs "l2test -r -P 4113"
	start_ours "$our_row"
	wait_for_ours 0
	end_theirs
}

@test "l2test -u -P 4113 ADDR" {
	start_runs
	listen_ours "l2server --psm=4113 --mode=basic --generate=20 --hold=86400 --discard"
	start_theirs "$their_row"
	wait_for_their_bytes 13440
	note_channel theirs
	note "$(their_bytes) bytes received"
	expect_no_mismatch
	end_ours
	wait_for_theirs 0

	run=2
	# With a pause after 10 SDUs, so that the channel is up long enough to be looked at.
	listen_theirs "l2test -w -P 4113 -N 20 -C 10 -D 100"
	start_ours "$our_row"
	wait_for_ours 0
	note_channel ours
	note "$(value_of summary bytes_received) bytes received"
	expect "good SDUs" "$(value_of verified sdus_good)" 20
	end_theirs
	compare_runs
}

@test "l2test -q -P 4113 -N 20 -g 2000 ADDR" {
	start_runs
	listen_ours "l2server --psm=4113 --mode=basic --generate=20 --hold=86400 --verify --discard"
	start_theirs "$their_row"
	wait_for_theirs 0
	wait_for_ours 0
	note_channel theirs
	note "$(their_bytes) bytes received, $(value_of verified sdus_good) good SDUs sent"
	expect_no_mismatch

	run=2
	listen_theirs "l2test -t -P 4113 -N 20 -g 2000"
	start_ours "$our_row"
	wait_for_ours 0
	note_channel ours
	note "$(value_of summary bytes_received) bytes received," \
		"$(($(their_bytes) / 672)) good SDUs sent"
	expect_no_mismatch
	end_theirs
	compare_runs
}

@test "l2test -m -P 4113 -C 5 ADDR" {
	row
	listen_ours "l2server --psm=4113 --mode=basic --keep-open"
	start_theirs "$their_row"
	wait_for_lines 5 'Connected to' theirs.err
	end_theirs
	end_ours

	listen_theirs "l2test -d -P 4113"
	start_ours "$our_row"
	wait_for_ours 0
	# l2test may have accepted none of them: they have closed before it looks (T2).
	expect "connections of ours" "$(grep -c '"confirmed":true' ours.err)" 5
	end_theirs
}

@test "l2test -s -P 4113 -b 2000 -B FILE ADDR" {
	random_file FILE 2000
	sends_text cat
	expect "the file" "$(sed 1,2d run1 | tr -d '\n')" "$(od -An -v -tx1 FILE | tr -d ' \n')"
}

@test "l2test -s -P 4113 -b 600 -N 10 ADDR" {
	sends 10 600
}

@test "l2test -s -P 4113 -D 500 -N 3 ADDR" {
	sends 3 672 1000
}

@test "l2test -s -P 4113 -C 3 -D 500 -N 6 ADDR" {
	sends_text lengths 500
}

@test "l2test -s -P 4113 -C 0 -D 500 -N 3 ADDR" {
	sends_text lengths 500
}

@test "l2test -s -O 1000 -P 4113 -N 20 ADDR" {
	row
	expect_no_counterpart
	listen_ours "l2server --psm=4113 --mode=basic --verify --discard"
	start_theirs "$their_row"
	wait_for_theirs 0
	wait_for_ours 0
	expect "l2test's outgoing MTU" "$(their_option omtu)" 672
	expect "good SDUs" "$(value_of verified sdus_good)" 20
}

@test "l2test -s -P 4113 -N 20 -L 5 ADDR" {
	sends 20 672
	listen_theirs "l2test -d -P 4113"
	start_ours "$our_row"
	wait_for_ours 0
	expect "the peer's confirmation" "$(value_of closed confirmed)" true
	end_theirs
}

@test "l2test -s -P 4113 -N 20 -g 2000 ADDR" {
	sends 20 672 2000
}

# --- what asks the peer's kernel ------------------------------------------------------------

# The link is up, and its own questions are answered.
hold_link() {
	start_server --mode=basic
	client --mode=basic --hold=86400 "$L2_HCI0" x &
	wait_for_size 1 server.out
}

value_told() { # NAME of the information
	sed -n "s/.*\"name\":\"$1\",\"value\":\([0-9]*\),.*/\1/p" ours.out
}

@test "l2test -z -P 4113 ADDR" {
	row
	fresh_air
	start_ours "$our_row"
	wait_for_ours 0
	cp ours.out fresh.out
	hold_link
	start_ours "$our_row"
	wait_for_ours 0
	expect "what ours tells of a link that is up" "$(sed 's/"time_s":[0-9.]*//' ours.out)" \
		"$(sed 's/"time_s":[0-9.]*//' fresh.out)"
	start_theirs "$their_row"
	wait_for_theirs 0
	expect "extended features" "$(value_told 'extended features')" \
		$(($(sed -n 's/Extended feature mask is //p' theirs.err)))
	expect "fixed channels" "$(value_told 'fixed channels')" \
		$(($(sed -n 's/Fixed channels list is //p' theirs.err)))
	expect_line 'Connectionless MTU is not supported' theirs.err
	expect_line '"connectionless MTU","value":null,"message":"not supported by the peer"' ours.out
}

@test "l2ping -c 1 ADDR" {
	row
	expect_no_counterpart
	hold_link
	start_theirs "$their_row"
	wait_for_theirs 0
	expect_line '1 sent, 1 received' theirs.err
	start_ours "l2client --info $L2_HCI0"
	wait_for_ours 0
	listen_ours "l2server --psm=4113 --echo"
	status client --ping=1 "$L2_HCI0:4113" >client.out
	expect "the client's status" "$status" 0
	expect_line '1 sent, 1 received, 0 lost' client.out
	wait_for_ours 0
}

# --- what l2test.md says besides ------------------------------------------------------------

@test "a listener in ERTM and a peer that wants basic: l2test and --mode=auto take it, --mode=ertm does not" {
	set +T
	listen_theirs "l2test -r -X ertm -P 4113"
	start_ours "l2client --mode=basic --generate=1 --hold=86400 $L2_HCI0:4113"
	wait_for_their_bytes 672
	expect "l2test's mode" "$(their_option mode)" 0
	end_ours
	end_theirs
	listen_ours "l2server --psm=4113 --mode=auto"
	start_theirs "l2test -s -P 4113 -N 1 $L2_HCI0"
	wait_for_theirs 0
	wait_for_ours 0
	expect "the mode" "$(value_of summary mode)" basic
	listen_ours "l2server --psm=4113 --mode=ertm"
	# One that has gone before the server could look does not count: then another one.
	is_refused() {
		! has_text 'did not agree to the mode' ours.err || return 0
		start_theirs "l2test -s -P 4113 -N 1 $L2_HCI0"
		wait "$theirs_pid" || true
		return 1
	}
	wait_for "a refusal" is_refused
	wait_for_ours 3
}

@test "each option that l2test has is in l2test.md" {
	local option words
	words=$(tr -c '[:alnum:]-' '\n' <"$table" | grep -x -- '-.' | sort -u)
	l2test -? >usage.txt 2>/dev/null || true
	grep -oE '(\[|^\s)-[a-zA-Z]\>' usage.txt | grep -o -- '-.' | sort -u >options.txt
	(($(wc -l <options.txt) > 40))
	expect "options that are not there" "$(comm -23 options.txt <(echo "$words"))" ''
}
