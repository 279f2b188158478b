// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "check/check.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "channel/adapter.h"
#include "channel/channel.h"
#include "channel/flush_timeout.h"
#include "channel/mgmt.h"
#include "session/connection_events.h"
#include "session/permission.h"
#include "session/session_files.h"

/* As the kernel counts: some 12,000 small SDUs, or half a second of 3-DH5. An ordinary
 * user gets twice what net.core.rmem_max says, by default 416 KiB. */
enum { ENOUGH_RECEIVE_BUFFER = 8 << 20 };

struct check {
	const struct common_options *options;
	const struct needs *needs;
	const struct report *report;
	struct adapter_state adapter;
	enum exit_status status;
};

static void keep(struct check *check, enum exit_status status)
{
	if (status)
		check->status = STATUS_LOCAL_FAILURE;
}

/* --- adapter ------------------------------------------------------------------------ */

static void check_page_scan(struct check *check)
{
	const struct adapter_state *adapter = &check->adapter;

	if (adapter->connectable)
		report_good(check->report, "peers can connect to %s: its page scan is on",
			    adapter->name);
	else
		keep(check, report_failure(check->report, STEP_PAGE_SCAN, EHOSTDOWN,
					   "be connected to at %s", adapter->name));
}

void check_le_connecting(const struct report *report, uint16_t number)
{
	struct adapter_settings settings;

	if (mgmt_read(number, &settings) == 0 && settings.advertising)
		report_notice(
			report,
			"hci%u advertises, so that Linux does not look for the "
			"peer: it can't connect over LE: as root 'btmgmt --index %u "
			"advertising off'",
			number, number);
}

static void check_le(struct check *check)
{
	struct adapter_settings settings;
	int error = mgmt_read(check->adapter.number, &settings);

	if (!error && !settings.le)
		error = -EOPNOTSUPP;
	if (error)
		keep(check, report_failure(check->report, STEP_ADVERTISE, error,
					   "use LE on %s", check->adapter.name));
	else
		report_good(check->report, "LE is on on %s", check->adapter.name);
	if (!check->needs->listens)
		check_le_connecting(check->report, check->adapter.number);
}

/* Whether a line of the file NAME has TEXT in it. */
static bool file_has(const char *name, const char *text)
{
	FILE *file = fopen(name, "re");
	char line[256];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, text) != NULL;
	if (file)
		fclose(file);
	return found;
}

static bool bluetoothd_runs(void)
{
	glob_t names = {0};
	bool found = false;

	glob("/proc/[0-9]*/comm", GLOB_NOSORT, NULL, &names);
	for (size_t i = 0; i < names.gl_pathc && !found; i++)
		found = file_has(names.gl_pathv[i], "bluetoothd");
	globfree(&names);
	return found;
}

/* [LinkKey], or over LE [LongTermKey] and [PeripheralLongTermKey] */
static bool has_key(const bdaddr_t *adapter, const bdaddr_t *peer)
{
	char local[ADDRESS_TEXT_SIZE], remote[ADDRESS_TEXT_SIZE], name[96];

	snprintf(name, sizeof(name), "/var/lib/bluetooth/%s/%s/info",
		 address_text(adapter, local), address_text(peer, remote));
	return file_has(name, "Key]");
}

/*
 * Trap T21: bluetoothd forgets a device that is not paired 30 s after the last discovery,
 * of any program, and ends its links. The keys are files that only root may read: another
 * user is warned of each peer. Shown by the cases (T21) of tests/interop/bluetoothd.bats.
 */
static void check_bluetoothd(const struct report *report, const bdaddr_t *adapter,
			     const bdaddr_t *peer)
{
	char text[ADDRESS_TEXT_SIZE];

	if (bluetoothd_runs() && !has_key(adapter, peer))
		report_notice(report,
			      "bluetoothd runs: it ends links to unpaired devices 30 s "
			      "after a discovery; if the two are not paired, "
			      "'bluetoothctl pair %s'",
			      address_text(peer, text));
}

/* Whether there is an adapter to go on with. */
static bool check_adapter(struct check *check)
{
	char address[ADDRESS_TEXT_SIZE];
	bdaddr_t unused;

	keep(check, find_adapter(check->options, &unused));
	if (adapter_look(check->options->adapter, &check->adapter))
		return false;
	if (!check->adapter.up)
		return true;
	report_good(check->report, "%s %s is up", check->adapter.name,
		    address_text(&check->adapter.address, address));
	if (channel_is_le(&check->options->channel))
		check_le(check);
	else if (check->needs->listens)
		check_page_scan(check);
	return true;
}

/* --- channel ------------------------------------------------------------------------ */

static void check_mode(struct check *check, int mode)
{
	enum channel_mode wanted = check->options->channel.mode;

	if (wanted == MODE_AUTO && !channel_mode_has_flow_control(mode))
		report_notice(check->report,
			      "the kernel does not offer mode ertm, so that "
			      "auto is basic, without flow control: as root "
			      "'echo N >/sys/module/bluetooth/parameters/"
			      "disable_ertm'");
	else if (wanted != MODE_BASIC)
		report_good(check->report, "the kernel offers mode %s",
			    channel_mode_name(mode));
}

static void check_receive_buffer(struct check *check, long room)
{
	if (!check->needs->receives || check->options->channel.mode == MODE_ERTM ||
	    channel_is_le(&check->options->channel))
		return;
	if (room >= ENOUGH_RECEIVE_BUFFER)
		report_good(check->report, "the receive buffer has room for %ld bytes",
			    room);
	else
		report_notice(
			check->report,
			"the receive buffer has room for %ld bytes only, and outside "
			"mode ertm data that arrives while it is full is lost: as root "
			"'sysctl -w net.core.rmem_max=%d'",
			room, ENOUGH_RECEIVE_BUFFER / 2);
}

/* Binds as the run would, in the mode that every kernel has: a mode that is refused says
 * nothing about the PSM. */
static void check_psm(struct check *check, struct channel_config config)
{
	enum failed_step step;
	long unused_room;
	int unused_mode;
	int error;

	config.mode = channel_is_le(&config) ? MODE_AUTO : MODE_BASIC;
	error = channel_probe(&config, true, &unused_mode, &unused_room, &step);
	if (error)
		keep(check, report_listen_failure(check->report, check->options->adapter,
						  config.psm, step, error));
	else if (config.psm)
		report_good(check->report, "PSM 0x%04X (%u) is free", config.psm,
			    config.psm);
	else
		report_good(check->report, "there is a free PSM");
}

static void check_channel(struct check *check)
{
	struct channel_config config = check->options->channel;
	enum failed_step step;
	long receive_buffer = 0;
	int mode = MODE_BASIC;
	int error;

	if (check->options->adapter)
		config.adapter = check->adapter.address;
	if (check->needs->listens)
		check_psm(check, config);
	error = channel_probe(&config, false, &mode, &receive_buffer, &step);
	if (error) {
		keep(check, report_failure(check->report, step, error, "use mode %s",
					   channel_mode_name((int)config.mode)));
		return;
	}
	check_mode(check, mode);
	check_receive_buffer(check, receive_buffer);
}

/* --- privileges and files ----------------------------------------------------------- */

static void check_privileges(struct check *check)
{
	const struct transfer_config *transfer = &check->options->transfer;
	bool denied;

	keep(check, session_permission(transfer, check->report));
	if (!check->needs->asks_peer)
		return;
	denied = flush_timeout_permission() != 0;
	if (denied)
		keep(check, report_failure(check->report, STEP_SOCKET, EPERM,
					   "ask the peer (--info)"));
	else
		report_good(check->report, "--info is permitted");
}

static void check_files(struct check *check)
{
	const struct needs *needs = check->needs;

	if (needs->reads)
		keep(check, session_check_input(check->report, needs->input_file));
	if (needs->writes)
		keep(check, session_check_output(check->report, needs->output_file));
}

enum exit_status check_run(const struct common_options *options,
			   const struct needs *needs)
{
	struct check check = {
		.options = options, .needs = needs, .report = &options->report};

	if (check_adapter(&check)) {
		check_privileges(&check);
		if (needs->peer)
			check_bluetoothd(check.report, &check.adapter.address,
					 needs->peer);
		if (!needs->without_channel)
			check_channel(&check);
	}
	check_files(&check);
	return check.status;
}
