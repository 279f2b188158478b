/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* One connection from the moment it is up to its exit status: moves the data, closes the
 * channel in the right way, and sums up. Never blocks, so that a server can have many. */
#ifndef L2_SESSION_H
#define L2_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "report/exit_status.h"

struct channel;
struct event_loop;
struct interruption;
struct output;
struct report;
struct session;
struct transfer_config;
struct transfer_result;

/* All of these stay the owner's. */
struct session_setup {
	const struct transfer_config *config;
	const struct report *report;
	const struct interruption *interruption;
	struct channel *channel; /* settled */
	int input;		 /* descriptor to send from, -1: none */
	struct output *output;	 /* where to write, possibly shared */
	bool ends_output;	 /* it belongs only to this session, and ends with it */
	bool ends_with_peer;	 /* after sending, wait until the peer closes */
	bool other_end_waits;	 /* the peer may be sending too, and waits until this end
				  * closes: let what is under way arrive first */
	bool answers; /* only answers to incoming SDUs are sent: see sdu_source.h */
};

/* When a wait that starts now is to end, by CONFIG's idle timeout: monotonic ms, or
 * WAIT_FOREVER. */
int64_t idle_deadline_ms(const struct transfer_config *config);

/* Starts one; NULL when memory is short, which is reported. */
struct session *session_start(const struct session_setup *setup);
void session_free(struct session *session);

/* Registers with LOOP what is waited for; returns for how long at most, ms or
 * WAIT_FOREVER. */
int64_t session_prepare(struct session *session, struct event_loop *loop);

/* After the wait, and after output_serve() of its output. */
void session_serve(struct session *session, struct event_loop *loop);

/* Whether all is known: then call session_finish(). */
bool session_is_over(const struct session *session);

/* What it has moved so far (see transfer.h); and of that, once it is over: whether the
 * peer sent it away before anything was moved, and the bytes that could not be sent. */
const struct transfer_result *session_result(const struct session *session);
bool session_was_sent_away(const struct session *session);
uint64_t session_bytes_unsent(const struct session *session);

/* Whether nothing more can be sent, as the channel is closed or lost, which no event
 * reports while the output has no room. What was received may not all be read and written
 * yet. */
bool session_channel_is_over(const struct session *session);

/* Whether it waits for room in its output, or for the last byte to be written. */
bool session_waits_for_output(const struct session *session);

/* Closes the channel, reports the summary, and returns the session's status. */
enum exit_status session_finish(struct session *session);

/* All of these for a single session, up to session_finish(). */
enum exit_status session_run(struct session *session);

#endif
