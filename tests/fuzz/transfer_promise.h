/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What a transfer has promised: which SDUs go out, what is written, and that its end is
 * the right one. */
#ifndef L2_FUZZ_TRANSFER_PROMISE_H
#define L2_FUZZ_TRANSFER_PROMISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is sent. */
enum kind { NOTHING, MESSAGE, RAW, TEXT, NUMBERED, ECHO, QUEUED };

/* The owner of a queue: what it puts in is SDU after SDU of put_byte(). */
struct owner {
	size_t put;
	bool ended; /* no more come */
};

size_t put_length(size_t number);
unsigned char put_byte(size_t number, size_t at);

extern enum kind kind;
extern struct owner owner;
extern struct sdu_observer observer;

/* Once the options and the input are chosen, and when all is over. */
void promise_start(void);
void promise_end(void);

/* Of a transfer that is finished. PAUSED: an SDU was there to be sent. */
void check_result(bool paused);

#endif
