// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel/adapter.h"
#include "channel/channel.h"
#include "channel/mgmt.h"
#include "transfer/output.h"
#include "transfer/sdu_source.h"

enum {
	/* As the kernel counts: some 12,000 small SDUs, or half a second of 3-DH5. An
	 * ordinary user gets twice what net.core.rmem_max says, by default 416 KiB. */
	ENOUGH_RECEIVE_BUFFER = 8 << 20,
	TEXT_SIZE = 1024,
};

struct check {
	const struct common_options *options;
	const struct needs *needs;
	struct adapter_state adapter;
	char adapters[128]; /* the names of all there are: "hci0, hci1" */
	bool le;
	bool has_kernel;
	bool has_channel; /* a channel is wanted, and can be tried */
	enum exit_status status;
};

/* --- findings ----------------------------------------------------------------------- */

enum finding {
	OK,
	WARNING, /* the run could work, but not as well as it might */
	PROBLEM, /* it could not */
};

/* HINT fixes it, with the command in quotes; NULL: there is nothing to do. */
static void tell(struct check *check, enum finding finding, const char *hint,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

static void tell(struct check *check, enum finding finding, const char *hint,
		 const char *format, ...)
{
	static const char *const names[] = {"ok", "warning", "problem"};
	char text[TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (finding == PROBLEM)
		check->status = STATUS_LOCAL_FAILURE;
	report_event(&check->options->report, VERBOSITY_QUIET, "check",
		     FIELDS(field_text("finding", names[finding]),
			    field_text("message", text), field_text("hint", hint)),
		     hint ? "{finding}: {message}\nhint: {hint}"
			  : "{finding}: {message}");
}

static const char *print(char text[TEXT_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const char *print(char text[TEXT_SIZE], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, TEXT_SIZE, format, arguments);
	va_end(arguments);
	return text;
}

/* --- kernel and adapter ------------------------------------------------------------- */

/* The kernel asks for the privilege of a raw one when it is opened, and only then. */
static int try_socket(int type)
{
	int fd = socket(AF_BLUETOOTH, type | SOCK_CLOEXEC, BTPROTO_L2CAP);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void check_kernel(struct check *check)
{
	int error = try_socket(SOCK_SEQPACKET);

	check->has_kernel = !error;
	if (!error)
		tell(check, OK, NULL, "the kernel has Bluetooth and L2CAP");
	else if (error != -EAFNOSUPPORT && error != -EPROTONOSUPPORT)
		tell(check, PROBLEM, NULL, "cannot open a Bluetooth socket: %s",
		     strerror(-error));
	else
		tell(check, PROBLEM,
		     "as root 'modprobe bluetooth'; a container or network namespace has "
		     "none, use the host's network there",
		     "this kernel has no %s: %s",
		     error == -EAFNOSUPPORT ? "Bluetooth" : "L2CAP", strerror(-error));
}

static void tell_missing_adapter(struct check *check, int error)
{
	const char *wanted = check->options->adapter;
	char hint[TEXT_SIZE];

	if (error != -ENODEV)
		tell(check, PROBLEM, NULL, "cannot ask for the adapters: %s",
		     strerror(-error));
	else if (!*check->adapters)
		tell(check, PROBLEM,
		     "plug one in; 'dmesg' tells what the kernel made of it",
		     "there is no Bluetooth adapter");
	else
		tell(check, PROBLEM,
		     print(hint, "there are: %s; 'hciconfig' tells more",
			   check->adapters),
		     "there is no adapter %s", wanted ? wanted : "");
}

static void tell_adapter_that_is_down(struct check *check)
{
	const struct adapter_state *adapter = &check->adapter;
	/* Page scan goes off when an adapter goes down. */
	const char *scan = check->needs->listens ? " pscan" : "";
	char hint[TEXT_SIZE];

	if (adapter->switched_off)
		tell(check, PROBLEM, "use that switch; 'rfkill list' shows what it does",
		     "%s is off by a switch or key", adapter->name);
	else if (adapter->blocked)
		tell(check, PROBLEM,
		     print(hint,
			   "as root 'rfkill unblock bluetooth && hciconfig %s up%s'",
			   adapter->name, scan),
		     "%s is blocked", adapter->name);
	else
		tell(check, PROBLEM,
		     print(hint,
			   "as root 'hciconfig %s up%s', or 'bluetoothctl power on'",
			   adapter->name, scan),
		     "%s is down", adapter->name);
}

static void check_page_scan(struct check *check)
{
	const struct adapter_state *adapter = &check->adapter;
	char hint[TEXT_SIZE];

	if (adapter->connectable)
		tell(check, OK, NULL, "peers can connect to %s: its page scan is on",
		     adapter->name);
	else
		tell(check, PROBLEM,
		     print(hint,
			   "as root 'hciconfig %s %s', or 'bluetoothctl discoverable on'",
			   adapter->name, adapter->discoverable ? "piscan" : "pscan"),
		     "nobody can connect to %s: its page scan is off", adapter->name);
}

static void check_adapter(struct check *check)
{
	int error = adapter_look(check->options->adapter, &check->adapter);
	char address[ADDRESS_TEXT_SIZE];

	adapter_names(check->adapters, sizeof(check->adapters));
	check->has_channel = !error && !check->needs->without_channel;
	if (error)
		tell_missing_adapter(check, error);
	else if (!check->adapter.up)
		tell_adapter_that_is_down(check);
	else
		tell(check, OK, NULL, "%s %s is up", check->adapter.name,
		     address_text(&check->adapter.address, address));
	if (check->needs->listens && check->adapter.up && !check->le)
		check_page_scan(check);
}

static void check_advertising(struct check *check, bool advertises)
{
	const struct adapter_state *adapter = &check->adapter;
	char hint[TEXT_SIZE];

	if (advertises)
		tell(check, OK, NULL, "%s advertises: peers can connect", adapter->name);
	else if (check->needs->advertises)
		tell(check, OK, NULL,
		     "%s does not advertise, and will while the server runs",
		     adapter->name);
	else
		tell(check, WARNING,
		     print(hint,
			   "use --advertise, or as root 'btmgmt --index %u advertising "
			   "on'",
			   adapter->number),
		     "%s does not advertise: nobody can connect, unless another program "
		     "lets it",
		     adapter->name);
}

static void check_le(struct check *check)
{
	const struct adapter_state *adapter = &check->adapter;
	struct adapter_settings settings;
	char hint[TEXT_SIZE];
	int error = mgmt_read(adapter->number, &settings);

	if (error) {
		tell(check, WARNING, NULL, "whether LE is on on %s is not known: %s",
		     adapter->name, strerror(-error));
	} else if (!settings.has_le) {
		tell(check, PROBLEM,
		     print(hint, "use another --adapter; there are: %s", check->adapters),
		     "%s has no LE", adapter->name);
	} else if (!settings.le) {
		tell(check, PROBLEM,
		     print(hint, "as root 'btmgmt --index %u le on'", adapter->number),
		     "LE is off on %s", adapter->name);
	} else {
		tell(check, OK, NULL, "LE is on on %s", adapter->name);
		if (check->needs->listens)
			check_advertising(check, settings.advertising);
	}
}

/* --- privileges --------------------------------------------------------------------- */

struct need_of_privilege {
	bool is_needed, is_lacking;
	const char *capability, *purpose;
};

/* The file as a shell takes it; one with a strange name is left for the shell to find. */
static const char *program_for_shell(const struct check *check, char text[TEXT_SIZE])
{
	static const char harmless[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
		"YZ0123456789/._+-";
	ssize_t length = readlink("/proc/self/exe", text, TEXT_SIZE / 2);

	/* One that fills the room may have been cut. */
	if (length > 0 && length < TEXT_SIZE / 2) {
		text[length] = '\0';
		if (!text[strspn(text, harmless)])
			return text;
	}
	return print(text, "$(command -v %s)", check->options->report.program);
}

static void tell_privileges(struct check *check, const struct need_of_privilege *needs,
			    size_t count)
{
	char list[128] = "", program[TEXT_SIZE], hint[TEXT_SIZE];

	/* setcap takes away what it does not name. */
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(list);

		if (needs[i].is_needed)
			snprintf(list + length, sizeof(list) - length, "%s%s",
				 length ? "," : "", needs[i].capability);
	}
	print(hint, "run as root, or grant it, as root, with 'setcap %s+ep %.500s'", list,
	      program_for_shell(check, program));
	for (size_t i = 0; i < count; i++) {
		if (needs[i].is_needed && needs[i].is_lacking)
			tell(check, PROBLEM, hint, "%s needs a privilege: %s",
			     needs[i].purpose, needs[i].capability);
		else if (needs[i].is_needed)
			tell(check, OK, NULL, "%s is permitted", needs[i].purpose);
	}
}

static void check_privileges(struct check *check, int bind_error)
{
	unsigned int psm = check->options->channel.psm;
	bool sets_flush_timeout = check->options->transfer.sets_flush_timeout;
	bool raw = check->needs->raw_socket && check->has_kernel;
	bool is_denied = raw && try_socket(SOCK_RAW);
	bool advertises = check->needs->advertises && check->has_channel;
	const struct need_of_privilege needs[] = {
		{check->needs->listens && check->has_channel && psm != 0 &&
			 psm < (check->le ? DEFAULT_LE_PSM : DEFAULT_PSM),
		 bind_error == -EACCES, "cap_net_bind_service",
		 check->le ? "a PSM of LE below 0x0080" : "a PSM below 0x1001"},
		/* --info does not go together with a flush timeout. */
		{raw && !sets_flush_timeout, is_denied, "cap_net_raw", "--info"},
		{raw && sets_flush_timeout, is_denied, "cap_net_raw", "--flush-timeout"},
		{advertises,
		 advertises && check->le &&
			 mgmt_permission(check->adapter.number) == -EPERM,
		 "cap_net_admin", "--advertise"},
	};

	tell_privileges(check, needs, sizeof(needs) / sizeof(*needs));
}

/* --- channel ------------------------------------------------------------------------ */

static void tell_psm(struct check *check, int error)
{
	unsigned int psm = check->options->channel.psm;

	/* Whether it is permitted is told with the other privileges. */
	if (!check->needs->listens || error == -EACCES)
		return;
	if (error == -EADDRINUSE)
		tell(check, PROBLEM,
		     "end that program, or choose another PSM: '--psm=0' takes a free one",
		     "PSM 0x%04X (%u) is taken by another program", psm, psm);
	else if (error)
		tell(check, PROBLEM, NULL, "cannot take PSM 0x%04X (%u): %s", psm, psm,
		     strerror(-error));
	else if (psm)
		tell(check, OK, NULL, "PSM 0x%04X (%u) is free", psm, psm);
	else
		tell(check, OK, NULL, "there is a free PSM");
}

static void tell_mode(struct check *check, int mode, int error)
{
	static const char ertm_on[] =
		"as root 'echo N > /sys/module/bluetooth/parameters/disable_ertm'";
	enum channel_mode wanted = check->options->channel.mode;
	const char *name = channel_mode_name((int)wanted);

	if (wanted == MODE_BASIC && !error)
		return;
	if (!error && wanted == MODE_AUTO && !channel_mode_has_flow_control(mode))
		tell(check, WARNING, ertm_on,
		     "the kernel does not offer mode ertm: auto is basic, without flow "
		     "control");
	else if (!error)
		tell(check, OK, NULL, "the kernel offers mode %s",
		     channel_mode_name(mode));
	else if (error == -ENOPROTOOPT || error == -EINVAL)
		tell(check, PROBLEM,
		     error == -EINVAL ? ertm_on
				      : "as root 'echo Y > "
					"/sys/module/bluetooth/parameters/enable_ecred'",
		     "the kernel does not offer mode %s", name);
	else
		tell(check, PROBLEM, NULL, "cannot ask for mode %s: %s", name,
		     strerror(-error));
}

static void tell_receive_buffer(struct check *check, long room)
{
	char hint[TEXT_SIZE];

	if (!check->needs->receives || check->options->channel.mode == MODE_ERTM ||
	    check->le)
		return;
	if (room >= ENOUGH_RECEIVE_BUFFER)
		tell(check, OK, NULL, "the receive buffer has room for %ld bytes", room);
	else
		tell(check, WARNING,
		     print(hint, "as root 'sysctl -w net.core.rmem_max=%d'",
			   ENOUGH_RECEIVE_BUFFER / 2),
		     "the receive buffer has room for %ld bytes only: outside mode ertm, "
		     "what comes while it is full is lost",
		     room);
}

/* Mode and PSM apart: a mode that is refused says nothing about the PSM. */
static void check_channel(struct check *check)
{
	struct channel_config config = check->options->channel;
	struct channel_config plain;
	enum failed_step step;
	long receive_buffer = 0;
	int mode = MODE_BASIC, unused;
	int mode_error = 0, bind_error = 0;

	if (check->options->adapter)
		config.adapter = check->adapter.address;
	plain = config;
	plain.mode = check->le ? MODE_AUTO : MODE_BASIC;
	if (check->has_channel)
		mode_error = channel_probe(&config, false, &mode, &receive_buffer, &step);
	if (check->has_channel && check->needs->listens)
		bind_error = channel_probe(&plain, true, &unused, &receive_buffer, &step);
	check_privileges(check, bind_error);
	if (!check->has_channel)
		return;
	tell_psm(check, bind_error);
	tell_mode(check, mode, mode_error);
	tell_receive_buffer(check, receive_buffer);
}

/* --- files -------------------------------------------------------------------------- */

static void tell_file(struct check *check, const char *name, const char *standard,
		      const char *done, int error)
{
	/* Enough to know it by; the reason must not be pushed out. */
	enum { SHOWN = 300 };
	const char *dots;

	if (!name || strcmp(name, "-") == 0)
		name = standard;
	dots = strlen(name) > SHOWN ? "..." : "";
	if (error)
		tell(check, PROBLEM, NULL, "%.*s%s cannot be %s: %s", SHOWN, name, dots,
		     done, strerror(-error));
	else
		tell(check, OK, NULL, "%.*s%s can be %s", SHOWN, name, dots, done);
}

enum exit_status check_run(const struct common_options *options,
			   const struct needs *needs)
{
	struct check check = {
		.options = options,
		.needs = needs,
		.le = channel_is_le(&options->channel),
	};

	check_kernel(&check);
	if (check.has_kernel)
		check_adapter(&check);
	if (check.le && check.adapter.up)
		check_le(&check);
	check_channel(&check);
	if (needs->reads)
		tell_file(&check, needs->input_file, "standard input", "read",
			  input_check(needs->input_file));
	if (needs->writes)
		tell_file(&check, needs->output_file, "standard output", "written",
			  output_check(needs->output_file));
	return check.status;
}
