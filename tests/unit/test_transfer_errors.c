// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel may answer to the transfer's system calls, and rarely does. Each call
 * is wrapped: an answer that a test has set is given, else the real call is made.
 */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "transfer_fixture.h"

enum { REAL = 0 };

/* Gets the number of the call, from 0: REAL, or the errno to fail with. */
typedef int answer(unsigned int call);

static struct {
	answer *send, *receive, *read, *write, *wait, *getsockopt, *setsockopt, *realloc;
	/* Answers that are no failure. */
	bool (*fake_receive)(unsigned int call, struct msghdr *message, ssize_t *length);
	size_t (*write_at_most)(unsigned int call);
	int64_t (*unsent_memory)(unsigned int call); /* negative: the real one */
	void (*before_wait)(unsigned int call);
	bool hangup; /* the wait tells EPOLLHUP and nothing else of the socket */
	unsigned int hangup_after; /* so many receives */
	bool silent_error;	   /* only poll() tells of the socket's error */
	bool no_hangup; /* no POLLRDHUP: the link is lost, not closed by the peer */
} answers;

static struct {
	unsigned int send, receive, read, write, wait, getsockopt, setsockopt, realloc;
} calls;

static int send_flags;

static bool fails(answer *given, unsigned int *call)
{
	unsigned int number = (*call)++;

	errno = given ? given(number) : REAL;
	return errno != REAL;
}

ssize_t __real_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __real_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __real_read(int fd, void *room, size_t length);
ssize_t __wrap_read(int fd, void *room, size_t length);
ssize_t __real_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length);
int __real_poll(struct pollfd *descriptors, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout);
int __real_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask);
int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask);
int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);

/* Only the transfer's own descriptors are answered for; -1: none is. */
static const struct fixture *wrapped;

ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags)
{
	if (!wrapped || fd != wrapped->options.socket)
		return __real_send(fd, bytes, length, flags);
	send_flags = flags;
	return fails(answers.send, &calls.send) ? -1
						: __real_send(fd, bytes, length, flags);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t length;

	if (!wrapped || fd != wrapped->options.socket)
		return __real_recvmsg(fd, message, flags);
	assert_true(flags & MSG_DONTWAIT);
	if (answers.fake_receive &&
	    answers.fake_receive(calls.receive++, message, &length))
		return length;
	if (!answers.fake_receive && fails(answers.receive, &calls.receive))
		return -1;
	return __real_recvmsg(fd, message, flags);
}

ssize_t __wrap_read(int fd, void *room, size_t length)
{
	if (wrapped && fd == wrapped->options.input && fails(answers.read, &calls.read))
		return -1;
	return __real_read(fd, room, length);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t length)
{
	if (wrapped && fd == wrapped->output) {
		unsigned int call = calls.write;

		if (fails(answers.write, &calls.write))
			return -1;
		if (answers.write_at_most && answers.write_at_most(call) < length)
			length = answers.write_at_most(call);
	}
	return __real_write(fd, bytes, length);
}

int __wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
	int ready = __real_poll(descriptors, count, timeout);

	if (wrapped && answers.silent_error &&
	    descriptors->fd == wrapped->options.socket &&
	    !(descriptors->events & POLLRDHUP)) {
		descriptors->revents = POLLERR | POLLHUP;
		return 1;
	}
	if (wrapped && answers.no_hangup && descriptors->fd == wrapped->options.socket) {
		descriptors->revents &= (short)~(POLLRDHUP | POLLHUP);
		return descriptors->revents != 0;
	}
	return ready;
}

/* Adds a hang-up to what was found of the socket, where it is waited for. */
static int hang_up(struct epoll_event *events, int count)
{
	const struct event_source *socket = &wrapped->transfer.socket;

	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr == socket) {
			events[i].events |= EPOLLHUP;
			return count;
		}
	}
	events[count] =
		(struct epoll_event){.events = EPOLLHUP, .data.ptr = (void *)socket};
	return count + 1;
}

int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask)
{
	if (answers.before_wait)
		answers.before_wait(calls.wait);
	if (fails(answers.wait, &calls.wait))
		return -1;
	if (wrapped && answers.hangup && calls.receive >= answers.hangup_after &&
	    wrapped->transfer.socket.wanted)
		return hang_up(events,
			       __real_epoll_pwait(epoll, events, room - 1, 0, NULL));
	return __real_epoll_pwait(epoll, events, room, timeout, mask);
}

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	unsigned int call = calls.getsockopt;
	int result;

	if (!wrapped || fd != wrapped->options.socket)
		return __real_getsockopt(fd, level, option, value, size);
	if (fails(answers.getsockopt, &calls.getsockopt))
		return -1;
	result = __real_getsockopt(fd, level, option, value, size);
	if (option == SO_MEMINFO && answers.unsent_memory &&
	    answers.unsent_memory(call) >= 0)
		((uint32_t *)value)[SK_MEMINFO_WMEM_ALLOC] =
			(uint32_t)answers.unsent_memory(call);
	return result;
}

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	if (wrapped && fd == wrapped->options.socket &&
	    fails(answers.setsockopt, &calls.setsockopt))
		return -1;
	return __real_setsockopt(fd, level, option, value, size);
}

void *__wrap_realloc(void *block, size_t size)
{
	if (wrapped && fails(answers.realloc, &calls.realloc))
		return NULL;
	return __real_realloc(block, size);
}

/* --- answers ------------------------------------------------------------------------ */

static int once_eintr(unsigned int call)
{
	return call == 0 ? EINTR : REAL;
}

static int every_second_eintr(unsigned int call)
{
	return call % 2 == 0 ? EINTR : REAL;
}

static int every_second_eagain(unsigned int call)
{
	return call % 2 == 0 ? EAGAIN : REAL;
}

static int always_eagain(unsigned int call)
{
	(void)call;
	return EAGAIN;
}

static int first_eagain(unsigned int call)
{
	return call == 0 ? EAGAIN : REAL;
}

static int always_emsgsize(unsigned int call)
{
	(void)call;
	return EMSGSIZE;
}

static int always_econnreset(unsigned int call)
{
	(void)call;
	return ECONNRESET;
}

static int third_econnreset(unsigned int call)
{
	return call == 2 ? ECONNRESET : REAL;
}

static int first_econnaborted(unsigned int call)
{
	return call == 0 ? ECONNABORTED : REAL;
}

static int always_eio(unsigned int call)
{
	(void)call;
	return EIO;
}

static int fourth_eio(unsigned int call)
{
	return call == 3 ? EIO : REAL;
}

static int third_enospc(unsigned int call)
{
	return call == 2 ? ENOSPC : REAL;
}

static int always_enomem(unsigned int call)
{
	(void)call;
	return ENOMEM;
}

static int always_enotsup(unsigned int call)
{
	(void)call;
	return EOPNOTSUPP;
}

/* --- running ------------------------------------------------------------------------ */

static void open_wrapped(struct fixture *fixture)
{
	fixture_open(fixture);
	memset(&answers, 0, sizeof(answers));
	memset(&calls, 0, sizeof(calls));
	fixture->output = file_with("", 0);
}

static int64_t run(struct fixture *fixture)
{
	int64_t took;

	wrapped = fixture;
	took = fixture_run(fixture);
	wrapped = NULL;
	return took;
}

/* Runs with a peer that takes all. */
static void run_and_collect(struct fixture *fixture, struct collector *collector)
{
	fixture->options.await_peer = false;
	collector_start(collector, fixture->peer);
	run(fixture);
	shutdown(fixture->options.socket, SHUT_RDWR);
	collector_join(collector);
}

static void assert_end(const struct fixture *fixture, enum transfer_end end, int error)
{
	assert_int_equal(fixture->result.end, end);
	assert_int_equal(fixture->result.error, error);
}

static void assert_output(const struct fixture *fixture, const void *bytes, size_t length)
{
	size_t written;
	unsigned char *contents = file_contents(fixture->output, &written);

	assert_int_equal(written, length);
	assert_memory_equal(contents, bytes, length);
	free(contents);
}

/* --- sending ------------------------------------------------------------------------ */

enum { STREAM = 100000 };

static void check_stream(answer *send_answer, answer *read_answer, answer *wait_answer)
{
	unsigned char *bytes = random_bytes(STREAM);
	struct fixture fixture;
	struct collector collector;

	open_wrapped(&fixture);
	fixture.options.input = file_with(bytes, STREAM);
	answers.send = send_answer;
	answers.read = read_answer;
	answers.wait = wait_answer;
	run_and_collect(&fixture, &collector);
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
	run_and_collect(&fixture, &collector);
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
	run(&fixture);
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
	fixture.options.input = file_with("0123456789", 10);
	fixture.options.sdu_size = 7;
	answers.send = always_eagain;
	answers.unsent_memory = nothing_unsent;
	assert_true(run(&fixture) < LONG_MS / 2);
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
	run_and_collect(&fixture, &collector);
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
	run_and_collect(&fixture, &collector);
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
	fixture.options.idle_ms = 200;
	answers.send = eagain_four_hundred_times;
	answers.unsent_memory = ever_less_unsent;
	run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void a_reset_while_sending_is_a_lost_channel(void **state)
{
	unsigned char *bytes = random_bytes(STREAM);
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture.options.input = file_with(bytes, STREAM);
	fixture.options.await_peer = false;
	answers.send = third_econnreset;
	assert_true(run(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ECONNRESET);
	assert_int_equal(fixture.result.sdus_sent, 2);
	free(bytes);
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
	run(&fixture);
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
	run(fixture);
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

static void a_failing_look_at_the_send_buffer_is_no_success(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "hello");
	fixture.options.idle_ms = 100;
	answers.getsockopt = always_eio;
	run_and_collect(&fixture, &collector);
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
	fixture.options.input = file_with(bytes, 400000);
	answers.read = fourth_eio;
	run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_INPUT_FAILED, EIO);
	assert_true(collector.total < 400000);
	assert_memory_equal(collector.bytes, bytes, collector.total);
	free(bytes);
	collector_free(&collector);
	fixture_close(&fixture);
}

/* --- receiving ---------------------------------------------------------------------- */

static void a_receive_that_a_signal_interrupts_is_made_again(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.receive = every_second_eintr;
	for (int i = 0; i < 10; i++)
		peer_send(&fixture, "ab", 2);
	fixture_close_peer(&fixture);
	run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_output(&fixture, "abababababababababab", 20);
	fixture_close(&fixture);
}

static void *close_peer_later(void *data)
{
	struct fixture *fixture = data;

	wait_until_taken(fixture->peer);
	fixture_close_peer(fixture);
	return NULL;
}

static void a_receive_that_would_block_is_no_end(void **state)
{
	struct fixture fixture;
	pthread_t thread;

	(void)state;
	open_wrapped(&fixture);
	answers.receive = first_eagain;
	peer_send(&fixture, "ab", 2);
	assert_int_equal(pthread_create(&thread, NULL, close_peer_later, &fixture), 0);
	run(&fixture);
	pthread_join(thread, NULL);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_output(&fixture, "ab", 2);
	fixture_close(&fixture);
}

/* Where the pending error of a disconnect shows as a 0 (trap T1). */
static unsigned int zero_at;

static bool a_zero_without_an_sdu(unsigned int call, struct msghdr *message,
				  ssize_t *length)
{
	if (call != zero_at)
		return false;
	message->msg_controllen = 0;
	message->msg_flags = 0;
	*length = 0;
	return true;
}

static void a_zero_ahead_of_queued_sdus_is_not_the_end(void **state)
{
	struct fixture fixture;

	(void)state;
	for (zero_at = 0; zero_at < 140; zero_at++) {
		open_wrapped(&fixture);
		answers.fake_receive = a_zero_without_an_sdu;
		for (unsigned int i = 0; i < 130; i++)
			peer_send(&fixture, &i, sizeof(i));
		fixture_close_peer(&fixture);
		run(&fixture);
		assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
		assert_int_equal(fixture.result.sdus_received, 130);
		assert_int_equal(lseek(fixture.output, 0, SEEK_END),
				 130 * sizeof(zero_at));
		fixture_close(&fixture);
	}
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
	run(&fixture);
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
	run(&fixture);
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
		run(&fixture);
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
	run(&fixture);
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
	assert_true(run(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ECONNRESET);
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
	assert_int_equal(recv(wrapped->options.socket, away, sizeof(away), MSG_DONTWAIT),
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
	took = run(&fixture);
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
	assert_true(run(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ECONNABORTED);
	fixture_close(&fixture);
}

/* Trap T13: epoll does not look again at a socket that nothing wakes. */
static void an_error_that_wakes_nobody_is_found(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "nobody takes it");
	answers.silent_error = true;
	answers.receive = first_econnaborted;
	assert_true(run(&fixture) < LONG_MS / 2);
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
	fixture.options.input = ends[0];
	answers.fake_receive = aborted_with_nothing_queued;
	peer_send(&fixture, "x", 1);
	assert_true(run(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ECONNABORTED);
	assert_int_equal(fixture.result.sdus_sent, 0);
	close(ends[1]);
	fixture_close(&fixture);
}

/* The error was taken by somebody else, or before. */
static void a_hang_up_with_nothing_queued_is_a_lost_channel(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.hangup = true;
	peer_send(&fixture, "ab", 2);
	peer_send(&fixture, "", 0);
	peer_send(&fixture, "cd", 2);
	assert_true(run(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_LOST, ECONNRESET);
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
	run(&fixture);
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
	run(&fixture);
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
	run(&fixture);
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
	assert_true(run(&fixture) < LONG_MS / 2);
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
	run(&fixture);
	assert_end(&fixture, TRANSFER_NO_MEMORY, ENOMEM);
	fixture_close(&fixture);

	open_wrapped(&fixture);
	fixture.options.input = file_with("x", 1);
	answers.realloc = always_enomem;
	run(&fixture);
	assert_end(&fixture, TRANSFER_NO_MEMORY, ENOMEM);
	fixture_close(&fixture);
}

/* --- waiting without spinning --------------------------------------------------------
 */

enum { FEW_WAITS = 150 };

static void check_stall(bool peer_closes)
{
	static const char block[1000];
	struct fixture fixture;
	int ends[2];

	open_wrapped(&fixture);
	assert_int_equal(pipe(ends), 0);
	close(fixture.output);
	fixture.output = ends[1];
	fixture.read_ahead = SDU_ROOM;
	fixture.options.idle_ms = 200;
	/* More than the pipe and the read-ahead hold. */
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	for (int i = 0; i < 90; i++)
		peer_send(&fixture, block, sizeof(block));
	if (peer_closes)
		fixture_close_peer(&fixture);
	run(&fixture);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	/* One is kept when another would not fit, besides what the pipe took. */
	assert_true(fixture.result.sdus_received <= 6);
	assert_true(calls.wait < FEW_WAITS);
	close(ends[0]);
	fixture_close(&fixture);
}

static void a_full_read_ahead_does_not_spin(void **state)
{
	(void)state;
	check_stall(false);
	check_stall(true);
}

static void an_sdu_that_is_not_full_yet_does_not_spin(void **state)
{
	struct fixture fixture;
	int ends[2];

	(void)state;
	open_wrapped(&fixture);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	fixture.options.input = ends[0];
	fixture.options.sdu_size = 8;
	fixture.options.fill_sdus = true;
	fixture.options.idle_ms = 200;
	run(&fixture);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	assert_int_equal(fixture.result.sdus_sent, 0);
	assert_true(calls.wait < FEW_WAITS);
	close(ends[1]);
	fixture_close(&fixture);
}

static void awaiting_that_all_is_taken_does_not_spin(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "hello");
	fixture.options.idle_ms = 300;
	run(&fixture);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	assert_true(calls.wait < FEW_WAITS);
	fixture_close(&fixture);
}

/* --- writing ------------------------------------------------------------------------ */

static size_t one_byte(unsigned int call)
{
	(void)call;
	return 1;
}

static size_t seven_bytes(unsigned int call)
{
	return call % 3 == 2 ? 0 : 7;
}

static void check_writing(answer *write_answer, size_t (*at_most)(unsigned int))
{
	unsigned char *bytes = random_bytes(5000);
	struct fixture fixture;

	open_wrapped(&fixture);
	answers.write = write_answer;
	answers.write_at_most = at_most;
	for (size_t i = 0; i < 5000; i += 1000)
		peer_send(&fixture, bytes + i, 1000);
	fixture_close_peer(&fixture);
	run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.bytes_unwritten, 0);
	assert_output(&fixture, bytes, 5000);
	free(bytes);
	fixture_close(&fixture);
}

static void short_writes_are_continued(void **state)
{
	(void)state;
	check_writing(NULL, one_byte);
	check_writing(NULL, seven_bytes);
}

static void writes_that_are_interrupted_or_would_block_are_made_again(void **state)
{
	(void)state;
	check_writing(every_second_eintr, seven_bytes);
	check_writing(every_second_eagain, seven_bytes);
}

static size_t hundred_bytes(unsigned int call)
{
	(void)call;
	return 100;
}

static void a_disk_that_fills_up_counts_what_is_not_written(void **state)
{
	unsigned char *bytes = random_bytes(1000);
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.write = third_enospc;
	answers.write_at_most = hundred_bytes;
	peer_send(&fixture, bytes, 1000);
	fixture_close_peer(&fixture);
	run(&fixture);
	/* It outranks that the peer had closed. */
	assert_end(&fixture, TRANSFER_OUTPUT_FAILED, ENOSPC);
	assert_int_equal(fixture.result.bytes_received, 1000);
	assert_int_equal(fixture.result.bytes_unwritten, 800);
	assert_output(&fixture, bytes, 200);
	free(bytes);
	fixture_close(&fixture);
}

static void an_output_that_fails_outranks_a_lost_channel(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.write = always_eio;
	answers.receive = third_econnreset;
	answers.no_hangup = true;
	peer_send(&fixture, "ab", 2);
	peer_send(&fixture, "ab", 2);
	fixture_close_peer(&fixture);
	run(&fixture);
	assert_end(&fixture, TRANSFER_OUTPUT_FAILED, EIO);
	assert_int_equal(fixture.result.bytes_unwritten, 4);
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
		TEST(what_was_received_before_a_reset_while_sending_is_written),
		TEST(a_peer_that_takes_all_answers_and_closes_did_not_close_early),
		TEST(a_peer_that_closes_at_once_without_an_answer_closed_early),
		TEST(a_failing_look_at_the_send_buffer_is_no_success),
		TEST(a_failing_input_ends_it),
		TEST(a_receive_that_a_signal_interrupts_is_made_again),
		TEST(a_receive_that_would_block_is_no_end),
		TEST(a_zero_ahead_of_queued_sdus_is_not_the_end),
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
		TEST(an_error_that_wakes_nobody_is_found),
		TEST(an_abort_stops_the_sending),
		TEST(a_hang_up_with_nothing_queued_is_a_lost_channel),
		TEST(a_reset_with_a_disconnect_request_is_an_orderly_close),
		TEST(a_reset_without_a_disconnect_request_is_a_lost_channel),
		TEST(a_signal_ends_a_flow_that_never_pauses),
		TEST(without_arrival_times_it_does_not_start),
		TEST(a_lack_of_memory_ends_it),
		TEST(a_full_read_ahead_does_not_spin),
		TEST(an_sdu_that_is_not_full_yet_does_not_spin),
		TEST(awaiting_that_all_is_taken_does_not_spin),
		TEST(short_writes_are_continued),
		TEST(writes_that_are_interrupted_or_would_block_are_made_again),
		TEST(a_disk_that_fills_up_counts_what_is_not_written),
		TEST(an_output_that_fails_outranks_a_lost_channel),
	};

	return RUN_TESTS(tests);
}
