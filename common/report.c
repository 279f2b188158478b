// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapter.h"
#include "report_line.h"

bool report_tells(const struct report *report, enum verbosity verbosity)
{
	return verbosity <= report->verbosity ||
	       (report->json && report->verbosity != VERBOSITY_QUIET);
}

void report_event(const struct report *report, enum verbosity verbosity,
		  const char *event, const struct json_field *fields, const char *format,
		  ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	if (!report_tells(report, verbosity))
		return;
	if (report->json) {
		report_json_line(report, event, fields);
		return;
	}
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report_text_line(report, "", text);
}

void report_notice(const struct report *report, const char *format, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report_event(report, VERBOSITY_NORMAL, "notice",
		     JSON_FIELDS(json_text("message", text)), "%s", text);
}

/* --- errors ------------------------------------------------------------------------- */

/* REASON and HINT may be NULL. */
static enum exit_status tell_error(const struct report *report, enum exit_status status,
				   const char *message, const char *reason,
				   const char *hint)
{
	if (report->json) {
		report_json_line(report, "error",
				 JSON_FIELDS(json_text("message", message),
					     json_text("reason", reason),
					     json_text("hint", hint),
					     json_count("status", status)));
		return status;
	}
	report_text_line(report, "", message);
	/* Where to find help is no more than the usual word. */
	if (hint)
		report_text_line(report, status == STATUS_USAGE ? "" : "hint: ", hint);
	return status;
}

enum exit_status report_error(const struct report *report, enum exit_status status,
			      const char *format, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return tell_error(report, status, text, NULL, NULL);
}

enum exit_status report_error_with_hint(const struct report *report,
					enum exit_status status, const char *hint,
					const char *format, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return tell_error(report, status, text, NULL, hint);
}

enum exit_status report_failure(const struct report *report, enum failed_step step,
				int error, const char *attempt, ...)
{
	struct explanation explanation = explain_error(step, error);
	const char *reason =
		explanation.reason ? explanation.reason : strerror(abs(error));
	char text[REPORT_TEXT_SIZE] = "cannot ";
	size_t length = strlen(text);
	va_list arguments;

	va_start(arguments, attempt);
	vsnprintf(text + length, sizeof(text) - length, attempt, arguments);
	va_end(arguments);
	length = strlen(text);
	snprintf(text + length, sizeof(text) - length, ": %s", reason);
	return tell_error(report, explanation.status, text, reason, explanation.hint);
}

enum exit_status report_loss(const struct report *report, uint64_t count)
{
	static const char hint[] =
		"use --mode=ertm, in which a full buffer stops the sender, or a larger "
		"--buffer, or raise the limit with 'sysctl net.core.rmem_max=67108864'";
	char text[128];

	snprintf(text, sizeof(text), "%ju SDU%s lost: the receive buffer was full",
		 (uintmax_t)count, count == 1 ? " was" : "s were");
	if (!report->json)
		return tell_error(report, STATUS_DATA_LOST, text, NULL, hint);
	report_json_line(report, "loss",
			 JSON_FIELDS(json_text("message", text),
				     json_count("sdus_lost", count),
				     json_text("hint", hint),
				     json_count("status", STATUS_DATA_LOST)));
	return STATUS_DATA_LOST;
}

/* --- connections -------------------------------------------------------------------- */

void report_listening(const struct report *report, const struct channel *listener)
{
	bool any = bacmp(&listener->local, BDADDR_ANY) == 0;
	char name[ADAPTER_NAME_SIZE];
	char address[ADDRESS_TEXT_SIZE];

	adapter_name(&listener->local, name);
	address_text(&listener->local, address);
	report_event(report, VERBOSITY_NORMAL, "listening",
		     JSON_FIELDS(json_text("adapter", any ? NULL : name),
				 json_text("local", any ? NULL : address),
				 json_count("psm", listener->psm)),
		     "listening on %s%s%s, PSM 0x%04X (%u)", any ? "any adapter" : name,
		     any ? "" : " ", any ? "" : address, listener->psm, listener->psm);
}

void report_accepted(const struct report *report, const bdaddr_t *peer,
		     unsigned int number)
{
	char address[ADDRESS_TEXT_SIZE];

	address_text(peer, address);
	report_event(
		report, VERBOSITY_NORMAL, "accepted",
		JSON_FIELDS(json_count("connection", number), json_text("peer", address)),
		"Accepted connection from %s", address);
}

static const char *frame_check(const struct channel *channel)
{
	if (channel->mode == L2CAP_MODE_BASIC)
		return "";
	return channel->fcs ? ", FCS on" : ", FCS off";
}

void report_channel(const struct report *report, const struct channel *channel)
{
	char name[ADAPTER_NAME_SIZE];
	char local[ADDRESS_TEXT_SIZE];
	char peer[ADDRESS_TEXT_SIZE];

	if (!report_tells(report, VERBOSITY_VERBOSE))
		return;
	report_event(report, VERBOSITY_VERBOSE, "connected",
		     JSON_FIELDS(json_text("mode", channel_mode_name(channel->mode)),
				 json_count("incoming_mtu_bytes", channel->incoming_mtu),
				 json_count("outgoing_mtu_bytes", channel->outgoing_mtu)),
		     "channel from %s %s to %s, PSM 0x%04X (%u): MTU %u in, %u out; "
		     "mode %s%s; SDUs of a stream up to %zu bytes",
		     adapter_name(&channel->local, name),
		     address_text(&channel->local, local),
		     address_text(&channel->peer, peer), channel->psm, channel->psm,
		     channel->incoming_mtu, channel->outgoing_mtu,
		     channel_mode_name(channel->mode), frame_check(channel),
		     channel->largest_sdu);
}

/* "1 SDU, 7 bytes" */
static int print_amount(char *text, size_t size, const char *verb, uint64_t sdus,
			uint64_t bytes)
{
	return snprintf(text, size, "%s %ju SDU%s, %ju byte%s", verb, (uintmax_t)sdus,
			sdus == 1 ? "" : "s", (uintmax_t)bytes, bytes == 1 ? "" : "s");
}

void report_summary(const struct report *report, const struct channel *channel,
		    const struct transfer_result *result, enum exit_status status,
		    const char *why)
{
	char sent[128] = "";
	char received[128] = "";
	char rate[64] = "";
	const char *mode = channel_mode_name(channel->mode);
	double bytes = (double)(result->bytes_sent + result->bytes_received);
	/* One that has no time has no rate: null. */
	double bytes_per_s = result->seconds > 0 ? bytes / result->seconds : HUGE_VAL;

	if (result->sdus_sent || !result->sdus_received)
		print_amount(sent, sizeof(sent), "sent", result->sdus_sent,
			     result->bytes_sent);
	if (result->sdus_received || !result->sdus_sent)
		print_amount(received, sizeof(received), "received",
			     result->sdus_received, result->bytes_received);
	if (result->seconds > 0)
		snprintf(rate, sizeof(rate), ", %.1f kB/s", bytes_per_s / 1000);
	report_event(report, VERBOSITY_NORMAL, "summary",
		     JSON_FIELDS(json_count("sdus_sent", result->sdus_sent),
				 json_count("bytes_sent", result->bytes_sent),
				 json_count("sdus_received", result->sdus_received),
				 json_count("bytes_received", result->bytes_received),
				 json_count("sdus_lost", result->sdus_dropped),
				 json_count("bytes_unwritten", result->bytes_unwritten),
				 json_real("duration_s", result->seconds),
				 json_real("rate_bytes_per_s", bytes_per_s),
				 json_count("incoming_mtu_bytes", channel->incoming_mtu),
				 json_count("outgoing_mtu_bytes", channel->outgoing_mtu),
				 json_text("mode", mode), json_text("why", why),
				 json_count("status", status)),
		     "%s%s%s in %.3f s%s; MTU %u in, %u out; %s; %s", sent,
		     *sent && *received ? ", " : "", received, result->seconds, rate,
		     channel->incoming_mtu, channel->outgoing_mtu, mode, why);
}
