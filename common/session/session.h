/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection from the moment it is up to its exit status: moves the data, closes the
 * channel in the right way, and sums up. Never blocks, so that a server can have many. */
#ifndef L2_SESSION_H
#define L2_SESSION_H

#include "channel/channel.h"
#include "event_loop.h"
#include "report/exit_status.h"
#include "channel/link_tuning.h"
#include "session/outcome.h"
#include "transfer/output.h"
#include "session/progress.h"
#include "report/report.h"
#include "session/ping.h"
#include "transfer/transfer.h"
#include "transfer/transfer_config.h"
#include "session/verify.h"

enum session_phase {
	SESSION_TUNING,	  /* the link's flush timeout is being set */
	SESSION_MOVING,	  /* SDUs are moved */
	SESSION_CLOSING,  /* all was sent: the peer's disconnect response is awaited */
	SESSION_TAIL,	  /* the channel is closed: what is queued is read */
	SESSION_FINISHED, /* all is known */
};

struct session {
	/* For the owner to fill in; they stay the owner's. */
	const struct transfer_config *config;
	const struct report *report;
	const struct interruption *interruption;
	struct channel *channel; /* settled */
	int input;		 /* descriptor to send from, -1: none */
	struct output *output;	 /* where to write, possibly shared */
	bool ends_output;	 /* it is this session's alone, and ends with it */
	bool ends_with_peer;	 /* after sending, wait until the peer closes */
	bool other_end_waits;	 /* the peer may be sending too, and waits until this end
				  * closes: let what is under way arrive first */
	bool answers; /* what is sent only answers what comes: see sdu_source.h */

	enum session_phase phase;
	struct progress progress;
	struct sdu_observer observer;
	struct verification verification; /* with config->verify */
	struct round_trips *trips;	  /* with config->ping, else NULL */
	struct transfer_setup setup, tail_setup;
	struct transfer_result result;
	struct transfer transfer;
	struct link_tuning tuning; /* with config->sets_flush_timeout */
	int wait_error;		   /* -errno: the end cannot be waited for */
	struct event_source closing;
	int64_t closing_deadline_ms;
	enum transfer_end end; /* of the first transfer */
	bool told_closed;
	struct outcome outcome;
};

/* Before anybody is let in or connected to: whether this user may do what CONFIG asks
 * for. Tells when not. */
enum exit_status session_permission(const struct transfer_config *config,
				    const struct report *report);

/* When a wait that starts now is to end, by CONFIG's idle timeout: monotonic ms, or
 * WAIT_FOREVER. */
int64_t idle_deadline_ms(const struct transfer_config *config);

void session_start(struct session *session);

/* Tells LOOP what is waited for; returns for how long at most, ms or WAIT_FOREVER. */
int64_t session_prepare(struct session *session, struct event_loop *loop);

/* After the wait, and after output_serve() of its output. At SESSION_FINISHED call
 * session_finish(). */
void session_serve(struct session *session, struct event_loop *loop);

/* Whether nothing more can be sent, as the channel is closed or lost, which no event
 * tells while the output has no room. What came may not all be read and written yet. */
bool session_channel_is_over(const struct session *session);

/* Whether it waits for room in its output, or for the last byte to be written. */
bool session_waits_for_output(const struct session *session);

/* Closes the channel, tells the summary, and returns the session's status. */
enum exit_status session_finish(struct session *session);

/* All of the above for a session that is alone. */
enum exit_status session_run(struct session *session);

#endif
