# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# The table of README: SDUs of 100 bytes that arrive of those sent, and what the two ends
# say, for the classic Python pair, BlueZ's l2test, and ours. Each row is printed; only ours
# must be right. `make comparison` prints all.
load lab

# start_receiver PAIR: in the background, what it received goes to "received"; its consumer
# is $consumer.
start_receiver() {
	local command
	case $1 in
	python) command="exec python3 $peers/pybluez_pair.py receive" ;;
	l2test) command='exec l2test -i hci0 -d -P 4097' ;;
	ours) command="exec $l2server --adapter=hci0" ;;
	esac
	rm -f received status.receiver receiver.err receiver.pid
	: >received
	: >receiver.err
	{
		local status=0
		bash -c "echo \$\$ >receiver.pid; $command" 2>receiver.err || status=$?
		echo "$status" >status.receiver
	} 3>&- 8>&- | ${consumer:-cat} >received 3>&- 8>&- &
	wait_for_any() { grep -qi -e listening -e waiting receiver.err received; }
	wait_for "the receiver" wait_for_any
	receiver=$(cat receiver.pid)
	consumer=
}

# send PAIR COUNT: its exit status goes to status.sender.
send() {
	local status=0
	case $1 in
	python) python3 "$peers/pybluez_pair.py" send "$L2_HCI0" "$2" "${pause:-0}" ;;
	l2test) l2test -i hci1 -s -P 4097 -b 100 -N "$2" "$L2_HCI0" ;;
	ours) awk -v count="$2" -v pause="${pause:-0}" 'BEGIN {
			for (i = 0; i < count; i++) {
				printf "%099d\n", i
				if (i == 0) { fflush(); system("sleep " pause) }
			} }' |
		"$l2client" --adapter=hci1 --sdu-size=100 --idle-timeout=30 "$L2_HCI0" ;;
	esac >sender.out 2>sender.err 3>&- 8>&- || status=$?
	echo "$status" >status.sender
}

# end_receiver PAIR: l2test goes on listening, and so do those whose client was lost.
end_receiver() {
	local i
	for ((i = 0; i < 50; i++)); do
		[[ ! -e status.receiver ]] || break
		sleep 0.1
	done
	pkill -TERM -P "$receiver" 2>/dev/null || true # l2test forks for each client
	kill -TERM "$receiver" 2>/dev/null || true
	wait_for_file() { [[ -e status.receiver ]]; }
	wait_for "the end of the receiver" wait_for_file
	wait || true
}

# How many SDUs are in "received": l2test dumps them, 16 bytes a line.
count_received() { # PAIR
	if [[ $1 == l2test ]]; then
		echo $(($(grep -aoE '\<[0-9A-Fa-f]{2}\>' received | wc -l) / 100))
	else
		echo $(($(wc -c <received) / 100))
	fi
}

row() { # WHAT PAIR SENT
	arrived=$(count_received "$2")
	echo "# | $1 | $2 | $arrived of $3 | $(cat status.receiver) | $(cat status.sender) |" >&3
}

# Ours: all, or both say that not.
expect_promise() { # SENT
	[[ $arrived == "$1" ]] || {
		[[ $(cat status.sender) != 0 && $(cat status.receiver) != 0 ]]
	}
}

@test "a client that comes, sends and closes while the server is held up" {
	local pair
	for pair in python l2test ours; do
		start_receiver $pair
		kill -STOP "$receiver"
		send $pair 1 &
		sleep 1
		kill -CONT "$receiver"
		end_receiver $pair
		row 'a quick client' $pair 1
		fresh_air
	done
	expect_promise 1
}

@test "a reader of 2 ms an SDU" {
	local pair
	for pair in python l2test ours; do
		consumer="python3 $peers/slowly.py 100"
		[[ $pair != l2test ]] || consumer="python3 $peers/slowly.py 400"
		start_receiver $pair
		send $pair 1000
		sleep 5
		end_receiver $pair
		row 'a slow reader' $pair 1000
		fresh_air
	done
	expect_promise 1000
}

# l2test cannot pause before a burst.
@test "a tail that is queued when the sender closes" {
	local pair pause=2
	for pair in python ours; do
		start_receiver $pair
		send $pair 100 &
		wait_for_some() { [[ -s received ]]; }
		wait_for "the first SDU" wait_for_some
		kill -STOP "$receiver"
		sleep 4
		kill -CONT "$receiver"
		end_receiver $pair
		row 'a tail at the close' $pair 100
		fresh_air
	done
	expect_promise 100
}

@test "the receiver's adapter goes down in the middle" {
	local pair
	for pair in python l2test ours; do
		start_receiver $pair
		send $pair 3000 &
		wait_for_some() { (($(stat -c %s received) > 10000)); }
		wait_for "some SDUs" wait_for_some
		hciconfig hci0 down
		end_receiver $pair
		row "the receiver's adapter gone" $pair 3000
		fresh_air
	done
	expect_promise 3000
}
