# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# Who needs which privilege, and who gives up which. Over the relay, as btvirt's controllers
# know no flush timeout.
load lab

readonly net_admin=0x1000 net_raw=0x2000 files=0x1f kill=0x20
project=$BATS_TEST_DIRNAME/../..

# The rows of the manual's table: what needs the privilege, a tab, the capability.
rows() {
	sed -n '/^\.Ss Privileges/,/^\.El/s/^\.It \(.*\) Ta Dv \(CAP_[A-Z_]*\)$/\1\t\2/p' "$project/man/l2cap-tools.7" |
		sed -E 's/Fl -/--/g; s/ No / /g'
}

# What an ordinary user makes of it, with the program in ${copy[@]}: in $status.
as_nobody() { # ARGUMENT...
	setpriv --reuid=65534 --clear-groups "${copy[@]}" "$@" 3>&- 8>&-
}

serve_as_nobody() { # ARGUMENT...
	local psm ready=/tmp/ready
	rm -f "$ready"
	mkfifo "$ready"
	as_nobody --ready-fd=9 "$@" >server.out 2>tried.err 9>"$ready" &
	server_pid=$!
	# A server that fails closes the pipe without a word, and reports its status.
	if read -r psm <"$ready"; then
		pkill -TERM -P "$server_pid" -x l2server || kill -TERM "$server_pid"
		wait "$server_pid" || true
		status=0
	else
		status wait "$server_pid"
	fi
}

ask_as_nobody() { # ARGUMENT...
	status as_nobody --adapter=hci1 "$@" 2>tried.err
}

# Small ones are a warning, and no failure.
look_at_buffers() { # ARGUMENT...
	as_nobody --check "$@" >tried.out
	status=0
	if told tried.out | grep 'warning: the receive buffer' >/dev/null; then
		status=1
	fi
}

# $status is 0 if it can be done, and tried.err reports why not. Fails where it does not apply.
try() { # PROGRAM ROW
	case "$*" in
	'l2server --psm below 0x1001') serve_as_nobody --psm=0x0025 ;;
	'l2server --le --psm below 0x0080') serve_as_nobody --le --psm=0x0025 ;;
	'l2server --flush-timeout') serve_as_nobody --flush-timeout=20 ;;
	'l2server --advertise') serve_as_nobody --le --advertise ;;
	'l2client --flush-timeout') ask_as_nobody --flush-timeout=20 "$L2_HCI0" x ;;
	'l2client --no-channel') ask_as_nobody --flush-timeout=20 --no-channel "$L2_HCI0" ;;
	'l2client --info') ask_as_nobody --info "$L2_HCI0" ;;
	'l2server large buffers') look_at_buffers ;;
	'l2client large buffers') look_at_buffers --receive "$L2_HCI0" ;;
	'l2server --no-channel' | 'l2server --info' | 'l2client --psm below'* | \
		'l2client --le --psm below'* | 'l2client --advertise') return 1 ;;
	*)
		echo "the manual's row '$*' has no case here"
		exit 1
		;;
	esac
}

# Each row: an ordinary user cannot, and only the privilege makes it possible.
check_rows() { # PROGRAM
	local row capability count=0 program=${1##*/}
	copy_for_nobody "$1"
	while IFS=$'\t' read -r row capability <&5; do
		setcap -q -r "$program" 2>/dev/null || true
		try "$program" "$row" || continue
		[[ $status == 1 ]] || {
			echo "$program $row: status $status instead of 1 without $capability"
			cat tried.err
			return 1
		}
		setcap "${capability,,}+ep" "$program"
		try "$program" "$row"
		[[ $status == 0 ]] || {
			echo "$program $row: status $status instead of 0 with $capability"
			cat tried.err
			return 1
		}
		count=$((count + 1))
	done 5< <(rows)
	echo "# $program: $count rows" >&3
	((count > 3))
}

@test "privileges: each row of l2server's table, without and with what it names" {
	manage 0 le on
	check_rows "$l2server"
}

@test "privileges: each row of l2client's table, without and with what it names" {
	start_server --keep-open
	# A link that is there, for --no-channel.
	client --hold=86400 "$L2_HCI0" x &
	wait_for_size 1 server.out
	check_rows "$l2client"
	kill -TERM "$server_pid"
	wait_for_server
}

expect_privileges() { # WHAT PROCESS WANTED
	local set
	for set in CapPrm CapEff; do
		expect "$set of $1" "$((16#$(awk -v set="$set:" '$1 == set { print $2 }' \
			"/proc/$2/status")))" "$(($3))"
	done
	expect "CapInh of $1" "$(awk '/^CapInh:/ { print $2 }' "/proc/$2/status")" 0000000000000000
}

expect_of_server() { # WHAT WANTED [OPTION...]
	local what=$1 wanted=$2
	start_server "${@:3}"
	expect_privileges "$what" "$server_pid" "$wanted"
	kill -TERM "$server_pid"
	wait_for_server
}

@test "privileges: root's server keeps what is still to come" {
	expect_of_server "a server" $net_admin
	expect_of_server "a server with a low PSM" $net_admin --psm=0x0025
	expect_of_server "a server with --flush-timeout" "net_admin | net_raw" --flush-timeout=20
	expect_of_server "a server with --output" "net_admin | files" --output=file
	echo >sent
	expect_of_server "a server with --send" "net_admin | files" --send=sent
	expect_of_server "a server with --exec" "net_admin | kill" --exec=true
}

@test "privileges: once its one client is in, a server needs none" {
	start_server
	client --hold=86400 "$L2_HCI0" x &
	client_pid=$!
	wait_for_size 1 server.out
	expect_privileges "a server with its client" "$server_pid" 0
	kill -TERM "$server_pid"
	wait_for_server
	wait "$client_pid" || true
}

@test "privileges: root's client keeps none, but for connecting again" {
	local mode
	declare -A kept=([basic]=0 [ertm]=$net_admin)
	for mode in basic ertm; do
		start_server --mode=$mode
		"$l2client" --adapter=hci1 --mode=$mode --hold=86400 "$L2_HCI0" x 2>client.err 3>&- 8>&- &
		client_pid=$!
		wait_for_size 1 server.out
		expect_privileges "a client in $mode" "$client_pid" "${kept[$mode]}"
		kill -TERM "$client_pid"
		wait "$client_pid" || true
		wait_for_server
	done
}

@test "privileges: a marked program gives up what an option did not ask for" {
	text_alone "what speaks JSON is a script, whose marks mean nothing"
	copy_for_nobody "$l2server"
	setcap cap_net_raw,cap_net_admin,cap_net_bind_service,cap_sys_admin+ep l2server
	l2server=${copy[0]} as_user=65534
	expect_of_server "a marked server" $net_admin --psm=0x0025
}

@test "privileges: root's server writes into a folder of another's, in which it keeps the right" {
	mkdir theirs
	chown 65534 theirs
	chmod 700 theirs
	start_server --output=theirs/file
	status client "$L2_HCI0" 'hello!!'
	expect_statuses 0 0
	expect "the file" "$(<theirs/file)" 'hello!!'
}
