/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What the kernel is asked for before a channel is opened, and what was agreed on with
 * the peer. The two kinds of link have different socket options for it. */
#ifndef L2_NEGOTIATION_H
#define L2_NEGOTIATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bluetooth/bluetooth.h>

#include "channel/channel_config.h"

struct channel {
	int fd; /* non-blocking; -1: closed. The owner of the struct closes it. */
	bdaddr_t local;
	bdaddr_t peer;
	uint8_t address_type; /* the peer's: BDADDR_BREDR, or one of LE */
	uint16_t psm;
	uint16_t incoming_mtu;
	uint16_t outgoing_mtu; /* over LE 23, when the peer closed before it was read */
	uint8_t security;      /* BT_SECURITY_... that was asked for, 0: none was */
	int mode;	       /* MODE_..., as negotiated */
	bool fcs;	       /* each frame has a check sum; never in basic mode */
	bool late;	 /* it may have been configured twice, too late to be safe */
	bool cut_off;	 /* it was closed for that, and an SDU came just before: what is
			  * queued is to be served, and more may have been lost */
	bool wrong_mode; /* it was authorised at once, and may have sent: serve it, and
			  * say so
			  */
	bool seen_up;	 /* it was open, and not closed again when that was seen */
	bool configured; /* the kernel has it that it was open */
	bool torn; /* part of a packet was lost on its link, which ERTM makes good */
	size_t smallest_sdu; /* 1 where Linux sends no empty SDUs, otherwise 0 */
	size_t largest_sdu;  /* bytes that a stream's SDUs may have: the outgoing MTU, or
			      * what mode and send buffer allow (traps T4, T5) */
};

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

/* Whether the link is as secure as CONFIG asks for, and encrypted from medium on: 0,
 * otherwise -EACCES. */
int channel_check_security(const struct channel *channel,
			   const struct channel_config *config);

/* Whether MODE, that was agreed on, is what CONFIG asks for. */
bool channel_mode_is_wanted(const struct channel_config *config, int mode);

#endif
