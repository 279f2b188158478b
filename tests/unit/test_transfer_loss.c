// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * What a transfer does when it hears that something is missing, when more comes than
 * expected, and when only what is queued is wanted. The kernel's count of dropped SDUs
 * is this file's.
 */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "transfer_fixture.h"

static struct {
	uint32_t dropped;
	int64_t from_ms;  /* not before */
	int error;	  /* of asking; 0: none */
	bool watch_fails; /* epoll has no memory */
	unsigned int waits;
} kernel;

int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __real_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __real_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask);
int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask);

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	int result = __real_getsockopt(fd, level, option, value, size);

	if (option != SO_MEMINFO)
		return result;
	if (kernel.error) {
		errno = kernel.error;
		return -1;
	}
	if (monotonic_ms() >= kernel.from_ms)
		((uint32_t *)value)[SK_MEMINFO_DROPS] = kernel.dropped;
	return result;
}

int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	if (kernel.watch_fails && operation == EPOLL_CTL_ADD) {
		errno = ENOMEM;
		return -1;
	}
	return __real_epoll_ctl(epoll, operation, fd, event);
}

int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask)
{
	kernel.waits++;
	return __real_epoll_pwait(epoll, events, room, timeout, mask);
}

static void open_fixture(struct fixture *fixture)
{
	memset(&kernel, 0, sizeof(kernel));
	fixture_open(fixture);
	fixture->setup.counts_drops = true;
}

/* A pipe of a page that no program reads; returns the end to close. */
static int stall_output(struct fixture *fixture)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	fixture->output = ends[1];
	return ends[0];
}

/* --- dropped SDUs ------------------------------------------------------------------- */

static void sdus_are_dropped_while_there_is_not_a_room_and_nothing_arrives(void **state)
{
	static const char block[5000];
	struct fixture fixture;
	int output;

	(void)state;
	open_fixture(&fixture);
	output = stall_output(&fixture);
	fixture.read_ahead = SDU_ROOM;
	peer_send(&fixture, block, sizeof(block));
	kernel.dropped = 7;
	kernel.from_ms = monotonic_ms() + 300;
	assert_in_range(fixture_run(&fixture), 200, 1500);
	assert_end(&fixture, TRANSFER_DROPPED, 0);
	assert_int_equal(fixture.result.sdus_dropped, 7);
	/* It does not wait for the slow output: the peer is to learn it. */
	assert_true(fixture.result.bytes_unwritten > 0);
	/* And it looked now and then, without spinning. */
	assert_true(kernel.waits < 100);
	close(output);
	fixture_close(&fixture);
}

static void a_count_that_means_nothing_is_not_looked_at(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	fixture.setup.counts_drops = false;
	kernel.dropped = 3;
	peer_send(&fixture, "hello", 5);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.sdus_dropped, 0);
	fixture_close(&fixture);
}

static void a_count_that_cannot_be_read_is_none(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	kernel.dropped = 3;
	kernel.error = ENOPROTOOPT;
	peer_send(&fixture, "hello", 5);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	fixture_close(&fixture);
}

static void an_output_that_fails_outranks_dropped_sdus(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	fixture.output = open("/dev/full", O_WRONLY | O_CLOEXEC);
	kernel.dropped = 3;
	kernel.from_ms = monotonic_ms() + 100;
	peer_send(&fixture, "hello", 5);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_OUTPUT_FAILED, ENOSPC);
	fixture_close(&fixture);
}

/* --- how much is expected ----------------------------------------------------------- */

static void two_transfers_together_get_what_is_expected(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	fixture.setup.expected = 7;
	fixture.setup.await_peer = false;
	fixture.setup.hold_ms = 50;
	peer_send(&fixture, "hello", 5);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_SENT, 0);
	peer_send(&fixture, "abc", 3);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_TOO_MUCH, 0);
	assert_int_equal(fixture.result.bytes_received, 8);
	fixture_close(&fixture);
}

/* --- what is queued, and no more ---------------------------------------------------- */

static void check_queued(unsigned int count, bool peer_closes, size_t read_ahead)
{
	struct fixture fixture;

	open_fixture(&fixture);
	fixture.output = file_with("", 0);
	fixture.read_ahead = read_ahead;
	fixture.setup.queued_only = true;
	fixture.setup.counts_drops = false;
	fixture.setup.idle_ms = WAIT_FOREVER;
	for (unsigned int i = 0; i < count; i++)
		peer_send(&fixture, &i, sizeof(i));
	if (peer_closes)
		fixture_close_peer(&fixture);
	assert_true(fixture_run(&fixture) < 1000);
	assert_true(fixture.result.end <= TRANSFER_LOST);
	assert_int_equal(fixture.result.sdus_received, count);
	assert_int_equal(fixture.result.bytes_unwritten, 0);
	for (unsigned int i = 0; i < count; i++) {
		unsigned int written;

		assert_int_equal(
			pread(fixture.output, &written, sizeof(written), i * sizeof(i)),
			sizeof(written));
		assert_int_equal(written, i);
	}
	fixture_close(&fixture);
}

static void what_is_queued_is_read_without_waiting_for_more(void **state)
{
	/* A turn has 64. */
	static const unsigned int counts[] = {0, 1, 63, 64, 65, 150, 200};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		check_queued(counts[i], false, 1 << 20);
		check_queued(counts[i], true, 1 << 20);
		check_queued(counts[i], false, SDU_ROOM);
		check_queued(counts[i], true, SDU_ROOM);
	}
}

/* --- waiting ------------------------------------------------------------------------ */

/* Ended, but for the output, with the channel broken and more queued on it. */
static void too_much_with_a_stalled_output_does_not_spin(void **state)
{
	static const char block[5000];
	struct fixture fixture;
	int output;

	(void)state;
	open_fixture(&fixture);
	output = stall_output(&fixture);
	fixture.setup.queued_only = true;
	fixture.setup.counts_drops = false;
	fixture.setup.expected = 6000;
	fixture.setup.idle_ms = 300;
	for (int i = 0; i < 5; i++)
		peer_send(&fixture, block, sizeof(block));
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	assert_in_range(fixture.result.sdus_received, 2, 5);
	assert_true(kernel.waits < 50);
	close(output);
	fixture_close(&fixture);
}

/* Nothing would wake it. */
static void a_lack_of_memory_for_waiting_ends_it_without_a_wait(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	fixture.setup.idle_ms = WAIT_FOREVER;
	kernel.watch_fails = true;
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_NO_MEMORY, ENOMEM);
	fixture_close(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(sdus_are_dropped_while_there_is_not_a_room_and_nothing_arrives),
		TEST(a_count_that_means_nothing_is_not_looked_at),
		TEST(a_count_that_cannot_be_read_is_none),
		TEST(an_output_that_fails_outranks_dropped_sdus),
		TEST(two_transfers_together_get_what_is_expected),
		TEST(what_is_queued_is_read_without_waiting_for_more),
		TEST(too_much_with_a_stalled_output_does_not_spin),
		TEST(a_lack_of_memory_for_waiting_ends_it_without_a_wait),
	};

	return RUN_TESTS(tests);
}
