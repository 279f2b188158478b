// SPDX-License-Identifier: GPL-2.0-or-later
#include "set_flush_timeout.h"

#include <errno.h>
#include <poll.h>

#include "channel/adapter.h"
#include "channel/flush_timeout.h"
#include "session/flush_events.h"

static int set_flush_timeout(struct flush_timeout *flush, const struct acl_link *link,
			     const struct transfer_config *config,
			     const struct interruption *interruption)
{
	unsigned int limit_s = flush_timeout_limit_s(config->idle_timeout_s);
	int64_t deadline_ms = monotonic_ms() + (int64_t)limit_s * 1000;
	int error = flush_timeout_start(flush, link, config->flush_timeout_ms);

	if (error)
		return error;
	do {
		int events = wait_for(flush->fd, POLLIN, deadline_ms, interruption);

		if (events <= 0)
			return events ? events : -ETIMEDOUT;
		error = flush_timeout_take(flush);
	} while (error == -EAGAIN);
	return error;
}

enum exit_status tune_link(const struct client_options *options,
			   const struct interruption *interruption)
{
	const struct common_options *common = &options->common;
	const struct report *report = &common->report;
	const struct transfer_config *config = &common->transfer;
	struct flush_timeout flush = FLUSH_TIMEOUT_OF(config->flush_timeout_ms);
	bdaddr_t address;
	struct acl_link link;
	int error = adapter_find(common->adapter, &address);

	if (error)
		return report_failure(report, STEP_ADAPTER, error, "use %s",
				      common->adapter ? common->adapter
						      : "a Bluetooth adapter");
	error = adapter_find_link(&address, &options->peer, BDADDR_BREDR, &link);
	if (error)
		return report_failure(report, STEP_LINK, error, "find a link to %s",
				      options->peer_text);
	error = set_flush_timeout(&flush, &link, config, interruption);
	flush_timeout_close(&flush);
	if (error == -EINTR)
		return STATUS_LOCAL_FAILURE; /* main ends by the signal */
	if (error)
		return report_flush_failure(report, &flush, error,
					    config->idle_timeout_s != 0);
	report_flush_timeout(report, VERBOSITY_NORMAL, &flush);
	return STATUS_OK;
}
