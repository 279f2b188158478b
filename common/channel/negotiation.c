// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "channel/negotiation.h"

#include <errno.h>
#include <sys/socket.h>

#include <bluetooth/hci.h>
#include <bluetooth/l2cap.h>

#include "channel/adapter.h"

/* --- what is asked for -------------------------------------------------------------- */

/*
 * Trap T20: of a frame one of whose ACL packets is missing the kernel drops the rest,
 * with only a line in its log, unless a channel of the link is to be reliable: that gets
 * ECOMM. ERTM, which sends it again, and a channel that is refused, ignore it. Shown by
 * "a torn frame is reported" in the laboratory.
 *
 * Measured on 6.12: with L2CAP_LM_MASTER on a listening socket, the kernel accepts a link
 * that a peer makes as its central, which asks the peer to switch roles. A link that this
 * end makes has it as its central anyway; one that is there already stays as it is. Shown
 * by "--central takes the role when the link is made" in the laboratory.
 */
static int set_link_mode(int fd, const struct channel_config *config)
{
	int link_mode;
	socklen_t size = sizeof(link_mode);

	if (getsockopt(fd, SOL_L2CAP, L2CAP_LM, &link_mode, &size) < 0)
		return -errno;
	if (config->mode != MODE_ERTM)
		link_mode |= L2CAP_LM_RELIABLE;
	if (config->central)
		link_mode |= L2CAP_LM_MASTER;
	return setsockopt(fd, SOL_L2CAP, L2CAP_LM, &link_mode, size) < 0 ? -errno : 0;
}

/*
 * The outgoing MTU is not set: on BR/EDR the kernel ignores omtu, it is the peer's
 * incoming one (trap T7). Nor is flush_to, which the kernel stores and never uses (T6).
 */
static int set_br_edr_options(int fd, const struct channel_config *config)
{
	struct l2cap_options options;
	socklen_t size = sizeof(options);

	if (getsockopt(fd, SOL_L2CAP, L2CAP_OPTIONS, &options, &size) < 0)
		return -errno;
	options.imtu = config->mtu;
	options.txwin_size = config->tx_window;
	options.max_tx = config->max_transmit;
	options.fcs = !config->without_fcs;
	options.mode =
		config->mode == MODE_AUTO ? L2CAP_MODE_ERTM : (uint8_t)config->mode;
	if (setsockopt(fd, SOL_L2CAP, L2CAP_OPTIONS, &options, sizeof(options)) == 0)
		return set_link_mode(fd, config);
	if (errno != EINVAL || config->mode != MODE_AUTO)
		return -errno;
	/* The bluetooth module was loaded with disable_ertm. */
	options.mode = L2CAP_MODE_BASIC;
	if (setsockopt(fd, SOL_L2CAP, L2CAP_OPTIONS, &options, sizeof(options)) < 0)
		return -errno;
	return set_link_mode(fd, config);
}

/* Over LE the kernel has no L2CAP_OPTIONS (EINVAL), and takes a mode or an MTU from a
 * socket only once that is bound to an address of LE. */
static int set_le_options(int fd, const struct channel_config *config)
{
	uint8_t mode = BT_MODE_EXT_FLOWCTL;

	if (config->mode == MODE_ECRED &&
	    setsockopt(fd, SOL_BLUETOOTH, BT_MODE, &mode, sizeof(mode)) < 0)
		return -errno;
	return setsockopt(fd, SOL_BLUETOOTH, BT_RCVMTU, &config->mtu,
			  sizeof(config->mtu)) < 0
		     ? -errno
		     : 0;
}

int channel_ask_for_security(int fd, uint8_t level)
{
	const struct bt_security security = {.level = level};

	return setsockopt(fd, SOL_BLUETOOTH, BT_SECURITY, &security, sizeof(security)) < 0
		     ? -errno
		     : 0;
}

int channel_set_options(int fd, const struct channel_config *config)
{
	int error = channel_is_le(config) ? set_le_options(fd, config)
					  : set_br_edr_options(fd, config);

	if (!error && config->security)
		error = channel_ask_for_security(fd, config->security);
	return error;
}

/* --- what was agreed on ------------------------------------------------------------- */

static int read_br_edr_options(struct channel *channel)
{
	struct l2cap_options options;
	socklen_t size = sizeof(options);

	if (getsockopt(channel->fd, SOL_L2CAP, L2CAP_OPTIONS, &options, &size) < 0)
		return -errno;
	channel->incoming_mtu = options.imtu;
	channel->outgoing_mtu = options.omtu;
	channel->mode = options.mode;
	/* At the end of the configuration Linux takes the check sum out of basic mode;
	 * before, it is as it was asked for. */
	channel->configured = options.mode == L2CAP_MODE_BASIC && options.fcs == 0;
	channel->fcs = options.mode != L2CAP_MODE_BASIC && options.fcs != 0;
	/* Measured: in ERTM and streaming, send() of an empty SDU reports success and
	 * nothing goes over the air (the kernel cuts 0 bytes into 0 frames). Shown by "an
	 * empty message is one empty SDU" in the laboratory. */
	channel->smallest_sdu = options.mode == L2CAP_MODE_BASIC ? 0 : 1;
	channel->largest_sdu = options.omtu;
	/* Trap T5, shown by "a basic SDU of 65531 bytes arrives, a larger one is an
	 * error" in the laboratory. */
	if (options.mode == L2CAP_MODE_BASIC && options.omtu > LARGEST_BASIC_SDU)
		channel->largest_sdu = LARGEST_BASIC_SDU;
	return 0;
}

/* Where the kernel has no enhanced channels, it does not report the mode either. */
static int le_mode(int fd)
{
	uint8_t mode = BT_MODE_LE_FLOWCTL;
	socklen_t size = sizeof(mode);

	return getsockopt(fd, SOL_BLUETOOTH, BT_MODE, &mode, &size) == 0 &&
			       mode == BT_MODE_EXT_FLOWCTL
		     ? MODE_ECRED
		     : MODE_LE;
}

static int read_le_options(struct channel *channel)
{
	socklen_t size = sizeof(channel->incoming_mtu);

	if (getsockopt(channel->fd, SOL_BLUETOOTH, BT_RCVMTU, &channel->incoming_mtu,
		       &size) < 0)
		return -errno;
	channel->outgoing_mtu = SMALLEST_LE_MTU;
	if (getsockopt(channel->fd, SOL_BLUETOOTH, BT_SNDMTU, &channel->outgoing_mtu,
		       &size) < 0 &&
	    errno != ENOTCONN)
		return -errno;
	channel->mode = le_mode(channel->fd);
	channel->fcs = false;
	/* As in ERTM: see above. */
	channel->smallest_sdu = 1;
	channel->largest_sdu = channel->outgoing_mtu;
	return 0;
}

int channel_read_negotiated(struct channel *channel)
{
	return channel->address_type == BDADDR_BREDR ? read_br_edr_options(channel)
						     : read_le_options(channel);
}

int channel_check_security(const struct channel *channel,
			   const struct channel_config *config)
{
	struct bt_security security = {0};
	socklen_t size = sizeof(security);
	struct l2cap_conninfo info;
	struct acl_link link;

	if (config->security < BT_SECURITY_MEDIUM)
		return 0;
	if (getsockopt(channel->fd, SOL_BLUETOOTH, BT_SECURITY, &security, &size) < 0)
		return -errno;
	if (security.level < config->security)
		return -EACCES;
	/* Where this end connected, that is what it asked for. A channel that is closed
	 * again has moved what it has moved under the kernel's own rule. By its handle:
	 * a peer's address may change as it pairs. */
	size = sizeof(info);
	if (getsockopt(channel->fd, SOL_L2CAP, L2CAP_CONNINFO, &info, &size) < 0)
		return errno == ENOTCONN ? 0 : -errno;
	if (adapter_find_handle(&channel->local, info.hci_handle, &link) ||
	    !(link.mode & HCI_LM_ENCRYPT))
		return -EACCES;
	return 0;
}

/* Trap T10: ERTM asked of a streaming peer ends with each side believing that the other
 * has given in. Shown by "each pair of modes ends as it should" in the laboratory. */
bool channel_mode_is_wanted(const struct channel_config *config, int mode)
{
	if (config->mode != MODE_AUTO)
		return mode == (int)config->mode;
	return channel_is_le(config) || mode == MODE_ERTM || mode == MODE_BASIC;
}
