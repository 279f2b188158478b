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
	RENEW_S = 10,	    /* with two tries to renew it */
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

static int request(const struct advertising *advertising)
{
	return mgmt_start_advertising(advertising->adapter, advertising->instance,
				      ADVERTISING_S);
}

static int add(struct advertising *advertising, uint8_t instance)
{
	int error;

	advertising->instance = instance;
	advertising->request = request(advertising);
	error = advertising->request < 0
		      ? advertising->request
		      : mgmt_advertising_result(advertising->request,
						advertising->adapter, true);
	if (advertising->request >= 0)
		close(advertising->request);
	advertising->request = -1;
	advertising->renew_ms = monotonic_ms() + RENEW_S * 1000;
	if (error)
		advertising->instance = 0;
	return error == -EAGAIN ? -ETIMEDOUT : error;
}

enum exit_status advertising_start(const struct server_options *options,
				   struct advertising *advertising)
{
	const struct report *report = &options->common.report;
	struct adapter_settings settings;
	struct adapter_state adapter;
	uint8_t instance;
	int error;

	*advertising = (struct advertising){.request = -1};
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
		error = mgmt_free_instance(adapter.number, &instance);
	if (!error && !report->checking)
		error = add(advertising, instance);
	if (error)
		return tell_failure(report, adapter.number, "advertise with", error);
	report_good(report, "--advertise is permitted");
	return STATUS_OK;
}

int64_t advertising_time(const struct advertising *advertising)
{
	int64_t left_ms = advertising->renew_ms - monotonic_ms();

	if (!advertising->instance)
		return WAIT_FOREVER;
	return left_ms > 0 ? left_ms : 0;
}

/* One failure may be that another program asks something at the same time. */
static void note(const struct report *report, struct advertising *advertising, int error)
{
	advertising->failures = error ? advertising->failures + 1 : 0;
	if (advertising->failures == 2)
		tell_failure(report, advertising->adapter,
			     "advertise for more clients with", error);
}

void advertising_renew(const struct report *report, struct advertising *advertising)
{
	int error;

	if (advertising_time(advertising) != 0)
		return;
	advertising->renew_ms = monotonic_ms() + RENEW_S * 1000;
	if (advertising->request >= 0) {
		error = mgmt_advertising_result(advertising->request,
						advertising->adapter, false);
		if (error == -EAGAIN)
			return; /* what has to wait that long is not asked for twice */
		close(advertising->request);
		note(report, advertising, error);
	}
	advertising->request = request(advertising);
	if (advertising->request < 0)
		note(report, advertising, advertising->request);
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

	if (advertising->request >= 0)
		close(advertising->request);
	*advertising = (struct advertising){.request = -1};
	return error ? tell_failure(&options->common.report, advertising->adapter,
				    "end the advertising of", error)
		     : STATUS_OK;
}
