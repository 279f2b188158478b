/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * A transfer whose system calls are wrapped: an answer that a test has set is given,
 * otherwise the real call is made.
 */
#ifndef L2_WRAPPED_CALLS_H
#define L2_WRAPPED_CALLS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "transfer_fixture.h"

enum { REAL = 0 };

/* Gets the number of the call, from 0: REAL, or the errno to fail with. */
typedef int answer(unsigned int call);

extern struct answers {
	answer *send, *receive, *read, *write, *wait, *getsockopt, *setsockopt, *realloc;
	/* Answers that are no failure. */
	bool (*fake_receive)(unsigned int call, struct msghdr *message, ssize_t *length);
	size_t (*write_at_most)(unsigned int call);
	int64_t (*unsent_memory)(unsigned int call); /* negative: the real one */
	void (*before_wait)(unsigned int call);
	bool hangup; /* the wait reports EPOLLHUP and nothing else of the socket */
	unsigned int hangup_after; /* so many receives */
	bool silent_error;	   /* only poll() reports the socket's error */
	bool no_hangup; /* no POLLRDHUP: the link is lost, not closed by the peer */
} answers;

extern struct calls {
	unsigned int send, receive, read, write, wait, getsockopt, setsockopt, realloc;
} calls;

/* Only its descriptors are answered for; NULL while none runs. */
extern const struct fixture *wrapped;

extern int send_flags; /* of the last send() */

/* The answers that several tests give. */
answer once_eintr, every_second_eintr, every_second_eagain, always_eagain, first_eagain,
	always_emsgsize, always_econnreset, third_econnreset, first_econnaborted,
	always_eio, fourth_eio, third_enospc, always_enomem, always_enotsup;

/* A fixture without answers yet, with a file as its output. */
void open_wrapped(struct fixture *fixture);
/* Runs it with its calls answered, and returns the milliseconds that it took; the second
 * with a peer that takes all. */
int64_t run_wrapped(struct fixture *fixture);
void run_wrapped_and_collect(struct fixture *fixture, struct collector *collector);

#endif
