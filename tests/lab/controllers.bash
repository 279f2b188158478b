# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# shellcheck shell=bash
#
# What air and the tests have in common.

air_socket=/tmp/bt-server-bredrle # btvirt -s has it there
relay_program=${L2_BUILD:-build}/relay
[[ $relay_program == /* ]] || relay_program=$PWD/$relay_program

# start_controllers LOG: two controllers on one air, when $L2_RELAY is set with the relay
# between them and the kernel. The process that plays the air is then $L2_BTVIRT: the
# relay ends with it. With two machines, the relay passes on to the one that has the air
# ($L2_FAR_AIR), or has the other's controller ($L2_FAR_CONTROLLER).
start_controllers() {
	if [[ ${L2_FAR_AIR-} ]]; then
		"$relay_program" far "$L2_FAR_AIR" >"$1" 2>&1 3>&- &
		L2_BTVIRT=$!
		disown # or bash would report its end
		return
	fi
	if [[ ! ${L2_RELAY-} ]]; then
		btvirt -l2 >"$1" 2>&1 3>&- &
		L2_BTVIRT=$!
		disown
		return
	fi
	# A controller that vanishes while btvirt writes to it would be the end of btvirt.
	env --ignore-signal=PIPE btvirt -s >"$1" 2>&1 3>&- &
	L2_BTVIRT=$!
	disown
	"$relay_program" run "$L2_RELAY" "$air_socket" ${L2_FAR_CONTROLLER:+"$L2_FAR_CONTROLLER"} \
		>"$L2_RELAY.log" 2>&1 3>&- &
	disown
}

controllers_there() { # [hciN...]
	local adapter
	(($# > 0)) || set -- hci0 hci1
	for adapter; do
		[[ -e /sys/class/bluetooth/$adapter ]] || return
	done
}

adapter_address() { # hciN
	hciconfig "$1" | awk '/BD Address:/ { print $3 }'
}

# The device of the virtio port that guest --port=NAME=... made.
virtio_port() { # NAME
	grep -lx "$1" /sys/class/virtio-ports/*/name | sed 's|.*/\(vport[^/]*\)/name|/dev/\1|'
}
