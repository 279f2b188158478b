# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
# What --verbose and --json tell about a channel and its link, held against what was asked
# for and against what other programs say.
load lab

connected() { # FILE FIELD
	"$json_events" get "$1" connected "$2"
}

expect_connected() { # FILE FIELD WANTED
	expect "$2 in $1" "$(connected "$1" "$2")" "$3"
}

# The connection handle of the link between the adapters, as hcitool knows it.
handle() {
	hcitool -i hci1 con | sed -nE 's/.* handle ([0-9]+) .*/\1/p'
}

@test "two lines report it as text, before the data" {
	start_server --verbose --fcs=off
	status client --verbose --fcs=off --tx-window=20 --max-transmit=0 --hold=1 "$L2_HCI0" x
	expect_statuses 0 0
	expect_line 'mode ertm, FCS off, window 20 in, max-transmit 0 in; SDUs' client.err
	expect_line 'mode ertm, FCS off, window 63 in, max-transmit 3 in; SDUs' server.err
	expect_line ': channel identifiers 0x0040 here, 0x0040 there; security low; flush timeout option none; link ' client.err
	expect_line ': role central, not encrypted, key size 0, PHY BR 1M' client.err
	expect_line ': role peripheral, not encrypted, key size 0, PHY BR 1M' server.err
	expect_line 'channel closed by the peer' server.err
	expect_line 'channel closed by us, confirmed by the peer' client.err
}

@test "without --verbose nothing of it is reported" {
	text_alone '--json tells the details always'
	start_server
	status client "$L2_HCI0" x
	expect_statuses 0 0
	expect "client's lines" "$(grep -c . client.err)" 1
	expect "server's lines" "$(grep -c . server.err)" 3
}

# A connect that will be refused takes an identifier at this end alone, until it is.
@test "each end knows which channel identifier is whose" {
	start_server --json
	kill -STOP "$L2_BTVIRT"
	python3 "$peers/connect_in_vain_first.py" "$L2_HCI1" "$L2_HCI0" \
		"$l2client" --json --adapter=hci1 "$L2_HCI0" x 2>client.err 3>&- &
	client_pid=$!
	wait_for "the client to connect" is_connecting 4097
	kill -CONT "$L2_BTVIRT"
	wait_for_client
	expect_statuses 0 0
	expect_connected client.err source_cid 65
	expect_connected client.err destination_cid 64
	expect_connected server.err source_cid 64
	expect_connected server.err destination_cid 65
}

@test "mode, FCS, window and transmissions are as asked, and null where there are none" {
	local mode
	for mode in basic streaming ertm; do
		start_server --json --mode=$mode
		rm -f client.err
		status client --json --mode=$mode "$L2_HCI0" x
		expect_statuses 0 0
		expect_connected client.err mode "\"$mode\""
		case $mode in
		basic) expect_connected client.err fcs null ;;
		*) expect_connected client.err fcs true ;;
		esac
		case $mode in
		ertm) expect_connected client.err incoming_tx_window 63 ;;
		*) expect_connected client.err incoming_tx_window null ;;
		esac
		expect_connected client.err flush_timeout_option_ms 65535
	done
}

@test "the link's handle is the one that hcitool knows" {
	start_server --json
	client --json --hold=60 "$L2_HCI0" x &
	client_pid=$!
	is_connected() { grep -q '"connected"' client.err; }
	wait_for 'the connection' is_connected
	expect_connected client.err acl_handle "$(handle)"
	kill -TERM "$server_pid"
	wait_for_server
	wait_for_client
}

@test "an ordinary user learns all of it" {
	as_user=nobody
	start_server --json
	status setpriv --reuid=65534 --clear-groups "$l2client" --json "$L2_HCI0" x 2>client.err
	expect_statuses 0 0
	for field in source_cid destination_cid acl_handle role encrypted encryption_key_bytes \
		phy security; do
		[[ $(connected client.err "$field") != null ]] || expect "$field" null known
	done
	expect_connected client.err phy '"BR 1M, EDR 2M, EDR 3M"'
}

@test "a link that another channel had encrypted is reported as encrypted, with its key" {
	local adapter
	for adapter in 0 1; do
		btmgmt --index $adapter ssp on
		btmgmt --index $adapter io-cap 3
		btmgmt --index $adapter pairable on
	done >btmgmt.err
	start_peer encrypted.out python3 "$peers/encrypt_link.py" "$L2_HCI1" "$L2_HCI0"
	wait_for_line encrypted encrypted.out
	start_server --json
	status client --json "$L2_HCI0" x
	expect_statuses 0 0
	expect_connected client.err encrypted true
	expect_connected client.err encryption_key_bytes 16
	expect_connected server.err encrypted true
	expect_connected server.err encryption_key_bytes 16
}

@test "a peer that is gone already leaves some values unknown" {
	start_server --json --mode=basic
	kill -STOP "$server_pid"
	wait_for_state T "$server_pid"
	client --json --mode=basic "$L2_HCI0" x &
	client_pid=$!
	kill -CONT "$server_pid"
	wait_for_client
	wait_for_server
	expect "server's status" "$server_status" 0
	"$json_events" check server.err
}
