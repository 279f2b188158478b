# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# One of two machines runs Debian's bluetoothd, with a pairing agent and somebody who answers
# what that asks. The other has nobody but its kernel. bluetoothd is at the server's end,
# after swap_machines at the client's.
#
# What bluetoothd or the kernel does without asking anybody is as much shown here as what they
# ask: that is what users see.
load machines

setup() {
	begin_test
	remote begin_test_in "$PWD"
	new_controllers
	start_bluetoothd
	raise_far_controller
}

teardown() {
	if [[ ! ${BATS_TEST_COMPLETED-} ]]; then
		grep -v mgmt.c bluetoothd.log | tail -n 40 >bluetoothd.err
		cat agent.out far.out >answers.err 2>/dev/null || true
	fi
	remote end_test || true
	end_test
}

# They are ended with the test, by SIGKILL: SIGTERM crashes bluetoothd 5.66 while an agent has
# not answered.
start_bluetoothd() {
	rm -rf /var/lib/bluetooth/* # the keys
	mkdir -p /run/dbus
	dbus-uuidgen --ensure
	start_peer dbus.out dbus-daemon --system --nofork --nopidfile --print-address
	wait_for_line unix: dbus.out
	bluetoothd --nodetach --debug >bluetoothd.log 2>&1 3>&- &
}

# Somebody at bluetoothd's machine, who answers each question so; without anybody ("nobody")
# bluetoothd has no agent.
start_agent() { # yes|no|nobody
	start_peer agent.out /usr/bin/python3 "$BATS_TEST_DIRNAME/pairing_agent.py" "$1"
	wait_for_line ready agent.out
}

expect_questions() { # NUMBER
	expect "questions to the agent" "$(grep -c '?' agent.out)" "$1"
}

# The kernel can pair over LE only when that was on as the adapter came up.
raise_far_controller() {
	remote hciconfig hci0 up
	remote manage 0 le on
	remote hciconfig hci0 down
	remote hciconfig hci0 up piscan
	remote manage 0 ssp on
	remote manage 0 bondable on
}

# Somebody at the other machine, too: over LE either end is asked, and numbers are to be
# compared where both have displays.
start_far_agent() { # [IO-CAPABILITY]
	[[ ! ${1-} ]] || remote manage 0 io-cap "$1"
	remote start_peer far.out python3 "$peers/confirm_pairing.py" yes 0.1
	wait_for_line ready far.out
}

# Whether it is encrypted belongs to the link, which stays for some seconds.
wait_for_link_down() {
	wait_for "the link to go down" no_links
	remote wait_for_no_link
}

forget_key() { # at bluetoothd's end
	bluetoothctl remove "$(remote adapter_address hci0)" >remove.err
	expect_line 'Device has been removed' remove.err
}

forget_far_key() { # 0 (BR/EDR) or 1 (LE)
	remote manage 0 unpair -t "$1" "$(adapter_address hci0)"
}

# nothing_crosses REASON HINT [SERVER-OPTION...] -- [CLIENT-OPTION...]: the client ends with
# status 3 and reports both; no data comes through the server, which goes on listening or, where
# it had let the client in, ends.
nothing_crosses() {
	local reason=$1 hint=$2 server_options=()
	shift 2
	split_arguments "$@"
	server_options=("${before[@]}")
	set -- "${after[@]}"
	rm -f client.err
	start_server "${server_options[@]}"
	status client "$@" "$L2_HCI0" 'hello!!'
	expect "client's status" "$status" 3
	expect_line "$reason" client.err
	expect_line "$hint" client.err
	end_server
	expect "size of the output" "$(stat -c %s server.out)" 0
}

medium='security medium, encrypted, key size 16'
high='security high, encrypted, key size 16'
pair_anew="pair again with 'bluetoothctl remove"

# Linux pairs and encrypts whenever both ends have Secure Simple Pairing, whatever is asked for.
file_crosses() { # QUESTIONS
	random_file sent 300000
	start_server
	status client --send=sent "$L2_HCI0"
	expect_statuses 0 0
	cmp sent server.out
	expect_questions "$1"
}

# --- without --security -------------------------------------------------------------------

@test "300 kB, bluetoothd at the server: its agent is asked, as both ends can pair" {
	start_agent yes
	file_crosses 1
}

@test "300 kB, bluetoothd at the server without an agent: no one is asked" {
	start_agent nobody
	file_crosses 0
}

@test "300 kB, bluetoothd at the client: its agent need not be asked" {
	start_agent yes
	swap_machines
	file_crosses 0
}

# bluetoothctl ends when its input does.
discover() {
	{ echo scan on && sleep 12 && echo scan off && sleep 1; } | bluetoothctl >scan.out
	expect_line 'Discovery started' scan.out
}

# held_while_discovering SECONDS: bluetoothd at the client.
held_while_discovering() {
	start_server
	"$l2client" --hold="$1" "$L2_HCI0" 'hello!!' 2>client.err 3>&- &
	client_pid=$!
	wait_for_size 7 server.out
	discover
	status wait "$client_pid"
	wait_for_server
}

@test "bluetoothd ends a link to an unpaired device some 30 s after a discovery, the hint names it (T21)" {
	start_agent nobody
	swap_machines
	status "$l2client" --check "$L2_HCI0" >check.out
	expect "status of --check" "$status" 0
	expect_line 'warning: bluetoothd runs' check.out
	expect_line "'bluetoothctl pair" check.out
	held_while_discovering 60
	expect_statuses 4 4
	expect_line 'bluetoothd ends links to unpaired devices' client.err
}

@test "bluetoothd leaves a link to a paired device alone (T21)" {
	start_agent yes
	swap_machines
	secure_crosses "$medium" -- --security=medium
	status "$l2client" --check "$L2_HCI0" >check.out
	expect "warnings of bluetoothd" "$(grep -c 'bluetoothd runs' check.out)" 0
	held_while_discovering 60
	expect_statuses 0 0
}

# --- pairing ------------------------------------------------------------------------------

@test "medium, bluetoothd at the server: its agent is asked once, a second link has the key" {
	start_agent yes
	secure_crosses "$medium" -- --security=medium
	expect_questions 1
	wait_for_link_down
	secure_crosses "$medium" -- --security=medium
	wait_for_link_down
	secure_crosses "$medium" --security=medium --
	expect_questions 1
}

@test "medium that the server asks for, bluetoothd there: its agent is asked once" {
	start_agent yes
	secure_crosses "$medium" --security=medium --
	expect_questions 1
}

# Who asks for a pairing that has nothing to compare has agreed to it.
@test "medium, bluetoothd at the client: its agent need not be asked, a second link has the key" {
	start_agent yes
	swap_machines
	secure_crosses "$medium" -- --security=medium
	wait_for_link_down
	secure_crosses "$medium" -- --security=medium
	wait_for_link_down
	secure_crosses "$medium" --security=medium --
	expect_questions 0
}

@test "high, bluetoothd at the server: both compare numbers" {
	start_agent yes
	start_far_agent 1
	secure_crosses "$high" -- --security=high
	expect_questions 1
	expect_line 'numbers are the same?: yes' agent.out
	expect_line 'hci0: yes' far.out
}

@test "high, bluetoothd at the client: both compare numbers" {
	start_agent yes
	start_far_agent 1
	swap_machines
	secure_crosses "$high" --security=high -- --security=high
	expect_questions 1
	expect_line 'hci0: yes' far.out
}

@test "over LE medium, bluetoothd at the server: its agent is asked once, a second link has the key" {
	start_agent yes
	start_far_agent
	secure_crosses "$medium" --le --advertise -- --le --security=medium
	wait_for_link_down
	secure_crosses "$medium" --le --advertise -- --le --security=medium
	expect_questions 1
}

# The client's kernel asks for the channel as the link comes up, and encrypts it by the key.
@test "over LE, where the server asks for a level, a client that asks for it has each link, others not" {
	local i refused=0
	start_agent yes
	start_far_agent
	for i in 1 2 3 4; do
		secure_crosses "$medium" --le --advertise --security=medium -- --le --security=medium
		wait_for_link_down
	done
	for i in 1 2 3 4; do
		rm -f client.err
		start_server --le --advertise --security=medium
		status client --le --hold=1 "$L2_HCI0" 'hello!!'
		if ((status == 3)); then
			expect_line 'use --security here, too' client.err
			refused=$((refused + 1))
		else
			expect "client's status" "$status" 0
		fi
		end_server
		wait_for_link_down
	done
	expect_questions 1
	echo "# without --security at the client: $refused of 4 were refused" >&3
}

@test "over LE medium, bluetoothd at the client: its agent is asked once, a second link has the key" {
	start_agent yes
	start_far_agent
	swap_machines
	secure_crosses "$medium" --le --advertise -- --le --security=medium
	wait_for_link_down
	secure_crosses "$medium" --le --advertise -- --le --security=medium
	expect_questions 1
}

# --- the agent says no --------------------------------------------------------------------

# The kernels settle it between them: a server over BR/EDR never hears of the client.
@test "medium, the agent at the server refuses: the client says so, the server is not disturbed" {
	start_agent no
	nothing_crosses 'Permission denied' "$pair_anew" -- --security=medium
	expect "server's status" "$server_status" 143
	expect_questions 1
}

# The kernel at the server ends the link: to the client that is a peer that has gone.
@test "high, the agent at the client refuses: what is refused once is not asked again" {
	start_agent no
	start_far_agent 1
	swap_machines
	nothing_crosses 'cannot connect' 'hint: ' --security=high --
	expect "server's status" "$server_status" 143
	expect_questions 1
}

# Over LE the channel is there before the pairing is: the server has let the client in.
@test "over LE medium, the agent at the server refuses: both ends say so" {
	start_agent no
	start_far_agent
	nothing_crosses 'Permission denied' "$pair_anew" --le --advertise -- --le --security=medium
	expect "server's status" "$server_status" 4
	expect_line 'pairing failed: pair again' server.err
	expect_questions 1
}

# --- one end has forgotten the key --------------------------------------------------------

# btvirt has its own keys and none is ever missing there: what a controller says then (0x06)
# the relay says.
@test "the server has forgotten the key: the client says so" {
	start_agent yes
	secure_crosses "$medium" -- --security=medium
	wait_for_link_down
	forget_key
	relay refuse far authentication 0x06
	nothing_crosses 'One end has lost the key' "' at both ends" \
		-- --security=medium
	expect_questions 1
}

@test "the server has forgotten the key, bluetoothd at the client: pairing again fixes it" {
	start_agent yes
	swap_machines
	secure_crosses "$medium" -- --security=medium
	wait_for_link_down
	forget_far_key 0
	relay refuse hci0 authentication 0x06
	nothing_crosses 'One end has lost the key' "' at both ends" \
		-- --security=medium
	wait_for_link_down
	relay calm
	forget_key
	secure_crosses "$medium" -- --security=medium
}

# Another device might pretend to be the client (JustWorksRepairing in bluetoothd's main.conf).
@test "the client has forgotten the key: bluetoothd at the server does not pair without remove" {
	start_agent yes
	secure_crosses "$medium" -- --security=medium
	wait_for_link_down
	forget_far_key 0
	nothing_crosses 'Permission denied' "$pair_anew" -- --security=medium
	expect_questions 1
}

@test "over LE the server has forgotten the key" {
	start_agent yes
	start_far_agent
	secure_crosses "$medium" --le --advertise -- --le --security=medium
	wait_for_link_down
	forget_key
	nothing_crosses 'Permission denied' "$pair_anew" --le --advertise -- --le --security=medium
	expect_questions 1
}
