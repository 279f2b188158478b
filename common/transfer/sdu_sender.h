/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Sends what a source has over a socket that keeps message boundaries, and knows when
 * all of it has left the send buffer. It never blocks, and returns the result of a turn.
 *
 *	phase		time to	  left the	more was  the channel ends with
 *			settle	  send buffer	put in	  something left
 *	SETTLING	SENDING	  -		-	  SENT_AWAY
 *	SENDING		-	  ALL_TAKEN	-	  CUT
 *	ALL_TAKEN	-	  -		SENDING	  CUT
 */
#ifndef L2_SDU_SENDER_H
#define L2_SDU_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transfer/sdu_source.h"

/* An observer of the SDUs that go by; DATA does not outlive the call. ARRIVED_US: see
 * sdu_socket.h. */
struct sdu_observer {
	void (*sent)(void *owner, size_t length);
	void (*received)(void *owner, const unsigned char *data, size_t length,
			 int64_t arrived_us);
	void *owner;
};

struct sender_setup {
	struct sdu_plan plan;
	size_t least_sdu, most_sdu; /* bytes that an SDU may have on this channel */
	int64_t interval_ms;	    /* from one SDU that is sent to the next */
	bool one_at_a_time; /* an error that the socket reports once counts: Linux drops
			     * one that comes after the first SDU of several */
	int64_t settle_ms;  /* send nothing for this long after the start */
	int64_t time_ms;    /* and nothing more this long after that; 0: no limit */
	bool close_drops_unsent; /* as with flow control: once the peer has closed, an
				  * empty send buffer does not mean that all was delivered
				  */
};

enum sender_phase {
	SENDER_SETTLING, /* nothing was sent or read from the input: see channel.h, T14 */
	SENDER_SENDING,
	SENDER_ALL_TAKEN, /* all was sent, and has left the send buffer */
	SENDER_CUT,	  /* the channel ended with something left, */
	SENDER_SENT_AWAY, /* while it settled: a new channel can have all of it */
};

/* The result of a call. */
enum sender_result {
	SENDER_WAITS,	    /* nothing moved */
	SENDER_MOVED,	    /* SDUs were sent, input was read, or the send buffer is
			     * emptier than it was */
	SENDER_CANNOT_SEND, /* an SDU: EMSGSIZE, EINVAL when it is too short, ENOBUFS when
			     * it does not fit the send buffer; failed_length */
	SENDER_INPUT_FAILED, /* reading it: error */
	SENDER_BAD_INPUT,    /* it is not of its format: source.fault */
	SENDER_NO_MEMORY,
	SENDER_CHANNEL_BROKE, /* error; 0: receiving is still to report */
	SENDER_TORN,	      /* part of a packet of the link was lost (ECOMM, T20) */
};

/* All fields are the sender's own; the counts are for all to read. */
struct sdu_sender {
	const struct sender_setup *setup;
	const struct sdu_observer *observer;
	int socket;
	struct sdu_source source;
	enum sender_phase phase;
	enum {
		SENDS_WHEN_WRITABLE,
		WAITS_FOR_ROOM,	      /* the same, and looks whether it gets emptier */
		FULL_THOUGH_WRITABLE, /* so it is tried again by the clock */
		FULL_THOUGH_EMPTY,
	} blocked;
	uint64_t sdus, bytes, bytes_unsent;
	unsigned int most;  /* SDUs that half of the send buffer takes */
	unsigned int burst; /* how many to send at once: more than went last */
	int error;	    /* of the last result */
	size_t failed_length;
	double memory_a_byte; /* of the send buffer, as the first SDUs took it; 0: unknown
			       */
	uint32_t unsent_memory; /* when last looked at */
	int tick_ms;		/* how long to wait before the next look at that */
	int64_t send_from_ms;	/* not before, */
	int64_t next_sdu_ms;	/* nor the next SDU before this, with an interval */
	int64_t taken_ms;	/* when all was delivered last */
};

/* SETUP and OBSERVER (which may be NULL) stay in use until sdu_sender_free(). */
void sdu_sender_start(struct sdu_sender *sender, const struct sender_setup *setup,
		      const struct sdu_observer *observer, int socket, int64_t now_ms);
void sdu_sender_free(struct sdu_sender *sender);

/* Whether all was sent that there is, and ever will be; a queue only knows the first. */
bool sdu_sender_all_sent(const struct sdu_sender *sender);
/* Whether all that was sent, if anything, has left the send buffer, and none was cut. */
bool sdu_sender_all_taken(const struct sdu_sender *sender);

/* Whether more of the input is needed; then sdu_sender_read() when it is readable. */
bool sdu_sender_wants_input(const struct sdu_sender *sender);
enum sender_result sdu_sender_read(struct sdu_sender *sender);

/* Whether an SDU is there, and it is time for it; EVEN_SHORT: one that more input could
 * make longer counts. */
bool sdu_sender_is_due(const struct sdu_sender *sender, bool even_short);

/* Sends what is due and finds room in the send buffer. */
enum sender_result sdu_sender_turn(struct sdu_sender *sender);

/* The peer was not late to be settled, if it is time and it has not closed; and what is
 * unsent when the time is over is dropped. */
void sdu_sender_look_at_clock(struct sdu_sender *sender, int64_t now_ms);

/* Whether all was sent, and only has to leave the send buffer (trap T9). */
bool sdu_sender_is_awaited(const struct sdu_sender *sender);

/* Looks whether it has, or has left room for more. */
enum sender_result sdu_sender_look_whether_taken(struct sdu_sender *sender,
						 int64_t now_ms);

/* The peer has closed before this end came to look at its input: one that is empty was
 * all sent. */
enum sender_result sdu_sender_look_at_input_once_more(struct sdu_sender *sender,
						      bool received);

/* Nothing more can be sent: what is left is dropped, and counted in bytes_unsent. */
void sdu_sender_cut(struct sdu_sender *sender);

/* Milliseconds until the next SDU may go, or none any more; WAIT_FOREVER: it may, or
 * there is none. */
int64_t sdu_sender_time_to_send(const struct sdu_sender *sender, int64_t now_ms);

/* Milliseconds until the next look at the send buffer, or WAIT_FOREVER. */
int64_t sdu_sender_time_to_look(const struct sdu_sender *sender);

/* The part of what was sent, 0 to 1, that has left the send buffer, as far as can be
 * known: by how full it is. */
double sdu_sender_part_taken(const struct sdu_sender *sender);

#endif
