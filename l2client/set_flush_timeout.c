// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "set_flush_timeout.h"

#include <errno.h>

#include "channel/adapter.h"
#include "channel/flush_timeout.h"
#include "session/flush_events.h"

static int set_it(struct flush_timeout *flush, const struct acl_link *link,
		  const struct transfer_config *config,
		  const struct interruption *interruption)
{
	struct event_loop loop;
	int error = event_loop_open(&loop, interruption);

	if (!error)
		error = flush_timeout_start(
			flush, link, config->flush_timeout_ms,
			flush_timeout_limit_ms(config->idle_timeout_ms));
	if (!error)
		error = -EAGAIN;
	while (error == -EAGAIN) {
		error = event_loop_wait(&loop, flush_timeout_prepare(flush, &loop));
		if (*interruption->signal)
			error = -EINTR;
		else if (!error)
			error = flush_timeout_serve(flush, &loop);
	}
	flush_timeout_end(flush, &loop);
	event_loop_close(&loop);
	return error;
}

enum exit_status set_flush_timeout(const struct client_options *options,
				   const struct interruption *interruption)
{
	const struct common_options *common = &options->common;
	const struct report *report = &common->report;
	const struct transfer_config *config = &common->transfer;
	struct flush_timeout flush = FLUSH_TIMEOUT_OF(config->flush_timeout_ms);
	bdaddr_t address;
	struct acl_link link;
	enum exit_status status = find_adapter(common, &address);
	int error;

	if (status)
		return status;
	error = adapter_find_link(&address, &options->peer, BDADDR_BREDR, &link);
	if (error)
		return report_failure(report, STEP_LINK, error, "find a link to %s",
				      options->peer_text);
	error = set_it(&flush, &link, config, interruption);
	if (error == -EINTR)
		return STATUS_LOCAL_FAILURE; /* main ends by the signal */
	if (error)
		return report_flush_failure(report, &flush, error,
					    config->idle_timeout_ms != 0);
	report_flush_timeout(report, VERBOSITY_NORMAL, &flush);
	return STATUS_OK;
}
