// SPDX-License-Identifier: GPL-2.0-or-later
/* What --check makes of what it has found. */
#include "unit_test.h"

#include <errno.h>
#include <string.h>

#include "check/check.h"

/* A machine on which nothing is wrong; each test spoils something. */
static struct common_options options;
static struct needs needs;
static struct machine found;
static struct findings findings;

static int make_all_well(void **state)
{
	common_options_init(&options, "l2server");
	needs = (struct needs){.listens = true, .receives = true, .writes = true};
	found = (struct machine){
		.adapter = {.name = "hci0",
			    .address = {{0x00, 0x00, 0x00, 0x01, 0xAA, 0x00}},
			    .up = true,
			    .connectable = true},
		.adapters = "hci0, hci1",
		.mode = MODE_ERTM,
		.receive_buffer = 64 << 20,
		.program = "/usr/bin/l2server",
	};
	return start_guard(state);
}

#define CHECK_TEST(function)                                                             \
	cmocka_unit_test_setup_teardown(function, make_all_well, stop_guard)

static void judge(void)
{
	check_judge(&options, &needs, &found, &findings);
}

/* The finding with TEXT in it, which must be of KIND. */
static const struct finding *find(enum finding_kind kind, const char *text)
{
	for (int i = 0; i < findings.count; i++) {
		const struct finding *finding = &findings.list[i];

		if (strstr(finding->text, text)) {
			assert_int_equal(finding->kind, kind);
			return finding;
		}
	}
	fail_msg("no '%s' among %d findings", text, findings.count);
	return NULL;
}

static int count(enum finding_kind kind)
{
	int sum = 0;

	for (int i = 0; i < findings.count; i++)
		sum += findings.list[i].kind == kind;
	return sum;
}

/* TEXT is the only problem, and its hint has COMMAND in quotes. */
static void assert_only_problem(const char *text, const char *command)
{
	const struct finding *finding;
	char quoted[256];

	judge();
	finding = find(FINDING_PROBLEM, text);
	assert_int_equal(count(FINDING_PROBLEM), 1);
	snprintf(quoted, sizeof(quoted), "'%s'", command);
	if (!strstr(finding->hint, quoted))
		fail_msg("no %s in: %s", quoted, finding->hint);
}

static void where_all_is_well_every_finding_is_good(void **state)
{
	(void)state;
	judge();
	assert_int_equal(count(FINDING_OK), findings.count);
	find(FINDING_OK, "the kernel has Bluetooth");
	find(FINDING_OK, "hci0 00:AA:01:00:00:00 is up");
	find(FINDING_OK, "page scan is on");
	find(FINDING_OK, "PSM 0x1001 (4097) is free");
	find(FINDING_OK, "offers mode ertm");
	find(FINDING_OK, "67108864 bytes");
	find(FINDING_OK, "standard output can be written");
	for (int i = 0; i < findings.count; i++)
		assert_string_equal(findings.list[i].hint, "");
}

static void without_bluetooth_nothing_else_of_it_is_told(void **state)
{
	(void)state;
	found.kernel_error = -EAFNOSUPPORT;
	found.adapter = (struct adapter_state){.up = false};
	options.channel.psm = 0x0025;
	assert_only_problem("this kernel has no Bluetooth", "modprobe bluetooth");
	assert_int_equal(findings.count, 2);
	find(FINDING_OK, "standard output");
	found.kernel_error = -EPROTONOSUPPORT;
	assert_only_problem("this kernel has no L2CAP", "modprobe bluetooth");
	needs = (struct needs){.without_channel = true, .raw_socket = true};
	assert_only_problem("this kernel has no L2CAP", "modprobe bluetooth");
	assert_int_equal(findings.count, 1);
	found.kernel_error = -EMFILE;
	judge();
	find(FINDING_PROBLEM, strerror(EMFILE));
}

static void an_adapter_that_is_not_there(void **state)
{
	(void)state;
	found.adapter_error = -ENODEV;
	found.adapter = (struct adapter_state){.up = false};
	options.adapter = (char *)"hci7";
	assert_only_problem("there is no adapter hci7", "hciconfig");
	assert_non_null(strstr(find(FINDING_PROBLEM, "hci7")->hint, "hci0, hci1"));
	found.adapters[0] = '\0';
	options.adapter = NULL;
	assert_only_problem("there is no Bluetooth adapter", "dmesg");
	found.adapter_error = -EMFILE;
	judge();
	find(FINDING_PROBLEM, strerror(EMFILE));
}

static void an_adapter_that_is_down_comes_up_as_it_is_needed(void **state)
{
	(void)state;
	found.adapter.up = found.adapter.connectable = false;
	assert_only_problem("hci0 is down", "hciconfig hci0 up pscan");
	needs.listens = false;
	assert_only_problem("hci0 is down", "hciconfig hci0 up");
	found.adapter.blocked = true;
	assert_only_problem("hci0 is blocked",
			    "rfkill unblock bluetooth && hciconfig hci0 up");
	found.adapter.switched_off = true;
	assert_only_problem("hci0 is off by a switch", "rfkill list");
}

static void page_scan_matters_to_who_listens_and_keeps_inquiry_scan(void **state)
{
	(void)state;
	found.adapter.connectable = false;
	assert_only_problem("page scan is off", "hciconfig hci0 pscan");
	found.adapter.discoverable = true;
	assert_only_problem("page scan is off", "hciconfig hci0 piscan");
	needs.listens = false;
	judge();
	assert_int_equal(count(FINDING_OK), findings.count);
}

static void the_psm_matters_to_who_listens(void **state)
{
	(void)state;
	found.bind_error = -EADDRINUSE;
	assert_only_problem("PSM 0x1001 (4097) is taken", "--psm=0");
	found.bind_error = -EINVAL;
	judge();
	find(FINDING_PROBLEM, "cannot take PSM 0x1001 (4097): Invalid argument");
	found.bind_error = 0;
	options.channel.psm = 0;
	judge();
	find(FINDING_OK, "there is a free PSM");
	needs.listens = false;
	options.channel.psm = 0x0025;
	judge();
	for (int i = 0; i < findings.count; i++)
		assert_null(strstr(findings.list[i].text, "PSM"));
}

static void a_privilege_that_lacks_is_granted_to_the_programs_file(void **state)
{
	(void)state;
	options.channel.psm = 0x0fff;
	judge();
	find(FINDING_OK, "a PSM below 0x1001 is permitted");
	found.bind_error = -EACCES;
	assert_only_problem("a PSM below 0x1001 needs a privilege: cap_net_bind_service",
			    "setcap cap_net_bind_service+ep /usr/bin/l2server");
	needs = (struct needs){.without_channel = true, .raw_socket = true};
	judge();
	find(FINDING_OK, "--info is permitted");
	found.raw_socket_error = -EPERM;
	assert_only_problem("--info needs a privilege: cap_net_raw",
			    "setcap cap_net_raw+ep /usr/bin/l2server");
}

static void the_flush_timeout_needs_a_privilege_beside_that_of_the_psm(void **state)
{
	(void)state;
	needs.raw_socket = true;
	options.transfer.sets_flush_timeout = true;
	judge();
	find(FINDING_OK, "--flush-timeout is permitted");
	found.raw_socket_error = -EPERM;
	assert_only_problem("--flush-timeout needs a privilege: cap_net_raw",
			    "setcap cap_net_raw+ep /usr/bin/l2server");
	options.channel.psm = 0x0fff;
	found.bind_error = -EACCES;
	judge();
	find(FINDING_PROBLEM, "a PSM below 0x1001 needs a privilege");
	find(FINDING_PROBLEM, "--flush-timeout needs a privilege: cap_net_raw");
}

static void a_file_whose_name_a_shell_would_not_take_is_left_to_it(void **state)
{
	static const char *const names[] = {"", "/opt/my tools/l2server", "/opt/'/l2",
					    "/opt/$HOME/l2server", "/opt/`x`"};

	(void)state;
	needs = (struct needs){.without_channel = true, .raw_socket = true};
	found.raw_socket_error = -EPERM;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		strcpy(found.program, names[i]);
		assert_only_problem("--info",
				    "setcap cap_net_raw+ep $(command -v l2server)");
	}
}

static void the_signalling_channel_needs_nothing_of_other_channels(void **state)
{
	(void)state;
	needs = (struct needs){.without_channel = true, .raw_socket = true};
	found.mode = MODE_BASIC;
	found.receive_buffer = 0;
	judge();
	assert_int_equal(findings.count, 3);
	assert_int_equal(count(FINDING_OK), 3);
}

static void a_mode_that_the_kernel_lacks_matters_as_it_was_asked_for(void **state)
{
	static const char command[] =
		"echo N > /sys/module/bluetooth/parameters/disable_ertm";

	(void)state;
	found.mode = MODE_BASIC;
	judge();
	assert_non_null(
		strstr(find(FINDING_WARNING, "does not offer mode ertm")->hint, command));
	assert_int_equal(count(FINDING_PROBLEM), 0);
	options.channel.mode = MODE_BASIC;
	judge();
	assert_int_equal(count(FINDING_OK), findings.count);
	found.mode_error = -EINVAL;
	options.channel.mode = MODE_STREAMING;
	assert_only_problem("does not offer mode streaming", command);
	options.channel.mode = MODE_ERTM;
	assert_only_problem("does not offer mode ertm", command);
	found.mode_error = -EPERM;
	judge();
	find(FINDING_PROBLEM, "cannot ask for mode ertm: Operation not permitted");
}

static void a_small_receive_buffer_is_worth_a_warning_where_sdus_may_be_lost(void **state)
{
	(void)state;
	found.receive_buffer = 425984;
	judge();
	assert_non_null(strstr(find(FINDING_WARNING, "425984 bytes")->hint,
			       "'sysctl -w net.core.rmem_max=4194304'"));
	assert_int_equal(count(FINDING_PROBLEM), 0);
	options.channel.mode = MODE_ERTM;
	judge();
	assert_int_equal(count(FINDING_OK), findings.count);
	options.channel.mode = MODE_BASIC;
	needs.receives = false;
	judge();
	assert_int_equal(count(FINDING_OK), findings.count);
	/* What the hint makes of it is enough. */
	needs.receives = true;
	found.receive_buffer = 2 * 4194304;
	judge();
	assert_int_equal(count(FINDING_OK), findings.count);
}

static void files_that_cannot_be_used_are_told_by_name(void **state)
{
	static char long_name[5000];

	(void)state;
	needs = (struct needs){.reads = true, .writes = true};
	needs.input_file = "in";
	needs.output_file = "-";
	found.input_error = -ENOENT;
	found.output_error = -ENOSPC;
	judge();
	find(FINDING_PROBLEM, "in cannot be read: No such file");
	find(FINDING_PROBLEM, "standard output cannot be written: No space");
	memset(long_name, 'n', sizeof(long_name) - 1);
	needs.input_file = long_name;
	judge();
	find(FINDING_PROBLEM, "nnn... cannot be read: No such file");
}

static void everything_at_once_has_room(void **state)
{
	(void)state;
	needs = (struct needs){
		.listens = true,
		.raw_socket = true,
		.receives = true,
		.reads = true,
		.writes = true,
		.input_file = "in",
		.output_file = "out",
	};
	found.adapter.connectable = false;
	found.bind_error = -EACCES;
	found.raw_socket_error = -EPERM;
	found.input_error = found.output_error = -EACCES;
	options.channel.psm = 1;
	judge();
	assert_true(findings.count < MOST_FINDINGS);
	find(FINDING_PROBLEM, "out cannot be written");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CHECK_TEST(where_all_is_well_every_finding_is_good),
		CHECK_TEST(without_bluetooth_nothing_else_of_it_is_told),
		CHECK_TEST(an_adapter_that_is_not_there),
		CHECK_TEST(an_adapter_that_is_down_comes_up_as_it_is_needed),
		CHECK_TEST(page_scan_matters_to_who_listens_and_keeps_inquiry_scan),
		CHECK_TEST(the_psm_matters_to_who_listens),
		CHECK_TEST(a_privilege_that_lacks_is_granted_to_the_programs_file),
		CHECK_TEST(a_file_whose_name_a_shell_would_not_take_is_left_to_it),
		CHECK_TEST(the_flush_timeout_needs_a_privilege_beside_that_of_the_psm),
		CHECK_TEST(the_signalling_channel_needs_nothing_of_other_channels),
		CHECK_TEST(a_mode_that_the_kernel_lacks_matters_as_it_was_asked_for),
		CHECK_TEST(
			a_small_receive_buffer_is_worth_a_warning_where_sdus_may_be_lost),
		CHECK_TEST(files_that_cannot_be_used_are_told_by_name),
		CHECK_TEST(everything_at_once_has_room),
	};

	return RUN_TESTS(tests);
}
