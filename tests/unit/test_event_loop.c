// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "event_loop.h"

/* No test expects a wait to last for so long. */
enum { LONG_MS = 5000 };

static volatile sig_atomic_t signal_that_came;
static struct interruption interruption = {.signal = &signal_that_came};

static void open_loop(struct event_loop *loop)
{
	signal_that_came = 0;
	assert_int_equal(event_loop_open(loop, &interruption), 0);
}

static void want(struct event_loop *loop, struct event_source *source, uint32_t events)
{
	assert_int_equal(event_source_want(loop, source, events), 0);
}

/* Waits, and returns for how many ms. */
static int64_t wait(struct event_loop *loop, int64_t wait_ms)
{
	int64_t begin = monotonic_ms();

	assert_int_equal(event_loop_wait(loop, wait_ms), 0);
	return monotonic_ms() - begin;
}

/* A pipe of which the source is the end to read. */
struct piped {
	int write_end;
	struct event_source source;
};

static void open_pipe(struct piped *piped)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	*piped = (struct piped){.write_end = ends[1], .source = {.fd = ends[0]}};
}

static void close_pipe(struct piped *piped)
{
	if (piped->write_end >= 0)
		close(piped->write_end);
	close(piped->source.fd);
}

static void write_byte(const struct piped *piped)
{
	assert_int_equal(write(piped->write_end, "x", 1), 1);
}

/* --- descriptors that block --------------------------------------------------------- */

static void a_source_is_ready_when_there_is_something(void **state)
{
	struct event_loop loop;
	struct piped piped;

	(void)state;
	open_loop(&loop);
	open_pipe(&piped);
	want(&loop, &piped.source, EPOLLIN);
	assert_true(wait(&loop, 50) >= 50);
	assert_int_equal(event_source_take(&piped.source), 0);
	write_byte(&piped);
	assert_true(wait(&loop, WAIT_FOREVER) < LONG_MS);
	assert_int_equal(event_source_take(&piped.source), EPOLLIN);
	/* Taken once, until the next wait. */
	assert_int_equal(event_source_take(&piped.source), 0);
	assert_true(wait(&loop, WAIT_FOREVER) < LONG_MS);
	assert_int_equal(event_source_take(&piped.source), EPOLLIN);
	close_pipe(&piped);
	event_loop_close(&loop);
}

static void what_is_wanted_may_change(void **state)
{
	int sockets[2];
	struct event_loop loop;
	struct event_source source;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets),
			 0);
	source = (struct event_source){.fd = sockets[0]};
	open_loop(&loop);
	want(&loop, &source, EPOLLOUT);
	assert_true(wait(&loop, LONG_MS) < LONG_MS);
	assert_int_equal(event_source_take(&source), EPOLLOUT);
	want(&loop, &source, EPOLLIN);
	assert_true(wait(&loop, 20) >= 20);
	assert_int_equal(event_source_take(&source), 0);
	want(&loop, &source, EPOLLIN | EPOLLOUT);
	assert_int_equal(send(sockets[1], "x", 1, 0), 1);
	assert_true(wait(&loop, LONG_MS) < LONG_MS);
	assert_int_equal(event_source_take(&source), EPOLLIN | EPOLLOUT);
	close(sockets[0]);
	close(sockets[1]);
	event_loop_close(&loop);
}

static void wanting_nothing_takes_it_out(void **state)
{
	struct event_loop loop;
	struct piped piped;

	(void)state;
	open_loop(&loop);
	open_pipe(&piped);
	want(&loop, &piped.source, 0); /* it never was in */
	write_byte(&piped);
	want(&loop, &piped.source, EPOLLIN);
	wait(&loop, LONG_MS);
	want(&loop, &piped.source, 0);
	/* What was found before does not count any more. */
	assert_int_equal(event_source_take(&piped.source), 0);
	assert_true(wait(&loop, 30) >= 30);
	assert_int_equal(event_source_take(&piped.source), 0);
	want(&loop, &piped.source, EPOLLIN);
	assert_true(wait(&loop, LONG_MS) < LONG_MS);
	assert_int_equal(event_source_take(&piped.source), EPOLLIN);
	close_pipe(&piped);
	event_loop_close(&loop);
}

static void a_hang_up_counts_with_what_is_wanted(void **state)
{
	struct event_loop loop;
	struct piped piped;

	(void)state;
	open_loop(&loop);
	open_pipe(&piped);
	want(&loop, &piped.source, EPOLLIN);
	close(piped.write_end);
	piped.write_end = -1;
	assert_true(wait(&loop, WAIT_FOREVER) < LONG_MS);
	assert_int_equal(event_source_take(&piped.source), EPOLLHUP);
	close_pipe(&piped);
	event_loop_close(&loop);
}

static void a_hang_up_of_what_is_not_wanted_wakes_no_one(void **state)
{
	struct event_loop loop;
	struct piped piped;

	(void)state;
	open_loop(&loop);
	open_pipe(&piped);
	want(&loop, &piped.source, EPOLLIN);
	want(&loop, &piped.source, 0);
	close(piped.write_end);
	piped.write_end = -1;
	assert_true(wait(&loop, 50) >= 50);
	assert_int_equal(event_source_take(&piped.source), 0);
	close_pipe(&piped);
	event_loop_close(&loop);
}

static void a_hang_up_only_can_be_waited_for(void **state)
{
	struct event_loop loop;
	struct piped piped;

	(void)state;
	open_loop(&loop);
	open_pipe(&piped);
	write_byte(&piped);
	want(&loop, &piped.source, EPOLLHUP);
	assert_true(wait(&loop, 30) >= 30);
	close(piped.write_end);
	piped.write_end = -1;
	assert_true(wait(&loop, WAIT_FOREVER) < LONG_MS);
	assert_int_equal(event_source_take(&piped.source), EPOLLHUP);
	close_pipe(&piped);
	event_loop_close(&loop);
}

static void more_sources_than_are_reported_at_once_are_all_served(void **state)
{
	enum { PIPES = 200 };
	static struct piped pipes[PIPES];
	struct rlimit limit;
	struct event_loop loop;
	int served = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	open_loop(&loop);
	for (int i = 0; i < PIPES; i++) {
		open_pipe(&pipes[i]);
		write_byte(&pipes[i]);
		want(&loop, &pipes[i].source, EPOLLIN);
	}
	/* Nobody's turn takes away another's, although all stay ready. */
	for (int turn = 0; turn < 20 && served < PIPES; turn++) {
		wait(&loop, LONG_MS);
		for (int i = 0; i < PIPES; i++) {
			if (event_source_take(&pipes[i].source) &&
			    pipes[i].write_end >= 0) {
				close(pipes[i].write_end);
				pipes[i].write_end = -1;
				served++;
			}
		}
	}
	assert_int_equal(served, PIPES);
	for (int i = 0; i < PIPES; i++)
		close_pipe(&pipes[i]);
	event_loop_close(&loop);
}

/* --- files, which epoll cannot watch ------------------------------------------------ */

static void a_regular_file_is_always_ready(void **state)
{
	struct event_loop loop;
	struct event_source file = {.fd = memfd_create("test", MFD_CLOEXEC)};

	(void)state;
	open_loop(&loop);
	want(&loop, &file, EPOLLIN);
	for (int i = 0; i < 3; i++) {
		assert_true(wait(&loop, WAIT_FOREVER) < LONG_MS);
		assert_int_equal(event_source_take(&file), EPOLLIN);
	}
	want(&loop, &file, EPOLLOUT);
	assert_true(wait(&loop, WAIT_FOREVER) < LONG_MS);
	assert_int_equal(event_source_take(&file), EPOLLOUT);
	close(file.fd);
	event_loop_close(&loop);
}

static void a_regular_file_that_is_not_wanted_is_not_ready(void **state)
{
	struct event_loop loop;
	struct event_source files[2] = {{.fd = memfd_create("test", MFD_CLOEXEC)},
					{.fd = memfd_create("test", MFD_CLOEXEC)}};

	(void)state;
	open_loop(&loop);
	for (int turn = 0; turn < 3; turn++) {
		want(&loop, &files[0], EPOLLIN);
		want(&loop, &files[1], EPOLLIN);
		assert_true(wait(&loop, WAIT_FOREVER) < LONG_MS);
		want(&loop, &files[0], 0);
		want(&loop, &files[0], 0);
		assert_int_equal(event_source_take(&files[0]), 0);
		/* The other still is. */
		assert_true(wait(&loop, WAIT_FOREVER) < LONG_MS);
		assert_int_equal(event_source_take(&files[1]), EPOLLIN);
		want(&loop, &files[1], 0);
		assert_true(wait(&loop, 30) >= 30);
	}
	close(files[0].fd);
	close(files[1].fd);
	event_loop_close(&loop);
}

static void what_else_is_ready_is_reported_beside_a_regular_file(void **state)
{
	struct event_loop loop;
	struct event_source file = {.fd = memfd_create("test", MFD_CLOEXEC)};
	struct piped piped;

	(void)state;
	open_loop(&loop);
	open_pipe(&piped);
	want(&loop, &file, EPOLLOUT);
	want(&loop, &piped.source, EPOLLIN);
	wait(&loop, WAIT_FOREVER);
	assert_int_equal(event_source_take(&piped.source), 0);
	write_byte(&piped);
	wait(&loop, WAIT_FOREVER);
	assert_int_equal(event_source_take(&piped.source), EPOLLIN);
	assert_int_equal(event_source_take(&file), EPOLLOUT);
	close_pipe(&piped);
	close(file.fd);
	event_loop_close(&loop);
}

static void a_closed_descriptor_is_an_error(void **state)
{
	struct event_loop loop;
	struct event_source source = {.fd = -1};

	(void)state;
	open_loop(&loop);
	assert_int_equal(event_source_want(&loop, &source, EPOLLIN), -EBADF);
	assert_int_equal(source.wanted, 0);
	assert_int_equal(event_source_want(&loop, &source, 0), 0);
	event_loop_close(&loop);
	assert_int_equal(event_loop_wait(&loop, 0), -EBADF);
	event_loop_close(&loop); /* once more: harmless */
}

/* --- signals ------------------------------------------------------------------------ */

static void remember_signal(int signal)
{
	signal_that_came = signal;
}

static sigset_t mask_before;

/* SIGUSR1 is delivered only in waits. */
static void take_signals(void)
{
	struct sigaction remember = {.sa_handler = remember_signal};
	sigset_t blocked;

	sigemptyset(&remember.sa_mask);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &blocked, &mask_before);
	interruption.wait_mask = mask_before;
	sigaction(SIGUSR1, &remember, NULL);
}

/* A signal that nobody let in must not hit the next test. */
static void leave_signals(void)
{
	pthread_sigmask(SIG_SETMASK, &mask_before, NULL);
	signal(SIGUSR1, SIG_DFL);
}

static void *signal_soon(void *thread)
{
	await_sleep();
	pthread_kill(*(pthread_t *)thread, SIGUSR1);
	return NULL;
}

static void a_signal_ends_a_wait_and_is_not_a_error(void **state)
{
	struct event_loop loop;
	pthread_t self = pthread_self();
	pthread_t other;

	(void)state;
	open_loop(&loop);
	take_signals();
	assert_int_equal(pthread_create(&other, NULL, signal_soon, &self), 0);
	assert_true(wait(&loop, WAIT_FOREVER) < LONG_MS);
	pthread_join(other, NULL);
	assert_int_equal(signal_that_came, SIGUSR1);
	leave_signals();
	event_loop_close(&loop);
}

static void a_signal_that_came_before_ends_the_wait(void **state)
{
	struct event_loop loop;

	(void)state;
	open_loop(&loop);
	take_signals();
	raise(SIGUSR1);
	assert_int_equal(signal_that_came, 0);
	assert_true(wait(&loop, WAIT_FOREVER) < LONG_MS);
	assert_int_equal(signal_that_came, SIGUSR1);
	leave_signals();
	event_loop_close(&loop);
}

static void a_signal_gets_in_although_a_descriptor_is_always_ready(void **state)
{
	struct event_loop loop;
	struct piped piped;

	(void)state;
	open_loop(&loop);
	open_pipe(&piped);
	write_byte(&piped);
	want(&loop, &piped.source, EPOLLIN);
	take_signals();
	raise(SIGUSR1);
	assert_int_equal(signal_that_came, 0);
	wait(&loop, WAIT_FOREVER);
	assert_int_equal(signal_that_came, SIGUSR1);
	assert_int_equal(event_source_take(&piped.source), EPOLLIN);
	leave_signals();
	close_pipe(&piped);
	event_loop_close(&loop);
}

static void a_signal_gets_in_although_a_regular_file_is_always_ready(void **state)
{
	struct event_loop loop;
	struct event_source file = {.fd = memfd_create("test", MFD_CLOEXEC)};

	(void)state;
	open_loop(&loop);
	want(&loop, &file, EPOLLIN);
	take_signals();
	raise(SIGUSR1);
	wait(&loop, WAIT_FOREVER);
	assert_int_equal(signal_that_came, SIGUSR1);
	leave_signals();
	close(file.fd);
	event_loop_close(&loop);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_source_is_ready_when_there_is_something),
		TEST(what_is_wanted_may_change),
		TEST(wanting_nothing_takes_it_out),
		TEST(a_hang_up_counts_with_what_is_wanted),
		TEST(a_hang_up_of_what_is_not_wanted_wakes_no_one),
		TEST(a_hang_up_only_can_be_waited_for),
		TEST(more_sources_than_are_reported_at_once_are_all_served),
		TEST(a_regular_file_is_always_ready),
		TEST(a_regular_file_that_is_not_wanted_is_not_ready),
		TEST(what_else_is_ready_is_reported_beside_a_regular_file),
		TEST(a_closed_descriptor_is_an_error),
		TEST(a_signal_ends_a_wait_and_is_not_a_error),
		TEST(a_signal_that_came_before_ends_the_wait),
		TEST(a_signal_gets_in_although_a_descriptor_is_always_ready),
		TEST(a_signal_gets_in_although_a_regular_file_is_always_ready),
	};

	return RUN_TESTS(tests);
}
