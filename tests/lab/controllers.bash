# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What air and the tests have in common.

air_socket=/tmp/bt-server-bredrle # btvirt -s has it there
relay_program=$(realpath "${L2_BUILD:-build}")/relay

# start_controllers LOG: two controllers on one air, when $L2_RELAY is set with the relay
# between them and the kernel. The process that plays the air is then $L2_BTVIRT: the
# relay ends with it.
start_controllers() {
	if [[ ! ${L2_RELAY-} ]]; then
		btvirt -l2 >"$1" 2>&1 3>&- &
		L2_BTVIRT=$!
		disown # or bash would report its end
		return
	fi
	btvirt -s >"$1" 2>&1 3>&- &
	L2_BTVIRT=$!
	disown
	"$relay_program" run "$L2_RELAY" "$air_socket" >"$L2_RELAY.log" 2>&1 3>&- &
	disown
}

controllers_there() {
	[[ -e /sys/class/bluetooth/hci0 && -e /sys/class/bluetooth/hci1 ]]
}
