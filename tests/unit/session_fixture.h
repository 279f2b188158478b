/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * A session and its peer. The channel is an AF_UNIX socketpair: after this end's
 * shutdown() it gets its hang-up when the peer closes, as L2CAP gets it with the peer's
 * disconnect response. A test that uses this wraps getsockopt() and epoll_pwait().
 */
#ifndef L2_SESSION_FIXTURE_H
#define L2_SESSION_FIXTURE_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "channel/channel.h"
#include "event_loop.h"
#include "report/report.h"
#include "session/session.h"
#include "transfer/transfer.h"
#include "transfer/transfer_config.h"

/* What the wrapped calls tell and count. */
extern struct session_kernel {
	uint32_t dropped;
	unsigned int dropped_after; /* so many looks */
	unsigned int looks, waits;
} kernel;

/* A session, what it works on, and its peer. */
struct scene {
	int peer; /* blocking */
	volatile sig_atomic_t signal;
	struct interruption interruption;
	struct transfer_config config;
	struct report report;
	struct channel channel;
	struct output output;
	struct session_setup setup;
	struct transfer_result result; /* of the session that was run */
	pthread_t thread;
	pthread_t session_thread;
	bool saw_end; /* the peer: of the channel */
};

/* A receiver into a file, or into DESCRIPTOR if that is not -1; a sender of a message. */
void open_scene(struct scene *scene, int descriptor);
void open_sender(struct scene *scene);
void close_scene(struct scene *scene);

/* Of the peer. */
void send_sdu(const struct scene *scene, const char *text);
void close_peer(struct scene *scene);

/* Runs the session to its end, and keeps what it reports for the functions below. */
enum exit_status run_and_catch(struct scene *scene);
/* The same; wants this status, and that the summary ends in WHY. */
void expect_outcome(struct scene *scene, enum exit_status status, const char *why);
void assert_told(const char *text);
void assert_printed(const struct scene *scene, const char *text);

/* What the peer does, in a thread of its own. */
void start_peer(struct scene *scene, void *(*run)(void *));
void join_peer(const struct scene *scene);
void take_until_the_end(struct scene *scene);
void *take_all_and_confirm(void *data);
void *take_all_and_say_nothing(void *data);
void *take_all_send_a_tail_and_confirm(void *data);
void *take_all_send_a_tail_confirm_and_signal(void *data);
void *take_all_and_signal(void *data);

/* SIGUSR1 is delivered only in waits. */
void take_signals(struct scene *scene);

#endif
