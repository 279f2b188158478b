/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * A peer that is not Linux: it answers what a host sends, on any link, as a small stack
 * of its own does that knows basic mode and LE credits, one channel at a time; or in a
 * way that Linux does not have. It may also ask for the channel.
 */
#ifndef RELAY_RESPONDER_H
#define RELAY_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum way {
	WAY_NONE,     /* there is no responder */
	WAY_PLAIN,    /* accepts, reads all, confirms the close */
	WAY_SILENT,   /* answers nothing */
	WAY_REJECTS,  /* understands no command */
	WAY_REFUSES,  /* answers with the result NUMBER when a channel is asked for */
	WAY_HANGS_UP, /* as soon as the channel is open */
	WAY_HANGS_UP_AFTER, /* NUMBER frames of data */
	WAY_PROPOSES,	    /* has ERTM, but wants basic mode */
	WAY_CREDITS,  /* over LE: accepts with NUMBER credits, gives one for a frame */
	WAY_TOO_LONG, /* sends an SDU that is longer than the MTU as the channel opens */
	WAY_TOO_MANY_CREDITS, /* over LE: gives more than 65535 after the first frame */
	WAY_BAD_OPTIONS,      /* answers a configuration with an option that is cut off */
	WAY_NO_CLOSE,	      /* does not confirm the close */
	WAY_SPEAKS,	      /* sends NUMBER SDUs as the channel opens, and hangs up */
	WAY_MUTE,	      /* accepts, and does not configure */
};

/* Sends an L2CAP frame to the host. */
typedef void responder_send(void *owner, const uint8_t *frame, size_t length);

struct responder {
	enum way way;
	unsigned number;
	responder_send *send;
	void *owner;
	uint8_t frame[4 + 65535]; /* that is on its way */
	size_t length;
	uint16_t signalling_cid;
	uint16_t host_cid; /* 0: there is no channel */
	unsigned configured, data_frames;
	bool proposed;
};

/* Reads "WAY [NUMBER]"; WORDS ends with NULL. Returns 0 or -EINVAL. */
int responder_parse(struct responder *responder, char *const words[]);

/* Asks for a channel to l2server's PSM, over a link that is up: takes the host's answers
 * from then on. */
void responder_call(struct responder *responder, bool le);

/* Takes the payload of an ACL packet, which STARTS a frame or goes on with it. */
void responder_take(struct responder *responder, bool starts, const uint8_t *bytes,
		    size_t length);

#endif
