/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * What the two ends, and their links, have agreed to beyond what a transfer needs to
 * know: asked of the kernel, to find out why two machines do not work
 * together. No privilege is needed, nothing is sent, and nothing fails: what the kernel
 * does not report is unknown.
 */
#ifndef L2_CHANNEL_DETAILS_H
#define L2_CHANNEL_DETAILS_H

#include <stdbool.h>
#include <stdint.h>

#include "channel/channel.h"

enum {
	NOT_KNOWN = -1,
	NO_FLUSH_TIMEOUT = 0xffff, /* as in l2cap_options */
};

/* Numbers are NOT_KNOWN when the kernel does not report them, most of them once the peer
 * has closed. */
struct channel_details {
	bdaddr_t peer; /* over LE its identity, where that is known */
	uint8_t peer_type;
	int source_cid; /* the channel's identifier at this end */
	int destination_cid;
	/* ERTM only. The kernel reports what this end asked of the peer, not what the
	 * peer asked: frames that the peer may send ahead, and how often it may send
	 * each, 0: unlimited. */
	int incoming_tx_window;
	int incoming_max_transmit;
	/* The flush timeout in l2cap_options, ms, 0xffff: none. Linux neither sends it
	 * nor acts on it (trap T6); it is not the link's automatic flush timeout. */
	int flush_timeout_option_ms;
	int acl_handle;	    /* the connection handle of the link */
	int is_central;	    /* 1: this end is the link's central, 0: its peripheral */
	int is_encrypted;   /* the link: 1 or 0 */
	int security_level; /* BT_SECURITY_...: at the end that accepted that of the
			     * link, otherwise what was asked for, or more */
	int key_size;	    /* of the link's encryption, bytes; 0 while there is none */
	uint32_t phys;	    /* BT_PHY_...: those that the link may use; 0: not known */
};

void channel_details_read(struct channel_details *negotiated,
			  const struct channel *channel);

/* Over LE what kind of address the peer has: "public" and "static" are identities, which
 * stay; "resolvable" and "non-resolvable" ones change. NULL over BR/EDR. */
const char *peer_address_type(const struct channel_details *negotiated);
bool channel_details_know_identity(const struct channel_details *negotiated);

enum { PHY_NAMES_SIZE = 64 };

/* "BR 1M, EDR 2M, EDR 3M": slots and directions are left out. NULL for none. */
const char *phy_names(uint32_t phys, char text[PHY_NAMES_SIZE]);

#endif
