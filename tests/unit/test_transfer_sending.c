// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "transfer_fixture.h"

static void a_message_is_one_sdu_of_exactly_its_bytes(void **state)
{
	static const char message[] = "hello!!\n\0\xff tail";
	struct fixture fixture;
	struct collector collector;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.send.plan.message = message;
	fixture.setup.send.plan.message_length = sizeof(message);
	fixture.setup.send.plan.sdu_size = 3; /* is for streams */
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(fixture.result.sdus_sent, 1);
	assert_int_equal(fixture.result.bytes_sent, sizeof(message));
	assert_int_equal(collector.count, 1);
	assert_int_equal(collector.total, sizeof(message));
	assert_memory_equal(collector.bytes, message, sizeof(message));
	collector_free(&collector);
	fixture_close(&fixture);
}

static void an_empty_message_is_one_empty_sdu(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.send.plan.message = "";
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(fixture.result.sdus_sent, 1);
	assert_int_equal(fixture.result.bytes_sent, 0);
	assert_int_equal(collector.count, 1);
	assert_int_equal(collector.lengths[0], 0);
	collector_free(&collector);
	fixture_close(&fixture);
}

/* With a MESSAGE the input is left alone. */
static void a_message_is_sent_in_place_of_the_input(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	fixture_open(&fixture);
	fixture_say(&fixture, "m");
	fixture.setup.send.plan.input = file_with("input", 5);
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, 1);
	assert_memory_equal(collector.bytes, "m", 1);
	assert_int_equal(lseek(fixture.setup.send.plan.input, 0, SEEK_CUR), 0);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void check_cutting(size_t length, size_t sdu_size, bool fill_sdus)
{
	unsigned char *bytes = random_bytes(length);
	size_t count = (length + sdu_size - 1) / sdu_size;
	struct fixture fixture;
	struct collector collector;

	fixture_open(&fixture);
	fixture.setup.send.plan.input = file_with(bytes, length);
	fixture.setup.send.plan.sdu_size = sdu_size;
	fixture.setup.send.plan.fill_sdus = fill_sdus;
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, count);
	assert_int_equal(collector.total, length);
	assert_memory_equal(collector.bytes, bytes, length);
	for (size_t i = 0; i + 1 < count; i++)
		assert_int_equal(collector.lengths[i], sdu_size);
	assert_int_equal(fixture.result.sdus_sent, count);
	assert_int_equal(fixture.result.bytes_sent, length);
	free(bytes);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void a_file_is_cut_into_full_sdus_of_which_the_last_may_be_shorter(void **state)
{
	static const size_t sizes[] = {1, 2, 47, 672, 4096, 65531, 65535, 65536};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		size_t size = sizes[i];
		/* About the size, about the block that is read at once, and many. */
		size_t lengths[] = {0,
				    1,
				    size - 1,
				    size,
				    size + 1,
				    5 * size,
				    5 * size + 1,
				    65535,
				    65536,
				    65537,
				    size > 40 ? 300007 : 2000};

		for (size_t k = 0; k < COUNT_OF(lengths); k++) {
			check_cutting(lengths[k], size, false);
			check_cutting(lengths[k], size, true);
		}
	}
}

static void an_empty_input_sends_nothing(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.send.plan.input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, 0);
	assert_int_equal(fixture.result.sdus_sent, 0);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void *write_with_a_pause_that_an_sdu_ends(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;

	far_end->good = write(far_end->input, "abc", 3) == 3 && next_length(peer) == 3 &&
			write(far_end->input, "defghijklm", 10) == 10 &&
			next_length(peer) == 8 && next_length(peer) == 2 &&
			write(far_end->input, "n", 1) == 1 && next_length(peer) == 1;
	close(far_end->input);
	return NULL;
}

static void a_pause_of_the_input_sends_what_is_there(void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	fixture.setup.send.plan.sdu_size = 8;
	fixture.setup.await_peer = false;
	far_end.input = pipe_to_input(&fixture);
	far_end_start(&far_end, write_with_a_pause_that_an_sdu_ends);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(fixture.result.sdus_sent, 4);
	assert_int_equal(fixture.result.bytes_sent, 14);
	fixture_close(&fixture);
}

static void *write_with_a_pause_that_no_sdu_ends(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;

	far_end->good = write(far_end->input, "abc", 3) == 3 &&
			wait_until_read(far_end->fixture->setup.send.plan.input) &&
			ping(far_end) && ping(far_end) &&
			write(far_end->input, "defghijk", 8) == 8 &&
			wait_until_read(far_end->fixture->setup.send.plan.input) &&
			ping(far_end) && ping(far_end);
	close(far_end->input);
	far_end->good = far_end->good && next_length(peer) == 8 && next_length(peer) == 3;
	return NULL;
}

static void a_pause_of_the_input_sends_no_short_sdu_when_full_ones_are_wanted(
	void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	fixture.setup.send.plan.sdu_size = 8;
	fixture.setup.send.plan.fill_sdus = true;
	fixture.setup.await_peer = false;
	far_end.input = pipe_to_input(&fixture);
	far_end.output = pipe_from_output(&fixture);
	far_end_start(&far_end, write_with_a_pause_that_no_sdu_ends);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(fixture.result.sdus_sent, 2);
	close(far_end.output);
	fixture_close(&fixture);
}

/* Trap T9: that send() took it says nothing. */
static void what_the_peer_has_not_taken_is_not_sent(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture_say(&fixture, "hello");
	fixture.setup.await_peer = false;
	fixture.setup.idle_ms = 100;
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	assert_int_equal(fixture.result.sdus_sent, 1);
	fixture_close(&fixture);
}

static void a_stream_crosses_a_small_send_buffer(void **state)
{
	enum { LENGTH = 3 << 20 };
	unsigned char *bytes = random_bytes(LENGTH);
	struct fixture fixture;
	struct collector collector;
	int small = 4096;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(setsockopt(fixture.setup.socket, SOL_SOCKET, SO_SNDBUF, &small,
				    sizeof(small)),
			 0);
	fixture.setup.send.plan.input = file_with(bytes, LENGTH);
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.total, LENGTH);
	assert_memory_equal(collector.bytes, bytes, LENGTH);
	assert_int_equal(collector.count, (LENGTH + 671) / 672);
	free(bytes);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void nothing_to_send_or_to_await_ends_at_once(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.await_peer = false;
	assert_true(fixture_run(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_true(fixture.result.seconds >= 0.0 && fixture.result.seconds <= 0.0);
	fixture_close(&fixture);
}

static void nothing_is_sent_before_the_channel_has_settled(void **state)
{
	struct fixture fixture;
	struct collector collector;
	int64_t begin;

	(void)state;
	fixture_open(&fixture);
	fixture_say(&fixture, "x");
	fixture.setup.send.settle_ms = 200;
	begin = monotonic_ms();
	fixture_run_and_collect(&fixture, &collector);
	assert_true(monotonic_ms() - begin >= 200);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, 1);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void hold_keeps_the_channel_open(void **state)
{
	struct fixture fixture;
	struct collector collector;
	int64_t begin;

	(void)state;
	fixture_open(&fixture);
	fixture_say(&fixture, "x");
	fixture.setup.hold_ms = 200;
	begin = monotonic_ms();
	fixture_run_and_collect(&fixture, &collector);
	assert_true(monotonic_ms() - begin >= 200);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, 1);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void what_arrives_during_the_hold_is_printed(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.await_peer = false;
	fixture.setup.hold_ms = 100;
	fixture.output = file_with("", 0);
	peer_send(&fixture, "while held", 10);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_output(&fixture, "while held", 10);
	fixture_close(&fixture);
}

static void the_idle_timeout_does_not_count_the_hold(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.await_peer = false;
	fixture.setup.hold_ms = 300;
	fixture.setup.idle_ms = 100;
	assert_true(fixture_run(&fixture) >= 300);
	assert_end(&fixture, TRANSFER_SENT, 0);
	fixture_close(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_message_is_one_sdu_of_exactly_its_bytes),
		TEST(an_empty_message_is_one_empty_sdu),
		TEST(a_message_is_sent_in_place_of_the_input),
		TEST(a_file_is_cut_into_full_sdus_of_which_the_last_may_be_shorter),
		TEST(an_empty_input_sends_nothing),
		TEST(a_pause_of_the_input_sends_what_is_there),
		TEST(what_the_peer_has_not_taken_is_not_sent),
		TEST(a_stream_crosses_a_small_send_buffer),
		TEST(nothing_to_send_or_to_await_ends_at_once),
		TEST(nothing_is_sent_before_the_channel_has_settled),
		TEST(hold_keeps_the_channel_open),
		TEST(what_arrives_during_the_hold_is_printed),
		TEST(the_idle_timeout_does_not_count_the_hold),
		TEST(a_pause_of_the_input_sends_no_short_sdu_when_full_ones_are_wanted),
	};

	return RUN_TESTS(tests);
}
