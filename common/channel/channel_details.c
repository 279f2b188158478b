// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * Measured on 6.12, over BR/EDR, as root and as an ordinary user alike:
 * - getsockname() has the channel identifier at this end in l2_cid, getpeername() that at
 *   the other; the latter gives ENOTCONN once the peer has closed, as do L2CAP_CONNINFO
 *   and BT_PHY.
 * - txwin_size and max_tx of L2CAP_OPTIONS are what this end set, whatever the peer's
 *   are, and stay so in basic mode, where they mean nothing.
 * - L2CAP_LM reports what was asked for (2 on a new socket), and so not the role.
 *   HCIGETCONNLIST reports it, and whether the link is encrypted.
 * - BT_SECURITY of an accepted socket has the level that the link has, 0 (sdp) for none,
 *   whatever the listening socket asked for; that of a connecting one what it asked for,
 *   or what the link has when that is more. With Secure Simple Pairing at both ends even
 *   BT_SECURITY_LOW makes it medium, encrypted.
 * - A peer of LE with a private address has told its identity once it has paired:
 *   getpeername() has that from then on, instead of the address that connected.
 * - BT_PHY has all packet types that the link may use, 0x1ff for any with EDR.
 */
#include "channel/channel_details.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <bluetooth/hci.h>
#include <bluetooth/l2cap.h>

#include "channel/adapter.h"

static void read_identifiers(struct channel_details *negotiated, int fd)
{
	struct sockaddr_l2 address = {0};
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size) == 0)
		negotiated->source_cid = btohs(address.l2_cid);
	size = sizeof(address);
	if (getpeername(fd, (struct sockaddr *)&address, &size) < 0)
		return;
	negotiated->destination_cid = btohs(address.l2_cid);
	negotiated->peer = address.l2_bdaddr;
	negotiated->peer_type = address.l2_bdaddr_type;
}

static void read_options(struct channel_details *negotiated, int fd)
{
	struct l2cap_options options;
	socklen_t size = sizeof(options);

	if (getsockopt(fd, SOL_L2CAP, L2CAP_OPTIONS, &options, &size) < 0)
		return;
	negotiated->flush_timeout_option_ms = options.flush_to;
	if (options.mode == L2CAP_MODE_ERTM) {
		negotiated->incoming_tx_window = options.txwin_size;
		negotiated->incoming_max_transmit = options.max_tx;
	}
}

static void read_security(struct channel_details *negotiated, int fd)
{
	struct bt_security security = {0};
	socklen_t size = sizeof(security);

	if (getsockopt(fd, SOL_BLUETOOTH, BT_SECURITY, &security, &size) < 0)
		return;
	negotiated->security_level = security.level;
	negotiated->key_size = security.key_size;
}

static void read_link(struct channel_details *negotiated, const struct channel *channel)
{
	struct l2cap_conninfo info = {0};
	socklen_t size = sizeof(info);
	uint32_t phys = 0;
	struct acl_link link;

	if (getsockopt(channel->fd, SOL_L2CAP, L2CAP_CONNINFO, &info, &size) < 0)
		return;
	negotiated->acl_handle = info.hci_handle;
	size = sizeof(phys);
	if (getsockopt(channel->fd, SOL_BLUETOOTH, BT_PHY, &phys, &size) == 0)
		negotiated->phys = phys;
	if (adapter_find_handle(&channel->local, info.hci_handle, &link))
		return;
	negotiated->is_central = (link.mode & HCI_LM_MASTER) != 0;
	negotiated->is_encrypted = (link.mode & HCI_LM_ENCRYPT) != 0;
}

void channel_details_read(struct channel_details *negotiated,
			  const struct channel *channel)
{
	*negotiated = (struct channel_details){
		.peer = channel->peer,
		.peer_type = channel->address_type,
		.source_cid = NOT_KNOWN,
		.destination_cid = NOT_KNOWN,
		.incoming_tx_window = NOT_KNOWN,
		.incoming_max_transmit = NOT_KNOWN,
		.flush_timeout_option_ms = NOT_KNOWN,
		.acl_handle = NOT_KNOWN,
		.is_central = NOT_KNOWN,
		.is_encrypted = NOT_KNOWN,
		.security_level = NOT_KNOWN,
		.key_size = NOT_KNOWN,
	};
	read_identifiers(negotiated, channel->fd);
	read_options(negotiated, channel->fd);
	read_security(negotiated, channel->fd);
	read_link(negotiated, channel);
}

/* Core Specification, Vol 6, Part B, 1.3: by the two highest bits of a random address. */
bool channel_details_know_identity(const struct channel_details *negotiated)
{
	return negotiated->peer_type != BDADDR_LE_RANDOM ||
	       negotiated->peer.b[5] >> 6 == 3;
}

const char *peer_address_type(const struct channel_details *negotiated)
{
	if (negotiated->peer_type == BDADDR_BREDR)
		return NULL;
	if (channel_details_know_identity(negotiated))
		return negotiated->peer_type == BDADDR_LE_RANDOM ? "static" : "public";
	return negotiated->peer.b[5] >> 6 == 1 ? "resolvable" : "non-resolvable";
}

static const struct phy {
	uint32_t bits;
	const char *name;
} all_phys[] = {
	{BT_PHY_BR_1M_1SLOT | BT_PHY_BR_1M_3SLOT | BT_PHY_BR_1M_5SLOT, "BR 1M"},
	{BT_PHY_EDR_2M_1SLOT | BT_PHY_EDR_2M_3SLOT | BT_PHY_EDR_2M_5SLOT, "EDR 2M"},
	{BT_PHY_EDR_3M_1SLOT | BT_PHY_EDR_3M_3SLOT | BT_PHY_EDR_3M_5SLOT, "EDR 3M"},
	{BT_PHY_LE_1M_TX | BT_PHY_LE_1M_RX, "LE 1M"},
	{BT_PHY_LE_2M_TX | BT_PHY_LE_2M_RX, "LE 2M"},
	{BT_PHY_LE_CODED_TX | BT_PHY_LE_CODED_RX, "LE coded"},
};

const char *phy_names(uint32_t phys, char text[PHY_NAMES_SIZE])
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(all_phys) / sizeof(all_phys[0]); i++) {
		if (phys & all_phys[i].bits)
			length += (size_t)snprintf(text + length, PHY_NAMES_SIZE - length,
						   "%s%s", length ? ", " : "",
						   all_phys[i].name);
	}
	return length ? text : NULL;
}
