// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "info.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "channel/adapter.h"
#include "channel/channel.h"
#include "info_packet.h"
#include "report/field.h"
#include "sdu_socket.h"

enum {
	/* Each request has one of its own, from here on. 1 to 128 are the kernel's. If
	 * another program asks under the same ones, its answers are as good as ours. */
	FIRST_IDENTIFIER = 200,
	/* How long to wait for an answer when --idle-timeout does not say. The kernel
	 * itself waits 4 s for these answers. */
	DEFAULT_ANSWER_TIMEOUT_MS = 10000,
	/* More than any answer takes; a longer packet is cut. */
	PACKET_ROOM = 4096,
};

struct inquiry {
	const struct report *report;
	const struct interruption *interruption;
	const struct channel *signalling;
	unsigned int limit_ms; /* for each answer */
	bool limit_is_users;
};

/* --- asking ------------------------------------------------------------------------- */

static int send_request(const struct inquiry *inquiry, enum information_type type,
			uint8_t identifier)
{
	unsigned char request[INFORMATION_REQUEST_SIZE];

	information_request(request, type, identifier);
	return send(inquiry->signalling->fd, request, sizeof(request), 0) < 0 ? -errno
									      : 0;
}

/* Takes packets until one has the answer: 0, -ETIMEDOUT, -EINTR after a signal, or
 * another -errno. */
static int await_answer(const struct inquiry *inquiry, enum information_type type,
			uint8_t identifier, struct information_answer *answer)
{
	int64_t deadline_ms = monotonic_ms() + inquiry->limit_ms;
	int fd = inquiry->signalling->fd;
	unsigned char packet[PACKET_ROOM];

	for (;;) {
		int events = wait_for(fd, POLLIN, deadline_ms, inquiry->interruption);
		ssize_t length;

		if (events <= 0)
			return events < 0 ? events : -ETIMEDOUT;
		length = recv(fd, packet, sizeof(packet), 0);
		if (length < 0 && errno != EAGAIN)
			return -errno;
		if (length == 0) { /* the link was lost, or ended, by its errno */
			int error = socket_take_error(fd);

			return error ? -error : -ECONNRESET;
		}
		if (length > 0)
			*answer = information_parse(packet, (size_t)length, type,
						    identifier);
		if (length > 0 && answer->outcome != INFORMATION_NONE)
			return 0;
		if (monotonic_ms() >= deadline_ms)
			return -ETIMEDOUT;
	}
}

/* --- telling ------------------------------------------------------------------------ */

static enum exit_status tell_answer(const struct report *report,
				    enum information_type type,
				    const struct information_answer *answer)
{
	const char *name = information_name(type);
	bool known = answer->outcome == INFORMATION_VALUE;
	char text[INFORMATION_TEXT_SIZE];
	const char *told = text;

	switch (answer->outcome) {
	case INFORMATION_VALUE:
		information_text(type, answer->value, text);
		break;
	case INFORMATION_NOT_SUPPORTED:
		told = "not supported by the peer";
		break;
	case INFORMATION_REJECTED:
		told = "the peer does not know this request";
		break;
	case INFORMATION_NONE:
	case INFORMATION_MALFORMED:
		return report_error(report, STATUS_DATA_LOST,
				    "%s: the peer's answer is malformed", name);
	}
	report_result(
		report, VERBOSITY_QUIET, "information",
		FIELDS(field_text("name", name),
		       known ? field_count("value", answer->value) : field_null("value"),
		       field_text("message", told)),
		known ? "{name} {message}" : "{name}: {message}");
	return STATUS_OK;
}

static enum exit_status tell_no_answer(const struct inquiry *inquiry,
				       enum information_type type, int error)
{
	const struct report *report = inquiry->report;

	if (error == -EINTR)
		return STATUS_NO_CONNECTION; /* main ends by the signal */
	if (error != -ETIMEDOUT)
		return report_failure(report, STEP_CHANNEL, error,
				      "ask for the peer's %s", information_name(type));
	return report_error(
		report, inquiry->limit_is_users ? STATUS_TIMEOUT : STATUS_NO_CONNECTION,
		"no answer about the peer's %s within %g s%s", information_name(type),
		inquiry->limit_ms / 1e3,
		inquiry->limit_is_users ? " (--idle-timeout)" : "");
}

/* --- all ---------------------------------------------------------------------------- */

/* One after the other: not every peer takes a second request before it has answered the
 * first. */
static enum exit_status ask_everything(const struct inquiry *inquiry)
{
	static const enum information_type types[] = {INFORMATION_FEATURES,
						      INFORMATION_FIXED_CHANNELS,
						      INFORMATION_CONNECTIONLESS_MTU};
	enum exit_status status = STATUS_OK;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		uint8_t identifier = (uint8_t)(FIRST_IDENTIFIER + i);
		struct information_answer answer = {INFORMATION_NONE, 0};
		enum exit_status told;
		int error = send_request(inquiry, types[i], identifier);

		if (!error)
			error = await_answer(inquiry, types[i], identifier, &answer);
		if (error)
			return tell_no_answer(inquiry, types[i], error);
		told = tell_answer(inquiry->report, types[i], &answer);
		status = status ? status : told;
	}
	return status;
}

static enum exit_status tell_unreachable(const struct client_options *options,
					 enum failed_step step, int error)
{
	char peer[ADDRESS_TEXT_SIZE];
	enum exit_status status;

	if (error == -EINTR)
		return STATUS_NO_CONNECTION; /* main ends by the signal */
	status = report_failure(&options->common.report, step, error,
				"ask %s what it can do",
				address_text(&options->peer, peer));
	return error == -ETIMEDOUT && options->connect_timeout_ms ? STATUS_TIMEOUT
								  : status;
}

static void tell_peer(const struct inquiry *inquiry)
{
	char name[ADAPTER_NAME_SIZE];
	char local[ADDRESS_TEXT_SIZE];
	char peer[ADDRESS_TEXT_SIZE];

	report_notice(inquiry->report, "asking %s from %s %s",
		      address_text(&inquiry->signalling->peer, peer),
		      adapter_name(&inquiry->signalling->local, name),
		      address_text(&inquiry->signalling->local, local));
}

enum exit_status info(const struct client_options *options,
		      const struct interruption *interruption)
{
	const struct common_options *common = &options->common;
	unsigned int users_limit_ms = common->transfer.idle_timeout_ms;
	struct channel signalling;
	struct inquiry inquiry = {
		.report = &common->report,
		.interruption = interruption,
		.signalling = &signalling,
		.limit_ms = users_limit_ms ? users_limit_ms : DEFAULT_ANSWER_TIMEOUT_MS,
		.limit_is_users = users_limit_ms != 0,
	};
	enum failed_step step;
	enum exit_status status;
	bdaddr_t adapter;
	int error;

	status = find_adapter(common, &adapter);
	if (status)
		return status;
	error = channel_connect_signalling(&adapter, &options->peer,
					   connect_limit_ms(options), interruption,
					   &signalling, &step);
	if (error)
		return tell_unreachable(options, step, error);
	tell_peer(&inquiry);
	status = ask_everything(&inquiry);
	channel_close(&signalling);
	return status;
}
