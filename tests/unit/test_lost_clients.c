// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counting the clients that came and went. A socket of datagrams plays the listener: for
 * each datagram that comes, its kernel sends the signal that one of LE sends for each
 * client that comes, or goes unaccepted; while one is there, somebody waits.
 */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "lost_clients.h"

static volatile sig_atomic_t stop;
static struct interruption interruption = {.signal = &stop};
static struct lost_clients lost;
static struct channel listener;
static int kernel_end;

/* What channel_accept() gives, one after another; then -EAGAIN. */
static const int *accepted;
static size_t accepted_count;
/* The other end of what it accepted, and what was done with that. */
static int client_end;
static unsigned int disconnected, closed;
static const char *has_sent;

int __wrap_channel_accept(const struct channel *from, struct channel *channel);
int __wrap_channel_start_disconnect(struct channel *channel);
int __wrap_channel_disconnect_result(struct channel *channel);
void __wrap_channel_close(struct channel *channel);

int __wrap_channel_accept(const struct channel *from, struct channel *channel)
{
	int ends[2];

	assert_ptr_equal(from, &listener);
	if (!accepted_count)
		return -EAGAIN;
	accepted_count--;
	if (*accepted)
		return *accepted++;
	accepted++;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	*channel = (struct channel){.fd = ends[0]};
	client_end = ends[1];
	if (has_sent)
		assert_true(send(client_end, has_sent, 1, 0) == 1);
	return 0;
}

int __wrap_channel_start_disconnect(struct channel *channel)
{
	(void)channel;
	disconnected++;
	return 0;
}

int __wrap_channel_disconnect_result(struct channel *channel)
{
	(void)channel;
	return 0;
}

void __wrap_channel_close(struct channel *channel)
{
	closed++;
	close(channel->fd);
	close(client_end);
}

/* As channel_listen() does. */
static void signal_arrivals(int fd)
{
	assert_int_equal(fcntl(fd, F_SETOWN, getpid()), 0);
	assert_int_equal(fcntl(fd, F_SETSIG, lost_clients_signal()), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK), 0);
}

static int start(void **state)
{
	int ends[2];

	sigemptyset(&interruption.wait_mask);
	if (lost_clients_open(&lost, &interruption) ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	listener = (struct channel){.fd = ends[0]};
	kernel_end = ends[1];
	signal_arrivals(listener.fd);
	accepted_count = 0;
	disconnected = closed = 0;
	has_sent = NULL;
	return start_guard(state);
}

static int finish(void **state)
{
	close(listener.fd);
	close(kernel_end);
	lost_clients_close(&lost);
	return stop_guard(state);
}

static void signal_once(void)
{
	assert_true(send(kernel_end, "", 1, 0) == 1);
}

static void nobody_waits(void)
{
	char unused;

	while (recv(listener.fd, &unused, sizeof(unused), 0) > 0)
		continue;
}

static void one_comes(void)
{
	signal_once();
}

static void one_comes_and_goes(void)
{
	signal_once();
	signal_once();
}

static void all_are_accepted(unsigned int count)
{
	nobody_waits();
	while (count--)
		lost_clients_count_accepted(&lost, false);
}

#define EXPECT_FOUND(count) assert_int_equal(lost_clients_find(&lost, &listener), count)

static void who_is_accepted_is_not_lost(void **state)
{
	(void)state;
	EXPECT_FOUND(0);
	one_comes();
	one_comes();
	all_are_accepted(2);
	EXPECT_FOUND(0);
}

static void who_came_and_went_is_found_once(void **state)
{
	(void)state;
	one_comes_and_goes();
	one_comes_and_goes();
	nobody_waits();
	EXPECT_FOUND(2);
	EXPECT_FOUND(0);
	one_comes_and_goes();
	one_comes();
	all_are_accepted(1);
	EXPECT_FOUND(1);
	EXPECT_FOUND(0);
}

static void while_somebody_waits_nothing_is_known(void **state)
{
	(void)state;
	one_comes();
	one_comes();
	EXPECT_FOUND(0);
	one_comes_and_goes();
	EXPECT_FOUND(0);
	all_are_accepted(2);
	EXPECT_FOUND(1);
}

/* Between its two signals. */
static void one_that_is_going_is_found_when_it_has_gone(void **state)
{
	(void)state;
	one_comes();
	nobody_waits();
	EXPECT_FOUND(0);
	signal_once();
	nobody_waits();
	EXPECT_FOUND(1);
}

static void who_went_in_the_middle_of_accept_is_lost(void **state)
{
	(void)state;
	one_comes();
	nobody_waits();
	lost_clients_count_accepted(&lost, true);
	EXPECT_FOUND(1);
}

/* More than are read, or epoll is told of, at once. */
static void hundreds_are_counted_and_the_source_is_ready_for_them(void **state)
{
	struct pollfd source = {.fd = lost.arrivals.fd, .events = POLLIN};

	(void)state;
	assert_int_equal(poll(&source, 1, 0), 0);
	for (int i = 0; i < 500; i++) {
		one_comes_and_goes();
		nobody_waits();
	}
	assert_int_equal(poll(&source, 1, 0), 1);
	EXPECT_FOUND(500);
	assert_int_equal(poll(&source, 1, 0), 0);
}

static void a_closed_listener_has_nobody_waiting(void **state)
{
	struct channel none = {.fd = -1};

	(void)state;
	one_comes_and_goes();
	assert_int_equal(lost_clients_find(&lost, &none), 1);
}

static void signals_of_others_do_not_count(void **state)
{
	union sigval value = {0};

	(void)state;
	kill(getpid(), lost_clients_signal());
	sigqueue(getpid(), lost_clients_signal(), value);
	kill(getpid(), lost_clients_signal());
	sigqueue(getpid(), lost_clients_signal(), value);
	EXPECT_FOUND(0);
	assert_false(lost.uncounted);
}

static void a_kernel_without_room_for_signals_is_noticed(void **state)
{
	struct rlimit before, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_SIGPENDING, &before), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_SIGPENDING, &none), 0);
	one_comes();
	assert_int_equal(setrlimit(RLIMIT_SIGPENDING, &before), 0);
	all_are_accepted(1);
	EXPECT_FOUND(0);
	assert_true(lost.uncounted);
}

static void the_signals_are_blocked_also_while_waiting(void **state)
{
	sigset_t blocked;

	(void)state;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	assert_true(sigismember(&blocked, lost_clients_signal()));
	assert_true(sigismember(&blocked, SIGIO));
	assert_true(sigismember(&interruption.wait_mask, lost_clients_signal()));
	assert_true(sigismember(&interruption.wait_mask, SIGIO));
	assert_false(sigismember(&interruption.wait_mask, SIGTERM));
}

static void one_that_was_never_opened_finds_nobody(void **state)
{
	struct lost_clients none = {.arrivals = {.fd = -1}};

	(void)state;
	lost_clients_count_accepted(&none, false);
	assert_int_equal(lost_clients_find(&none, &listener), 0);
	lost_clients_close(&none);
}

static void who_is_sent_away_with_something_sent_is_lost(void **state)
{
	static const int results[] = {0, -ECONNABORTED, 0};

	(void)state;
	one_comes();
	one_comes();
	one_comes();
	nobody_waits();
	accepted = results;
	accepted_count = COUNT_OF(results);
	has_sent = "x";
	lost_clients_send_away(&lost, &listener);
	assert_int_equal(disconnected, 2);
	assert_int_equal(closed, 2);
	EXPECT_FOUND(3);
}

static void who_is_sent_away_with_nothing_sent_is_not(void **state)
{
	static const int results[] = {0, 0};

	(void)state;
	one_comes();
	one_comes();
	nobody_waits();
	accepted = results;
	accepted_count = COUNT_OF(results);
	/* A read of an open channel without data is not to wait. */
	lost_clients_send_away(&lost, &listener);
	assert_int_equal(closed, 2);
	EXPECT_FOUND(0);
}

#define LOST_TEST(function) cmocka_unit_test_setup_teardown(function, start, finish)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		LOST_TEST(who_is_accepted_is_not_lost),
		LOST_TEST(who_came_and_went_is_found_once),
		LOST_TEST(while_somebody_waits_nothing_is_known),
		LOST_TEST(one_that_is_going_is_found_when_it_has_gone),
		LOST_TEST(who_went_in_the_middle_of_accept_is_lost),
		LOST_TEST(hundreds_are_counted_and_the_source_is_ready_for_them),
		LOST_TEST(a_closed_listener_has_nobody_waiting),
		LOST_TEST(signals_of_others_do_not_count),
		LOST_TEST(a_kernel_without_room_for_signals_is_noticed),
		LOST_TEST(the_signals_are_blocked_also_while_waiting),
		LOST_TEST(one_that_was_never_opened_finds_nobody),
		LOST_TEST(who_is_sent_away_with_something_sent_is_lost),
		LOST_TEST(who_is_sent_away_with_nothing_sent_is_not),
	};

	return RUN_TESTS(tests);
}
