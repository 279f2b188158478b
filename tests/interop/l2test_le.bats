# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# The rows of l2test.md that are about LE: as in l2test.bats.
load ../lab/lab
load l2test.bash

setup() {
	begin_test
	le_air
}

# The other end of a row: l2test and ours on the PSM that the row names.
psm=0x0027

theirs() { # OPTION...
	echo "l2test -V le_public -P $((psm)) $*"
}

# The MTU that l2test has.
ours() { # PROGRAM OPTION...
	local program=$1
	shift
	echo "$program --le --mtu=672 --psm=$psm $*"
}

# -r: 20 numbered SDUs of SIZE bytes.
receives_over_le() { # SIZE
	start_runs
	listen_theirs "$their_row"
	start_ours "$(ours l2client --generate=20 --hold=86400 "$L2_HCI0")"
	wait_for_their_bytes $((20 * $1))
	note_channel theirs
	note "$(their_bytes) bytes received, security $(value_of connected encryption_key_bytes)"
	expect_no_mismatch
	end_ours
	end_theirs

	run=2
	listen_ours "$our_row"
	start_theirs "$(theirs -s -N 20 -b "$1" "$L2_HCI0")"
	wait_for_theirs 0
	wait_for_text '"summary"' ours.err
	note_channel ours
	note "$(value_of summary bytes_received) bytes received, security $(value_of connected encryption_key_bytes)"
	expect "good SDUs" "$(value_of verified sdus_good)" 20
	expect "the connection's status" "$(value_of summary status)" 0
	end_ours
	compare_runs
}

@test "l2test -r -V le_public -P 0x0027" {
	receives_over_le 672
}

@test "l2test -r -V le_public -P 0x0027 -I 100" {
	receives_over_le 100
}

@test "l2test -r -V le_public -P 0x00F4 -E" {
	le_air_with_pairing
	let_pair 3
	start_agent yes
	psm=0x00F4 receives_over_le 672
	expect_line 'security 16' run1
}

@test "l2test -r -V le_public -P 0x00F3 -W -1" {
	row
	listen_theirs "$their_row"
	psm=0x00F3
	start_ours "$(ours l2client --generate=20 "$L2_HCI0")"
	wait_for_ours 3
	expect "the error" "$(value_of error reason)" 'Connection refused'
	end_theirs

	listen_ours "$our_row"
	start_theirs "$(theirs -s -N 20 "$L2_HCI0")"
	wait_for_theirs 1
	expect_line "Can't connect: Connection refused" theirs.err
	end_ours
}

@test "l2test -d -V le_public -P 0x0027" {
	local sdus
	sdus=$(numbered_hex 3 40)
	start_runs
	listen_theirs "$their_row"
	start_ours "$(ours l2client --generate=3 --sdu-size=40 --hold=86400 "$L2_HCI0")"
	wait_for_hex their_hex "$sdus"
	note_channel theirs
	note "$(their_hex)"
	end_ours
	end_theirs

	run=2
	listen_ours "$our_row"
	start_theirs "$(theirs -s -N 3 -b 40 "$L2_HCI0")"
	wait_for_theirs 0
	wait_for_text '"summary"' ours.err
	note_channel ours
	note "$(our_hex)"
	end_ours
	compare_runs
}

# -w with a pause before the one SDU.
sends_after_a_pause() { # SIZE
	local begin
	start_runs
	listen_theirs "$their_row"
	begin=$EPOCHREALTIME
	start_ours "$(ours l2client --receive --format=hex --no-input "$L2_HCI0")"
	wait_for_ours 0
	expect_elapsed "$begin" "$(value_of closed time_s)" 2000
	note_channel theirs
	note "$(($(our_hex | lengths) / 2))"
	end_theirs

	run=2
	listen_ours "$our_row"
	begin=$EPOCHREALTIME
	start_theirs "$(theirs -y -N 0 "$L2_HCI0")"
	wait_for_text '"summary"' ours.err
	expect_elapsed "$begin" "$(value_of closed time_s)" 2000
	note_channel ours
	note "$(value_of summary bytes_sent)"
	wait_for_theirs 0
	end_ours
	compare_runs
}

@test "l2test -w -V le_public -P 0x0027 -C 0 -D 2000 -N 1 -b 200" {
	sends_after_a_pause 200
}

@test "l2test -w -V le_public -P 0x0027 -C 0 -D 2000 -N 1 -b 20" {
	sends_after_a_pause 20
}

@test "l2test -w -P 0x0027 -V le_public -e 0x78563412 -b 10" {
	row
	listen_theirs "$their_row"
	start_ours "$(ours l2client --receive --format=hex "$L2_HCI0") < <(sleep 86400)"
	wait_for_size 21 ours.out
	expect "the SDU" "$(head -n 1 ours.out)" 123456780a007f7f7f7f
	end_theirs
	wait_for_ours 4

	start_ours "$our_row"
	wait_for_text '"listening"' ours.err
	status client --le --receive --format=hex --no-input "$L2_HCI0:$psm" >client.out
	expect "the SDU" "$(cat client.out)" 123456780a007f7f7f7f
}

@test "l2test -u -V le_public -P 0x0027 ADDR" {
	start_runs
	listen_ours "$(ours l2server --generate=20 --hold=86400 --discard)"
	start_theirs "$their_row"
	wait_for_their_bytes 13440
	note_channel theirs
	note "$(their_bytes) bytes received"
	expect_no_mismatch
	end_ours
	wait_for_theirs 0

	run=2
	listen_theirs "$(theirs -w -N 20 -C 10 -D 100)"
	start_ours "$our_row"
	wait_for_ours 0
	note_channel ours
	note "$(value_of summary bytes_received) bytes received"
	expect "good SDUs" "$(value_of verified sdus_good)" 20
	end_theirs
	compare_runs
}

@test "l2test -r -V le_public -P 0x00F2 -S" {
	le_air_with_pairing
	let_pair 1
	# Legacy pairing has no numbers to compare.
	manage 0 sc on
	manage 1 sc on
	start_agent yes
	psm=0x00F2 receives_over_le 672
	expect_line 'security 16' run1
}

# Both of ours are open at the same time.
@test "l2test -y -V le_public -P 0x0027 -N 1 ADDR" {
	local client
	start_runs
	listen_ours "$(ours l2server --keep-open --generate=1 --hold=86400 --format=hex)"
	start_theirs "$their_row"
	wait_for_size 1345 ours.out
	note_channel theirs
	note "$(our_hex)"
	end_theirs
	end_ours

	run=2
	listen_theirs "$(theirs -x -N 1)"
	start_ours "$our_row"
	wait_for_size 1345 ours.out
	client=$ours_pid
	mv ours.err first.err
	start_ours "$our_row"
	wait_for_size 1345 ours.out
	note_channel ours
	note "$(our_hex)"
	kill -0 "$client"
	end_ours
	kill -TERM "$client"
	end_theirs
	compare_runs
}

