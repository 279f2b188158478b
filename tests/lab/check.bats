# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# --check: what it finds, and that the command which it names really mends it.
load lab

ertm_parameter=/sys/module/bluetooth/parameters/disable_ertm

# look STATUS PROGRAM [OPTION...]: the report of --check goes to check.out, with nothing on
# standard error. $as_user runs it as that user.
look() {
	local wanted=$1 program=$2
	shift 2
	status=0
	${as_user:+setpriv --reuid="$as_user" --clear-groups} \
		"$program" --check "$@" >check.out 2>check.err 3>&- || status=$?
	expect "status of ${program##*/} --check $*" "$status" "$wanted"
	expect_events_alone check.out
	expect "standard error" "$(cat check.err)" ''
}

findings() {
	told check.out
}

expect_findings() { # TEXT...
	local text
	for text; do
		expect_line "$text" check.out
	done
}

# Runs the first command that the hint after the finding TEXT has in quotes; it is COMMAND,
# if that is given.
mend() { # TEXT [COMMAND]
	local command
	command=$(findings | grep -F -A 1 -- "$1" | sed -n "s/[^']*'\([^']*\)'.*/\1/p" | head -n 1)
	[[ $command ]] || {
		echo "no command for '$1' in:"
		cat check.out
		return 1
	}
	echo "running: $command"
	expect "the command" "$command" "${2-$command}"
	bash -c "$command"
}

@test "all is well: every finding is good, status 0" {
	look 0 "$l2server" --adapter=hci0
	expect_findings "ok: hci0 $L2_HCI0 is up" \
		'ok: peers can connect to hci0: its page scan is on' \
		'ok: PSM 0x1001 (4097) is free' \
		'ok: the kernel offers mode ertm' \
		'ok: the receive buffer has room for' \
		'ok: standard output can be written'
	expect "lines that are not good" "$(findings | grep -vc '^ok: ')" 0
	look 0 "$l2client" --adapter=hci1 "$L2_HCI0"
	expect_findings "ok: hci1 $L2_HCI1 is up" \
		'ok: standard input can be read'
	expect "lines that are not good" "$(findings | grep -vc '^ok: ')" 0
	look 0 "$l2client" --info --adapter=hci1 "$L2_HCI0"
	expect_findings 'ok: --info is permitted'
}

@test "looking disturbs no one: a server listens and serves meanwhile" {
	start_server --adapter=hci0 --psm=0x1003
	look 1 "$l2server" --adapter=hci0 --psm=0x1003
	look 0 "$l2server" --adapter=hci0 --psm=0x1005
	status client "$L2_HCI0:0x1003" x
	expect_statuses 0 0
	expect output "$(cat server.out)" x
}

@test "an ordinary user gets the same findings, and a small receive buffer" {
	as_user=65534
	look 0 "$l2server" --adapter=hci0
	expect_findings "ok: hci0 $L2_HCI0 is up" 'ok: PSM 0x1001 (4097) is free' \
		'ok: the kernel offers mode ertm' \
		'warning: the receive buffer has room for 425984 bytes only'
	mend 'the receive buffer has room'
	look 0 "$l2server" --adapter=hci0
	expect_findings 'ok: the receive buffer has room for 8388608 bytes'
	expect warnings "$(findings | grep -c warning)" 0
	sysctl -q -w net.core.rmem_max=212992
	look 0 "$l2server" --mode=ertm
	expect warnings "$(findings | grep -c warning)" 0
	look 0 "$l2client"
	expect warnings "$(findings | grep -c warning)" 0
	look 0 "$l2client" --receive
	expect warnings "$(findings | grep -c warning)" 1
}

@test "the adapter is down: its command brings it up, for the server with page scan" {
	hciconfig hci0 down
	look 1 "$l2server" --adapter=hci0
	expect_findings 'problem: cannot use hci0: The adapter is down'
	mend 'The adapter is down'
	look 0 "$l2server" --adapter=hci0
	hciconfig hci1 down
	look 1 "$l2client" --adapter="$L2_HCI1" "$L2_HCI0"
	expect_findings "problem: cannot use $L2_HCI1: The adapter is down"
	mend 'The adapter is down'
	look 0 "$l2client" --adapter=hci1 "$L2_HCI0"
	fresh_air
}

@test "one adapter that is up is enough when none is named" {
	hciconfig hci0 down
	look 0 "$l2server"
	expect_findings "ok: hci1 $L2_HCI1 is up"
	hciconfig hci1 down
	look 1 "$l2server"
	expect_findings 'problem: cannot use a Bluetooth adapter: The adapter is down'
	mend 'The adapter is down'
	look 0 "$l2server"
	fresh_air
}

@test "the adapter is blocked: its command unblocks it and brings it up" {
	rfkill block bluetooth
	look 1 "$l2server" --adapter=hci0
	expect_findings 'problem: cannot use hci0: The adapter is blocked'
	mend 'The adapter is blocked' 'rfkill unblock bluetooth'
	look 1 "$l2server" --adapter=hci0
	mend 'The adapter is down'
	look 0 "$l2server" --adapter=hci0
	fresh_air
}

@test "page scan is off: a server cannot be reached, a client needs none" {
	hciconfig hci0 noscan
	look 1 "$l2server" --adapter=hci0
	expect_findings "ok: hci0 $L2_HCI0 is up" \
		'problem: cannot be connected to at hci0: Its page scan is off'
	mend 'Its page scan is off' 'btmgmt --index 0 connectable on'
	look 0 "$l2server" --adapter=hci0
	hciconfig hci0 noscan
	look 0 "$l2client" --adapter=hci0 "$L2_HCI1"
	fresh_air
}

@test "no such adapter: those that are there are named" {
	look 1 "$l2server" --adapter=hci7
	expect_findings 'problem: cannot use hci7: No such adapter' \
		'hint: adapters that are there: hci0, hci1'
	look 1 "$l2client" --adapter=00:11:22:33:44:55 "$L2_HCI0"
	expect_findings 'problem: cannot use 00:11:22:33:44:55: No such adapter'
}

@test "no adapter at all" {
	kill -KILL "$L2_BTVIRT"
	gone() { [[ ! -e /sys/class/bluetooth/hci0 && ! -e /sys/class/bluetooth/hci1 ]]; }
	wait_for 'the adapters to go' gone
	look 1 "$l2server"
	expect_findings 'problem: cannot use a Bluetooth adapter: No such adapter' \
		'hint: adapters that are there: none, plug one in;'
	start_btvirt
}

@test "the PSM is taken: another is free" {
	start_server --adapter=hci0
	look 1 "$l2server" --adapter=hci0
	expect_findings 'problem: cannot listen on hci0, PSM 0x1001 (4097): Address already in use' \
		'--psm=0 for a free one'
	look 0 "$l2server" --adapter=hci0 --psm=0
	expect_findings 'ok: there is a free PSM'
	look 0 "$l2client" --adapter=hci1 "$L2_HCI0"
}

@test "a PSM below 0x1001: an ordinary user needs the privilege" {
	look 0 "$l2server" --adapter=hci0 --psm=0x0025
	expect_findings 'ok: PSM 0x0025 (37) is free'
	copy_for_nobody "$l2server"
	as_user=65534
	look 1 "${copy[@]}" --adapter=hci0 --psm=0x0025
	expect_findings 'problem: cannot listen on hci0, PSM 0x0025 (37): Permission denied'
	mend 'Permission denied'
	look 0 "${copy[@]}" --adapter=hci0 --psm=0x0025
	look 0 "$l2client" "$L2_HCI0:0x0025"
}

@test "--info: an ordinary user needs the privilege" {
	copy_for_nobody "$l2client"
	as_user=65534
	look 1 "${copy[@]}" --info "$L2_HCI0"
	expect_findings 'problem: cannot ask the peer (--info): Operation not permitted'
	mend 'Operation not permitted'
	look 0 "${copy[@]}" --info "$L2_HCI0"
}

@test "ERTM is switched off: a warning for auto, a problem for ertm and streaming" {
	echo Y >"$ertm_parameter"
	look 0 "$l2server" --adapter=hci0
	expect_findings 'warning: the kernel does not offer mode ertm, so that auto is basic'
	look 0 "$l2server" --adapter=hci0 --mode=basic
	expect "words about ERTM" "$(findings | grep -c 'does not offer')" 0
	look 1 "$l2client" --mode=streaming "$L2_HCI0"
	expect_findings 'problem: cannot use mode streaming: The kernel does not offer this mode'
	look 1 "$l2server" --adapter=hci0 --mode=ertm
	expect_findings 'problem: cannot use mode ertm: The kernel does not offer this mode' \
		'ok: PSM 0x1001 (4097) is free'
	mend 'does not offer this mode'
	look 0 "$l2server" --adapter=hci0 --mode=ertm
}

@test "files are looked at, and none is made" {
	mkdir folder own
	: >full
	look 1 "$l2server" --send=missing --output=folder
	expect_findings 'problem: cannot read missing: No such file or directory' \
		'problem: cannot write folder: Is a directory'
	look 1 "$l2server" --output=none/file
	expect_findings 'problem: cannot write none/file: No such file or directory'
	look 0 "$l2server" --send=full --output=own/file
	look 0 "$l2server" --keep-open --output='own/%a-%n'
	look 1 "$l2server" --keep-open --output='none/%a-%n'
	look 0 "$l2server" --keep-open --output='%a/file'
	expect "files that were made" "$(ls own)" ''
	chmod 755 . own
	as_user=65534
	look 1 "$l2server" --output=own/file
	expect_findings 'problem: cannot write own/file: Permission denied'
}

@test "quiet reports what was asked for: all findings" {
	local lines
	look 0 "$l2server"
	lines=$(findings | wc -l)
	look 0 "$l2server" --quiet
	expect "lines" "$(findings | wc -l)" "$lines"
}

# Those of other hints, which no case above makes --check print; bluetoothctl's are run in
# tests/interop/bluetoothd.bats. tests/docs/words looks for each here or there.
@test "the commands of the errors' hints can be run" {
	local command
	manage 0 le on
	for command in 'btmgmt con' 'btmgmt info' 'btmgmt connectable on' \
		'btmgmt --index 0 power off' 'btmgmt --index 0 power on' 'btmgmt --index 0 le on' \
		'btmgmt --index 0 add-adv -c 1' 'btmgmt --index 0 advinfo' 'btmgmt --index 0 clr-adv' \
		'sysctl net.core.wmem_max=4194304' 'sysctl net.core.rmem_max=67108864' \
		'echo Y >/sys/module/bluetooth/parameters/enable_ecred' 'rfkill list' 'ulimit -u' 'dmesg'; do
		status bash -c "$command" >printed 2>&1
		expect "status of $command" "$status" 0
	done
	hciconfig hci0 piscan
	sysctl -q -w net.core.wmem_max=212992 net.core.rmem_max=212992
	fresh_air
}

@test "the commands of the errors' hints for bluetoothd can be run" {
	mkdir -p /run/dbus
	dbus-uuidgen --ensure
	start_peer dbus.out dbus-daemon --system --nofork --nopidfile --print-address
	wait_for_line unix: dbus.out
	start_peer bluetoothd.out bluetoothd --nodetach
	has_bluetoothd() { bluetoothctl list 2>/dev/null | grep Controller >/dev/null; }
	wait_for bluetoothd has_bluetoothd
	hciconfig hci0 down
	bluetoothctl power on
	bluetoothctl discoverable on
	hciconfig hci0 | grep 'PSCAN ISCAN' >/dev/null
	status timeout 10 bluetoothctl pair "$L2_HCI1" >pair.out 2>&1
	grep -e 'Pairing successful' -e 'not available' pair.out
	pkill -KILL bluetoothd
	fresh_air
}
