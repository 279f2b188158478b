// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer_world.h"

#include "harness.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_TURNS_AFTER_SCRIPT = 4000,
	MOST_VAIN_WAITS = 30, /* in a row: more is spinning */
	/* What looking at the clock takes: between two looks a millisecond may end. */
	LOOK_NS = 30000,
};

struct world world;

void world_start(const uint8_t *script, size_t size)
{
	memset(&world, 0, offsetof(__typeof__(world), input));
	world.script = script;
	world.left = size;
	world.now_ns = 1000000000000;
}

unsigned int next(void)
{
	if (world.left == 0)
		return 0;
	world.left--;
	return *world.script++;
}

bool happens(unsigned int odds)
{
	return next() % odds == odds - 1;
}

int64_t now_ms(void)
{
	return world.now_ns / 1000000;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

unsigned char sdu_byte(size_t sdu, size_t at)
{
	return (unsigned char)(sdu * 131 + at * 7 + (at >> 8) * 13 + 1);
}

static void note_io(void)
{
	world.vain_waits = 0;
}

/* --- what happens meanwhile --------------------------------------------------------- */

void arrive(void)
{
	static const size_t lengths[] = {1,   2,    5,	   0,	  17,	 48,
					 672, 4096, 65535, 65536, 65537, 70000};
	size_t kind = next() % (COUNT_OF(lengths) + 4);

	if (world.closed || world.broken || world.arrived == MOST_SDUS ||
	    result.bytes_received > MOST_BYTES / 2 ||
	    world.arrived - world.taken > MOST_BYTES / 131072)
		return;
	world.lengths[world.arrived++] =
		kind < COUNT_OF(lengths) ? lengths[kind] : next();
}

static void close_peer(void)
{
	if (world.closed || world.broken)
		return;
	world.closed = true;
	world.lost_unsent = world.unsent > 0;
	if (setup.send.close_drops_unsent)
		world.unsent = 0;
}

static void step(void)
{
	switch (next() % 16) {
	case 0:
	case 1:
	case 2:
		for (unsigned int count = next() % 4 ? 1 : 70; count > 0; count--)
			arrive();
		break;
	case 3:
	case 4:
		if (!world.closed)
			world.unsent = happens(3) ? world.unsent / 2 : 0;
		break;
	case 5:
	case 6:
		world.input_ready = !world.input_ready;
		break;
	case 7:
	case 8:
	case 9:
		world.output_ready = !world.output_ready;
		break;
	case 10:
		world.now_ns += (int64_t)next() * 1000000;
		break;
	case 11:
		if (happens(4))
			close_peer();
		break;
	case 12:
		if (happens(8) && !world.closed && !world.broken) {
			world.broken = true;
			world.error = happens(2) ? 0 : ECONNABORTED;
		}
		break;
	case 13:
		if (happens(8) && !world.closed && !world.broken)
			world.dropped++;
		break;
	case 14:
		if (happens(16))
			world.signal = 15;
		break;
	default:
		break;
	}
}

static void all_goes_well(void)
{
	world.input_ready = world.output_ready = true;
	if (!world.closed)
		world.unsent = 0;
	if (world.waits_after_script++ > 3 &&
	    world.taken == world.arrived) /* it has had time to send */
		close_peer();
	REQUIRE(world.waits_after_script < MOST_TURNS_AFTER_SCRIPT,
		"it does not come to an end: %s",
		transfer.phase == TRANSFER_ENDED ? "only writing" : "running");
}

/* --- the socket --------------------------------------------------------------------- */

ssize_t __real_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags)
{
	bool blocked_before = world.blocked_when_empty > 0;

	if (fd != SOCKET_FD)
		return __real_send(fd, bytes, length, flags);
	note_io();
	REQUIRE((flags & MSG_DONTWAIT) && (flags & MSG_NOSIGNAL), "send blocks");
	REQUIRE(length >= setup.send.least_sdu && length <= setup.send.most_sdu,
		"an SDU of %zu bytes is sent", length);
	REQUIRE(world.sdus_sent == 0 ||
			now_ms() - world.sent_ms >= setup.send.interval_ms,
		"an SDU %jd ms after the last", (intmax_t)(now_ms() - world.sent_ms));
	check_sdu(bytes, length);
	if (world.closed || world.broken) {
		world.error = 0;
		return fail(ECONNRESET);
	}
	if (happens(16))
		return fail(EINTR);
	if (happens(16)) {
		world.blocked_when_empty = world.unsent ? 0 : blocked_before + 1U;
		return fail(EAGAIN);
	}
	world.too_long = world.too_long || happens(64);
	if (world.too_long)
		return fail(EMSGSIZE);
	world.blocked_when_empty = 0;
	world.unsent += (uint32_t)length + 100;
	world.sent += length;
	world.sdus_sent++;
	world.sent_ms = world.moved_ms = now_ms();
	world.answered = false;
	return (ssize_t)length;
}

static ssize_t deliver(struct msghdr *message)
{
	size_t sdu = world.taken++;
	size_t length = world.lengths[sdu];
	size_t room = message->msg_iov->iov_len;
	unsigned char *bytes = message->msg_iov->iov_base;

	message->msg_flags = length > room ? MSG_TRUNC : 0;
	world.truncated = world.truncated || length > room;
	if (length > room)
		length = room;
	for (size_t i = 0; i < length; i++)
		bytes[i] = sdu_byte(sdu, i);
	note_delivered(sdu, bytes, length);
	world.answered = true;
	world.moved_ms = now_ms();
	((struct cmsghdr *)message->msg_control)->cmsg_len = CMSG_LEN(0);
	message->msg_controllen = CMSG_SPACE(16);
	return (ssize_t)length;
}

ssize_t __real_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	unsigned int zeros = world.zeros;

	if (fd != SOCKET_FD)
		return __real_recvmsg(fd, message, flags);
	note_io();
	/* What is queued on a closed ERTM channel is read at once (trap T22). */
	REQUIRE((flags & MSG_DONTWAIT) &&
			(transfer.phase == TRANSFER_EMPTYING ||
			 (transfer.phase == TRANSFER_DRAINING && setup.is_acknowledged) ||
			 (output_has_room(&output) &&
			  (!setup.echo || world.closed ||
			   sdu_source_kept(&transfer.sender.source) + SDU_ROOM <=
				   output.limit))),
		"it receives what it cannot keep");
	if (happens(16))
		return fail(EINTR);
	world.zeros = 0;
	if (world.error) {
		errno = world.error;
		world.error = 0;
		return -1;
	}
	message->msg_flags = 0;
	/* A pending error that is a 0, ahead of what is queued: up to three in a row. */
	if ((zeros < 3 && happens(16)) ||
	    (world.closed && world.taken == world.arrived)) {
		world.zeros = zeros + 1;
		message->msg_controllen = 0;
		return 0;
	}
	return world.taken == world.arrived ? fail(EAGAIN) : deliver(message);
}

int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	uint32_t *memory = value;

	if (fd != SOCKET_FD)
		return __real_getsockopt(fd, level, option, value, size);
	if (option == SO_ERROR) {
		*(int *)value = world.error;
		world.error = 0;
		return 0;
	}
	REQUIRE(option == SO_MEMINFO, "option %d is asked for", option);
	if (happens(32)) {
		world.blind = true;
		return fail(ENOTCONN);
	}
	memory[SK_MEMINFO_WMEM_ALLOC] = world.unsent;
	memory[SK_MEMINFO_DROPS] = world.dropped;
	return 0;
}

int __real_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	if (fd != SOCKET_FD)
		return __real_setsockopt(fd, level, option, value, size);
	if (!happens(64))
		return 0;
	world.no_time_stamps = true;
	return fail(ENOPROTOOPT);
}

int __real_poll(struct pollfd *descriptors, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
	if (count != 1 || descriptors->fd != SOCKET_FD)
		return __real_poll(descriptors, count, timeout);
	REQUIRE(timeout == 0, "it waits in poll()");
	descriptors->revents = world.closed ? POLLRDHUP | POLLHUP : 0;
	return world.closed;
}

/* --- input and output --------------------------------------------------------------- */

ssize_t __real_read(int fd, void *room, size_t length);
ssize_t __wrap_read(int fd, void *room, size_t length);
ssize_t __wrap_read(int fd, void *room, size_t length)
{
	unsigned char *bytes = room;

	if (fd != INPUT_FD)
		return __real_read(fd, room, length);
	note_io();
	REQUIRE(!world.input_ended && !world.read_error, "it reads behind the end");
	if (happens(16))
		return fail(happens(2) ? EINTR : EAGAIN);
	if (happens(128))
		return fail(world.read_error = EIO);
	if (happens(2))
		length = next() + 1;
	if (length > world.input_size - world.read)
		length = world.input_size - world.read;
	world.input_ended = length == 0;
	memcpy(bytes, world.input + world.read, length);
	world.read += length;
	if (length)
		world.moved_ms = now_ms();
	return (ssize_t)length;
}

ssize_t __real_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length);
ssize_t __wrap_write(int fd, const void *bytes, size_t length)
{
	if (fd != OUTPUT_FD)
		return __real_write(fd, bytes, length);
	note_io();
	REQUIRE(!world.write_error, "it writes after an error");
	check_written(bytes, length);
	if (happens(16))
		return fail(happens(2) ? EINTR : EAGAIN);
	if (happens(128))
		return fail(world.write_error = ENOSPC);
	if (happens(4))
		length = next() % (length + 1);
	world.written += length;
	if (length)
		world.moved_ms = now_ms();
	return (ssize_t)length;
}

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size)
{
	if (world.running && happens(64)) {
		world.no_memory = true;
		errno = ENOMEM;
		return NULL;
	}
	return __real_realloc(block, size);
}

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	if (!world.running)
		return __real_clock_gettime(clock, time);
	world.now_ns += LOOK_NS;
	*time = (struct timespec){.tv_sec = world.now_ns / 1000000000,
				  .tv_nsec = world.now_ns % 1000000000};
	return 0;
}

/* --- waiting ------------------------------------------------------------------------ */

int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);
int __wrap_epoll_create1(int flags)
{
	return world.running ? EPOLL_FD : __real_epoll_create1(flags);
}

int __real_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	int index = fd - FIRST_FD;

	if (epoll != EPOLL_FD)
		return __real_epoll_ctl(epoll, operation, fd, event);
	REQUIRE(index >= 0 && fd <= OUTPUT_FD, "descriptor %d is watched", fd);
	REQUIRE(world.is_watched[index] == (operation != EPOLL_CTL_ADD),
		"EEXIST, ENOENT");
	if ((fd == INPUT_FD && world.input_is_file) ||
	    (fd == OUTPUT_FD && world.output_is_file))
		return fail(EPERM);
	if (operation == EPOLL_CTL_ADD && happens(128)) {
		world.no_memory = true;
		return fail(ENOMEM);
	}
	world.is_watched[index] = operation != EPOLL_CTL_DEL;
	world.watched[index] = *event;
	return 0;
}

static uint32_t readiness(int fd)
{
	uint32_t hung_up = world.closed || world.broken ? EPOLLHUP : 0;
	bool readable = world.taken < world.arrived || world.closed || world.error;

	if (fd == INPUT_FD)
		return world.input_ready ? EPOLLIN : 0;
	if (fd == OUTPUT_FD)
		return world.output_ready ? EPOLLOUT : 0;
	return (readable ? EPOLLIN : 0U) | hung_up | EPOLLOUT;
}

static int find_ready(struct epoll_event *events)
{
	int count = 0;

	for (int fd = FIRST_FD; fd <= OUTPUT_FD; fd++) {
		struct epoll_event found = world.watched[fd - FIRST_FD];

		found.events = readiness(fd) & (found.events | EPOLLHUP | EPOLLERR);
		if (world.is_watched[fd - FIRST_FD] && found.events)
			events[count++] = found;
	}
	return count;
}

int __real_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask);
int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask);
int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask)
{
	int count;

	if (epoll != EPOLL_FD)
		return __real_epoll_pwait(epoll, events, room, timeout, mask);
	check_wait(timeout < 0);
	world.now_ns += 100000;
	if (world.left == 0)
		all_goes_well();
	else
		step();
	if (happens(16))
		return fail(EINTR);
	count = find_ready(events);
	if (count == 0 && timeout != 0 && world.left > 0 && happens(2)) {
		step(); /* something happens before the time is over */
		count = find_ready(events);
	}
	if (count > 0 || timeout == 0) {
		REQUIRE(world.vain_waits++ < MOST_VAIN_WAITS, "it spins");
		return count;
	}
	REQUIRE(timeout > 0 || world.left > 0 || world.waits_after_script < 10 ||
			world.signal,
		"it waits for ever");
	world.now_ns += (timeout < 0 ? 1 : (int64_t)timeout) * 1000000;
	return 0;
}

int __real_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
		 const sigset_t *mask);
int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
		 const sigset_t *mask);
int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
		 const sigset_t *mask)
{
	return world.running ? 0 : __real_ppoll(descriptors, count, timeout, mask);
}
