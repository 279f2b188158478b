/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Moves SDUs between a connected socket that keeps message boundaries and ordinary
 * descriptors. It knows nothing of Bluetooth, prints nothing, and never blocks: its owner
 * waits, in an event loop, for as many transfers at once as there are.
 */
#ifndef L2_TRANSFER_H
#define L2_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "event_loop.h"
#include "transfer/output.h"
#include "transfer/sdu_sender.h"
#include "transfer/transfer_end.h"

struct transfer_setup {
	int socket; /* non-blocking, connected */
	struct sender_setup send;
	bool echo;	      /* what is received is sent back, until the peer closes:
			       * what is sent is a queue that answers, AWAIT_PEER is set */
	bool await_peer;      /* after sending, go on until the peer closes */
	bool is_acknowledged; /* as in ERTM: out of the send buffer means that the peer
			       * has it */
	/* Whether the link is still there; NULL: it is. OWNER is its argument. */
	bool (*link_is_up)(const void *owner);
	const void *link_owner;
	int64_t hold_ms;  /* after sending, keep the channel open for this long */
	int64_t quiet_ms; /* before closing, nothing must have come for this long */

	struct output *output; /* where received SDUs go; it may be shared */
	const struct sdu_observer *observer; /* may be NULL */
	bool queued_only;  /* receive what is queued on the socket, and end */
	bool counts_drops; /* what is lost is lost, as without flow control: the socket's
			    * drop counter counts SDUs, ECOMM of torn ones */
	size_t most_received; /* bytes that an SDU of the peer's may have */
	uint64_t expected;    /* bytes to receive, and not one more; 0: any number */

	int64_t idle_ms; /* give up when nothing moves for this long; WAIT_FOREVER: never
			  */
	const struct interruption *interruption;
};

struct transfer_result {
	enum transfer_end end;
	int error; /* a positive errno that goes with END, or 0 */
	uint64_t sdus_sent, bytes_sent;
	uint64_t sdus_received, bytes_received; /* taken from the socket */
	uint64_t sdus_dropped;			/* by the kernel */
	bool torn; /* part of a packet of the link was lost, of this channel or another */
	uint64_t bytes_unsent;	  /* that were there to be sent when the channel ended */
	bool arrival_unknown;	  /* all was sent, but whether it arrived before the peer
				   * closed is not known */
	uint64_t bytes_unwritten; /* received, not written to OUTPUT; of a shared one,
				   * those of others that are in front count too */
	bool sent_away; /* the peer closed before settle_ms were over: nothing was read
			 * from the input, sent or received, so a new channel can have it
			 */
	size_t failed_sdu_length; /* with TRANSFER_SEND_FAILED */
	struct input_fault fault; /* with that, and with TRANSFER_INPUT_MALFORMED */
	double seconds;		  /* from the first SDU to the last */
};

/*
 *	phase		the peer has	an errno	an end
 *			closed (ERTM)
 *	MOVING		EMPTYING (*)	DRAINING (*)	ENDED
 *	EMPTYING	-		DRAINING	ENDED
 *	DRAINING	-		-		ENDED
 *	ENDED		-		-		ENDED, if it ranks higher
 *
 * (*) ENDED, if the socket must not be read any more (trap T22). What was received before
 *the end is still written to the output. What is sent has phases of its own: see
 *sdu_sender.h.
 */
enum transfer_phase {
	TRANSFER_MOVING,   /* SDUs go both ways */
	TRANSFER_EMPTYING, /* all that is queued is read at once, nothing is sent */
	TRANSFER_DRAINING, /* what is queued is read, and no event reports it (T13) */
	TRANSFER_ENDED,	   /* result->end says why */
};

/* All fields are the transfer's own. */
struct transfer {
	const struct transfer_setup *setup;
	struct transfer_result *result;
	struct event_source socket, input;
	struct event_source emptied; /* a second descriptor of the socket: see
				      * await_emptying() */
	struct sdu_sender sender;
	enum transfer_phase phase;
	unsigned int zeros; /* the last receives in a row that were a 0, and no SDU */
	unsigned int burst; /* how many SDUs to ask for at once: more than came last */

	uint64_t output_position; /* after the last SDU that was put into the output */
	uint64_t unwritten;	  /* bytes before it, when last looked at */
	size_t echoes_kept;	  /* bytes, that the output's budget knows of */
	uint64_t received_before; /* SDUs, the last time that one was sent */

	int64_t now_ms, moved_ms, received_ms;
	int64_t prepared_ms; /* the time before the last wait */
	int64_t looked_ms;  /* when an error that no event reports was last looked for, */
	int64_t counted_ms; /* and what the kernel dropped */
	struct timespec first_move, last_move;
};

/*
 * Starts to move SDUs. SETUP and RESULT stay in use until transfer_finish(). RESULT is
 * added to, so that a second transfer can take what arrived during the disconnect.
 */
void transfer_start(struct transfer *transfer, const struct transfer_setup *setup,
		    struct transfer_result *result);

/* Registers with LOOP what is waited for; returns for how long at most, ms or
 * WAIT_FOREVER. */
int64_t transfer_prepare(struct transfer *transfer, struct event_loop *loop);

/* After the wait, and after output_serve() of its output: moves what can be moved. */
void transfer_serve(struct transfer *transfer);

/*
 * Whether it has come to its end. What was received is written before, whatever the
 * reason of the end is, but for those that leave no time for a slow output: one that
 * fails, an interruption, the idle timeout, and TRANSFER_DROPPED.
 */
bool transfer_is_finished(const struct transfer *transfer);

/* Whether the channel has come to its end, which no event reports while the output has no
 * room; the received data may not all be written. */
bool transfer_channel_is_over(const struct transfer *transfer);

/* Whether it waits for room in the output, or for the last byte to be written. */
bool transfer_waits_for_output(const struct transfer *transfer);

/* Ends it: the sums are in RESULT. The descriptors are left open. */
void transfer_finish(struct transfer *transfer, struct event_loop *loop);

#endif
