/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two files of a transfer need of each other; for nobody else. */
#ifndef L2_TRANSFER_PARTS_H
#define L2_TRANSFER_PARTS_H

#include "transfer/transfer.h"

enum { SDUS_A_TURN = 64 }; /* to move before looking elsewhere again */

/* --- transfer.c: the ends, receiving, and the loop --- */

/* The first end counts. ERROR is a positive errno that goes with it, or 0. */
void transfer_end(struct transfer *transfer, enum transfer_end end, int error);

/* An SDU has moved just now. */
void transfer_note_move(struct transfer *transfer);

/* A fatal errno comes once, from then on the socket says EAGAIN for ever and the only
 * event is POLLHUP (trap T13): now only what is queued is read, without waiting. ERROR: a
 * positive errno, the first counts; 0: receiving is still to tell. */
void transfer_channel_failed(struct transfer *transfer, int error);

/* The kernel lost part of a packet of the link (ECOMM, trap T20): where nothing is sent
 * again, an SDU is missing, and the transfer ends. */
void transfer_note_torn(struct transfer *transfer);

/* --- transfer_sending.c --- */

/* Takes what the input, which is readable, has. */
void transfer_read_input(struct transfer *transfer);

/* Whether an SDU is there to be sent, and it is time to; EVEN_SHORT: one that more input
 * could make longer counts. */
bool transfer_is_due(const struct transfer *transfer, bool even_short);

/* Sends what is due and finds room in the send buffer. */
void transfer_send_turn(struct transfer *transfer);

#endif
