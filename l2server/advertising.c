// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "advertising.h"

#include <errno.h>
#include <unistd.h>

#include "channel/adapter.h"
#include "channel/mgmt.h"
#include "event_loop.h"

enum {
	ADVERTISING_S = 30, /* what a server that is killed leaves behind, */
	RENEW_MS = 10000,   /* with two tries to renew it */
};

static enum exit_status tell_failure(const struct report *report, uint16_t adapter,
				     const char *what, int error)
{
	return report_failure(report, STEP_ADVERTISE, error, "%s hci%u", what, adapter);
}

static void tell_unheard(const struct report *report, uint16_t adapter,
			 const struct adapter_settings *settings)
{
	if (!settings->le)
		report_notice(report,
			      "no client can connect: LE is off on hci%u; as root "
			      "'btmgmt --index %u le on'",
			      adapter, adapter);
	else if (!settings->advertising)
		report_notice(report,
			      "hci%u does not advertise, so that no client can connect "
			      "unless another program advertises; as root 'btmgmt "
			      "--index %u advertising on', or use --advertise",
			      adapter, adapter);
}

/* Asks for ADVERTISING_S from now on. */
static int ask(struct advertising *advertising)
{
	int fd = mgmt_start_advertising(advertising->adapter, advertising->instance,
					ADVERTISING_S);

	advertising->renew_ms = monotonic_ms() + RENEW_MS;
	advertising->request = fd < 0 ? 0 : fd;
	return fd < 0 ? fd : 0;
}

/* What became of that; -EAGAIN when it is not known yet. */
static int take_answer(struct advertising *advertising, bool wait)
{
	int error = advertising->request
			  ? mgmt_advertising_result(advertising->request,
						    advertising->adapter, wait)
			  : 0;

	if (error != -EAGAIN)
		advertising->request = 0;
	return error;
}

enum exit_status advertising_start(const struct server_options *options,
				   struct advertising *advertising)
{
	const struct report *report = &options->common.report;
	struct adapter_settings settings;
	struct adapter_state adapter;
	int error;

	*advertising = (struct advertising){.instance = 0};
	if (!channel_is_le(&options->common.channel))
		return STATUS_OK;
	error = adapter_look(options->common.adapter, &adapter);
	if (error)
		return report_failure(report, STEP_ADAPTER, error, "use the adapter");
	advertising->adapter = adapter.number;
	error = mgmt_read(adapter.number, &settings);
	if (!options->advertise) {
		if (!error)
			tell_unheard(report, adapter.number, &settings);
		return STATUS_OK;
	}
	if (!error && settings.advertising)
		return STATUS_OK;
	if (!error && !settings.le)
		error = -EOPNOTSUPP;
	if (!error)
		error = mgmt_free_instance(adapter.number, &advertising->instance);
	if (!error && !report->checking)
		error = ask(advertising);
	if (!error)
		error = take_answer(advertising, true);
	if (!error) {
		report_good(report, "--advertise is permitted");
		return STATUS_OK;
	}
	advertising->instance = 0;
	return tell_failure(report, adapter.number, "advertise with", error);
}

int64_t advertising_time(const struct advertising *advertising)
{
	int64_t left_ms = advertising->renew_ms - monotonic_ms();

	if (!advertising->instance)
		return WAIT_FOREVER;
	return left_ms > 0 ? left_ms : 0;
}

void advertising_renew(const struct report *report, struct advertising *advertising)
{
	int error, asked;

	if (advertising_time(advertising) != 0)
		return;
	error = take_answer(advertising, false);
	advertising->renew_ms = monotonic_ms() + RENEW_MS;
	if (error == -EAGAIN)
		return; /* what has to wait that long is not asked for twice */
	asked = ask(advertising);
	error = error ? error : asked;
	/* One failure may be that another program asks something at the same time. */
	advertising->failures = error ? advertising->failures + 1 : 0;
	if (advertising->failures == 2)
		tell_failure(report, advertising->adapter,
			     "advertise for more clients with", error);
}

void advertising_connected(struct advertising *advertising)
{
	advertising->renew_ms = 0;
}

enum exit_status advertising_stop(const struct server_options *options,
				  struct advertising *advertising)
{
	int error = advertising->instance ? mgmt_end_advertising(advertising->adapter,
								 advertising->instance)
					  : 0;

	if (advertising->request)
		close(advertising->request);
	advertising->instance = 0;
	return error ? tell_failure(&options->common.report, advertising->adapter,
				    "end the advertising of", error)
		     : STATUS_OK;
}
