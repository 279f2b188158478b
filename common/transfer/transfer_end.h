/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* Why a transfer came to its end, and which of two reasons matters more. */
#ifndef L2_TRANSFER_END_H
#define L2_TRANSFER_END_H

enum transfer_end {
	TRANSFER_SENT,	      /* all was sent and delivered: the caller is to close */
	TRANSFER_PEER_CLOSED, /* in an orderly way, with all sent before */
	TRANSFER_PEER_CLOSED_EARLY, /* in an orderly way, before all was delivered, or
				     * when it was not the peer's part to close */
	TRANSFER_LOST,		    /* the channel broke: error */
	TRANSFER_SEND_FAILED,	    /* an SDU cannot be sent: EMSGSIZE, EINVAL when it
				     * is too short, or ENOBUFS when it does not fit the
				     * send buffer */
	TRANSFER_INPUT_FAILED,	    /* reading the input: error */
	TRANSFER_INPUT_MALFORMED,   /* the input is not of its format: source.fault */
	TRANSFER_OUTPUT_FAILED,	    /* writing OUTPUT: error */
	TRANSFER_TRUNCATED,	    /* an SDU was longer than SDU_ROOM */
	TRANSFER_DROPPED,	    /* SDUs were dropped by the kernel, or torn: close at
				     * once, then take what is queued in a second transfer
				     */
	TRANSFER_TOO_MUCH,	    /* more than the expected bytes came */
	TRANSFER_IDLE,		    /* idle_ms ran out */
	TRANSFER_INTERRUPTED,	    /* a signal came */
	TRANSFER_NO_MEMORY,
};

/* Those from this rank on leave no time for a slow output; 0: an end of the channel. */
enum { URGENT_END = 2 };

int transfer_end_rank(enum transfer_end end);

/* Of two ends, in the order in which they came, the one that matters more. */
enum transfer_end transfer_worse_end(enum transfer_end first, enum transfer_end second);

#endif
