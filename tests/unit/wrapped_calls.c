// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * What the kernel may answer to the transfer's system calls, and rarely does. Each call
 * is wrapped: an answer that a test has set is given, otherwise the real call is made.
 */
#include "wrapped_calls.h"

#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

struct answers answers;
struct calls calls;
int send_flags;

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

const struct fixture *wrapped;

ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags)
{
	if (!wrapped || fd != wrapped->setup.socket)
		return __real_send(fd, bytes, length, flags);
	send_flags = flags;
	return fails(answers.send, &calls.send) ? -1
						: __real_send(fd, bytes, length, flags);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t length;

	if (!wrapped || fd != wrapped->setup.socket)
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
	if (wrapped && fd == wrapped->setup.send.plan.input &&
	    fails(answers.read, &calls.read))
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

	if (wrapped && answers.silent_error && descriptors->fd == wrapped->setup.socket &&
	    !(descriptors->events & POLLRDHUP)) {
		descriptors->revents = POLLERR | POLLHUP;
		return 1;
	}
	if (wrapped && answers.no_hangup && descriptors->fd == wrapped->setup.socket) {
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

	if (!wrapped || fd != wrapped->setup.socket)
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
	if (wrapped && fd == wrapped->setup.socket &&
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

int once_eintr(unsigned int call)
{
	return call == 0 ? EINTR : REAL;
}

int every_second_eintr(unsigned int call)
{
	return call % 2 == 0 ? EINTR : REAL;
}

int every_second_eagain(unsigned int call)
{
	return call % 2 == 0 ? EAGAIN : REAL;
}

int always_eagain(unsigned int call)
{
	(void)call;
	return EAGAIN;
}

int first_eagain(unsigned int call)
{
	return call == 0 ? EAGAIN : REAL;
}

int always_emsgsize(unsigned int call)
{
	(void)call;
	return EMSGSIZE;
}

int always_econnreset(unsigned int call)
{
	(void)call;
	return ECONNRESET;
}

int third_econnreset(unsigned int call)
{
	return call == 2 ? ECONNRESET : REAL;
}

int first_econnaborted(unsigned int call)
{
	return call == 0 ? ECONNABORTED : REAL;
}

int always_eio(unsigned int call)
{
	(void)call;
	return EIO;
}

int fourth_eio(unsigned int call)
{
	return call == 3 ? EIO : REAL;
}

int third_enospc(unsigned int call)
{
	return call == 2 ? ENOSPC : REAL;
}

int always_enomem(unsigned int call)
{
	(void)call;
	return ENOMEM;
}

int always_enotsup(unsigned int call)
{
	(void)call;
	return EOPNOTSUPP;
}

void open_wrapped(struct fixture *fixture)
{
	fixture_open(fixture);
	memset(&answers, 0, sizeof(answers));
	memset(&calls, 0, sizeof(calls));
	fixture->output = file_with("", 0);
}

int64_t run_wrapped(struct fixture *fixture)
{
	int64_t took;

	wrapped = fixture;
	took = fixture_run(fixture);
	wrapped = NULL;
	return took;
}

void run_wrapped_and_collect(struct fixture *fixture, struct collector *collector)
{
	fixture->setup.await_peer = false;
	collector_start(collector, fixture->peer);
	run_wrapped(fixture);
	shutdown(fixture->setup.socket, SHUT_RDWR);
	collector_join(collector);
}
