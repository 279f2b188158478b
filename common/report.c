// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapter.h"

enum { LINE_SIZE = 8192 };

/* The bytes of the control character that TEXT starts with, 0 when it starts with none:
 * C0, DEL, and C1 in UTF-8, where U+009B is another way to write ESC [. */
static int control_character(const unsigned char *text)
{
	if (text[0] < ' ' || text[0] == 0x7f)
		return 1;
	return text[0] == 0xc2 && text[1] >= 0x80 && text[1] <= 0x9f ? 2 : 0;
}

/* Copies TEXT, with control characters as \xNN: whatever a peer or a command line puts
 * into a diagnostic, it stays one line and does not steer a terminal. */
static size_t escape(char *line, size_t size, const char *text)
{
	size_t length = 0;
	int control = 0; /* bytes of a control character that are still to come */

	for (; *text && length + sizeof("\\xNN") < size; text++) {
		if (control == 0)
			control = control_character((const unsigned char *)text);
		if (control > 0) {
			control--;
			length += (size_t)snprintf(line + length, size - length,
						   "\\x%02X", (unsigned char)*text);
		} else {
			line[length++] = *text;
		}
	}
	return length;
}

/* One write a line, so that lines of several processes do not mix. */
static void print_line(const struct report *report, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static void print_line(const struct report *report, const char *format, va_list arguments)
{
	char text[LINE_SIZE];
	char line[LINE_SIZE * 4]; /* room for a text of \xNN, so that its end is told */
	size_t length = (size_t)snprintf(line, sizeof(line), "%s: %s%s", report->program,
					 report->subject ? report->subject : "",
					 report->subject ? ": " : "");

	vsnprintf(text, sizeof(text), format, arguments);
	length += escape(line + length, sizeof(line) - length, text);
	line[length++] = '\n';
	/* There is nobody to tell when standard error fails. */
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}

void report_error(const struct report *report, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line(report, format, arguments);
	va_end(arguments);
}

void report_notice(const struct report *report, const char *format, ...)
{
	va_list arguments;

	if (report->verbosity < VERBOSITY_NORMAL)
		return;
	va_start(arguments, format);
	print_line(report, format, arguments);
	va_end(arguments);
}

void report_detail(const struct report *report, const char *format, ...)
{
	va_list arguments;

	if (report->verbosity < VERBOSITY_VERBOSE)
		return;
	va_start(arguments, format);
	print_line(report, format, arguments);
	va_end(arguments);
}

enum exit_status report_failure(const struct report *report, enum failed_step step,
				int error, const char *attempt, ...)
{
	struct explanation explanation = explain_error(step, error);
	char text[LINE_SIZE];
	va_list arguments;

	va_start(arguments, attempt);
	vsnprintf(text, sizeof(text), attempt, arguments);
	va_end(arguments);
	report_error(report, "cannot %s: %s", text,
		     explanation.reason ? explanation.reason : strerror(abs(error)));
	if (explanation.hint)
		report_error(report, "hint: %s", explanation.hint);
	return explanation.status;
}

void report_listening(const struct report *report, const struct channel *listener)
{
	char name[ADAPTER_NAME_SIZE];
	char address[ADDRESS_TEXT_SIZE];

	if (bacmp(&listener->local, BDADDR_ANY) == 0)
		report_notice(report, "listening on any adapter, PSM 0x%04X (%u)",
			      listener->psm, listener->psm);
	else
		report_notice(report, "listening on %s %s, PSM 0x%04X (%u)",
			      adapter_name(&listener->local, name),
			      address_text(&listener->local, address), listener->psm,
			      listener->psm);
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

	report_detail(report,
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
		    const struct transfer_result *result, const char *why)
{
	char sent[128] = "";
	char received[128] = "";
	char rate[64] = "";
	uint64_t bytes = result->bytes_sent + result->bytes_received;

	if (result->sdus_sent || !result->sdus_received)
		print_amount(sent, sizeof(sent), "sent", result->sdus_sent,
			     result->bytes_sent);
	if (result->sdus_received || !result->sdus_sent)
		print_amount(received, sizeof(received), "received",
			     result->sdus_received, result->bytes_received);
	if (result->seconds > 0)
		snprintf(rate, sizeof(rate), ", %.1f kB/s",
			 (double)bytes / 1000 / result->seconds);
	report_notice(report, "%s%s%s in %.3f s%s; MTU %u in, %u out; %s; %s", sent,
		      *sent && *received ? ", " : "", received, result->seconds, rate,
		      channel->incoming_mtu, channel->outgoing_mtu,
		      channel_mode_name(channel->mode), why);
}
