# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# The loss matrix: mode x consumer x size, for each way to end. In each cell all arrives and
# both ends say 0, or each end that is alive says that it did not. L2_SIZES sets the sizes,
# in bytes. The cells of one test and size run side by side, each on a PSM of its own.
load lab

sizes=${L2_SIZES:-500 300000}
stall=15
modes=(auto basic streaming)
[[ ! ${L2_OVER-} ]] || modes=(auto) # the one that L2_OVER names

# Bytes of SIZE that are sent before the fault.
first_part() { # BYTES
	# shellcheck disable=SC2017 # whole SDUs
	echo $(($1 > 672 ? $1 / 1344 * 672 : $1))
}

# The cells' PSMs are new ones each time, so that no cell meets what another has left.
next_psm() {
	local number=$((1000 * BATS_TEST_NUMBER + psms))
	psm=$((0x1001 + 2 * (number % 128) + 0x200 * (number / 128)))
	[[ ! ${L2_OVER-} ]] || psm=$((0x80 + number % 128))
	psms=$((psms + 1))
}
psms=0

# Each cell is a folder, SIZE/MODE-CONSUMER, with what it needs and leaves.
make_cells() { # SIZE
	local mode consumer cell
	mkdir "$1"
	random_file "file.$1" "$1"
	cells=()
	for mode in "${modes[@]}"; do
		for consumer in fast slow stalled stopped; do
			cell=$1/$mode-$consumer
			cells+=("$cell")
			next_psm
			mkdir "$cell"
			mkfifo "$cell"/{input,output,ready}
			echo "$mode $consumer $1 $psm" >"$cell/plan"
		done
	done
}

consume() { # CONSUMER
	case $1 in
	slow) python3 "$peers/slowly.py" 672 ;;
	stalled) sleep $stall && cat ;;
	*) cat ;;
	esac
}

start_receiver() { # MODE CONSUMER PSM
	if [[ ${full_output-} ]]; then
		exec 7>/dev/full
	else
		consume "$2" <output >consumed 3>&- &
		consumer_pid=$!
		exec 7>output
	fi
	"$l2server" --psm="$3" --mode="$1" --idle-timeout=$bound --ready-fd=9 \
		>&7 2>server.err 9>ready 3>&- 7>&- &
	echo $! >server.pid
	exec 7>&-
	read -r _ <ready
}

# The rest of the input comes when there is a file called gate.
feed() { # FILE BYTES
	local first
	first=$(first_part "$2")
	head -c "$first" "$1"
	until [[ -e gate ]]; do
		sleep 0.1
	done
	tail -c +$((first + 1)) "$1"
}

# In a process of its own, which ends with both statuses in the file "statuses".
run_cell() { # CELL
	local mode consumer bytes psm server=0 client=0
	read -r mode consumer bytes psm <"$1/plan"
	cd "$1" || return
	start_receiver "$mode" "$consumer" "$psm"
	feed "../../file.$bytes" "$bytes" >input 3>&- &
	feeder_pid=$!
	"$l2client" --adapter=hci1 --mode="$mode" --idle-timeout=$bound --send=input \
		--hold="${hold:-0}" "$L2_HCI0:$psm" 2>client.err 3>&- &
	echo $! >client.pid
	[[ $consumer != stopped || ${full_output-} ]] || stop_receiver &
	wait "$(<client.pid)" || client=$?
	wait "$(<server.pid)" || server=$?
	kill "$feeder_pid" 2>/dev/null || true # it may still wait for the gate
	[[ ! ${consumer_pid-} ]] || wait "$consumer_pid" || true
	echo "$server $client" >statuses
}

stop_receiver() {
	wait_for_line 'Accepted connection' server.err
	kill -STOP "$(<server.pid)"
	sleep $stall
	kill -CONT "$(<server.pid)"
}

start_cells() { # SIZE
	local cell
	running=()
	# What --idle-timeout is: longer than the quickest cell waits for the slowest.
	bound=$((60 + $1 / 20000))
	make_cells "$1"
	for cell in "${cells[@]}"; do
		run_cell "$cell" 2>"$cell/cell.err" 3>&- &
		running+=($!)
	done
	[[ ${full_output-} ]] && return
	for cell in "${cells[@]}"; do
		wait_for_line 'Accepted connection' "$cell/server.err"
	done
}

# Those whose consumer takes what comes have taken the first part, or SHARE = all of it.
wait_for_consumers() { # SHARE
	local cell consumer bytes
	for cell in "${cells[@]}"; do
		read -r _ consumer bytes _ <"$cell/plan"
		[[ $consumer == fast || $1 == all ]] || continue
		[[ $1 == all ]] || bytes=$(first_part "$bytes")
		wait_limit=300 wait_for_size "$bytes" "$cell/consumed"
	done
}

open_gates() {
	local cell
	for cell in "${cells[@]}"; do
		touch "$cell/gate"
	done
}

signal_cells() { # SIGNAL server|client
	local cell
	for cell in "${cells[@]}"; do
		kill -"$1" "$(<"$cell/$2.pid")"
	done
}

# What CELL came to: "whole", "part" (a beginning of whole SDUs) or "wrong", and statuses.
outcome() { # CELL
	local size consumed=$1/consumed file arrived=wrong bytes
	read -r _ _ size _ <"$1/plan"
	file=file.$size
	[[ -e $consumed ]] || consumed=/dev/null
	bytes=$(stat -L -c %s "$consumed")
	if cmp -s "$file" "$consumed"; then
		arrived=whole
	elif cmp -s -n "$bytes" "$file" "$consumed"; then
		arrived=part
	fi
	echo "$arrived $(cat "$1/statuses" 2>/dev/null || echo none)"
}

# Each cell's outcome ("ARRIVED SERVER CLIENT") must match the regular expression.
expect_cells() { # REGEX
	local cell result wrong=0
	wait "${running[@]}"
	for cell in "${cells[@]}"; do
		result=$(outcome "$cell")
		[[ $result =~ ^($1)$ ]] && continue
		wrong=$((wrong + 1))
		echo "$cell: $result"
		cat "$cell"/*.err
	done
	echo "# $BATS_TEST_DESCRIPTION, ${cells[0]%/*} bytes: $(for cell in "${cells[@]}"; do
		outcome "$cell"
	done | sort | uniq -c | sed 's/^ *//' | paste -sd, | sed 's/,/, /g')" >&3
	((wrong == 0))
}

@test "orderly" {
	for size in $sizes; do
		start_cells "$size"
		open_gates
		expect_cells 'whole 0 0'
	done
}

@test "link cut in the middle" {
	for size in $sizes; do
		start_cells "$size"
		wait_for_consumers first
		cut_link
		open_gates
		expect_cells '(part|whole) 4 4'
		fresh_air
	done
}

@test "link cut after the last SDU" {
	hold=86400
	for size in $sizes; do
		start_cells "$size"
		open_gates
		wait_for_consumers all
		cut_link
		expect_cells 'whole 4 4'
		fresh_air
	done
}

@test "sender killed" {
	for size in $sizes; do
		start_cells "$size"
		wait_for_consumers first
		signal_cells KILL client
		open_gates
		# To the receiver it looks like one that has closed: the third outcome.
		expect_cells '(part|whole) 0 137'
	done
}

@test "receiver killed" {
	for size in $sizes; do
		start_cells "$size"
		wait_for_consumers first
		signal_cells KILL server
		open_gates
		expect_cells '(part|whole) 137 4'
	done
}

@test "receiver's adapter gone" {
	for size in $sizes; do
		start_cells "$size"
		wait_for_consumers first
		hciconfig hci0 down
		open_gates
		expect_cells '(part|whole) 4 [46]'
		fresh_air
	done
}

@test "output full" {
	full_output=1
	for size in $sizes; do
		start_cells "$size"
		open_gates
		expect_cells 'part 1 3'
	done
}
