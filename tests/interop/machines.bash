# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# shellcheck shell=bash
#
# What the tests between two machines have in common (see pair). A test runs in the first
# machine, the server's, and has the client started in the second. Otherwise it looks like
# one of the laboratory, whose functions it has (see ../lab/lab.bash): its folder is the
# working folder of both machines, so a file has one name, and a failing test shows every
# *.err of both ends.

load ../lab/lab

# The agent's own watchdog ends what hangs in the other machine, so this is for a machine
# that hangs itself.
remote_limit=$((test_limit + 60))

# remote COMMAND...: in the other machine's agent, a shell that stays; prints the command's
# output, and has its status.
remote() {
	local status
	[[ ! -e $L2_RESULTS/lost ]] || {
		echo "the other machine did not answer before"
		return 125
	}
	printf '%q ' "$@" >"$L2_RESULTS/request"
	echo >&7
	read -r -t "$remote_limit" -u 7 status || {
		: >"$L2_RESULTS/lost"
		echo "the other machine has not answered for $remote_limit s"
		return 125
	}
	[[ ! -s $L2_RESULTS/answer ]] || cat "$L2_RESULTS/answer"
	return "$status"
}

setup() {
	begin_test
	remote begin_test_in "$PWD"
}

teardown() {
	remote end_test || true
	end_test
}

# The file that is standard input, as the other machine can open it, too.
standard_input() {
	local name
	name=$(readlink /proc/self/fd/0)
	[[ $name == /* ]] && echo "$name" || echo /dev/null
}

# client [OPTION...] ARGUMENT...: in the other machine. Its standard input can be a file,
# as in "client ... <sent"; its output goes to client.out, diagnostics to client.err.
client() {
	remote run_client client "$(standard_input)" "$@"
}

# The same in the background. Several need names: client_name=second start_client ...
start_client() {
	remote start_client "${client_name:-client}" "$(standard_input)" "$@"
}

wait_for_client() { # [NAME]: its status in $status
	status=0
	remote wait_for_client "${1:-client}" || status=$?
}

kill_client() { # SIGNAL
	remote kill_client client "$1"
}

# The server's machine is the other one from now on, the client's this one.
swap_machines() {
	L2_HCI0=$(remote adapter_address hci0)
	start_server() { remote start_server "$@"; }
	wait_for_server() {
		server_status=0
		remote server_status || server_status=$?
	}
	end_server() {
		server_status=0
		remote end_server || server_status=$?
	}
	client() {
		"$l2client" --adapter=hci0 "$@" 2>>client.err 3>&- 7>&- 8>&-
	}
}

end_server() { # if it has not ended by itself; its status in $server_status
	kill -TERM "$server_pid" || true
	wait_for_server
}

# A client that sends without limit, and a server that has some of it.
start_endless_transfer() { # MODE [SERVER-OPTION...]
	local mode=$1
	shift
	start_server --mode="$mode" "$@"
	start_client --mode="$mode" "$L2_HCI0" </dev/zero
	wait_for_size 100000 "$server_output"
}

# An adapter knows nothing of the other's resets, so each must forget its links.
fresh_air() {
	hciconfig hci0 down || true
	remote hciconfig hci0 down || true
	hciconfig hci0 up piscan
	remote hciconfig hci0 up piscan
}

# Both machines have controllers that know nothing of before; both are down.
new_controllers() {
	relay vanish far
	relay vanish hci0
	relay appear hci0
	relay appear far
	wait_for "the controller" controllers_there hci0
	remote wait_for "the controller" controllers_there hci0
}

# After "relay vanish far".
far_controller_appears() {
	relay appear far
	remote wait_for "the controller" controllers_there hci0
	fresh_air
}
