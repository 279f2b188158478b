/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * The automatic flush timeout of an ACL link: how long its controller tries to send a
 * packet before it throws it away. (Core Specification, Vol 2, Part B, 7.6.3; Vol 4,
 * Part E, 7.3.29 and 7.3.30.) It belongs to the link, so to all L2CAP and RFCOMM traffic
 * to the peer, lasts as long as the link does, and is set with a command to the
 * controller, for which Linux wants CAP_NET_RAW. l2cap_options.flush_to does nothing
 * (trap T6). By default Linux marks its packets as never to be flushed: a channel's own
 * must be made flushable, too (channel_make_flushable()).
 *
 * Nothing here prints, exits or waits: a session sets it before anything is sent, and
 * then counts what is thrown away, while its owner's loop serves others, too.
 */
#ifndef L2_FLUSH_TIMEOUT_H
#define L2_FLUSH_TIMEOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "channel/channel.h"
#include "channel/adapter.h"
#include "event_loop.h"

enum {
	LONGEST_FLUSH_TIMEOUT_MS = 1279, /* 0x07ff slots are 1279.375 ms */
	FLUSH_TIMEOUT_UNKNOWN = -1,
	NO_ADAPTER = UINT16_MAX, /* in link.adapter: it is not known as yet */
	/* How long a controller may take for its answers, when --idle-timeout does not
	 * say. Linux itself gives up on a command after 2 s. */
	DEFAULT_CONTROLLER_TIMEOUT_MS = 5000,
};

enum flush_phase {
	FLUSH_WRITING, /* the command that sets it is on its way */
	FLUSH_READING, /* the one that reads it back */
	FLUSH_SET,     /* flushes are counted */
	FLUSH_LEFT,    /* it is set, and nothing more is heard: the adapter is gone */
};

struct flush_timeout {
	struct acl_link link;
	unsigned int asked_ms;
	int asked_slots;      /* of 0.625 ms, 0: never flush */
	int read_slots;	      /* what the controller has, or FLUSH_TIMEOUT_UNKNOWN */
	uint8_t hci_status;   /* why the controller refused, after -EREMOTEIO */
	unsigned int flushes; /* times that packets of the link were thrown away, since
			       * it is set and this was last made 0 */
	enum flush_phase phase;
	struct event_source
		source; /* a raw HCI socket; its fd is -1 when there is none */
	int64_t deadline_ms;
	int wait_error; /* -errno: it cannot be waited for */
};

/* One that is not started: MS is what it will be asked for. */
#define FLUSH_TIMEOUT_OF(ms)                                                             \
	((struct flush_timeout){.link.adapter = NO_ADAPTER,                              \
				.asked_ms = (ms),                                        \
				.read_slots = FLUSH_TIMEOUT_UNKNOWN,                     \
				.source.fd = -1})

/* How long to wait for the controller, ms: as long as the user says, 0: nothing. */
static inline unsigned int flush_timeout_limit_ms(unsigned int idle_timeout_ms)
{
	return idle_timeout_ms ? idle_timeout_ms : DEFAULT_CONTROLLER_TIMEOUT_MS;
}

/* -EPERM when this user may not set any; other obstacles show later. */
int flush_timeout_permission(void);

/* The number of slots nearest to MS; 0 only for 0. */
int flush_timeout_slots(unsigned int ms);
double flush_timeout_ms(int slots);

/* Starts to set it for LINK; the controller's answers may take LIMIT_MS. -EPERM
 * without CAP_NET_RAW, or another negative errno, and nothing is open then. */
int flush_timeout_start(struct flush_timeout *flush, const struct acl_link *link,
			unsigned int ms, unsigned int limit_ms);

/* Until it is set: registers with LOOP what to wait for; returns for how long at most,
 * ms. */
int64_t flush_timeout_prepare(struct flush_timeout *flush, struct event_loop *loop);

/*
 * After the wait. -EAGAIN: wait again. 0: it is set, and what was read back is the same.
 * On another error nothing is open any more: -EREMOTEIO, the controller refused, with
 * flush->hci_status; -ENOTCONN, it has no such link any more; -EBADMSG, it has another
 * value than it was given; -ETIMEDOUT; or another negative errno.
 */
int flush_timeout_serve(struct flush_timeout *flush, struct event_loop *loop);

/* Nothing was sent so far: what was flushed was another's. */
void flush_timeout_forget(struct flush_timeout *flush);

/* Once it is set: counts flushes while data is moved, as the socket has room for some 200
 * only. ENDS: LOOP is not waited for any more. */
void flush_timeout_watch(struct flush_timeout *flush, struct event_loop *loop, bool ends);

/* How often the link's packets were flushed up to now. */
unsigned int flush_timeout_flushes(struct flush_timeout *flush);

/* Harmless when it is closed. LOOP may be NULL if it waits for nothing here. */
void flush_timeout_end(struct flush_timeout *flush, struct event_loop *loop);

enum flush_event { FLUSH_EVENT_OTHER, FLUSH_EVENT_ANSWER, FLUSH_EVENT_FLUSHED };

struct flush_answer {
	uint8_t status;
	int slots; /* of the command that reads, otherwise FLUSH_TIMEOUT_UNKNOWN */
};

/* What a PACKET from the HCI socket says about the link HANDLE, or about the command
 * OPCODE for it. Pure. */
enum flush_event flush_event_parse(const unsigned char *packet, size_t length,
				   uint16_t opcode, uint16_t handle,
				   struct flush_answer *answer);

/* "Unknown HCI Command" and the like (Vol 1, Part F), or NULL for a STATUS that these
 * commands do not have. */
const char *hci_status_name(uint8_t status);

#endif
