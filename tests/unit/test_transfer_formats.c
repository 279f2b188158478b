// SPDX-License-Identifier: GPL-2.0-or-later
/* Transfers of SDUs that are text, or numbered, and what the channel does not carry. */
#include "unit_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "transfer_fixture.h"

static void set_input(struct fixture *fixture, enum sdu_format format, const char *text)
{
	fixture->setup.send.plan.input = file_with(text, strlen(text));
	fixture->setup.send.plan.format = format;
}

/* --- there and back ----------------------------------------------------------------- */

/* What a receiver prints of these SDUs; the caller frees it. */
static unsigned char *print_what_comes(enum sdu_format format, const unsigned char *bytes,
				       const size_t *lengths, size_t count,
				       size_t *text_length)
{
	struct fixture fixture;
	unsigned char *text;

	fixture_open(&fixture);
	fixture.output = file_with("", 0);
	fixture.format = format;
	for (size_t i = 0; i < count; i++) {
		peer_send(&fixture, bytes, lengths[i]);
		bytes += lengths[i];
	}
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.sdus_received, count);
	text = file_contents(fixture.output, text_length);
	fixture_close(&fixture);
	return text;
}

static void check_there_and_back(enum sdu_format format, const unsigned char *bytes,
				 const size_t *lengths, size_t count)
{
	struct fixture fixture;
	struct collector collector;
	size_t text_length;
	unsigned char *text =
		print_what_comes(format, bytes, lengths, count, &text_length);
	size_t total = 0;

	fixture_open(&fixture);
	fixture.setup.send.plan.input = file_with(text, text_length);
	fixture.setup.send.plan.format = format;
	fixture.setup.send.plan.sdu_size = 3; /* is for streams */
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(collector.lengths[i], lengths[i]);
		total += lengths[i];
	}
	assert_int_equal(collector.total, total);
	assert_memory_equal(collector.bytes, bytes, total);
	assert_int_equal(fixture.result.bytes_sent, total);
	collector_free(&collector);
	fixture_close(&fixture);
	free(text);
}

static const size_t lengths[] = {0, 1, 672, 0, 0, 65535, 5, 48};
enum { TOTAL = 1 + 672 + 65535 + 5 + 48 };

static void what_one_end_prints_in_hex_the_other_sends(void **state)
{
	unsigned char *bytes = random_bytes(TOTAL);

	(void)state;
	check_there_and_back(FORMAT_HEX, bytes, lengths, COUNT_OF(lengths));
	free(bytes);
}

static void what_one_end_prints_in_lines_the_other_sends(void **state)
{
	unsigned char *bytes = random_bytes(TOTAL);

	(void)state;
	for (size_t i = 0; i < TOTAL; i++) {
		if (bytes[i] == '\n')
			bytes[i] = '\0';
	}
	check_there_and_back(FORMAT_LINES, bytes, lengths, COUNT_OF(lengths));
	free(bytes);
}

/* The sums are of SDUs; what is not written is counted as text. */
static void the_sums_are_those_of_the_sdus(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.output = file_with("", 0);
	fixture.format = FORMAT_HEX;
	fixture.setup.expected = 7;
	peer_send(&fixture, "hello", 5);
	peer_send(&fixture, "!!", 2);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.bytes_received, 7);
	assert_int_equal(fixture.result.bytes_unwritten, 0);
	assert_output(&fixture, "68656c6c6f\n2121\n", 16);
	fixture_close(&fixture);
}

static void *write_a_line_in_two_parts(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;

	far_end->good = write(far_end->input, "abc", 3) == 3 &&
			wait_until_read(far_end->fixture->setup.send.plan.input) &&
			ping(far_end) && ping(far_end) &&
			write(far_end->input, "de\nf", 4) == 4 &&
			next_length(peer) == 5 &&
			wait_until_read(far_end->fixture->setup.send.plan.input) &&
			ping(far_end) && ping(far_end);
	close(far_end->input);
	far_end->good = far_end->good && next_length(peer) == 1;
	return NULL;
}

static void a_line_is_not_sent_before_its_end_has_come(void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	fixture.setup.send.plan.format = FORMAT_LINES;
	fixture.setup.await_peer = false;
	far_end.input = pipe_to_input(&fixture);
	far_end.output = pipe_from_output(&fixture);
	far_end_start(&far_end, write_a_line_in_two_parts);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(fixture.result.sdus_sent, 2);
	close(far_end.output);
	fixture_close(&fixture);
}

/* --- input that cannot be sent ------------------------------------------------------ */

static void check_fault(enum sdu_format format, const char *text, enum transfer_end end,
			int error, uint64_t line, size_t column)
{
	struct fixture fixture;
	struct collector collector;

	fixture_open(&fixture);
	fixture.setup.send.least_sdu = 1;
	fixture.setup.send.most_sdu = 4;
	set_input(&fixture, format, text);
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, end, error);
	assert_int_equal(fixture.result.fault.line, line);
	assert_int_equal(fixture.result.fault.column, column);
	/* What was before it has gone, and nothing of it or behind it. */
	assert_int_equal(collector.count, 2);
	assert_int_equal(collector.total, 2);
	assert_memory_equal(collector.bytes, "12", 2);
	assert_int_equal(fixture.result.sdus_sent, 2);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void wrong_hex_ends_it_with_line_and_column(void **state)
{
	(void)state;
	check_fault(FORMAT_HEX, "31\n32\n33 x3\n34\n", TRANSFER_INPUT_MALFORMED, 0, 3, 4);
	check_fault(FORMAT_HEX, "31\n32\n333", TRANSFER_INPUT_MALFORMED, 0, 3, 4);
}

static void a_line_that_the_channel_does_not_carry_is_told_by_its_number(void **state)
{
	(void)state;
	check_fault(FORMAT_LINES, "1\n2\n12345\n3\n", TRANSFER_SEND_FAILED, EMSGSIZE, 3,
		    0);
	check_fault(FORMAT_LINES, "1\n2\n\n3\n", TRANSFER_SEND_FAILED, EINVAL, 3, 0);
	check_fault(FORMAT_HEX, "31\n32\n 3132333435\n33\n", TRANSFER_SEND_FAILED,
		    EMSGSIZE, 3, 0);
	check_fault(FORMAT_HEX, "31\n32\n \n33\n", TRANSFER_SEND_FAILED, EINVAL, 3, 0);
}

static void check_limit(size_t length, enum transfer_end end, int error)
{
	struct fixture fixture;
	struct collector collector;

	fixture_open(&fixture);
	fixture.setup.send.least_sdu = 2;
	fixture.setup.send.most_sdu = 4;
	fixture.setup.send.plan.message = "12345";
	fixture.setup.send.plan.message_length = length;
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, end, error);
	assert_int_equal(collector.count, end == TRANSFER_SENT);
	assert_int_equal(fixture.result.fault.line, 0);
	if (error)
		assert_int_equal(fixture.result.failed_sdu_length, length);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void the_shortest_and_the_longest_sdu_go_and_no_others(void **state)
{
	(void)state;
	check_limit(1, TRANSFER_SEND_FAILED, EINVAL);
	check_limit(2, TRANSFER_SENT, 0);
	check_limit(4, TRANSFER_SENT, 0);
	check_limit(5, TRANSFER_SEND_FAILED, EMSGSIZE);
}

/* --- numbered SDUs ------------------------------------------------------------------ */

static void numbered_sdus_are_sent_in_their_number_and_sizes(void **state)
{
	enum { COUNT = 1000 };
	struct fixture fixture;
	struct collector collector;
	const unsigned char *sdu;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.send.plan.numbered = true;
	fixture.setup.send.plan.count = COUNT;
	fixture.setup.send.plan.sizes = (struct sdu_sizes){6, 672, 1};
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, COUNT);
	assert_int_equal(fixture.result.sdus_sent, COUNT);
	sdu = collector.bytes;
	for (size_t i = 0; i < COUNT; i++) {
		size_t length = 6 + i % 667;

		assert_int_equal(collector.lengths[i], length);
		assert_int_equal(sdu[0] | sdu[1] << 8 | sdu[2] << 16, i);
		assert_int_equal(sdu[4] | sdu[5] << 8, length);
		for (size_t k = 6; k < length; k++)
			assert_int_equal(sdu[k], 0x7f);
		sdu += length;
	}
	collector_free(&collector);
	fixture_close(&fixture);
}

static void *take_some_and_close(void *data)
{
	struct far_end *far_end = data;

	far_end->good = true;
	for (int i = 0; i < 3000 && far_end->good; i++)
		far_end->good = next_length(far_end->fixture->peer) == 6;
	fixture_close_peer(far_end->fixture);
	return NULL;
}

static void numbered_sdus_without_end_are_sent_until_the_peer_closes(void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	fixture.setup.send.plan.numbered = true;
	fixture.setup.send.plan.sizes = (struct sdu_sizes){6, 6, 1};
	far_end_start(&far_end, take_some_and_close);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_int_equal(fixture.result.end, TRANSFER_PEER_CLOSED_EARLY);
	assert_true(fixture.result.sdus_sent >= 3000);
	fixture_close(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_one_end_prints_in_hex_the_other_sends),
		TEST(what_one_end_prints_in_lines_the_other_sends),
		TEST(the_sums_are_those_of_the_sdus),
		TEST(a_line_is_not_sent_before_its_end_has_come),
		TEST(wrong_hex_ends_it_with_line_and_column),
		TEST(a_line_that_the_channel_does_not_carry_is_told_by_its_number),
		TEST(the_shortest_and_the_longest_sdu_go_and_no_others),
		TEST(numbered_sdus_are_sent_in_their_number_and_sizes),
		TEST(numbered_sdus_without_end_are_sent_until_the_peer_closes),
	};

	return RUN_TESTS(tests);
}
