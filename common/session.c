// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "socket_memory.h"

int64_t idle_deadline_ms(const struct transfer_config *config)
{
	return config->idle_timeout_s
		     ? monotonic_ms() + (int64_t)config->idle_timeout_s * 1000
		     : WAIT_FOREVER;
}

/* Longer than the 200 ms after which ERTM acknowledges what it got, so that the peer
 * knows before this end closes that its last SDU has arrived. */
enum { QUIET_MS = 500 };

/* The longest SDU that the channel carries (trap T5). */
static size_t most_sdu(const struct channel *channel)
{
	return channel->mode == L2CAP_MODE_BASIC &&
			       channel->outgoing_mtu > LARGEST_BASIC_SDU
		     ? LARGEST_BASIC_SDU
		     : channel->outgoing_mtu;
}

/* LINE of the input, when that has lines, else 0. */
static enum exit_status tell_misfit(const struct session *session, size_t size,
				    uint64_t line)
{
	const struct channel *channel = session->channel;
	char where[48] = "";

	if (line)
		snprintf(where, sizeof(where), " (line %ju of the input)",
			 (uintmax_t)line);
	if (size < channel->smallest_sdu)
		return report_failure(session->report, STEP_SEND, EINVAL,
				      "send an empty SDU%s in %s", where,
				      channel_mode_name(channel->mode));
	return report_failure(session->report, STEP_SEND, EMSGSIZE,
			      "send an SDU of %zu bytes%s: the outgoing MTU is %u%s",
			      size, where, channel->outgoing_mtu,
			      most_sdu(channel) < channel->outgoing_mtu
				      ? ", of which basic mode carries 65531"
				      : "");
}

/* Whether SIZE bytes can go out as one SDU; reports it when they cannot. */
static bool fits_channel(const struct session *session, size_t size)
{
	const struct channel *channel = session->channel;

	if (size >= channel->smallest_sdu && size <= most_sdu(channel))
		return true;
	tell_misfit(session, size, 0);
	return false;
}

/* Whether what the user named, the MESSAGE or --sdu-size, can go out. */
static bool sending_fits(const struct session *session)
{
	const struct transfer_config *config = session->config;

	if (config->message)
		return fits_channel(session, strlen(config->message));
	if (!config->sdu_sizes.minimum ||
	    (session->input < 0 && !config->generate && !config->ping))
		return true;
	return fits_channel(session, config->sdu_sizes.maximum);
}

static struct sdu_plan sending_plan(const struct session *session)
{
	const struct transfer_config *config = session->config;
	size_t largest = session->channel->largest_sdu;
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
		.input = session->input,
		.format = config->format,
		.sdu_size = sizes.minimum,
		.fill_sdus = config->sdu_sizes.minimum != 0,
	};
}

static int64_t idle_ms(const struct transfer_config *config)
{
	if (!config->idle_timeout_s)
		return WAIT_FOREVER;
	/* Answers are waited for as long, and told as lost: that comes first. */
	return (int64_t)config->idle_timeout_s * 1000 +
	       (config->ping ? PING_OVERDUE_US / 1000 : 0);
}

static struct transfer_options transfer_options(const struct session *session)
{
	const struct transfer_config *config = session->config;
	const struct channel *channel = session->channel;

	return (struct transfer_options){
		.socket = channel->fd,
		.send = sending_plan(session),
		.least_sdu = channel->smallest_sdu,
		.most_sdu = most_sdu(channel),
		.interval_ms = config->interval_ms,
		.echo = config->echo,
		.observer = config->verify || config->ping ? &session->observer : NULL,
		.settle_ms = channel->mode == L2CAP_MODE_BASIC ? 0 : SETTLE_MS,
		.await_peer = session->ends_with_peer,
		.close_drops_unsent = channel->mode == L2CAP_MODE_ERTM,
		.quiet_ms = session->other_end_waits || config->ping ? QUIET_MS : 0,
		.hold_ms = (int64_t)config->hold_s * 1000,
		.output = session->output,
		.counts_drops = channel->mode != L2CAP_MODE_ERTM,
		.expected = config->expected,
		.idle_ms = idle_ms(config),
		.stirred = session->stirred,
		.interruption = session->interruption,
	};
}

/* --- what the end means ------------------------------------------------------------- */

static struct outcome tell_unsendable(const struct session *session)
{
	const struct transfer_result *result = &session->result;
	enum exit_status status;

	if (result->error == ENOBUFS)
		status = report_failure(session->report, STEP_SEND, ENOBUFS,
					"send an SDU of %zu bytes",
					result->failed_sdu_length);
	else
		status = tell_misfit(session, result->failed_sdu_length,
				     result->fault.line);
	return (struct outcome){status, "an SDU could not be sent"};
}

/* Bad input is the user's, wherever it comes from. */
static struct outcome tell_malformed(const struct session *session)
{
	const struct input_fault *fault = &session->result.fault;
	uintmax_t line = fault->line;

	if (fault->column)
		report_error(session->report, STATUS_USAGE,
			     "line %ju, column %zu of the input: not a pair of "
			     "hexadecimal digits (--format=hex)",
			     line, fault->column);
	else
		report_error(session->report, STATUS_USAGE,
			     "line %ju of the input is longer than an SDU can be: "
			     "65535 bytes",
			     line);
	return (struct outcome){STATUS_USAGE, "the input is wrong"};
}

static struct outcome judge(const struct session *session)
{
	const struct report *report = session->report;
	const struct transfer_result *result = &session->result;

	switch (result->end) {
	case TRANSFER_LOST:
		return (struct outcome){report_failure(report, STEP_CHANNEL,
						       result->error,
						       "keep the channel up"),
					"the channel was lost"};
	case TRANSFER_SEND_FAILED:
		return tell_unsendable(session);
	case TRANSFER_INPUT_FAILED:
		return (struct outcome){report_failure(report, STEP_INPUT, result->error,
						       "read the input"),
					"the input failed"};
	case TRANSFER_INPUT_MALFORMED:
		return tell_malformed(session);
	case TRANSFER_OUTPUT_FAILED:
		return (struct outcome){report_failure(report, STEP_OUTPUT, result->error,
						       "write what was received"),
					"the output failed"};
	case TRANSFER_NO_MEMORY:
		return (struct outcome){report_failure(report, STEP_MEMORY, result->error,
						       "keep what was received"),
					"memory ran out"};
	case TRANSFER_PEER_CLOSED_EARLY:
		return (struct outcome){report_error(report, STATUS_CONNECTION_LOST,
						     "the peer closed before the "
						     "transfer was complete"),
					"closed early by the peer"};
	case TRANSFER_TRUNCATED:
		return (struct outcome){report_error(report, STATUS_DATA_LOST,
						     "an SDU of more than %d bytes was "
						     "cut short",
						     SDU_ROOM),
					"data was lost"};
	case TRANSFER_DROPPED:
		return (struct outcome){report_loss(report, result->sdus_dropped),
					"data was lost"};
	case TRANSFER_TOO_MUCH:
		return (struct outcome){
			report_error(report, STATUS_DATA_LOST,
				     "more than %ju bytes came "
				     "(--expect)",
				     (uintmax_t)session->config->expected),
			"more came than expected"};
	case TRANSFER_IDLE:
		return (struct outcome){report_error(report, STATUS_TIMEOUT,
						     "nothing moved for %u s "
						     "(--idle-timeout)",
						     session->config->idle_timeout_s),
					"idle for too long"};
	case TRANSFER_INTERRUPTED:
		return (struct outcome){STATUS_CONNECTION_LOST, "interrupted"};
	case TRANSFER_SENT:
	case TRANSFER_PEER_CLOSED:
		break;
	}
	if (result->bytes_received < session->config->expected)
		return (struct outcome){
			report_error(report, STATUS_CONNECTION_LOST,
				     "%ju of %ju bytes came (--expect)",
				     (uintmax_t)result->bytes_received,
				     (uintmax_t)session->config->expected),
			"less came than expected"};
	return (struct outcome){STATUS_OK, result->end == TRANSFER_SENT
						   ? "all was taken by the peer"
						   : "closed by the peer"};
}

/* Only the peer's disconnect response earns status 0 after sending (trap T9). */
static struct outcome judge_closing(const struct session *session, int error)
{
	enum exit_status status;

	if (!error)
		return (struct outcome){STATUS_OK, NULL};
	if (*session->interruption->signal)
		return (struct outcome){STATUS_CONNECTION_LOST, "interrupted"};
	status = report_failure(session->report, STEP_DISCONNECT, error,
				"learn whether all was taken");
	return (struct outcome){status, "the end was not confirmed"};
}

/* --- phases ------------------------------------------------------------------------- */

/* The channel is closed, or being closed: what has arrived before is read. */
static void start_tail(struct session *session)
{
	session->tail_options = session->options;
	session->tail_options.send = (struct sdu_plan){.input = -1};
	session->tail_options.echo = false;
	session->tail_options.queued_only = true;
	session->tail_options.await_peer =
		true; /* else, with all sent, it ends at once */
	session->tail_options.counts_drops = false;
	transfer_start(&session->transfer, &session->tail_options, &session->result);
	session->phase = SESSION_TAIL;
}

static void end_closing(struct session *session, int error)
{
	session->outcome = judge_closing(session, error);
	start_tail(session);
}

static void start_closing(struct session *session)
{
	unsigned int limit = session->config->idle_timeout_s;
	int error = channel_start_disconnect(session->channel);

	if (error) {
		end_closing(session, error);
		return;
	}
	session->closing = (struct event_source){.fd = session->channel->fd,
						 .stirred = session->stirred};
	session->closing_deadline_ms =
		monotonic_ms() +
		(int64_t)(limit ? limit : DEFAULT_CLOSE_TIMEOUT_S) * 1000;
	session->phase = SESSION_CLOSING;
}

static void end_moving(struct session *session, struct event_loop *loop)
{
	transfer_finish(&session->transfer, loop);
	session->end = session->result.end;
	if (session->end == TRANSFER_SENT) {
		start_closing(session);
	} else if (session->end == TRANSFER_DROPPED) {
		/* At once, so that a peer that is still sending learns it. */
		channel_start_disconnect(session->channel);
		start_tail(session);
	} else {
		session->outcome = judge(session);
		session->phase = SESSION_FINISHED;
	}
}

static void serve_closing(struct session *session, struct event_loop *loop)
{
	uint32_t events = event_source_take(&session->closing);
	int error = events ? channel_disconnect_result(session->channel) : -ETIMEDOUT;

	if (!events && !*session->interruption->signal &&
	    monotonic_ms() < session->closing_deadline_ms)
		return;
	event_source_want(loop, &session->closing, 0);
	end_closing(session, error);
}

static bool outranks_a_good_end(enum transfer_end end)
{
	return end == TRANSFER_OUTPUT_FAILED || end == TRANSFER_TRUNCATED ||
	       end == TRANSFER_NO_MEMORY || end == TRANSFER_TOO_MUCH ||
	       end == TRANSFER_IDLE || end == TRANSFER_INTERRUPTED;
}

static void end_tail(struct session *session, struct event_loop *loop)
{
	struct transfer_result *result = &session->result;
	uint32_t dropped = 0;

	transfer_finish(&session->transfer, loop);
	if (session->options.counts_drops &&
	    socket_dropped_sdus(session->channel->fd, &dropped) == 0)
		result->sdus_dropped = dropped;
	if (result->sdus_dropped && result->end != TRANSFER_OUTPUT_FAILED)
		result->end = TRANSFER_DROPPED;
	else if (!outranks_a_good_end(result->end))
		result->end = session->end;
	if (session->outcome.status == STATUS_OK || result->end != TRANSFER_SENT)
		session->outcome = judge(session);
	session->phase = SESSION_FINISHED;
}

/* --- looking at the SDUs ------------------------------------------------------------ */

static void see_sent(void *owner, size_t length)
{
	struct session *session = owner;

	(void)length;
	if (session->trips)
		round_trips_sent(session->trips);
}

static void see_received(void *owner, const unsigned char *sdu, size_t length)
{
	struct session *session = owner;

	if (session->config->verify)
		verification_look(&session->verification, sdu, length);
	if (session->trips)
		round_trips_take(session->trips, sdu, length);
}

/* Whether all can be watched that is to be. */
static bool start_watching(struct session *session)
{
	const struct transfer_config *config = session->config;
	unsigned int patience_s =
		config->idle_timeout_s ? config->idle_timeout_s : DEFAULT_PING_PATIENCE_S;

	session->observer = (struct sdu_observer){see_sent, see_received, session};
	session->verification = (struct verification){.report = session->report};
	session->trips = NULL;
	if (!config->ping)
		return true;
	session->trips = calloc(1, sizeof(*session->trips));
	if (!session->trips) {
		session->outcome.status = report_failure(session->report, STEP_MEMORY,
							 ENOMEM, "measure round trips");
		return false;
	}
	session->trips->report = session->report;
	session->trips->peer = &session->channel->peer;
	session->trips->patience_ms = (int64_t)patience_s * 1000;
	session->trips->ping.count = config->ping_count;
	session->trips->ping.sizes = config->sdu_sizes;
	return true;
}

/* Of round trips that did not go well. */
static struct outcome judge_round_trips(const struct round_trips *trips)
{
	if (trips->failed)
		return (struct outcome){STATUS_LOCAL_FAILURE, "memory ran out"};
	return (struct outcome){STATUS_DATA_LOST,
				ping_lost(&trips->ping)
					? "not all was answered"
					: "an answer was wrong or came twice"};
}

/* What was seen makes a good end a bad one; a bad one stays what it is. */
static void judge_what_was_seen(struct session *session)
{
	struct outcome *outcome = &session->outcome;

	if (session->config->verify && !verification_end(&session->verification) &&
	    outcome->status == STATUS_OK)
		*outcome = (struct outcome){STATUS_DATA_LOST, "data was lost or damaged"};
	if (session->trips && !round_trips_end(session->trips) &&
	    outcome->status == STATUS_OK)
		*outcome = judge_round_trips(session->trips);
}

/* --- the session -------------------------------------------------------------------- */

void session_start(struct session *session)
{
	report_channel(session->report, session->channel);
	session->phase = SESSION_MOVING;
	session->outcome = (struct outcome){STATUS_LOCAL_FAILURE, NULL};
	if (!sending_fits(session) || !start_watching(session)) {
		session->phase = SESSION_FINISHED;
		return;
	}
	session->options = transfer_options(session);
	transfer_start(&session->transfer, &session->options, &session->result);
}

static int64_t prepare_moving(struct session *session, struct event_loop *loop)
{
	int64_t trips_ms = WAIT_FOREVER;
	int64_t wait_ms;

	if (session->trips && session->phase == SESSION_MOVING)
		trips_ms = round_trips_prepare(session->trips, &session->transfer.source);
	wait_ms = transfer_prepare(&session->transfer, loop);
	return trips_ms < wait_ms ? trips_ms : wait_ms;
}

int64_t session_prepare(struct session *session, struct event_loop *loop)
{
	int64_t left;

	switch (session->phase) {
	case SESSION_MOVING:
	case SESSION_TAIL:
		return transfer_is_finished(&session->transfer)
			     ? 0
			     : prepare_moving(session, loop);
	case SESSION_CLOSING:
		/* What is queued would make it spin: a hang-up alone is waited for. */
		if (event_source_want(loop, &session->closing, EPOLLHUP))
			return 0;
		left = session->closing_deadline_ms - monotonic_ms();
		return left > 0 ? left : 0;
	case SESSION_FINISHED:
		break;
	}
	return 0;
}

void session_serve(struct session *session, struct event_loop *loop)
{
	if (session->phase == SESSION_CLOSING) {
		serve_closing(session, loop);
	} else if (session->phase != SESSION_FINISHED) {
		transfer_serve(&session->transfer);
		if (!transfer_is_finished(&session->transfer))
			return;
		if (session->phase == SESSION_MOVING)
			end_moving(session, loop);
		else
			end_tail(session, loop);
	}
}

/* Whether the user may wonder where what came has gone. */
static bool is_unprinted(const struct session *session)
{
	const struct transfer_config *config = session->config;

	return session->output->fd < 0 && !config->discard && !config->echo &&
	       !config->ping;
}

enum exit_status session_finish(struct session *session)
{
	const struct transfer_result *result = &session->result;
	const struct report *report = session->report;
	enum exit_status status;

	channel_close(session->channel);
	if (session->outcome.why)
		judge_what_was_seen(session);
	free(session->trips);
	session->trips = NULL;
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
	if (session->outcome.why)
		report_summary(report, session->channel, result, status,
			       session->outcome.why);
	return status;
}

enum exit_status session_run(struct session *session)
{
	struct event_loop loop;
	int error = event_loop_open(&loop, session->interruption);

	if (error)
		return report_failure(session->report, STEP_MEMORY, error,
				      "wait for several descriptors");
	session_start(session);
	while (session->phase != SESSION_FINISHED && !error) {
		int64_t wait_ms = session_prepare(session, &loop);

		error = output_prepare(session->output, &loop);
		if (!error)
			error = event_loop_wait(&loop, wait_ms);
		output_serve(session->output);
		session_serve(session, &loop);
	}
	event_loop_close(&loop);
	if (error)
		session->outcome.status = report_failure(session->report, STEP_MEMORY,
							 error, "wait for events");
	return session_finish(session);
}
