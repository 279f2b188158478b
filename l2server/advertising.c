// SPDX-License-Identifier: GPL-2.0-or-later
#include "advertising.h"

#include "channel/adapter.h"
#include "channel/mgmt.h"

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

enum exit_status advertising_start(const struct server_options *options,
				   struct advertising *advertising)
{
	const struct report *report = &options->common.report;
	struct adapter_settings settings;
	struct adapter_state adapter;
	int error;

	*advertising = (struct advertising){.switched_on = false};
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
	if (!error)
		error = report->checking ? mgmt_permission(adapter.number)
					 : mgmt_advertise(adapter.number, true);
	if (error)
		return tell_failure(report, adapter.number, "advertise with", error);
	report_good(report, "--advertise is permitted");
	advertising->switched_on = !report->checking;
	return STATUS_OK;
}

enum exit_status advertising_stop(const struct server_options *options,
				  struct advertising *advertising)
{
	int error = advertising->switched_on ? mgmt_advertise(advertising->adapter, false)
					     : 0;

	advertising->switched_on = false;
	return error ? tell_failure(&options->common.report, advertising->adapter,
				    "end the advertising of", error)
		     : STATUS_OK;
}
