// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "channel/adapter.h"

enum {
	/* As the kernel counts: some 12,000 small SDUs, or half a second of 3-DH5. An
	 * ordinary user gets twice what net.core.rmem_max says, by default 416 KiB. */
	ENOUGH_RECEIVE_BUFFER = 8 << 20,
};

/* The judges share what there is to judge. */
struct case_at_hand {
	const struct common_options *options;
	const struct needs *needs;
	const struct machine *found;
	struct findings *findings;
};

/* --- findings ----------------------------------------------------------------------- */

static struct finding *add(const struct case_at_hand *at_hand, enum finding_kind kind,
			   const char *format, ...) __attribute__((format(printf, 3, 4)));
static void hint(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static struct finding *add(const struct case_at_hand *at_hand, enum finding_kind kind,
			   const char *format, ...)
{
	struct findings *findings = at_hand->findings;
	struct finding *finding = &findings->list[findings->count];
	va_list arguments;

	if (findings->count < MOST_FINDINGS - 1)
		findings->count++;
	*finding = (struct finding){.kind = kind};
	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
	return finding;
}

static void hint(struct finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding->hint, sizeof(finding->hint), format, arguments);
	va_end(arguments);
}

/* --- kernel and adapter ------------------------------------------------------------- */

static void judge_kernel(const struct case_at_hand *at_hand)
{
	int error = at_hand->found->kernel_error;
	struct finding *finding;

	if (!error) {
		add(at_hand, FINDING_OK, "the kernel has Bluetooth and L2CAP");
		return;
	}
	if (error != -EAFNOSUPPORT && error != -EPROTONOSUPPORT) {
		add(at_hand, FINDING_PROBLEM, "cannot open a Bluetooth socket: %s",
		    strerror(-error));
		return;
	}
	finding = add(at_hand, FINDING_PROBLEM, "this kernel has no %s: %s",
		      error == -EAFNOSUPPORT ? "Bluetooth" : "L2CAP", strerror(-error));
	hint(finding,
	     "as root 'modprobe bluetooth'; a container or network namespace has "
	     "none, use the host's network there");
}

static void judge_missing_adapter(const struct case_at_hand *at_hand)
{
	const char *names = at_hand->found->adapters;
	const char *wanted = at_hand->options->adapter;
	int error = at_hand->found->adapter_error;

	if (error != -ENODEV)
		add(at_hand, FINDING_PROBLEM, "cannot ask for the adapters: %s",
		    strerror(-error));
	else if (!*names)
		hint(add(at_hand, FINDING_PROBLEM, "there is no Bluetooth adapter"),
		     "plug one in; 'dmesg' tells what the kernel made of it");
	else
		hint(add(at_hand, FINDING_PROBLEM, "there is no adapter %s",
			 wanted ? wanted : ""),
		     "there are: %s; 'hciconfig' tells more", names);
}

static void judge_adapter_that_is_down(const struct case_at_hand *at_hand)
{
	const struct adapter_state *adapter = &at_hand->found->adapter;
	/* Page scan goes off when an adapter goes down. */
	const char *scan = at_hand->needs->listens ? " pscan" : "";

	if (adapter->switched_off)
		hint(add(at_hand, FINDING_PROBLEM, "%s is off by a switch or key",
			 adapter->name),
		     "use that switch; 'rfkill list' shows what it does");
	else if (adapter->blocked)
		hint(add(at_hand, FINDING_PROBLEM, "%s is blocked", adapter->name),
		     "as root 'rfkill unblock bluetooth && hciconfig %s up%s'",
		     adapter->name, scan);
	else
		hint(add(at_hand, FINDING_PROBLEM, "%s is down", adapter->name),
		     "as root 'hciconfig %s up%s', or 'bluetoothctl power on'",
		     adapter->name, scan);
}

static void judge_adapter(const struct case_at_hand *at_hand)
{
	const struct adapter_state *adapter = &at_hand->found->adapter;
	char address[ADDRESS_TEXT_SIZE];

	if (at_hand->found->kernel_error)
		return;
	if (at_hand->found->adapter_error)
		judge_missing_adapter(at_hand);
	else if (!adapter->up)
		judge_adapter_that_is_down(at_hand);
	else
		add(at_hand, FINDING_OK, "%s %s is up", adapter->name,
		    address_text(&adapter->address, address));
}

static bool over_le(const struct case_at_hand *at_hand)
{
	return channel_is_le(&at_hand->options->channel);
}

static void judge_page_scan(const struct case_at_hand *at_hand)
{
	const struct adapter_state *adapter = &at_hand->found->adapter;

	if (!at_hand->needs->listens || !adapter->up || over_le(at_hand))
		return;
	if (adapter->connectable)
		add(at_hand, FINDING_OK, "peers can connect to %s: its page scan is on",
		    adapter->name);
	else
		hint(add(at_hand, FINDING_PROBLEM,
			 "nobody can connect to %s: its page scan is off", adapter->name),
		     "as root 'hciconfig %s %s', or 'bluetoothctl discoverable on'",
		     adapter->name, adapter->discoverable ? "piscan" : "pscan");
}

static void judge_advertising(const struct case_at_hand *at_hand)
{
	const struct adapter_state *adapter = &at_hand->found->adapter;

	if (at_hand->found->settings.advertising)
		add(at_hand, FINDING_OK, "%s advertises: peers can connect",
		    adapter->name);
	else if (at_hand->needs->advertises)
		add(at_hand, FINDING_OK,
		    "%s does not advertise, and will while the server runs",
		    adapter->name);
	else
		hint(add(at_hand, FINDING_WARNING,
			 "%s does not advertise: nobody can connect, unless another "
			 "program lets it",
			 adapter->name),
		     "use --advertise, or as root 'btmgmt --index %u advertising on'",
		     adapter->number);
}

static void judge_le(const struct case_at_hand *at_hand)
{
	const struct machine *found = at_hand->found;
	const struct adapter_state *adapter = &found->adapter;

	if (!over_le(at_hand) || !adapter->up)
		return;
	if (found->settings_error) {
		add(at_hand, FINDING_WARNING, "whether LE is on on %s is not known: %s",
		    adapter->name, strerror(-found->settings_error));
		return;
	}
	if (!found->settings.has_le) {
		hint(add(at_hand, FINDING_PROBLEM, "%s has no LE", adapter->name),
		     "use another --adapter; there are: %s", found->adapters);
		return;
	}
	if (!found->settings.le) {
		hint(add(at_hand, FINDING_PROBLEM, "LE is off on %s", adapter->name),
		     "as root 'btmgmt --index %u le on'", adapter->number);
		return;
	}
	add(at_hand, FINDING_OK, "LE is on on %s", adapter->name);
	if (at_hand->needs->listens)
		judge_advertising(at_hand);
}

/* --- channel ------------------------------------------------------------------------ */

static bool wants_channel(const struct case_at_hand *at_hand)
{
	return !at_hand->needs->without_channel && !at_hand->found->kernel_error &&
	       !at_hand->found->adapter_error;
}

static void judge_psm(const struct case_at_hand *at_hand)
{
	unsigned int psm = at_hand->options->channel.psm;
	int error = at_hand->found->bind_error;

	/* Whether it is permitted is told with the other privileges. */
	if (!at_hand->needs->listens || !wants_channel(at_hand) || error == -EACCES)
		return;
	if (error == -EADDRINUSE)
		hint(add(at_hand, FINDING_PROBLEM,
			 "PSM 0x%04X (%u) is taken by another program", psm, psm),
		     "end that program, or choose another PSM: '--psm=0' takes a free "
		     "one");
	else if (error)
		add(at_hand, FINDING_PROBLEM, "cannot take PSM 0x%04X (%u): %s", psm, psm,
		    strerror(-error));
	else if (psm)
		add(at_hand, FINDING_OK, "PSM 0x%04X (%u) is free", psm, psm);
	else
		add(at_hand, FINDING_OK, "there is a free PSM");
}

static void judge_mode(const struct case_at_hand *at_hand)
{
	enum channel_mode wanted = at_hand->options->channel.mode;
	int error = at_hand->found->mode_error;
	struct finding *finding;

	if (!wants_channel(at_hand) || (wanted == MODE_BASIC && !error))
		return;
	if (!error && (wanted != MODE_AUTO ||
		       channel_mode_has_flow_control(at_hand->found->mode))) {
		add(at_hand, FINDING_OK, "the kernel offers mode %s",
		    channel_mode_name(at_hand->found->mode));
		return;
	}
	if (error == -ENOPROTOOPT) {
		hint(add(at_hand, FINDING_PROBLEM, "the kernel does not offer mode %s",
			 channel_mode_name((int)wanted)),
		     "as root 'echo Y > /sys/module/bluetooth/parameters/enable_ecred'");
		return;
	}
	if (error && error != -EINVAL) {
		add(at_hand, FINDING_PROBLEM, "cannot ask for mode %s: %s",
		    channel_mode_name((int)wanted), strerror(-error));
		return;
	}
	finding =
		error ? add(at_hand, FINDING_PROBLEM, "the kernel does not offer mode %s",
			    channel_mode_name((int)wanted))
		      : add(at_hand, FINDING_WARNING,
			    "the kernel does not offer mode ertm: auto is basic, "
			    "without flow control");
	hint(finding, "as root 'echo N > /sys/module/bluetooth/parameters/disable_ertm'");
}

static void judge_receive_buffer(const struct case_at_hand *at_hand)
{
	long room = at_hand->found->receive_buffer;

	if (!wants_channel(at_hand) || !at_hand->needs->receives ||
	    at_hand->options->channel.mode == MODE_ERTM || over_le(at_hand))
		return;
	if (room >= ENOUGH_RECEIVE_BUFFER)
		add(at_hand, FINDING_OK, "the receive buffer has room for %ld bytes",
		    room);
	else
		hint(add(at_hand, FINDING_WARNING,
			 "the receive buffer has room for %ld bytes only: outside mode "
			 "ertm, what comes while it is full is lost",
			 room),
		     "as root 'sysctl -w net.core.rmem_max=%d'",
		     ENOUGH_RECEIVE_BUFFER / 2);
}

/* --- privileges --------------------------------------------------------------------- */

/* Another one is a row here, and what tells that it lacks in machine.h. */
enum privilege {
	PRIVILEGE_PSM,
	PRIVILEGE_SIGNALLING,
	PRIVILEGE_FLUSH,
	PRIVILEGE_ADVERTISING,
	PRIVILEGE_COUNT,
};

static const struct {
	const char *capability, *purpose;
} privileges[PRIVILEGE_COUNT] = {
	[PRIVILEGE_PSM] = {"cap_net_bind_service", "a PSM below 0x1001"},
	[PRIVILEGE_SIGNALLING] = {"cap_net_raw", "--info"},
	[PRIVILEGE_FLUSH] = {"cap_net_raw", "--flush-timeout"},
	[PRIVILEGE_ADVERTISING] = {"cap_net_admin", "--advertise"},
};

static bool is_needed(const struct case_at_hand *at_hand, enum privilege privilege)
{
	unsigned int psm = at_hand->options->channel.psm;
	/* --info does not go together with that. */
	bool sets_flush_timeout = at_hand->options->transfer.sets_flush_timeout;

	switch (privilege) {
	case PRIVILEGE_PSM:
		return at_hand->needs->listens && wants_channel(at_hand) && psm != 0 &&
		       psm < (over_le(at_hand) ? DEFAULT_LE_PSM : DEFAULT_PSM);
	case PRIVILEGE_SIGNALLING:
		return at_hand->needs->raw_socket && !sets_flush_timeout &&
		       !at_hand->found->kernel_error;
	case PRIVILEGE_FLUSH:
		return at_hand->needs->raw_socket && sets_flush_timeout &&
		       !at_hand->found->kernel_error;
	case PRIVILEGE_ADVERTISING:
		return at_hand->needs->advertises && wants_channel(at_hand);
	case PRIVILEGE_COUNT:
		break;
	}
	return false;
}

static const char *purpose_of(const struct case_at_hand *at_hand,
			      enum privilege privilege)
{
	return privilege == PRIVILEGE_PSM && over_le(at_hand)
		     ? "a PSM of LE below 0x0080"
		     : privileges[privilege].purpose;
}

static bool is_lacking(const struct machine *found, enum privilege privilege)
{
	switch (privilege) {
	case PRIVILEGE_PSM:
		return found->bind_error == -EACCES;
	case PRIVILEGE_SIGNALLING:
	case PRIVILEGE_FLUSH:
		return found->raw_socket_error != 0;
	case PRIVILEGE_ADVERTISING:
		return found->advertise_error == -EPERM;
	case PRIVILEGE_COUNT:
		break;
	}
	return false;
}

/* The file as a shell takes it; one with a strange name is left for the shell to find. */
static void hint_to_grant(const struct case_at_hand *at_hand, struct finding *finding)
{
	static const char harmless[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
		"YZ0123456789/._+-";
	const char *file = at_hand->found->program;
	char list[128] = "";

	/* setcap takes away what it does not name. */
	for (int i = 0; i < PRIVILEGE_COUNT; i++) {
		size_t length = strlen(list);

		if (is_needed(at_hand, (enum privilege)i))
			snprintf(list + length, sizeof(list) - length, "%s%s",
				 length ? "," : "", privileges[i].capability);
	}
	if (*file && !file[strspn(file, harmless)])
		hint(finding, "run as root, or grant it, as root, with 'setcap %s+ep %s'",
		     list, file);
	else
		hint(finding,
		     "run as root, or grant it, as root, with 'setcap %s+ep $(command -v "
		     "%s)'",
		     list, at_hand->options->report.program);
}

static void judge_privileges(const struct case_at_hand *at_hand)
{
	for (int i = 0; i < PRIVILEGE_COUNT; i++) {
		enum privilege privilege = (enum privilege)i;

		if (!is_needed(at_hand, privilege))
			continue;
		if (is_lacking(at_hand->found, privilege))
			hint_to_grant(at_hand, add(at_hand, FINDING_PROBLEM,
						   "%s needs a privilege: %s",
						   purpose_of(at_hand, privilege),
						   privileges[i].capability));
		else
			add(at_hand, FINDING_OK, "%s is permitted",
			    purpose_of(at_hand, privilege));
	}
}

/* --- files -------------------------------------------------------------------------- */

static void judge_file(const struct case_at_hand *at_hand, const char *name,
		       const char *standard, const char *done, int error)
{
	/* Enough to know it by; the reason must not be pushed out. */
	enum { SHOWN = 300 };

	if (!name || strcmp(name, "-") == 0)
		name = standard;
	if (error)
		add(at_hand, FINDING_PROBLEM, "%.*s%s cannot be %s: %s", SHOWN, name,
		    strlen(name) > SHOWN ? "..." : "", done, strerror(-error));
	else
		add(at_hand, FINDING_OK, "%.*s%s can be %s", SHOWN, name,
		    strlen(name) > SHOWN ? "..." : "", done);
}

static void judge_files(const struct case_at_hand *at_hand)
{
	const struct needs *needs = at_hand->needs;

	if (needs->reads)
		judge_file(at_hand, needs->input_file, "standard input", "read",
			   at_hand->found->input_error);
	if (needs->writes)
		judge_file(at_hand, needs->output_file, "standard output", "written",
			   at_hand->found->output_error);
}

/* --- all ---------------------------------------------------------------------------- */

void check_judge(const struct common_options *options, const struct needs *needs,
		 const struct machine *found, struct findings *findings)
{
	const struct case_at_hand at_hand = {options, needs, found, findings};

	findings->count = 0;
	judge_kernel(&at_hand);
	judge_adapter(&at_hand);
	judge_page_scan(&at_hand);
	judge_le(&at_hand);
	judge_privileges(&at_hand);
	judge_psm(&at_hand);
	judge_mode(&at_hand);
	judge_receive_buffer(&at_hand);
	judge_files(&at_hand);
}

static void tell(const struct report *report, const struct finding *finding)
{
	static const char *const kinds[] = {[FINDING_OK] = "ok",
					    [FINDING_WARNING] = "warning",
					    [FINDING_PROBLEM] = "problem"};
	const struct field *fields =
		FIELDS(field_text("finding", kinds[finding->kind]),
		       field_text("message", finding->text),
		       field_text("hint", *finding->hint ? finding->hint : NULL));

	report_event(report, VERBOSITY_QUIET, "check", fields,
		     *finding->hint ? "{finding}: {message}\nhint: {hint}"
				    : "{finding}: {message}");
}

enum exit_status check_run(const struct common_options *options,
			   const struct needs *needs)
{
	enum exit_status status = STATUS_OK;
	struct machine found;
	struct findings findings = {.count = 0};

	machine_look(options->adapter, &options->channel, needs, &found);
	check_judge(options, needs, &found, &findings);
	for (int i = 0; i < findings.count; i++) {
		tell(&options->report, &findings.list[i]);
		if (findings.list[i].kind == FINDING_PROBLEM)
			status = STATUS_LOCAL_FAILURE;
	}
	return status;
}
