# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Programs of others at the other end.
load lab

@test "Python's bluetooth module says hello and closes at once: 50 of 50" {
	local i arrived=0
	for ((i = 0; i < 50; i++)); do
		start_server
		python3 "$peers/pybluez_hello.py" "$L2_HCI0"
		wait_for_server
		expect "server's status" "$server_status" 0
		[[ $(cat server.out) == 'hello!!' ]] && arrived=$((arrived + 1))
	done
	echo "# Python's hello: $arrived of 50 arrived" >&3
	((arrived == 50))
}

@test "a Python receiver that reads to the true end gets a whole file" {
	local mode
	for mode in basic ertm; do
		# In basic mode no more than its receive buffer holds: nothing slows the sender.
		[[ $mode == ertm ]] && random_file sent 300000 || random_file sent 60000
		start_peer python.out python3 "$peers/receive.py" $mode "$L2_HCI0"
		wait_for_line listening python.out
		status client "$L2_HCI0" <sent
		expect "client's status" "$status" 0
		wait $!
		tail -c +11 python.out | cmp - sent
	done
}

# More than the receiver's kernel takes, so that frames stay unacknowledged for longer than
# the 10 s that the kernel's own close waits for them.
@test "a receiver that does not read for 13 s gets everything, ERTM (T9 T11)" {
	random_file sent 20000
	start_peer python.out python3 "$peers/receive.py" ertm "$L2_HCI0" -1 13
	wait_for_line listening python.out
	status client --mode=ertm "$L2_HCI0" <sent
	expect "client's status" "$status" 0
	wait $!
	tail -c +11 python.out | cmp - sent
}

@test "l2test -s sends, l2server receives" {
	start_server
	timeout 20 l2test -s -i hci1 -P 4097 -N 20 -b 600 "$L2_HCI0" >l2test.err 2>&1 || true
	wait_for_server
	expect "server's status" "$server_status" 0
	expect_line 'received 20 SDUs, 12000 bytes' server.err
}

# l2test takes the first 0 of recv() for the end (trap T1), so the channel is held open
# until it has read everything.
@test "l2test -d receives what l2client sends" {
	head -c 6000 /dev/zero >sent
	l2test -d -i hci0 -P 4097 >l2test.out 2>&1 3>&- &
	wait_for_line 'Waiting for connection' l2test.out
	status client --mode=basic --sdu-size=600 --hold=1 "$L2_HCI0" <sent
	expect "client's status" "$status" 0
	wait_for_line 'Disconnect' l2test.out
	kill -KILL $! 2>/dev/null || true
	expect "SDUs" "$(grep -c 'Received 600 bytes' l2test.out)" 10
}

# In basic mode an SDU that crosses the peer's close is dropped without a word.
@test "a peer that closes as it has its echo: status 4, and that it is not known is said" {
	br_edr_alone "the peer is of BR/EDR"
	start_server --mode=basic --echo
	python3 - "$L2_HCI1" "$L2_HCI0" <<'END'
import socket, sys

peer = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
peer.bind((sys.argv[1], 0))
peer.connect((sys.argv[2], 0x1001))
peer.send(b"x")
peer.recv(1)
END
	wait_for_server
	expect "server's status" "$server_status" 4
	expect_line 'all was sent, but whether it arrived is not known' server.err
}
