// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* What the kernel may answer while the transfer sends, and rarely does. */
#include "unit_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "wrapped_calls.h"

enum { STREAM = 100000 };

static void check_stream(answer *send_answer, answer *read_answer, answer *wait_answer)
{
	unsigned char *bytes = random_bytes(STREAM);
	struct fixture fixture;
	struct collector collector;

	open_wrapped(&fixture);
	fixture.setup.send.plan.input = file_with(bytes, STREAM);
	answers.send = send_answer;
	answers.read = read_answer;
	answers.wait = wait_answer;
	run_wrapped_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(fixture.result.bytes_sent, STREAM);
	assert_int_equal(collector.total, STREAM);
	assert_memory_equal(collector.bytes, bytes, STREAM);
	assert_int_equal(collector.count, (STREAM + 671) / 672);
	free(bytes);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void a_send_that_a_signal_interrupts_is_made_again(void **state)
{
	(void)state;
	check_stream(once_eintr, NULL, NULL);
	check_stream(every_second_eintr, NULL, NULL);
}

static void a_send_that_would_block_is_made_again(void **state)
{
	(void)state;
	check_stream(every_second_eagain, NULL, NULL);
}

static void a_read_that_a_signal_interrupts_is_made_again(void **state)
{
	(void)state;
	check_stream(NULL, every_second_eintr, NULL);
}

static void a_read_that_would_block_is_made_again(void **state)
{
	(void)state;
	check_stream(NULL, every_second_eagain, NULL);
}

static void a_wait_that_another_signal_interrupts_is_made_again(void **state)
{
	(void)state;
	check_stream(NULL, NULL, every_second_eintr);
}

static void sending_neither_blocks_nor_raises_sigpipe(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "x");
	run_wrapped_and_collect(&fixture, &collector);
	assert_true(send_flags & MSG_DONTWAIT);
	assert_true(send_flags & MSG_NOSIGNAL);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void an_sdu_beyond_the_mtu_is_emsgsize_with_its_length(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "too long");
	answers.send = always_emsgsize;
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_SEND_FAILED, EMSGSIZE);
	assert_int_equal(fixture.result.failed_sdu_length, 8);
	assert_int_equal(fixture.result.sdus_sent, 0);
	fixture_close(&fixture);
}

static int64_t nothing_unsent(unsigned int call)
{
	(void)call;
	return 0;
}

/* Trap T4: the kernel takes it neither now nor ever. */
static void an_sdu_that_blocks_on_an_empty_send_buffer_is_enobufs(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture.setup.send.plan.input = file_with("0123456789", 10);
	fixture.setup.send.plan.sdu_size = 7;
	answers.send = always_eagain;
	answers.unsent_memory = nothing_unsent;
	assert_true(run_wrapped(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_SEND_FAILED, ENOBUFS);
	assert_int_equal(fixture.result.failed_sdu_length, 7);
	fixture_close(&fixture);
}

static void one_block_on_an_empty_send_buffer_may_be_chance(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "hello");
	answers.send = first_eagain;
	answers.unsent_memory = nothing_unsent;
	run_wrapped_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, 1);
	collector_free(&collector);
	fixture_close(&fixture);
}

static int64_t some_unsent_at_first(unsigned int call)
{
	return call < 50 ? 1000 : 0;
}

static int eagain_fifty_times(unsigned int call)
{
	return call < 50 ? EAGAIN : REAL;
}

static void an_sdu_waits_while_others_are_in_the_send_buffer(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "hello");
	answers.send = eagain_fifty_times;
	answers.unsent_memory = some_unsent_at_first;
	run_wrapped_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, 1);
	/* A wait that polls must not spin. */
	assert_true(calls.wait < 300);
	collector_free(&collector);
	fixture_close(&fixture);
}

/* Over a slow air an SDU waits long for its room, while the buffer empties bit by bit:
 * that is movement. */
static int64_t ever_less_unsent(unsigned int call)
{
	return call < 400 ? 100000 - 100 * (int64_t)call : 0;
}

static int eagain_four_hundred_times(unsigned int call)
{
	return call < 400 ? EAGAIN : REAL;
}

static void a_send_buffer_that_empties_is_not_idle(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "hello");
	fixture.setup.idle_ms = 200;
	answers.send = eagain_four_hundred_times;
	answers.unsent_memory = ever_less_unsent;
	run_wrapped_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	collector_free(&collector);
	fixture_close(&fixture);
}

/* Linux drops an error that comes after the first of several SDUs. */
static int third_and_later_econnreset(unsigned int call)
{
	return call >= 2 ? ECONNRESET : REAL;
}

static void a_reset_while_sending_is_a_lost_channel(void **state)
{
	unsigned char *bytes = random_bytes(STREAM);
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture.setup.send.plan.input = file_with(bytes, STREAM);
	fixture.setup.await_peer = false;
	answers.send = third_and_later_econnreset;
	assert_true(run_wrapped(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ECONNRESET);
	assert_int_equal(fixture.result.sdus_sent, 2);
	free(bytes);
	fixture_close(&fixture);
}

/* The channel breaks in the middle of the third send, which is only told that there is
 * none; the reason follows, once, ahead of what is queued (trap T13). */
static int third_and_later_enotconn(unsigned int call)
{
	return call < 2 ? REAL : ENOTCONN;
}

/* The third send gets ENOTCONN; the receive after it, once, the reason. */
static int enetdown_after_the_third_send(unsigned int call)
{
	static bool told;

	if (call == 0)
		told = false;
	if (told || calls.send < 3)
		return REAL;
	told = true;
	return ENETDOWN;
}

static void a_send_that_is_not_connected_leaves_the_reason_to_the_receive(void **state)
{
	unsigned char *bytes = random_bytes(STREAM);
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture.setup.send.plan.input = file_with(bytes, STREAM);
	answers.send = third_and_later_enotconn;
	answers.receive = enetdown_after_the_third_send;
	for (int i = 0; i < 100; i++)
		peer_send(&fixture, "0123456789", 10);
	assert_true(run_wrapped(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ENETDOWN);
	assert_int_equal(fixture.result.sdus_sent, 2);
	assert_int_equal(fixture.result.sdus_received, 100);
	free(bytes);
	fixture_close(&fixture);
}

static int always_enotconn(unsigned int call)
{
	(void)call;
	return ENOTCONN;
}

static void a_send_that_is_not_connected_without_a_reason_is_a_lost_channel(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "hello");
	answers.send = always_enotconn;
	peer_send(&fixture, "0123456789", 10);
	assert_true(run_wrapped(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ENOLINK);
	assert_int_equal(fixture.result.sdus_received, 1);
	fixture_close(&fixture);
}

static void what_was_received_before_a_reset_while_sending_is_written(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "hello");
	answers.send = always_econnreset;
	for (int i = 0; i < 100; i++)
		peer_send(&fixture, "0123456789", 10);
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_LOST, ECONNRESET);
	assert_int_equal(fixture.result.sdus_received, 100);
	assert_int_equal(fixture.result.bytes_unwritten, 0);
	assert_int_equal(lseek(fixture.output, 0, SEEK_END), 1000);
	fixture_close(&fixture);
}

/* The peer has taken all, may answer, and closes before the transfer looks again. */
static struct fixture *closing;
static bool closing_answers;

static void take_all_and_close(unsigned int call)
{
	char room[64];

	if (calls.send == 0 || closing->peer < 0)
		return;
	(void)call;
	while (recv(closing->peer, room, sizeof(room), MSG_DONTWAIT) > 0)
		;
	if (closing_answers)
		peer_send(closing, "thanks", 6);
	fixture_close_peer(closing);
}

static void run_against_a_peer_that_closes(struct fixture *fixture, bool answers_first)
{
	open_wrapped(fixture);
	fixture_say(fixture, "hello");
	closing = fixture;
	closing_answers = answers_first;
	answers.before_wait = take_all_and_close;
	run_wrapped(fixture);
	assert_int_equal(fixture->peer, -1);
	assert_int_equal(fixture->result.sdus_sent, 1);
}

static void a_peer_that_takes_all_answers_and_closes_did_not_close_early(void **state)
{
	struct fixture fixture;

	(void)state;
	run_against_a_peer_that_closes(&fixture, true);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	fixture_close(&fixture);
}

/* Its close may have crossed what was sent. */
static void a_peer_that_closes_at_once_without_an_answer_closed_early(void **state)
{
	struct fixture fixture;

	(void)state;
	run_against_a_peer_that_closes(&fixture, false);
	assert_end(&fixture, TRANSFER_PEER_CLOSED_EARLY, 0);
	fixture_close(&fixture);
}

static void a_failing_look_at_the_send_buffer_is_not_a_success(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "hello");
	fixture.setup.idle_ms = 100;
	answers.getsockopt = always_eio;
	run_wrapped_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void a_failing_input_ends_it(void **state)
{
	unsigned char *bytes = random_bytes(400000);
	struct fixture fixture;
	struct collector collector;

	(void)state;
	open_wrapped(&fixture);
	fixture.setup.send.plan.input = file_with(bytes, 400000);
	answers.read = fourth_eio;
	run_wrapped_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_INPUT_FAILED, EIO);
	assert_true(collector.total < 400000);
	assert_memory_equal(collector.bytes, bytes, collector.total);
	free(bytes);
	collector_free(&collector);
	fixture_close(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_send_that_a_signal_interrupts_is_made_again),
		TEST(a_send_that_would_block_is_made_again),
		TEST(a_read_that_a_signal_interrupts_is_made_again),
		TEST(a_read_that_would_block_is_made_again),
		TEST(a_wait_that_another_signal_interrupts_is_made_again),
		TEST(sending_neither_blocks_nor_raises_sigpipe),
		TEST(an_sdu_beyond_the_mtu_is_emsgsize_with_its_length),
		TEST(an_sdu_that_blocks_on_an_empty_send_buffer_is_enobufs),
		TEST(one_block_on_an_empty_send_buffer_may_be_chance),
		TEST(an_sdu_waits_while_others_are_in_the_send_buffer),
		TEST(a_send_buffer_that_empties_is_not_idle),
		TEST(a_reset_while_sending_is_a_lost_channel),
		TEST(a_send_that_is_not_connected_leaves_the_reason_to_the_receive),
		TEST(a_send_that_is_not_connected_without_a_reason_is_a_lost_channel),
		TEST(what_was_received_before_a_reset_while_sending_is_written),
		TEST(a_peer_that_takes_all_answers_and_closes_did_not_close_early),
		TEST(a_peer_that_closes_at_once_without_an_answer_closed_early),
		TEST(a_failing_look_at_the_send_buffer_is_not_a_success),
		TEST(a_failing_input_ends_it),
	};

	return RUN_TESTS(tests);
}
