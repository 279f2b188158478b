/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop that moves SDUs between a connected socket that keeps message boundaries and
 * ordinary descriptors. It knows nothing of Bluetooth, prints nothing, and never blocks
 * but in ppoll(), so that it reads the socket as fast as the kernel delivers whatever
 * the other descriptors do.
 */
#ifndef L2_TRANSFER_H
#define L2_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "interruption.h"

/* Room for any SDU: L2CAP's are at most 65535 bytes. */
enum { SDU_ROOM = 65536 };

struct transfer_options {
	int socket; /* non-blocking, connected */

	/* What to send: MESSAGE as one SDU (it may be empty), else what can be read from
	 * INPUT, cut into SDUs; nothing when MESSAGE is NULL and INPUT is -1. */
	const void *message;
	size_t message_length;
	int input;
	size_t sdu_size;   /* bytes of the SDUs that INPUT is cut into, at least 1 */
	bool fill_sdus;	   /* only the last is shorter; else one is sent as it is when
			    * INPUT has no more to give at the moment */
	int64_t settle_ms; /* send nothing for so long after the start */
	bool await_peer;   /* after sending, go on until the peer closes */
	bool close_drops_unsent; /* as in ERTM: once the peer has closed, an empty send
				  * buffer does not mean that all was taken */
	int64_t hold_ms;	 /* after sending, keep the channel open for so long */
	int64_t quiet_ms;	 /* before closing, nothing must have come for so long */

	/* Where received SDUs go: -1 discards them. */
	int output;
	bool separate_sdus; /* end each SDU's line, for a terminal */
	size_t read_ahead;  /* bytes to keep for a slow OUTPUT, at least SDU_ROOM */

	int64_t idle_ms; /* give up when nothing moves for so long; WAIT_FOREVER: never */
	const struct interruption *interruption;
};

enum transfer_end {
	TRANSFER_SENT,		    /* all was sent and taken: the caller is to close */
	TRANSFER_PEER_CLOSED,	    /* in an orderly way, with all sent before */
	TRANSFER_PEER_CLOSED_EARLY, /* in an orderly way, before all was taken, or when
				     * it was not the peer's part to close */
	TRANSFER_LOST,		    /* the channel broke: error */
	TRANSFER_SEND_FAILED,	    /* an SDU cannot be sent: EMSGSIZE, or ENOBUFS when
				     * it does not fit the send buffer */
	TRANSFER_INPUT_FAILED,	    /* reading INPUT: error */
	TRANSFER_OUTPUT_FAILED,	    /* writing OUTPUT: error */
	TRANSFER_TRUNCATED,	    /* an SDU was longer than SDU_ROOM */
	TRANSFER_IDLE,		    /* idle_ms ran out */
	TRANSFER_INTERRUPTED,	    /* a signal came */
	TRANSFER_NO_MEMORY,
};

struct transfer_result {
	enum transfer_end end;
	int error; /* a positive errno that goes with END, or 0 */
	uint64_t sdus_sent, bytes_sent;
	uint64_t sdus_received, bytes_received; /* taken from the socket */
	uint64_t bytes_unwritten;		/* of those, not written to OUTPUT */
	size_t failed_sdu_length;		/* with TRANSFER_SEND_FAILED */
	double seconds;				/* from the first SDU to the last byte */
};

/*
 * Moves SDUs until the end. Received data is written whatever the reason of the end is,
 * unless writing is the reason; an interruption does not wait for a slow OUTPUT.
 * The socket is left open. RESULT is added to, so that a second call can take what
 * arrived during the disconnect.
 */
void transfer_run(const struct transfer_options *options, struct transfer_result *result);

#endif
