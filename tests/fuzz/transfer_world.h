/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * The world as a transfer sees it through its system calls: a socket, an input, an
 * output, a clock. The script decides what each call answers and what happens meanwhile;
 * when it is used up, all goes well and the peer closes.
 */
#ifndef L2_FUZZ_TRANSFER_WORLD_H
#define L2_FUZZ_TRANSFER_WORLD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "transfer/transfer.h"

enum { SOCKET_FD = 70001, INPUT_FD, OUTPUT_FD, EPOLL_FD, FIRST_FD = SOCKET_FD };
enum {
	MOST_SDUS = 600,
	MOST_BYTES = 1 << 20,
	MOST_INPUT = 255 * 255,
};

extern struct world {
	bool running;
	const uint8_t *script;
	size_t left;
	int64_t now_ns;
	sig_atomic_t volatile signal;

	/* The socket, inwards. */
	size_t lengths[MOST_SDUS]; /* of all SDUs that arrived */
	size_t arrived, taken;
	unsigned int zeros;  /* in a row */
	bool closed, broken; /* by the peer; the link */
	int error;	     /* is returned once */
	uint32_t dropped;

	/* Outwards. */
	uint32_t unsent; /* bytes in the send buffer */
	uint64_t sent;	 /* bytes */
	uint64_t sdus_sent;
	int64_t sent_ms;
	bool lost_unsent; /* some were in the send buffer at the close */
	bool answered;
	unsigned int blocked_when_empty; /* sends in a row */

	/* Input and output. */
	size_t input_size, read;
	bool input_ready, input_ended;
	bool output_ready, input_is_file, output_is_file;
	size_t written;

	struct epoll_event watched[OUTPUT_FD - FIRST_FD + 1];
	bool is_watched[OUTPUT_FD - FIRST_FD + 1];
	unsigned int vain_waits, waits_after_script;
	int64_t moved_ms;

	/* What went wrong, on purpose. */
	int write_error, read_error;
	bool truncated, no_memory, too_long, no_time_stamps, blind;

	unsigned char input[MOST_INPUT];
} world;

/* What is tested, and how its harness has set it up. */
extern struct transfer_setup setup;
extern struct transfer_result result;
extern struct transfer transfer;
extern struct output output;

/* --- the script --------------------------------------------------------------------- */

/* Starts again. */
void world_start(const uint8_t *script, size_t size);

/* The next byte of the script; 0, the answer with which all goes well, when it is over.
 */
unsigned int next(void);
/* True one time in ODDS, never when the script is over. */
bool happens(unsigned int odds);

int64_t now_ms(void);

/* An SDU arrives at the socket, if there is room. */
void arrive(void);
unsigned char sdu_byte(size_t sdu, size_t at);

/* --- what the harness looks at ------------------------------------------------------ */

/* An SDU is about to be sent: whether it is the right one. */
void check_sdu(const unsigned char *data, size_t length);

/* SDU NUMBER was received, as the LENGTH bytes at DATA. */
void note_delivered(size_t number, const unsigned char *data, size_t length);

/* Bytes are written: whether they are the right ones. */
void check_written(const unsigned char *bytes, size_t length);

/* It is about to wait: forever, or not. */
void check_wait(bool forever);

#endif
