// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* What the kernel may answer while the transfer receives, and rarely does. */
#include "unit_test.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "wrapped_calls.h"

static void a_receive_that_a_signal_interrupts_is_made_again(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.receive = every_second_eintr;
	for (int i = 0; i < 10; i++)
		peer_send(&fixture, "ab", 2);
	fixture_close_peer(&fixture);
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_output(&fixture, "abababababababababab", 20);
	fixture_close(&fixture);
}

static int second_ecomm(unsigned int call)
{
	return call == 1 ? ECOMM : REAL;
}

/* Trap T20: the error comes ahead of what is queued. */
static void a_torn_frame_is_a_loss_where_nothing_is_sent_again(void **state)
{
	static const struct {
		bool counts_drops;
		enum transfer_end end;
	} rows[] = {{true, TRANSFER_DROPPED}, {false, TRANSFER_PEER_CLOSED}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct fixture fixture;

		open_wrapped(&fixture);
		fixture.setup.counts_drops = rows[i].counts_drops;
		answers.receive = second_ecomm;
		peer_send(&fixture, "ab", 2);
		peer_send(&fixture, "cd", 2);
		fixture_close_peer(&fixture);
		run_wrapped(&fixture);
		assert_end(&fixture, rows[i].end, 0);
		assert_true(fixture.result.torn);
		/* After a loss, what is queued is left to a second transfer. */
		if (!rows[i].counts_drops)
			assert_output(&fixture, "abcd", 4);
		fixture_close(&fixture);
	}
}

static void *close_peer_later(void *data)
{
	struct fixture *fixture = data;

	wait_until_taken(fixture->peer);
	fixture_close_peer(fixture);
	return NULL;
}

static void a_receive_that_would_block_is_not_a_end(void **state)
{
	struct fixture fixture;
	pthread_t thread;

	(void)state;
	open_wrapped(&fixture);
	answers.receive = first_eagain;
	peer_send(&fixture, "ab", 2);
	assert_int_equal(pthread_create(&thread, NULL, close_peer_later, &fixture), 0);
	run_wrapped(&fixture);
	pthread_join(thread, NULL);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_output(&fixture, "ab", 2);
	fixture_close(&fixture);
}

/* Where the pending error of a disconnect shows as a 0 (trap T1). */
static unsigned int zero_at, zeros_in_a_row = 1;

static bool a_zero_without_an_sdu(unsigned int call, struct msghdr *message,
				  ssize_t *length)
{
	if (call < zero_at || call >= zero_at + zeros_in_a_row)
		return false;
	message->msg_controllen = 0;
	message->msg_flags = 0;
	*length = 0;
	return true;
}

/* On two processors there may be three: see transfer.c. */
static void zeros_ahead_of_queued_sdus_are_not_the_end(void **state)
{
	struct fixture fixture;

	(void)state;
	for (zero_at = 0; zero_at < 140; zero_at++) {
		zeros_in_a_row = 1 + zero_at % 3;
		open_wrapped(&fixture);
		answers.fake_receive = a_zero_without_an_sdu;
		for (unsigned int i = 0; i < 130; i++)
			peer_send(&fixture, &i, sizeof(i));
		fixture_close_peer(&fixture);
		run_wrapped(&fixture);
		assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
		assert_int_equal(fixture.result.sdus_received, 130);
		assert_int_equal(lseek(fixture.output, 0, SEEK_END),
				 130 * sizeof(zero_at));
		fixture_close(&fixture);
	}
	zeros_in_a_row = 1;
}

static bool two_zeros_without_an_sdu(unsigned int call, struct msghdr *message,
				     ssize_t *length)
{
	return (call == 0 || call == 2) &&
	       a_zero_without_an_sdu(zero_at, message, length);
}

static void two_zeros_with_an_sdu_between_are_not_the_end(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.fake_receive = two_zeros_without_an_sdu;
	for (int i = 0; i < 5; i++)
		peer_send(&fixture, "ab", 2);
	fixture_close_peer(&fixture);
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_output(&fixture, "ababababab", 10);
	fixture_close(&fixture);
}

static bool two_zeros_with_a_pause_between(unsigned int call, struct msghdr *message,
					   ssize_t *length)
{
	if (call != 1)
		return (call == 0 || call == 2) &&
		       a_zero_without_an_sdu(zero_at, message, length);
	errno = EAGAIN;
	*length = -1;
	return true;
}

static void two_zeros_with_a_pause_between_are_not_the_end(void **state)
{
	struct fixture fixture;
	pthread_t thread;

	(void)state;
	open_wrapped(&fixture);
	answers.fake_receive = two_zeros_with_a_pause_between;
	for (int i = 0; i < 5; i++)
		peer_send(&fixture, "ab", 2);
	assert_int_equal(pthread_create(&thread, NULL, close_peer_later, &fixture), 0);
	run_wrapped(&fixture);
	pthread_join(thread, NULL);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_output(&fixture, "ababababab", 10);
	fixture_close(&fixture);
}

/* After the 0, empty SDUs are still SDUs. */
static void a_zero_ahead_of_queued_empty_sdus_is_not_the_end(void **state)
{
	struct fixture fixture;

	(void)state;
	for (zero_at = 0; zero_at < 8; zero_at++) {
		open_wrapped(&fixture);
		answers.fake_receive = a_zero_without_an_sdu;
		for (int i = 0; i < 5; i++)
			peer_send(&fixture, "", 0);
		peer_send(&fixture, "x", 1);
		fixture_close_peer(&fixture);
		run_wrapped(&fixture);
		assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
		assert_int_equal(fixture.result.sdus_received, 6);
		fixture_close(&fixture);
	}
}

static void a_single_zero_while_the_channel_is_up_is_not_the_end(void **state)
{
	struct fixture fixture;
	pthread_t thread;

	(void)state;
	zero_at = 0;
	open_wrapped(&fixture);
	answers.fake_receive = a_zero_without_an_sdu;
	peer_send(&fixture, "ab", 2);
	assert_int_equal(pthread_create(&thread, NULL, close_peer_later, &fixture), 0);
	run_wrapped(&fixture);
	pthread_join(thread, NULL);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_output(&fixture, "ab", 2);
	fixture_close(&fixture);
}

/* Two zeros without the peer's disconnect request: the link is gone. */
static bool only_zeros(unsigned int call, struct msghdr *message, ssize_t *length)
{
	(void)call;
	message->msg_controllen = 0;
	message->msg_flags = 0;
	*length = 0;
	return true;
}

static void zeros_without_a_disconnect_request_are_a_lost_channel(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.fake_receive = only_zeros;
	peer_send(&fixture, "makes it readable", 17);
	assert_true(run_wrapped(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ENOLINK);
	fixture_close(&fixture);
}

/*
 * Trap T13: ECONNABORTED comes once, then what is queued can be read, and the only event
 * that still comes is POLLHUP, or none at all: the end must depend on neither.
 */
static bool aborted_with_nothing_queued(unsigned int call, struct msghdr *message,
					ssize_t *length)
{
	char away[8];

	(void)message;
	if (call > 0)
		return false;
	/* What made poll() tell of the error. */
	assert_int_equal(recv(wrapped->setup.socket, away, sizeof(away), MSG_DONTWAIT),
			 1);
	errno = ECONNABORTED;
	*length = -1;
	return true;
}

static void check_abort(unsigned int queued, size_t read_ahead, bool hangup)
{
	struct fixture fixture;
	int64_t took;

	open_wrapped(&fixture);
	fixture.read_ahead = read_ahead;
	if (queued == 0) {
		answers.fake_receive = aborted_with_nothing_queued;
		peer_send(&fixture, "x", 1);
	}
	answers.receive = first_econnaborted;
	answers.hangup = hangup;
	answers.hangup_after = 1;
	for (unsigned int i = 0; i < queued; i++)
		peer_send(&fixture, "queue", 5);
	took = run_wrapped(&fixture);
	if (fixture.result.sdus_received != queued || took >= LONG_MS / 2)
		print_error(
			"%u SDUs queued behind the error, read_ahead %zu: %ju received "
			"in %jd ms\n",
			queued, read_ahead, (uintmax_t)fixture.result.sdus_received,
			(intmax_t)took);
	assert_end(&fixture, TRANSFER_LOST, ECONNABORTED);
	assert_true(took < LONG_MS / 2);
	assert_int_equal(fixture.result.sdus_received, queued);
	assert_int_equal(fixture.result.bytes_unwritten, 0);
	assert_int_equal(lseek(fixture.output, 0, SEEK_END), queued * 5);
	fixture_close(&fixture);
}

static void an_abort_that_comes_once_ends_it(void **state)
{
	(void)state;
	for (int hangup = 0; hangup <= 1; hangup++) {
		check_abort(0, 1 << 20, hangup);
		check_abort(1, 1 << 20, hangup);
		check_abort(50, 1 << 20, hangup);
	}
}

/* The loop reads so many SDUs and then waits for an event. */
static void an_abort_ends_it_however_many_sdus_are_queued(void **state)
{
	(void)state;
	for (unsigned int queued = 0; queued < 200; queued++)
		check_abort(queued, 1 << 20, true);
}

static void an_abort_ends_it_when_the_read_ahead_is_full(void **state)
{
	(void)state;
	check_abort(1, SDU_ROOM, true);
	check_abort(20, SDU_ROOM, true);
}

static void an_abort_ends_it_with_many_queued_though_poll_is_silent(void **state)
{
	(void)state;
	for (unsigned int queued = 0; queued < 200; queued++)
		check_abort(queued, 1 << 20, false);
}

static void an_abort_ends_it_with_a_full_read_ahead_though_poll_is_silent(void **state)
{
	(void)state;
	check_abort(1, SDU_ROOM, false);
	check_abort(20, SDU_ROOM, false);
}

static void an_abort_while_sending_ends_it_though_poll_is_silent(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "hello");
	answers.send = first_econnaborted;
	assert_true(run_wrapped(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ECONNABORTED);
	fixture_close(&fixture);
}

/* Trap T13: epoll does not look again at a socket that nothing wakes. */
static void an_error_that_wakes_no_one_is_found(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "nobody takes it");
	answers.silent_error = true;
	answers.receive = first_econnaborted;
	assert_true(run_wrapped(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ECONNABORTED);
	fixture_close(&fixture);
}

static void an_abort_stops_the_sending(void **state)
{
	struct fixture fixture;
	int ends[2];

	(void)state;
	open_wrapped(&fixture);
	assert_int_equal(pipe(ends), 0);
	fixture.setup.send.plan.input = ends[0];
	answers.fake_receive = aborted_with_nothing_queued;
	peer_send(&fixture, "x", 1);
	assert_true(run_wrapped(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ECONNABORTED);
	assert_int_equal(fixture.result.sdus_sent, 0);
	close(ends[1]);
	fixture_close(&fixture);
}

/* The error was taken by another program, or before. */
static void a_hang_up_with_nothing_queued_is_a_lost_channel(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.hangup = true;
	peer_send(&fixture, "ab", 2);
	peer_send(&fixture, "", 0);
	peer_send(&fixture, "cd", 2);
	assert_true(run_wrapped(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ENOLINK);
	assert_int_equal(fixture.result.sdus_received, 3);
	assert_output(&fixture, "abcd", 4);
	fixture_close(&fixture);
}

static void a_reset_with_a_disconnect_request_is_an_orderly_close(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.receive = third_econnreset;
	for (int i = 0; i < 5; i++)
		peer_send(&fixture, "ab", 2);
	fixture_close_peer(&fixture);
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_output(&fixture, "ababababab", 10);
	fixture_close(&fixture);
}

static void a_reset_without_a_disconnect_request_is_a_lost_channel(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.receive = third_econnreset;
	answers.no_hangup = true;
	for (int i = 0; i < 5; i++)
		peer_send(&fixture, "ab", 2);
	fixture_close_peer(&fixture);
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_LOST, ECONNRESET);
	assert_output(&fixture, "ababababab", 10);
	fixture_close(&fixture);
}

/* A socket that is always readable; it gives up so that the test ends. */
static bool an_endless_flow(unsigned int call, struct msghdr *message, ssize_t *length)
{
	message->msg_flags = 0;
	*length = 10;
	if (call > 20000) {
		errno = ECONNABORTED;
		*length = -1;
	}
	return true;
}

static void a_signal_ends_a_flow_that_never_pauses(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture_take_signals(&fixture);
	close(fixture.output);
	fixture.output = -1;
	answers.fake_receive = an_endless_flow;
	peer_send(&fixture, "makes it readable", 17);
	assert_int_equal(raise(SIGUSR1), 0); /* blocked: until a wait lets it in */
	run_wrapped(&fixture);
	if (!fixture.signal) { /* it must not hit the next test */
		sigset_t now = fixture.interruption.wait_mask;

		pthread_sigmask(SIG_SETMASK, &now, NULL);
	}
	assert_int_equal(fixture.result.end, TRANSFER_INTERRUPTED);
	fixture_close(&fixture);
}

static void without_arrival_times_it_does_not_start(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.setsockopt = always_enotsup;
	assert_true(run_wrapped(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, EOPNOTSUPP);
	fixture_close(&fixture);
}

static void a_lack_of_memory_ends_it(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.realloc = always_enomem;
	peer_send(&fixture, "x", 1);
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_NO_MEMORY, ENOMEM);
	fixture_close(&fixture);

	open_wrapped(&fixture);
	fixture.setup.send.plan.input = file_with("x", 1);
	answers.realloc = always_enomem;
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_NO_MEMORY, ENOMEM);
	fixture_close(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_receive_that_a_signal_interrupts_is_made_again),
		TEST(a_torn_frame_is_a_loss_where_nothing_is_sent_again),
		TEST(a_receive_that_would_block_is_not_a_end),
		TEST(zeros_ahead_of_queued_sdus_are_not_the_end),
		TEST(two_zeros_with_an_sdu_between_are_not_the_end),
		TEST(two_zeros_with_a_pause_between_are_not_the_end),
		TEST(a_zero_ahead_of_queued_empty_sdus_is_not_the_end),
		TEST(a_single_zero_while_the_channel_is_up_is_not_the_end),
		TEST(zeros_without_a_disconnect_request_are_a_lost_channel),
		TEST(an_abort_that_comes_once_ends_it),
		TEST(an_abort_ends_it_however_many_sdus_are_queued),
		TEST(an_abort_ends_it_when_the_read_ahead_is_full),
		TEST(an_abort_ends_it_with_many_queued_though_poll_is_silent),
		TEST(an_abort_ends_it_with_a_full_read_ahead_though_poll_is_silent),
		TEST(an_abort_while_sending_ends_it_though_poll_is_silent),
		TEST(an_error_that_wakes_no_one_is_found),
		TEST(an_abort_stops_the_sending),
		TEST(a_hang_up_with_nothing_queued_is_a_lost_channel),
		TEST(a_reset_with_a_disconnect_request_is_an_orderly_close),
		TEST(a_reset_without_a_disconnect_request_is_a_lost_channel),
		TEST(a_signal_ends_a_flow_that_never_pauses),
		TEST(without_arrival_times_it_does_not_start),
		TEST(a_lack_of_memory_ends_it),
	};

	return RUN_TESTS(tests);
}
