/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel is asked for before a channel is opened, and what was agreed on with
 * the peer. The two kinds of link have different socket options for it. */
#ifndef L2_NEGOTIATION_H
#define L2_NEGOTIATION_H

#include <stdbool.h>

#include "channel/channel.h"
#include "channel/channel_config.h"

/* Sets on the socket FD what CONFIG asks for: 0 or -errno. For LE it must be bound. */
int channel_set_options(int fd, const struct channel_config *config);

/*
 * Reads what was agreed on into CHANNEL, whose fd and address_type are set: 0 or -errno.
 * Measured on 6.12: over LE, BT_SNDMTU gives ENOTCONN once the peer has closed, though
 * what it sent is still queued: then outgoing_mtu is the least that it can have been.
 */
int channel_read_negotiated(struct channel *channel);

/*
 * Asks that the link of the socket FD be as secure as BT_SECURITY_... LEVEL: 0 or -errno.
 * On a channel that is up the kernel then pairs, and takes POLLOUT away until the link is
 * encrypted, to whichever level.
 */
int channel_ask_for_security(int fd, uint8_t level);

/* Whether the link is as secure as CONFIG asks for, and encrypted from medium on: 0, else
 * -EACCES. */
int channel_check_security(const struct channel *channel,
			   const struct channel_config *config);

/* Whether MODE, that was agreed on, is what CONFIG asks for. */
bool channel_mode_is_wanted(const struct channel_config *config, int mode);

#endif
