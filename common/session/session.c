// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "session/session.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "channel/adapter.h"
#include "channel/channel.h"
#include "channel/flush_timeout.h"
#include "report/diagnostics.h"
#include "session/outcome.h"
#include "session/progress.h"
#include "session/sdu_checks.h"
#include "session/session_files.h"
#include "transfer/transfer.h"
#include "transfer/transfer_config.h"
#include "sdu_socket.h"
#include "session/connection_events.h"
#include "session/flush_events.h"

enum session_phase {
	SESSION_TUNING,	  /* the link's flush timeout is being set */
	SESSION_MOVING,	  /* SDUs are moved */
	SESSION_CLOSING,  /* all was sent: the peer's disconnect response is awaited */
	SESSION_TAIL,	  /* the channel is closed: what is queued is read */
	SESSION_FINISHED, /* all is known */
};

struct session {
	struct session_setup setup;
	enum session_phase phase;
	struct progress progress;
	struct sdu_checks checks;
	struct transfer_setup moving, tail;
	struct transfer_result result;
	struct transfer transfer;
	struct flush_timeout flush; /* with config->sets_flush_timeout */
	int wait_error;		    /* -errno: the end cannot be waited for */
	struct event_source closing;
	int64_t closing_deadline_ms;
	enum transfer_end end; /* of the first transfer */
	bool told_closed;
	struct outcome outcome;
};

int64_t idle_deadline_ms(const struct transfer_config *config)
{
	return config->idle_timeout_ms ? monotonic_ms() + config->idle_timeout_ms
				       : WAIT_FOREVER;
}

/* Longer than the 200 ms after which ERTM acknowledges what it got, so that the peer
 * knows before this end closes that its last SDU has arrived. */
enum { QUIET_MS = 500 };

/* Whether what the user named, the MESSAGE or --sdu-size, can go out. */
static bool sending_fits(const struct session *session)
{
	const struct transfer_config *config = session->setup.config;

	if (config->message)
		return outcome_fits_channel(session->setup.report, session->setup.channel,
					    strlen(config->message));
	if (!config->sdu_sizes.minimum ||
	    (session->setup.input < 0 && !config->generate && !config->ping))
		return true;
	return outcome_fits_channel(session->setup.report, session->setup.channel,
				    sdu_sizes_largest(&config->sdu_sizes));
}

static struct sdu_plan sending_plan(const struct session *session)
{
	const struct transfer_config *config = session->setup.config;
	size_t largest = session->setup.channel->largest_sdu;
	struct sdu_sizes sizes = config->sdu_sizes;

	if (!sizes.minimum)
		sizes = (struct sdu_sizes){largest, largest, 1};
	return (struct sdu_plan){
		.message = config->message,
		.message_length = config->message ? strlen(config->message) : 0,
		.numbered = config->generate,
		.count = config->generate_count,
		.sizes = sizes,
		.queued = config->echo || config->ping,
		.answers = config->echo || session->setup.answers,
		.input = session->setup.input,
		.format = config->format,
		.sdu_size = sizes.minimum,
		.fill_sdus = config->sdu_sizes.minimum != 0,
	};
}

static int64_t idle_ms(const struct transfer_config *config)
{
	if (!config->idle_timeout_ms)
		return WAIT_FOREVER;
	/* Answers are waited for as long, and reported as lost: that comes first. */
	return (int64_t)config->idle_timeout_ms +
	       (config->ping ? PING_OVERDUE_US / 1000 : 0);
}

static bool link_is_up(const void *owner)
{
	const struct channel *channel = owner;

	return adapter_has_link(&channel->local, &channel->peer, channel->address_type);
}

static struct transfer_setup transfer_setup(const struct session *session)
{
	const struct transfer_config *config = session->setup.config;
	const struct channel *channel = session->setup.channel;

	return (struct transfer_setup){
		.socket = channel->fd,
		.send = {.plan = sending_plan(session),
			 .least_sdu = channel->smallest_sdu,
			 .most_sdu = channel_most_sdu(channel),
			 .interval_ms = config->interval_ms,
			 .time_ms = config->ping ? 0 : config->time_ms,
			 .one_at_a_time =
				 !channel_mode_has_flow_control(channel->mode) &&
				 (session->setup.output->fd >= 0 || config->verify),
			 .settle_ms =
				 channel_mode_is_numbered(channel->mode) ? SETTLE_MS : 0,
			 .close_drops_unsent =
				 channel_mode_has_flow_control(channel->mode)},
		.echo = config->echo,
		.observer =
			sdu_checks_are_wanted(config) ? &session->checks.observer : NULL,
		.await_peer = session->setup.ends_with_peer,
		.is_acknowledged = channel->mode == MODE_ERTM,
		.link_is_up = link_is_up,
		.link_owner = channel,
		.quiet_ms = session->setup.other_end_waits || config->ping ? QUIET_MS : 0,
		.hold_ms = config->hold_ms,
		.output = session->setup.output,
		.counts_drops = !channel_mode_has_flow_control(channel->mode),
		.most_received = channel->incoming_mtu,
		.expected = config->expected,
		.idle_ms = idle_ms(config),
		.interruption = session->setup.interruption,
	};
}

static struct outcome judge(const struct session *session)
{
	return outcome_of_transfer(session->setup.report, session->setup.config,
				   session->setup.channel, &session->result);
}

/* --- phases ------------------------------------------------------------------------- */

static void tell_closed(struct session *session, enum closer closer)
{
	if (!session->told_closed)
		report_closed(session->setup.report, closer);
	session->told_closed = true;
}

/* The channel is closed, or being closed: what has arrived before is read. */
static void start_tail(struct session *session)
{
	session->tail = session->moving;
	session->tail.send = (struct sender_setup){.plan.input = -1};
	session->tail.echo = false;
	session->tail.queued_only = true;
	session->tail.await_peer = true; /* otherwise, with all sent, it ends at once */
	session->tail.counts_drops = false;
	transfer_start(&session->transfer, &session->tail, &session->result);
	session->phase = SESSION_TAIL;
}

static void end_closing(struct session *session, int error)
{
	session->outcome = outcome_of_closing(session->setup.report, error,
					      *session->setup.interruption->signal);
	tell_closed(session, !error		    ? CLOSED_BY_US
			     : error == -ECONNRESET ? CLOSED_BY_PEER
						    : CLOSED_UNCONFIRMED);
	start_tail(session);
}

static void start_closing(struct session *session)
{
	unsigned int idle_ms = session->setup.config->idle_timeout_ms;
	int64_t limit_ms = idle_ms ? idle_ms : DEFAULT_CLOSE_TIMEOUT_MS;
	int error = channel_start_disconnect(session->setup.channel, limit_ms);

	if (error) {
		end_closing(session, error);
		return;
	}
	session->closing = (struct event_source){.fd = session->setup.channel->fd};
	session->closing_deadline_ms = monotonic_ms() + limit_ms;
	session->phase = SESSION_CLOSING;
}

/* Outside of the transfer, too; where all is sent again it does not matter. */
static void look_whether_torn(struct session *session)
{
	session->result.torn = session->moving.counts_drops &&
			       (session->result.torn || session->setup.channel->torn);
}

static void end_moving(struct session *session, struct event_loop *loop)
{
	transfer_finish(&session->transfer, loop);
	look_whether_torn(session);
	if (session->result.torn)
		session->result.end =
			transfer_worse_end(session->result.end, TRANSFER_DROPPED);
	session->end = session->result.end;
	if (session->end == TRANSFER_SENT) {
		start_closing(session);
	} else if (session->end == TRANSFER_DROPPED) {
		enum closer closer = sdu_socket_closed_by_peer(session->setup.channel->fd)
					   ? CLOSED_BY_PEER
					   : CLOSED_UNCONFIRMED;

		/* At once, so that a peer that is still sending learns it. */
		channel_start_disconnect(session->setup.channel, 0);
		tell_closed(session, closer);
		start_tail(session);
	} else {
		session->outcome = judge(session);
		session->phase = SESSION_FINISHED;
	}
}

static void serve_closing(struct session *session, struct event_loop *loop)
{
	uint32_t events = event_source_take(&session->closing);
	int error =
		events ? channel_disconnect_result(session->setup.channel) : -ETIMEDOUT;

	if (session->wait_error)
		error = session->wait_error;
	else if (!events && !*session->setup.interruption->signal &&
		 monotonic_ms() < session->closing_deadline_ms)
		return;
	event_source_want(loop, &session->closing, 0);
	end_closing(session, error);
}

static void end_tail(struct session *session, struct event_loop *loop)
{
	struct transfer_result *result = &session->result;
	uint32_t dropped = 0;

	transfer_finish(&session->transfer, loop);
	if (session->moving.counts_drops &&
	    socket_dropped_sdus(session->setup.channel->fd, &dropped) == 0)
		result->sdus_dropped = dropped;
	look_whether_torn(session);
	result->end = transfer_worse_end(session->end, result->end);
	if (result->sdus_dropped || result->torn)
		result->end = transfer_worse_end(result->end, TRANSFER_DROPPED);
	if (session->outcome.status == STATUS_OK || result->end != TRANSFER_SENT)
		session->outcome = judge(session);
	session->phase = SESSION_FINISHED;
}

/* --- moving ------------------------------------------------------------------------- */

static struct moved what_moved(const struct session *session, double part_of_sent)
{
	const struct transfer_result *result = &session->result;
	const struct verification *verification = session->checks.verification;
	uint32_t dropped = 0;
	bool counts = result->sdus_received && session->moving.counts_drops &&
		      socket_dropped_sdus(session->moving.socket, &dropped) == 0;

	return (struct moved){
		.bytes = (uint64_t)((double)result->bytes_sent * part_of_sent) +
			 result->bytes_received,
		.sdus = (uint64_t)((double)result->sdus_sent * part_of_sent) +
			result->sdus_received,
		.knows_loss = counts || verification,
		.lost = verification ? verification->check.missing : dropped,
		.jitter_ms =
			verification ? times_sum_up(&verification->gaps).jitter : NAN,
	};
}

/* On a terminal, a file that moves is worth a look without being asked. */
static void start_progress(struct session *session)
{
	const struct transfer_config *config = session->setup.config;
	bool is_file;
	uint64_t total = progress_total(session->setup.input, &is_file);

	progress_start(&session->progress, total ? total : config->expected,
		       config->progress ||
			       (session->setup.report->progress_shown &&
				(is_file || session->setup.output->file.beside)),
		       config->progress_ms);
}

/* A stream that was begun goes on in SDUs of the old size. */
static void look_for_new_mtu(struct session *session)
{
	struct channel *channel = session->setup.channel;
	unsigned int before = channel->outgoing_mtu;

	if (!channel_look_for_new_mtu(channel))
		return;
	session->moving.send.most_sdu = channel_most_sdu(channel);
	report_notice(session->setup.report,
		      "the peer has changed its MTU: %u bytes out from now on, before %u",
		      channel->outgoing_mtu, before);
}

static void start_moving(struct session *session)
{
	session->moving = transfer_setup(session);
	start_progress(session);
	transfer_start(&session->transfer, &session->moving, &session->result);
	session->phase = SESSION_MOVING;
}

/* --- the link's flush timeout, before anything is sent ------------------------------ */

/* Nothing is sent; what a quick peer has sent already is printed and counted all the
 * same, as it may have seen everything acknowledged. */
static void fail_tuning(struct session *session, int error)
{
	session->outcome = (struct outcome){
		report_flush_failure(session->setup.report, &session->flush, error,
				     session->setup.config->idle_timeout_ms != 0),
		"the flush timeout is not set"};
	session->end = TRANSFER_SENT; /* which lets the outcome stay */
	session->moving = transfer_setup(session);
	start_progress(session);
	channel_start_disconnect(session->setup.channel, 0);
	tell_closed(session, CLOSED_UNCONFIRMED);
	start_tail(session);
}

static void start_tuning(struct session *session)
{
	const struct transfer_config *config = session->setup.config;
	const struct channel *channel = session->setup.channel;
	struct acl_link link;
	int error = channel_make_flushable(channel);

	session->flush = FLUSH_TIMEOUT_OF(config->flush_timeout_ms);
	if (!error)
		error = adapter_find_link(&channel->local, &channel->peer,
					  channel->address_type, &link);
	if (!error)
		error = flush_timeout_start(
			&session->flush, &link, config->flush_timeout_ms,
			flush_timeout_limit_ms(config->idle_timeout_ms));

	if (error)
		fail_tuning(session, error);
	else
		session->phase = SESSION_TUNING;
}

static void serve_tuning(struct session *session, struct event_loop *loop)
{
	int error = flush_timeout_serve(&session->flush, loop);

	if (*session->setup.interruption->signal) {
		flush_timeout_end(&session->flush, loop);
		session->outcome =
			(struct outcome){STATUS_CONNECTION_LOST, "interrupted"};
		session->phase = SESSION_FINISHED;
	} else if (!error) {
		report_flush_timeout(session->setup.report, VERBOSITY_VERBOSE,
				     &session->flush);
		start_moving(session);
	} else if (error != -EAGAIN) {
		fail_tuning(session, error);
	}
}

/* What the controller threw away may have been this channel's: only ERTM sends it again.
 * A flush is reported before the peer's disconnect response, which comes after it. */
static void judge_flushes(struct session *session)
{
	enum exit_status status;

	if (!flush_timeout_flushes(&session->flush) || !session->result.sdus_sent ||
	    session->setup.channel->mode == L2CAP_MODE_ERTM)
		return;
	status = report_flushes(session->setup.report, &session->flush);
	if (session->outcome.status == STATUS_OK)
		session->outcome = (struct outcome){status, "data was flushed"};
}

/* --- the session -------------------------------------------------------------------- */

static void tell_connected(const struct session *session)
{
	struct channel_details negotiated;

	if (!session->setup.channel->security &&
	    !report_tells(session->setup.report, VERBOSITY_VERBOSE))
		return;
	channel_details_read(&negotiated, session->setup.channel);
	report_connected(session->setup.report, session->setup.channel, &negotiated);
	if (session->setup.channel->security)
		report_security(session->setup.report, &negotiated);
}

struct session *session_start(const struct session_setup *setup)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session) {
		report_failure(setup->report, STEP_MEMORY, ENOMEM, "serve a connection");
		return NULL;
	}
	session->setup = *setup;
	session->outcome = (struct outcome){STATUS_LOCAL_FAILURE, NULL};
	tell_connected(session);
	session->flush = FLUSH_TIMEOUT_OF(0);
	if (!sending_fits(session) || !sdu_checks_start(&session->checks, setup->config,
							setup->channel, setup->report))
		session->phase = SESSION_FINISHED;
	else if (setup->config->sets_flush_timeout)
		start_tuning(session);
	else
		start_moving(session);
	return session;
}

void session_free(struct session *session)
{
	if (session)
		sdu_checks_free(&session->checks);
	free(session);
}

static int64_t look_at_checks(struct session *session)
{
	return session->phase == SESSION_MOVING
		     ? sdu_checks_prepare(&session->checks,
					  &session->transfer.sender.source)
		     : WAIT_FOREVER;
}

static int64_t prepare_moving(struct session *session, struct event_loop *loop)
{
	int64_t checks_ms = look_at_checks(session);
	int64_t wait_ms = transfer_prepare(&session->transfer, loop);
	int64_t progress_ms = progress_time(&session->progress);

	if (progress_ms == 0) {
		struct moved moved = what_moved(
			session, sdu_sender_part_taken(&session->transfer.sender));

		progress_tell(&session->progress, session->setup.report, &moved);
		progress_ms = progress_time(&session->progress);
	}
	if (checks_ms < wait_ms)
		wait_ms = checks_ms;
	return progress_ms < wait_ms ? progress_ms : wait_ms;
}

int64_t session_prepare(struct session *session, struct event_loop *loop)
{
	int64_t left;

	switch (session->phase) {
	case SESSION_TUNING:
		return flush_timeout_prepare(&session->flush, loop);
	case SESSION_MOVING:
	case SESSION_TAIL:
		return transfer_is_finished(&session->transfer)
			     ? 0
			     : prepare_moving(session, loop);
	case SESSION_CLOSING:
		/* What is queued would make it spin: only a hang-up is waited for. */
		session->wait_error =
			event_source_want(loop, &session->closing, EPOLLHUP);
		if (session->wait_error)
			return 0;
		left = session->closing_deadline_ms - monotonic_ms();
		return left > 0 ? left : 0;
	case SESSION_FINISHED:
		break;
	}
	return 0;
}

static void serve_phase(struct session *session, struct event_loop *loop)
{
	if (session->phase == SESSION_TUNING) {
		serve_tuning(session, loop);
	} else if (session->phase == SESSION_CLOSING) {
		serve_closing(session, loop);
	} else if (session->phase != SESSION_FINISHED) {
		/* What is over is over before it counts as idle. */
		look_at_checks(session);
		if (session->phase == SESSION_MOVING)
			look_for_new_mtu(session);
		transfer_serve(&session->transfer);
		/* Before the received data is written, which may take long. */
		if (session->phase == SESSION_MOVING &&
		    transfer_channel_is_over(&session->transfer))
			tell_closed(session, session->result.end == TRANSFER_LOST
						     ? CLOSED_BY_LINK
						     : CLOSED_BY_PEER);
		if (!transfer_is_finished(&session->transfer))
			return;
		if (session->phase == SESSION_MOVING)
			end_moving(session, loop);
		else
			end_tail(session, loop);
	}
}

bool session_is_over(const struct session *session)
{
	return session->phase == SESSION_FINISHED;
}

const struct transfer_result *session_result(const struct session *session)
{
	return &session->result;
}

bool session_was_sent_away(const struct session *session)
{
	return session->result.sent_away;
}

uint64_t session_bytes_unsent(const struct session *session)
{
	return session->result.bytes_unsent;
}

bool session_channel_is_over(const struct session *session)
{
	return session->phase > SESSION_CLOSING ||
	       (session->phase == SESSION_MOVING &&
		(transfer_channel_is_over(&session->transfer) ||
		 poll_now(session->setup.channel->fd, POLLRDHUP)));
}

bool session_waits_for_output(const struct session *session)
{
	return (session->phase == SESSION_MOVING || session->phase == SESSION_TAIL) &&
	       transfer_waits_for_output(&session->transfer);
}

void session_serve(struct session *session, struct event_loop *loop)
{
	if (!session->result.sdus_sent)
		flush_timeout_forget(&session->flush);
	serve_phase(session, loop);
	flush_timeout_watch(&session->flush, loop, session->phase == SESSION_FINISHED);
}

/* Whether the user may wonder where the received data has gone. */
static bool is_unprinted(const struct session *session)
{
	const struct transfer_config *config = session->setup.config;

	return session->setup.output->fd < 0 && !config->discard && !config->echo &&
	       !config->ping;
}

enum exit_status session_finish(struct session *session)
{
	const struct transfer_result *result = &session->result;
	const struct report *report = session->setup.report;
	struct moved moved = what_moved(session, 1);
	enum exit_status status;
	char *file = NULL;

	progress_end(&session->progress, report, &moved);
	tell_closed(session, CLOSED_UNCONFIRMED);
	channel_close(session->setup.channel);
	if (session->outcome.why)
		sdu_checks_end(&session->checks, &session->outcome);
	judge_flushes(session);
	status = session->outcome.status;
	if (result->bytes_unwritten)
		report_error(report, status,
			     "%ju bytes that were received are not written",
			     (uintmax_t)result->bytes_unwritten);
	if (result->sdus_received && is_unprinted(session))
		report_error(report, status,
			     "%ju SDUs that the peer sent are not printed: --receive "
			     "prints them",
			     (uintmax_t)result->sdus_received);
	if (session->setup.ends_output) {
		enum exit_status written = session_end_output(
			report, session->setup.output, status == STATUS_OK, &file);

		status = status ? status : written;
	}
	if (session->outcome.why)
		report_summary(report, session->setup.channel,
			       session->flush.source.fd >= 0 ? &session->flush : NULL,
			       result, status, session->outcome.why, file);
	if (!status)
		report_mtu_hint(report, session->setup.channel, result);
	free(file);
	flush_timeout_end(&session->flush, NULL);
	return status;
}

/* A server that finds a channel closed before it has seen it open, without an SDU, takes
 * it for one that never was (trap T16), as it must where the options do not say. */
static void let_the_server_see(const struct session *session, int64_t since_ms)
{
	if (channel_mode_is_numbered(session->setup.channel->mode) &&
	    !session->result.sdus_sent && session->outcome.status)
		wait_for(-1, 0, since_ms + SETTLE_MS, session->setup.interruption);
}

enum exit_status session_run(struct session *session)
{
	struct event_loop loop;
	int64_t since_ms = monotonic_ms();
	int error = event_loop_open(&loop, session->setup.interruption);

	if (error)
		return report_failure(session->setup.report, STEP_MEMORY, error,
				      "wait for several descriptors");
	while (session->phase != SESSION_FINISHED && !error) {
		int64_t wait_ms = session_prepare(session, &loop);

		error = output_prepare(session->setup.output, &loop);
		if (!error)
			error = report_prepare(&loop);
		if (!error)
			error = event_loop_wait(&loop, wait_ms);
		report_serve(session->setup.report);
		output_serve(session->setup.output);
		session_serve(session, &loop);
	}
	diagnostics_leave(&loop);
	event_loop_close(&loop);
	if (error)
		session->outcome.status = report_failure(
			session->setup.report, STEP_MEMORY, error, "wait for events");
	let_the_server_see(session, since_ms);
	return session_finish(session);
}
