// SPDX-License-Identifier: GPL-2.0-or-later
/* Each event in both forms, from the same call. */
#include "unit_test.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "caught_error.h"
#include "report/report.h"
#include "session/connection_events.h"
#include "session/flush_events.h"

static const struct report text = {.program = "prog", .verbosity = VERBOSITY_NORMAL};
static const struct report verbose = {.program = "prog", .verbosity = VERBOSITY_VERBOSE};
static const struct report json = {
	.program = "prog", .verbosity = VERBOSITY_NORMAL, .json = true};

/* Leaves of what each event starts with its name alone. */
static void shorten_starts(void)
{
	static const char start[] = "{\"program\":\"prog\",\"event\":\"";
	static const char time[] = "\",\"time_s\":";
	char *line = told;

	while ((line = strstr(line, start))) {
		char *name_end;
		size_t digits;

		memmove(line, line + strlen(start), strlen(line + strlen(start)) + 1);
		name_end = strstr(line, time);
		assert_non_null(name_end);
		digits = strspn(name_end + strlen(time), "0123456789.");
		/* Microseconds since 1970. */
		assert_true(digits >= strlen("1000000000.000000"));
		assert_int_equal(name_end[strlen(time) + digits - 7], '.');
		memmove(name_end, name_end + strlen(time) + digits,
			strlen(name_end + strlen(time) + digits) + 1);
	}
}

static void read_events(const char *expected)
{
	read_error();
	shorten_starts();
	assert_string_equal(told, expected);
}

static void an_event_has_its_fields_behind_those_of_all(void **state)
{
	struct report about = json;

	(void)state;
	catch_error();
	report_event(&json, VERBOSITY_NORMAL, "reply",
		     FIELDS(field_count("number", 3), field_real("round_trip_ms", 1.5)),
		     "reply {number}");
	about.peer = "01:23:45:67:89:AB";
	report_notice(&about, "a\n%s", "b");
	about.connection = 3;
	report_notice(&about, "c");
	read_events(
		"reply,\"number\":3,\"round_trip_ms\":1.500000}\n"
		"notice,\"peer\":\"01:23:45:67:89:AB\",\"message\":\"a\\u000Ab\"}\n"
		"notice,\"connection\":3,\"peer\":\"01:23:45:67:89:AB\","
		"\"message\":\"c\"}\n");
}

static void json_has_the_details_unless_it_is_quiet(void **state)
{
	struct report it = text;

	(void)state;
	assert_true(report_tells(&it, VERBOSITY_NORMAL));
	assert_false(report_tells(&it, VERBOSITY_VERBOSE));
	it.json = true;
	assert_true(report_tells(&it, VERBOSITY_VERBOSE));
	it.verbosity = VERBOSITY_QUIET;
	assert_true(report_tells(&it, VERBOSITY_QUIET));
	assert_false(report_tells(&it, VERBOSITY_NORMAL));
	assert_false(report_tells(&it, VERBOSITY_VERBOSE));
	assert_true(report_tells(&verbose, VERBOSITY_VERBOSE));
}

static void an_error_is_one_object(void **state)
{
	(void)state;
	catch_error();
	assert_int_equal(report_error(&json, STATUS_TIMEOUT, "%d s", 5), STATUS_TIMEOUT);
	assert_int_equal(report_error_with_hint(&json, STATUS_USAGE, "try", "wrong"),
			 STATUS_USAGE);
	assert_int_equal(report_failure(&json, STEP_OUTPUT, -ENOSPC, "write %s", "x"),
			 STATUS_LOCAL_FAILURE);
	read_events(
		"error,\"message\":\"5 s\",\"reason\":null,\"hint\":null,\"status\":6}\n"
		"error,\"message\":\"wrong\",\"reason\":null,\"hint\":\"try\","
		"\"status\":2}\n"
		"error,\"message\":\"cannot write x: No space left on device\","
		"\"reason\":\"No space left on device\","
		"\"hint\":\"make room there, or write elsewhere\",\"status\":1}\n");
}

static void a_hint_is_a_second_line_of_text(void **state)
{
	(void)state;
	catch_error();
	report_error_with_hint(&text, STATUS_USAGE, "try this", "wrong");
	report_error_with_hint(&text, STATUS_LOCAL_FAILURE, "do that", "failed");
	read_events("prog: wrong\nprog: try this\nprog: failed\nprog: hint: do that\n");
}

static void a_loss_has_its_number(void **state)
{
	static const char start[] =
		"loss,\"message\":\"3 SDUs were lost: the receive buffer was full\","
		"\"sdus_lost\":3,\"hint\":\"use --mode=ertm, ";
	static const char text_start[] =
		"prog: 1 SDU was lost: the receive buffer was full\n"
		"prog: hint: use --mode=ertm, ";

	(void)state;
	catch_error();
	assert_int_equal(report_loss(&json, 3), STATUS_DATA_LOST);
	read_error();
	shorten_starts();
	assert_memory_equal(told, start, strlen(start));
	assert_non_null(strstr(told, "\",\"status\":5}\n"));
	catch_error();
	assert_int_equal(report_loss(&text, 1), STATUS_DATA_LOST);
	read_error();
	assert_memory_equal(told, text_start, strlen(text_start));
}

static void a_command_ends_by_itself_or_by_a_signal(void **state)
{
	static const struct report quiet = {.program = "prog",
					    .verbosity = VERBOSITY_QUIET};

	(void)state;
	catch_error();
	assert_int_equal(report_command(&json, 0, false), STATUS_OK);
	assert_int_equal(report_command(&json, 7, false), STATUS_LOCAL_FAILURE);
	assert_int_equal(report_command(&json, SIGHUP, true), STATUS_LOCAL_FAILURE);
	read_events(
		"command,\"exit_code\":0,\"signal\":null,"
		"\"message\":\"the command ended with status 0\",\"status\":0}\n"
		"command,\"exit_code\":7,\"signal\":null,"
		"\"message\":\"the command ended with status 7\",\"status\":1}\n"
		"command,\"exit_code\":null,\"signal\":\"SIGHUP\","
		"\"message\":\"the command was ended by SIGHUP\",\"status\":1}\n");
	catch_error();
	assert_int_equal(report_command(&text, 0, false), STATUS_OK);
	/* What goes wrong is told even so. */
	assert_int_equal(report_command(&quiet, 0, false), STATUS_OK);
	assert_int_equal(report_command(&quiet, 255, false), STATUS_LOCAL_FAILURE);
	assert_int_equal(report_command(&quiet, 40, true), STATUS_LOCAL_FAILURE);
	read_error();
	assert_string_equal(told,
			    "prog: the command ended with status 0\n"
			    "prog: the command ended with status 255\n"
			    "prog: the command was ended by signal 40\n");
}

static void a_channel_is_closed_by_someone(void **state)
{
	(void)state;
	catch_error();
	for (int closer = CLOSED_BY_US; closer <= CLOSED_BY_LINK; closer++) {
		report_closed(&json, (enum closer)closer);
		report_closed(&verbose, (enum closer)closer);
		report_closed(&text, (enum closer)closer);
	}
	read_events(
		"closed,\"by\":\"us\",\"confirmed\":true}\n"
		"prog: channel closed by us, confirmed by the peer\n"
		"closed,\"by\":\"us\",\"confirmed\":false}\n"
		"prog: channel closed by us, not confirmed\n"
		"closed,\"by\":\"peer\",\"confirmed\":null}\n"
		"prog: channel closed by the peer\n"
		"closed,\"by\":\"link\",\"confirmed\":null}\n"
		"prog: channel lost with the link\n");
}

static const struct channel basic_channel = {.psm = 0x1001,
					     .incoming_mtu = 672,
					     .outgoing_mtu = 48,
					     .mode = L2CAP_MODE_BASIC,
					     .largest_sdu = 48};

static void a_listener_that_takes_any_adapter_names_none(void **state)
{
	(void)state;
	catch_error();
	report_listening(&json, &basic_channel);
	report_listening(&text, &basic_channel);
	read_events(
		"listening,\"adapter\":null,\"adapter_address\":null,\"psm\":4097}\n"
		"prog: listening on any adapter, PSM 0x1001 (4097)\n");
}

static void an_accepted_client_has_address_and_number(void **state)
{
	(void)state;
	catch_error();
	report_accepted(&json, &(bdaddr_t){{6, 5, 4, 3, 2, 1}}, 7);
	report_accepted(&text, &(bdaddr_t){{6, 5, 4, 3, 2, 1}}, 7);
	read_events(
		"accepted,\"connection\":7,\"peer\":\"01:02:03:04:05:06\"}\n"
		"prog: Accepted connection from 01:02:03:04:05:06\n");
}

static void what_was_negotiated_is_told_with_names(void **state)
{
	static const struct channel channel = {.psm = 0x1001,
					       .incoming_mtu = 672,
					       .outgoing_mtu = 48,
					       .mode = L2CAP_MODE_ERTM,
					       .fcs = true,
					       .largest_sdu = 48};
	static const struct channel_details negotiated = {.source_cid = 0x40,
							  .destination_cid = 0x141,
							  .incoming_tx_window = 20,
							  .incoming_max_transmit = 0,
							  .flush_timeout_option_ms = 100,
							  .acl_handle = 42,
							  .is_central = 0,
							  .is_encrypted = 1,
							  .security_level = 2,
							  .key_size = 16,
							  .phys = 1};

	(void)state;
	catch_error();
	report_connected(&json, &channel, &negotiated);
	report_connected(&verbose, &channel, &negotiated);
	report_connected(&text, &channel, &negotiated);
	read_events(
		"connected,\"adapter\":\"\",\"adapter_address\":\"00:00:00:00:00:00\","
		"\"peer_identity\":\"00:00:00:00:00:00\",\"peer_address_type\":null,"
		"\"psm\":4097,\"source_cid\":64,\"destination_cid\":321,"
		"\"incoming_mtu_bytes\":672,\"outgoing_mtu_bytes\":48,"
		"\"largest_sdu_bytes\":48,\"mode\":\"ertm\",\"fcs\":true,"
		"\"incoming_tx_window\":20,\"incoming_max_transmit\":0,"
		"\"flush_timeout_option_ms\":100,\"security\":\"medium\","
		"\"acl_handle\":42,\"role\":\"peripheral\",\"encrypted\":true,"
		"\"encryption_key_bytes\":16,\"phy\":\"BR 1M\"}\n"
		"prog: channel from  00:00:00:00:00:00 to 00:00:00:00:00:00, PSM 0x1001 "
		"(4097): MTU 672 in, 48 out; mode ertm, FCS on, window 20 in, "
		"max-transmit 0 in; SDUs of a stream up to 48 bytes\n"
		"prog: channel identifiers 0x0040 here, 0x0141 there; security medium; "
		"flush timeout option 100 ms; link 42: role peripheral, encrypted, key "
		"size 16, PHY BR 1M\n");
}

static void what_is_not_known_is_null_or_said_to_be(void **state)
{
	static const struct channel_details nothing = {
		.source_cid = NOT_KNOWN,
		.destination_cid = NOT_KNOWN,
		.incoming_tx_window = NOT_KNOWN,
		.incoming_max_transmit = NOT_KNOWN,
		.flush_timeout_option_ms = NOT_KNOWN,
		.acl_handle = NOT_KNOWN,
		.is_central = NOT_KNOWN,
		.is_encrypted = NOT_KNOWN,
		.security_level = NOT_KNOWN,
		.key_size = NOT_KNOWN,
	};

	(void)state;
	catch_error();
	report_connected(&json, &basic_channel, &nothing);
	report_connected(&verbose, &basic_channel, &nothing);
	read_events(
		"connected,\"adapter\":\"\",\"adapter_address\":\"00:00:00:00:00:00\","
		"\"peer_identity\":\"00:00:00:00:00:00\",\"peer_address_type\":null,"
		"\"psm\":4097,\"source_cid\":null,\"destination_cid\":null,"
		"\"incoming_mtu_bytes\":672,\"outgoing_mtu_bytes\":48,"
		"\"largest_sdu_bytes\":48,\"mode\":\"basic\",\"fcs\":null,"
		"\"incoming_tx_window\":null,\"incoming_max_transmit\":null,"
		"\"flush_timeout_option_ms\":null,\"security\":null,"
		"\"acl_handle\":null,\"role\":null,\"encrypted\":null,"
		"\"encryption_key_bytes\":null,\"phy\":null}\n"
		"prog: channel from  00:00:00:00:00:00 to 00:00:00:00:00:00, PSM 0x1001 "
		"(4097): MTU 672 in, 48 out; mode basic; SDUs of a stream up to 48 "
		"bytes\n"
		"prog: channel identifiers unknown here, unknown there; security "
		"unknown; flush timeout option unknown; link unknown: role unknown, "
		"encryption unknown, key size unknown, PHY unknown\n");
}

static void a_summary_has_all_its_numbers(void **state)
{
	static const struct transfer_result result = {.sdus_sent = 1,
						      .bytes_sent = 7,
						      .sdus_received = 2,
						      .bytes_received = 1993,
						      .sdus_dropped = 4,
						      .bytes_unwritten = 5,
						      .seconds = 0.5};
	static const struct flush_timeout flush = {
		.asked_ms = 1, .asked_slots = 2, .read_slots = 2, .flushes = 9};

	(void)state;
	catch_error();
	report_summary(&json, &basic_channel, NULL, &result, STATUS_DATA_LOST, "so",
		       NULL);
	report_summary(&text, &basic_channel, &flush, &result, STATUS_DATA_LOST, "so",
		       NULL);
	read_events(
		"summary,\"sdus_sent\":1,\"bytes_sent\":7,\"sdus_received\":2,"
		"\"bytes_received\":1993,\"sdus_lost\":4,\"bytes_unwritten\":5,"
		"\"duration_s\":0.500000,\"rate_bytes_per_s\":4000.000000,"
		"\"incoming_mtu_bytes\":672,\"outgoing_mtu_bytes\":48,"
		"\"mode\":\"basic\",\"flush_timeout_asked_ms\":null,"
		"\"flush_timeout_slots\":null,\"flush_timeout_read_slots\":null,"
		"\"flushes\":null,\"why\":\"so\",\"file\":null,\"status\":5}\n"
		"prog: sent 1 SDU, 7 bytes, received 2 SDUs, 1993 bytes in 0.500 s, "
		"4.0 kB/s; MTU 672 in, 48 out; basic; "
		"flush timeout 1 ms: 2 slots (1.25 ms), read back 2, flushed 9 times; so\n");
}

static void a_flush_timeout_is_told_as_asked_as_slots_and_as_read(void **state)
{
	static const struct flush_timeout never = {
		.link = {.handle = 42, .adapter = 1, .has_unflushable = false}};
	static const struct flush_timeout soon = {
		.link = {.handle = 42, .adapter = 1, .has_unflushable = false},
		.asked_ms = 1279,
		.asked_slots = 2046,
		.read_slots = 2046};

	(void)state;
	catch_error();
	report_flush_timeout(&json, VERBOSITY_VERBOSE, &soon);
	report_flush_timeout(&text, VERBOSITY_NORMAL, &soon);
	report_flush_timeout(&text, VERBOSITY_NORMAL, &never);
	read_error();
	assert_non_null(strstr(told, "\"event\":\"flush_timeout\""));
	assert_non_null(strstr(told,
			       "\"flush_timeout_asked_ms\":1279,"
			       "\"flush_timeout_slots\":2046,"
			       "\"flush_timeout_read_slots\":2046,"
			       "\"acl_handle\":42,\"adapter\":\"hci1\"}\n"));
	assert_non_null(
		strstr(told,
		       "prog: flush timeout 1279 ms: 2046 slots (1278.75 ms), "
		       "read back 2046, for link 42 of hci1\n"
		       "prog: warning: hci1 has no packets that are never flushed: "
		       "those of other programs on this link can be lost, too\n"
		       "prog: flush timeout 0 ms: 0 slots (never), read back 0, "
		       "for link 42 of hci1\n"));
}

static void no_time_is_no_rate(void **state)
{
	static const struct transfer_result one_sdu = {.sdus_sent = 1, .bytes_sent = 3};

	(void)state;
	catch_error();
	report_summary(&json, &basic_channel, NULL, &one_sdu, STATUS_OK, "so", NULL);
	read_error();
	assert_non_null(strstr(told,
			       ",\"duration_s\":0.000000,"
			       "\"rate_bytes_per_s\":null,"));
}

/* With each byte escaped, the longest line that there is still has all its fields. */
static void the_longest_name_hides_no_field(void **state)
{
	char name[PATH_MAX];

	(void)state;
	memset(name, '\n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	catch_error();
	report_failure(&json, STEP_OUTPUT, ENOSPC, "open %s", name);
	read_error();
	assert_non_null(strstr(told,
			       "\\u000A: No space left on device\",\"reason\":\"No space "
			       "left on device\",\"hint\":\"make room there, or write "
			       "elsewhere\",\"status\":1}\n"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_event_has_its_fields_behind_those_of_all),
		TEST(json_has_the_details_unless_it_is_quiet),
		TEST(an_error_is_one_object),
		TEST(a_hint_is_a_second_line_of_text),
		TEST(a_loss_has_its_number),
		TEST(a_command_ends_by_itself_or_by_a_signal),
		TEST(a_channel_is_closed_by_someone),
		TEST(a_listener_that_takes_any_adapter_names_none),
		TEST(an_accepted_client_has_address_and_number),
		TEST(what_was_negotiated_is_told_with_names),
		TEST(what_is_not_known_is_null_or_said_to_be),
		TEST(a_summary_has_all_its_numbers),
		TEST(a_flush_timeout_is_told_as_asked_as_slots_and_as_read),
		TEST(no_time_is_no_rate),
		TEST(the_longest_name_hides_no_field),
	};

	return RUN_TESTS(tests);
}
