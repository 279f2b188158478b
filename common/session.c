// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int64_t idle_deadline_ms(const struct transfer_config *config)
{
	return config->idle_timeout_s
		     ? monotonic_ms() + (int64_t)config->idle_timeout_s * 1000
		     : WAIT_FOREVER;
}

/* Longer than the 200 ms after which ERTM acknowledges what it got, so that the peer
 * knows before this end closes that its last SDU has arrived. */
enum { QUIET_MS = 500 };

/* Whether SIZE bytes can go out as one SDU; reports it when they cannot. */
static bool fits_channel(const struct session *session, const struct channel *channel,
			 size_t size)
{
	bool basic = channel->mode == L2CAP_MODE_BASIC;

	if (size < channel->smallest_sdu) {
		report_failure(session->report, STEP_SEND, EINVAL,
			       "send an empty SDU in %s",
			       channel_mode_name(channel->mode));
		return false;
	}
	if (size <= channel->outgoing_mtu && (!basic || size <= LARGEST_BASIC_SDU))
		return true;
	report_failure(session->report, STEP_SEND, EMSGSIZE,
		       "send an SDU of %zu bytes: the outgoing MTU is %u%s", size,
		       channel->outgoing_mtu,
		       basic && channel->outgoing_mtu > LARGEST_BASIC_SDU
			       ? ", of which basic mode carries 65531"
			       : "");
	return false;
}

/* Whether what the user named, the MESSAGE or --sdu-size, can go out. */
static bool sending_fits(const struct session *session, const struct channel *channel)
{
	const struct transfer_config *config = session->config;

	if (config->message)
		return fits_channel(session, channel, strlen(config->message));
	if (session->input >= 0 && config->sdu_size)
		return fits_channel(session, channel, config->sdu_size);
	return true;
}

static struct transfer_options transfer_options(const struct session *session,
						const struct channel *channel)
{
	const struct transfer_config *config = session->config;

	return (struct transfer_options){
		.socket = channel->fd,
		.message = config->message,
		.message_length = config->message ? strlen(config->message) : 0,
		.input = session->input,
		.sdu_size = config->sdu_size ? config->sdu_size : channel->largest_sdu,
		.fill_sdus = config->sdu_size != 0,
		.settle_ms = channel->mode == L2CAP_MODE_BASIC ? 0 : SETTLE_MS,
		.await_peer = session->ends_with_peer,
		.close_drops_unsent = channel->mode == L2CAP_MODE_ERTM,
		.quiet_ms = session->other_end_waits ? QUIET_MS : 0,
		.hold_ms = (int64_t)config->hold_s * 1000,
		.output = session->output,
		.separate_sdus = session->output >= 0 && isatty(session->output),
		.read_ahead = config->read_ahead,
		.idle_ms = config->idle_timeout_s ? (int64_t)config->idle_timeout_s * 1000
						  : WAIT_FOREVER,
		.interruption = session->interruption,
	};
}

/* Takes what arrived while the channel was being closed. */
static void receive_tail(const struct transfer_options *options,
			 struct transfer_result *result)
{
	struct transfer_options tail = *options;
	enum transfer_end end = result->end;

	tail.message = NULL;
	tail.input = -1;
	tail.await_peer = true;
	tail.quiet_ms = 0;
	transfer_run(&tail, result);
	if (result->end != TRANSFER_OUTPUT_FAILED && result->end != TRANSFER_TRUNCATED &&
	    result->end != TRANSFER_NO_MEMORY)
		result->end = end;
}

/* What the end of a transfer means to the user: STATUS, and WHY for the summary. */
struct outcome {
	enum exit_status status;
	const char *why;
};

/* All was sent: only the peer's disconnect response earns status 0 (trap T9). */
static struct outcome close_after_sending(const struct session *session,
					  const struct channel *channel)
{
	unsigned int limit = session->config->idle_timeout_s;
	int error =
		channel_disconnect(channel, limit ? (int)limit : DEFAULT_CLOSE_TIMEOUT_S,
				   session->interruption);
	enum exit_status status;

	if (!error)
		return (struct outcome){STATUS_OK, "all was taken by the peer"};
	if (*session->interruption->signal)
		return (struct outcome){STATUS_CONNECTION_LOST, "interrupted"};
	status = report_failure(session->report, STEP_DISCONNECT, error,
				"learn whether all was taken");
	return (struct outcome){status, "the end was not confirmed"};
}

static struct outcome judge_failure(const struct session *session,
				    const struct transfer_result *result)
{
	const struct report *report = session->report;

	switch (result->end) {
	case TRANSFER_LOST:
		return (struct outcome){report_failure(report, STEP_CHANNEL,
						       result->error,
						       "keep the channel up"),
					"the channel was lost"};
	case TRANSFER_SEND_FAILED:
		return (struct outcome){report_failure(report, STEP_SEND, result->error,
						       "send an SDU of %zu bytes",
						       result->failed_sdu_length),
					"an SDU could not be sent"};
	case TRANSFER_INPUT_FAILED:
		return (struct outcome){report_failure(report, STEP_INPUT, result->error,
						       "read the input"),
					"the input failed"};
	case TRANSFER_OUTPUT_FAILED:
		return (struct outcome){report_failure(report, STEP_OUTPUT, result->error,
						       "write what was received"),
					"the output failed"};
	case TRANSFER_NO_MEMORY:
		return (struct outcome){report_failure(report, STEP_MEMORY, result->error,
						       "keep what was received"),
					"memory ran out"};
	case TRANSFER_PEER_CLOSED_EARLY:
		report_error(report, "the peer closed before the transfer was complete");
		return (struct outcome){STATUS_CONNECTION_LOST,
					"closed early by the peer"};
	case TRANSFER_TRUNCATED:
		report_error(report, "an SDU of more than %d bytes was cut short",
			     SDU_ROOM);
		return (struct outcome){STATUS_DATA_LOST, "data was lost"};
	case TRANSFER_IDLE:
		report_error(report, "nothing moved for %u s (--idle-timeout)",
			     session->config->idle_timeout_s);
		return (struct outcome){STATUS_TIMEOUT, "idle for too long"};
	case TRANSFER_INTERRUPTED:
		return (struct outcome){STATUS_CONNECTION_LOST, "interrupted"};
	case TRANSFER_SENT:
	case TRANSFER_PEER_CLOSED:
		break;
	}
	return (struct outcome){STATUS_OK, "closed by the peer"};
}

static struct outcome conclude(const struct session *session, struct channel *channel,
			       const struct transfer_options *options,
			       struct transfer_result *result)
{
	struct outcome outcome;

	if (result->end != TRANSFER_SENT)
		return judge_failure(session, result);
	outcome = close_after_sending(session, channel);
	receive_tail(options, result);
	return result->end == TRANSFER_SENT ? outcome : judge_failure(session, result);
}

enum exit_status session_run(const struct session *session, struct channel *channel)
{
	struct transfer_options options = transfer_options(session, channel);
	struct transfer_result result = {0};
	struct outcome outcome;

	report_channel(session->report, channel);
	if (!sending_fits(session, channel)) {
		channel_close(channel);
		return STATUS_LOCAL_FAILURE;
	}
	transfer_run(&options, &result);
	outcome = conclude(session, channel, &options, &result);
	channel_close(channel);
	if (result.bytes_unwritten)
		report_error(session->report,
			     "%ju bytes that were received are not written",
			     (uintmax_t)result.bytes_unwritten);
	if (result.sdus_received && session->output < 0)
		report_error(
			session->report,
			"%ju SDUs that the peer sent are not printed: --receive prints "
			"them",
			(uintmax_t)result.sdus_received);
	report_summary(session->report, channel, &result, outcome.why);
	return outcome.status;
}
