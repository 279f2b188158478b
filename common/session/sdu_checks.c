// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "session/sdu_checks.h"

#include <errno.h>
#include <stdlib.h>

#include "event_loop.h"

static void see_sent(void *owner, size_t length)
{
	struct sdu_checks *checks = owner;

	(void)length;
	if (checks->ping)
		ping_sent(checks->ping);
}

static void see_received(void *owner, const unsigned char *sdu, size_t length,
			 int64_t arrived_us)
{
	struct sdu_checks *checks = owner;

	if (checks->verification)
		verification_look(checks->verification, sdu, length, arrived_us);
	if (checks->ping)
		ping_take(checks->ping, sdu, length);
}

bool sdu_checks_are_wanted(const struct transfer_config *config)
{
	return config->verify || config->ping;
}

bool sdu_checks_start(struct sdu_checks *checks, const struct transfer_config *config,
		      const struct channel *channel, const struct report *report)
{
	unsigned int patience_ms = config->idle_timeout_ms ? config->idle_timeout_ms
							   : DEFAULT_PING_PATIENCE_MS;

	*checks = (struct sdu_checks){
		.observer = {see_sent, see_received, checks},
	};
	if (config->verify)
		checks->verification = calloc(1, sizeof(*checks->verification));
	if (config->ping)
		checks->ping = calloc(1, sizeof(*checks->ping));
	if ((config->verify && !checks->verification) ||
	    (config->ping && !checks->ping)) {
		report_failure(report, STEP_MEMORY, ENOMEM, "check SDUs");
		return false;
	}
	if (config->verify)
		checks->verification->report = report;
	if (!config->ping)
		return true;
	checks->ping->report = report;
	checks->ping->peer = &channel->peer;
	checks->ping->patience_ms = patience_ms;
	checks->ping->time_ms = config->time_ms;
	checks->ping->trips.count = config->ping_count;
	checks->ping->trips.sizes = config->sdu_sizes;
	return true;
}

void sdu_checks_free(struct sdu_checks *checks)
{
	free(checks->verification);
	free(checks->ping);
	checks->verification = NULL;
	checks->ping = NULL;
}

int64_t sdu_checks_prepare(struct sdu_checks *checks, struct sdu_source *source)
{
	return checks->ping ? ping_prepare(checks->ping, source) : WAIT_FOREVER;
}

/* Of round trips that did not go well. */
static struct outcome judge_ping(const struct ping *ping)
{
	if (ping->failed)
		return (struct outcome){STATUS_LOCAL_FAILURE, "memory ran out"};
	return (struct outcome){STATUS_DATA_LOST,
				round_trips_lost(&ping->trips)
					? "not all was answered"
					: "an answer was wrong or arrived twice"};
}

void sdu_checks_end(const struct sdu_checks *checks, struct outcome *outcome)
{
	if (checks->verification && !verification_end(checks->verification) &&
	    outcome->status == STATUS_OK)
		*outcome = (struct outcome){STATUS_DATA_LOST, "data was lost or damaged"};
	if (checks->ping && !ping_end(checks->ping) && outcome->status == STATUS_OK)
		*outcome = judge_ping(checks->ping);
}
