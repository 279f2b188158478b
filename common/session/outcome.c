// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "session/outcome.h"
#include "session/connection_events.h"

#include <errno.h>
#include <stdio.h>

/* LINE of the input, when that has lines, otherwise 0. */
static enum exit_status tell_misfit(const struct report *report,
				    const struct channel *channel, size_t size,
				    uint64_t line)
{
	char where[48] = "";

	if (line)
		snprintf(where, sizeof(where), " (line %ju of the input)",
			 (uintmax_t)line);
	if (size < channel->smallest_sdu)
		return report_failure(report, STEP_SEND, EINVAL,
				      "send an empty SDU%s in %s", where,
				      channel_mode_name(channel->mode));
	return report_failure(report, STEP_SEND, EMSGSIZE,
			      "send an SDU of %zu bytes%s: the outgoing MTU is %u%s",
			      size, where, channel->outgoing_mtu,
			      channel_most_sdu(channel) < channel->outgoing_mtu
				      ? ", of which basic mode carries 65531"
				      : "");
}

bool outcome_fits_channel(const struct report *report, const struct channel *channel,
			  size_t size)
{
	if (size >= channel->smallest_sdu && size <= channel_most_sdu(channel))
		return true;
	tell_misfit(report, channel, size, 0);
	return false;
}

static struct outcome tell_loss(const struct report *report,
				const struct transfer_result *result)
{
	enum exit_status status =
		result->sdus_dropped
			? report_loss(report, result->sdus_dropped)
			: report_error_with_hint(
				  report, STATUS_DATA_LOST,
				  "use --mode=ertm, which sends it again",
				  "part of a packet was lost on the link, and with it "
				  "an "
				  "SDU");

	return (struct outcome){status, "data was lost"};
}

static struct outcome tell_unsendable(const struct report *report,
				      const struct channel *channel,
				      const struct transfer_result *result)
{
	enum exit_status status;

	if (result->error == ENOBUFS)
		status = report_failure(report, STEP_SEND, ENOBUFS,
					"send an SDU of %zu bytes",
					result->failed_sdu_length);
	else
		status = tell_misfit(report, channel, result->failed_sdu_length,
				     result->fault.line);
	return (struct outcome){status, "an SDU could not be sent"};
}

/* Not STATUS_USAGE: the input before it has been sent. */
static struct outcome tell_malformed(const struct report *report,
				     const struct input_fault *fault)
{
	uintmax_t line = fault->line;

	if (fault->column)
		report_error(report, STATUS_LOCAL_FAILURE,
			     "line %ju, column %zu of the input: not a pair of "
			     "hexadecimal digits (--format=hex)",
			     line, fault->column);
	else
		report_error(report, STATUS_LOCAL_FAILURE,
			     "line %ju of the input is longer than an SDU can be: "
			     "65535 bytes",
			     line);
	return (struct outcome){STATUS_LOCAL_FAILURE, "the input is wrong"};
}

static struct outcome of(enum exit_status status, const char *why)
{
	return (struct outcome){status, why};
}

/* Of a transfer that came to a good end, with as much as was expected or less. */
static struct outcome judge_amount(const struct report *report,
				   const struct transfer_config *config,
				   const struct transfer_result *result)
{
	if (result->bytes_received < config->expected)
		return of(report_error(report, STATUS_CONNECTION_LOST,
				       "%ju of %ju bytes arrived (--expect)",
				       (uintmax_t)result->bytes_received,
				       (uintmax_t)config->expected),
			  "less arrived than expected");
	return of(STATUS_OK, result->end == TRANSFER_SENT ? "all was delivered"
							  : "closed by the peer");
}

struct outcome outcome_of_transfer(const struct report *report,
				   const struct transfer_config *config,
				   const struct channel *channel,
				   const struct transfer_result *result)
{
	int error = result->error;

	switch (result->end) {
	case TRANSFER_LOST:
		return of(report_broken(report, STEP_CHANNEL, error, "connection lost"),
			  "the connection was lost");
	case TRANSFER_SEND_FAILED:
		return tell_unsendable(report, channel, result);
	case TRANSFER_INPUT_FAILED:
		return of(report_failure(report, STEP_INPUT, error, "read the input"),
			  "the input failed");
	case TRANSFER_INPUT_MALFORMED:
		return tell_malformed(report, &result->fault);
	case TRANSFER_OUTPUT_FAILED:
		return of(report_failure(report, STEP_OUTPUT, error,
					 "write what was received"),
			  "the output failed");
	case TRANSFER_NO_MEMORY:
		return of(report_failure(report, STEP_MEMORY, error,
					 "keep what was received"),
			  "memory ran out");
	case TRANSFER_PEER_CLOSED_EARLY:
		return of(report_error(report, STATUS_CONNECTION_LOST,
				       "the peer closed before the transfer was "
				       "complete%s",
				       result->arrival_unknown
					       ? ": all was sent, but whether it "
						 "arrived is not known"
					       : ""),
			  "closed early by the peer");
	case TRANSFER_TRUNCATED:
		return of(report_error(report, STATUS_DATA_LOST,
				       "an SDU of more than %d bytes was cut short",
				       SDU_ROOM),
			  "data was lost");
	case TRANSFER_DROPPED:
		return tell_loss(report, result);
	case TRANSFER_TOO_MUCH:
		return of(report_error(report, STATUS_DATA_LOST,
				       "more than %ju bytes arrived (--expect)",
				       (uintmax_t)config->expected),
			  "more arrived than expected");
	case TRANSFER_IDLE:
		return of(report_error(report, STATUS_TIMEOUT,
				       "nothing moved for %g s (--idle-timeout)",
				       config->idle_timeout_ms / 1e3),
			  "idle for too long");
	case TRANSFER_INTERRUPTED:
		return of(STATUS_CONNECTION_LOST, "interrupted");
	case TRANSFER_SENT:
	case TRANSFER_PEER_CLOSED:
		break;
	}
	return judge_amount(report, config, result);
}

struct outcome outcome_of_closing(const struct report *report, int error,
				  bool interrupted)
{
	enum exit_status status;

	if (!error)
		return (struct outcome){STATUS_OK, NULL};
	if (interrupted)
		return (struct outcome){STATUS_CONNECTION_LOST, "interrupted"};
	status = report_broken(report, STEP_DISCONNECT, error,
			       "no confirmation that the peer received everything");
	return (struct outcome){status, "the end was not confirmed"};
}
