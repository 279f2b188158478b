/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * One controller: /dev/vhci at the host's side, a connection to btvirt at the other, and
 * between them what a real controller has and btvirt lacks: buffers for ACL packets, a
 * radio that takes its time, links that can be lost.
 *
 *	host -- vhci --> take from host --> queue OUT --> air socket --> btvirt
 *	host <-- vhci --  queue IN <-- take from air  <-- air socket <-- btvirt
 *
 * The controller tells the host itself which packets are completed, when they leave the
 * queue; btvirt's own events about that only pace what it is given. So a packet that is
 * held, dropped or flushed costs the host what it costs with a real one.
 */
#ifndef RELAY_CONTROLLER_H
#define RELAY_CONTROLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "host.h"
#include "link.h"
#include "packet.h"
#include "radio.h"
#include "responder.h"

#define NANOSECONDS 1000000000LL /* in a second */
#define MAX_IN_AIR  16

#define RATE_UNLIMITED INT64_MAX

struct counters {
	unsigned long packets; /* ACL packets that passed, without extra copies */
	unsigned long bytes;   /* their payload */
	unsigned long dropped;
	unsigned long duplicated;
	unsigned long flushed;
	int64_t air; /* ns in which the radio was busy */
	int64_t began,
		ended; /* the radio: its first packet's start, its last one's end */
};

struct lane {
	struct packet_queue queue;
	int64_t delay; /* ns */
	struct fault drop, duplicate;
	struct counters counters;
};

/* What btvirt was given and has not completed. */
struct in_air {
	uint16_t handle;
	bool owed; /* the host waits for its completion: not so for a copy */
	size_t length;
};

struct controller {
	char name[16]; /* hci0, or "far" */
	int index;     /* -1 before the kernel told it */
	struct host host;
	int air;
	const char *air_path;
	struct controller *far;
	struct lane lanes[SIDES];
	struct link links[MAX_LINKS];
	struct in_air in_air[MAX_IN_AIR];
	unsigned in_air_count;
	enum radio radio; /* whose packets it sends, */
	int64_t rate; /* or bit/s of ACL payload that the radio sends; 0: it stands still
		       */
	int64_t radio_free;		   /* when it has sent what it was given */
	int64_t silent_from, silent_until; /* nothing passes, either way */
	bool withhold;
	bool all_flushable; /* it knows of no packets that are never flushed */
	struct flush_faults flush_faults;
	uint8_t refused_authentication; /* how Authentication Requested fails; 0: it is
					 * btvirt's */
	uint8_t refused_advertising;	/* how LE advertising fails; 0: it does not */
	int64_t connecting;		/* ns that Connection Complete takes longer */
	struct responder responder;	/* instead of the far end, on every link */
	uint16_t responder_handle;
	unsigned
		own_disconnects; /* asked of btvirt by us: the host knows nothing of it */
	struct packet_stream from_air;
};

/* Monotonic, in ns. */
int64_t now(void);

/* Takes what has arrived; the second is false when btvirt ended. */
void controller_take_from_host(struct controller *controller);
bool controller_take_from_air(struct controller *controller);

/* Passes on what is due; returns when to call again, INT64_MAX: when something arrived.
 */
int64_t controller_pass_on(struct controller *controller);

/* Tells the host that its link ended, the far end only hears no more of it. Cut both ends
 * one after the other for a link that both lose. */
void controller_cut(struct controller *controller, struct link *link, uint8_t reason);

/* Passes a packet on to the host. */
void controller_tell_host(struct controller *controller, const uint8_t *bytes,
			  size_t length);

/* Has the responder ask for a channel over the link that is up; false: there is none. */
bool controller_call(struct controller *controller);

/* From now on, or no longer: then it reports all that it withheld. */
void controller_withhold(struct controller *controller, bool withhold);

/* As after a reset: the far end hears no more on them, the host is not told. */
void controller_forget_links(struct controller *controller);

unsigned controller_withheld(const struct controller *controller);

#endif
