// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A transfer between a world of a few lines and the promise that it must keep: what is
 * written is what the socket delivered, SDU for SDU in order; what is sent is the input,
 * cut as asked; success is claimed only where there was one. The input decides what each
 * system call answers and what happens meanwhile; when it is used up, all goes well and
 * the peer closes, and the transfer must come to its end.
 */
#include "harness.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transfer.h"

enum { SOCKET_FD = 70001, INPUT_FD, OUTPUT_FD, EPOLL_FD, FIRST_FD = SOCKET_FD };
enum {
	MOST_SDUS = 600,
	MOST_BYTES = 1 << 20,
	MOST_TURNS_AFTER_SCRIPT = 4000,
	MOST_VAIN_WAITS = 30, /* in a row: more is spinning */
	CROSSING_MS = 100,    /* as in transfer.c */
};

static const char message_text[] = "a message, \0 and its end";

/* The world, as the transfer sees it through its system calls. */
static struct {
	bool running;
	const uint8_t *script;
	size_t left;
	int64_t now_ns;
	sig_atomic_t volatile signal;

	/* The socket, inwards. */
	size_t lengths[MOST_SDUS]; /* of all SDUs that arrived */
	size_t arrived, taken;
	bool last_was_zero;
	bool closed, broken; /* by the peer; the link */
	int error;	     /* is told once */
	uint32_t dropped;

	/* Outwards. */
	uint32_t unsent; /* bytes in the send buffer */
	uint64_t sent;	 /* bytes */
	uint64_t sdus_sent;
	int64_t sent_ms;
	bool lost_unsent; /* some were in the send buffer at the close */
	bool answered;
	unsigned int blocked_when_empty; /* sends in a row */

	/* Input and output. */
	uint64_t input_size, read;
	bool input_ready, input_ended;
	bool output_ready, input_is_file, output_is_file;
	unsigned char expected[MOST_BYTES + 200000];
	size_t expected_length, written;

	struct epoll_event watched[OUTPUT_FD - FIRST_FD + 1];
	bool is_watched[OUTPUT_FD - FIRST_FD + 1];
	unsigned int vain_waits, waits_after_script;
	int64_t moved_ms;

	/* What went wrong, on purpose. */
	int write_error, read_error;
	bool truncated, no_memory, too_long, no_time_stamps, blind;
} world;

static struct transfer_options options;
static struct transfer_result result;
static struct transfer transfer;
static struct output output;
static struct event_loop loop;
static struct interruption interruption = {.signal = &world.signal};

/* --- the script --------------------------------------------------------------------- */

/* 0, the answer with which all goes well, when it is over. */
static unsigned int next(void)
{
	if (world.left == 0)
		return 0;
	world.left--;
	return *world.script++;
}

/* True one time in ODDS, never when the script is over. */
static bool happens(unsigned int odds)
{
	return next() % odds == odds - 1;
}

static int64_t now_ms(void)
{
	return world.now_ns / 1000000;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

static unsigned char input_byte(uint64_t at)
{
	return (unsigned char)(at * 31 + (at >> 8) * 17 + 5);
}

static unsigned char sdu_byte(size_t sdu, size_t at)
{
	return (unsigned char)(sdu * 131 + at * 7 + (at >> 8) * 13 + 1);
}

static void note_io(void)
{
	world.vain_waits = 0;
}

/* --- what happens meanwhile --------------------------------------------------------- */

static void arrive(void)
{
	static const size_t lengths[] = {1,   2,    5,	   0,	  17,	 48,
					 672, 4096, 65535, 65536, 65537, 70000};
	size_t kind = next() % (COUNT_OF(lengths) + 4);

	if (world.closed || world.broken || world.arrived == MOST_SDUS ||
	    world.expected_length > MOST_BYTES / 2 ||
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
	if (options.close_drops_unsent)
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
		transfer.ended ? "only writing" : "running");
}

/* --- the socket --------------------------------------------------------------------- */

ssize_t __real_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags)
{
	const unsigned char *data = bytes;
	bool blocked_before = world.blocked_when_empty > 0;

	if (fd != SOCKET_FD)
		return __real_send(fd, bytes, length, flags);
	note_io();
	REQUIRE((flags & MSG_DONTWAIT) && (flags & MSG_NOSIGNAL), "send blocks");
	if (options.send.message)
		REQUIRE(length == options.send.message_length && world.sdus_sent == 0 &&
				memcmp(bytes, options.send.message, length) == 0,
			"not the message");
	for (size_t i = 0; !options.send.message && i < length; i++)
		REQUIRE(data[i] == input_byte(world.sent + i), "byte %zu of an SDU", i);
	if (!options.send.message)
		REQUIRE(length > 0 && length <= options.send.sdu_size &&
				world.sent + length <= world.read,
			"an SDU of %zu bytes", length);
	if (!options.send.message && options.send.fill_sdus && length < options.send.sdu_size)
		REQUIRE(world.input_ended && world.sent + length == world.read,
			"%zu bytes do not fill an SDU", length);
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
	if (happens(64)) {
		world.too_long = true;
		return fail(EMSGSIZE);
	}
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
	unsigned char *kept = world.expected + world.expected_length;

	message->msg_flags = length > room ? MSG_TRUNC : 0;
	world.truncated = world.truncated || length > room;
	if (length > room)
		length = room;
	for (size_t i = 0; i < length; i++)
		kept[i] = bytes[i] = sdu_byte(sdu, i);
	if (output.fd >= 0)
		world.expected_length += length;
	if (output.fd >= 0 && output.separate_sdus &&
	    (length == 0 || kept[length - 1] != '\n'))
		world.expected[world.expected_length++] = '\n';
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
	bool after_zero = world.last_was_zero;

	if (fd != SOCKET_FD)
		return __real_recvmsg(fd, message, flags);
	note_io();
	REQUIRE((flags & MSG_DONTWAIT) && output_has_room(&output),
		"it receives what it cannot keep");
	if (happens(16))
		return fail(EINTR);
	world.last_was_zero = false;
	if (world.error) {
		errno = world.error;
		world.error = 0;
		return -1;
	}
	message->msg_flags = 0;
	/* A pending error that is a 0, ahead of what is queued, and not twice at once. */
	if ((!after_zero && happens(16)) ||
	    (world.closed && world.taken == world.arrived)) {
		world.last_was_zero = true;
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
	for (size_t i = 0; i < length; i++)
		bytes[i] = input_byte(world.read + i);
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
	REQUIRE(length > 0 && world.written + length <= world.expected_length,
		"%zu bytes more than came", length);
	REQUIRE(memcmp(bytes, world.expected + world.written, length) == 0,
		"other bytes than came, behind %zu", world.written);
	REQUIRE(!world.write_error, "it writes after an error");
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

/* --- the promise -------------------------------------------------------------------- */

static void check_sums(void)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < world.taken; i++)
		bytes += world.lengths[i] < SDU_ROOM ? world.lengths[i] : SDU_ROOM;
	REQUIRE(result.sdus_received == world.taken && result.bytes_received == bytes,
		"%ju SDUs, %ju bytes received", (uintmax_t)result.sdus_received,
		(uintmax_t)result.bytes_received);
	REQUIRE(result.sdus_sent == world.sdus_sent && result.bytes_sent == world.sent,
		"%ju SDUs, %ju bytes sent", (uintmax_t)result.sdus_sent,
		(uintmax_t)result.bytes_sent);
	REQUIRE(result.bytes_unwritten == world.expected_length - world.written,
		"%ju bytes unwritten, not %zu", (uintmax_t)result.bytes_unwritten,
		world.expected_length - world.written);
}

static bool all_was_sent(void)
{
	if (options.send.message)
		return world.sdus_sent == 1;
	return options.send.input < 0 || (world.input_ended && world.sent == world.input_size);
}

/* What may not have happened before an end that the user is told as a success. */
static void check_success(void)
{
	REQUIRE(all_was_sent(), "success, but %ju of %ju bytes were sent",
		(uintmax_t)world.sent, (uintmax_t)world.input_size);
	REQUIRE(world.written == world.expected_length,
		"success, but not all is written");
	REQUIRE(!world.truncated && !world.write_error && !world.read_error &&
			!world.too_long && !world.no_time_stamps,
		"success after a failure");
	REQUIRE(!options.expected || result.bytes_received <= options.expected,
		"success, but too much came");
	/* The link may have broken since: closing the channel tells. */
	if (result.end == TRANSFER_SENT) {
		REQUIRE(world.unsent == 0 || world.sdus_sent == 0 || world.closed,
			"sent, but %u bytes are in the send buffer", world.unsent);
		return;
	}
	REQUIRE(world.closed && world.taken == world.arrived, "not all was received");
	REQUIRE(!world.lost_unsent, "the peer closed before it had all");
	REQUIRE(!options.counts_drops || !world.dropped || world.blind,
		"success, but %u SDUs were dropped", world.dropped);
	REQUIRE(options.close_drops_unsent || world.sdus_sent == 0 || world.answered ||
			now_ms() - world.sent_ms >= CROSSING_MS,
		"what was sent may have crossed the close");
}

/* Each failure that is told has a reason. */
static void check_failure(void)
{
	bool reasons[TRANSFER_NO_MEMORY + 1] = {
		[TRANSFER_SENT] = true,
		[TRANSFER_PEER_CLOSED] = true,
		[TRANSFER_PEER_CLOSED_EARLY] = world.closed,
		[TRANSFER_LOST] = world.broken || world.no_time_stamps,
		[TRANSFER_SEND_FAILED] =
			world.too_long || world.blocked_when_empty > 1 || world.blind,
		[TRANSFER_INPUT_FAILED] = world.read_error == result.error,
		[TRANSFER_OUTPUT_FAILED] = world.write_error == result.error,
		[TRANSFER_TRUNCATED] = world.truncated,
		[TRANSFER_DROPPED] = options.counts_drops && world.dropped > 0,
		[TRANSFER_TOO_MUCH] =
			options.expected && result.bytes_received > options.expected,
		[TRANSFER_IDLE] = options.idle_ms != WAIT_FOREVER,
		[TRANSFER_INTERRUPTED] = world.signal != 0,
		[TRANSFER_NO_MEMORY] = world.no_memory,
	};

	REQUIRE(result.end <= TRANSFER_NO_MEMORY && reasons[result.end], "end %d",
		(int)result.end);
	/* What is queued on a channel that ended is received; and it is written, but
	 * where the output or the user's patience is the reason. */
	if ((result.end == TRANSFER_PEER_CLOSED_EARLY || result.end == TRANSFER_LOST) &&
	    !world.no_time_stamps)
		REQUIRE(world.taken == world.arrived, "%zu SDUs are left on the socket",
			world.arrived - world.taken);
	if (result.end != TRANSFER_OUTPUT_FAILED && result.end != TRANSFER_INTERRUPTED &&
	    result.end != TRANSFER_IDLE && result.end != TRANSFER_DROPPED)
		REQUIRE(world.written == world.expected_length, "not all is written");
	if (result.end == TRANSFER_IDLE)
		REQUIRE(now_ms() - world.moved_ms >= options.idle_ms,
			"it is not idle, but moved %jd ms ago",
			(intmax_t)(now_ms() - world.moved_ms));
}

/* --- one run ------------------------------------------------------------------------ */

/* As a session does it with what is left behind: the channel is at its end. */
static void choose_the_tail(void)
{
	options.queued_only = true;
	options.send.message = NULL;
	options.send.input = -1;
	options.await_peer = true;
	options.counts_drops = false;
	for (unsigned int count = next() % 128; count > 0; count--)
		arrive();
	if (happens(2))
		world.closed = true;
	else
		world.broken = true;
}

static void choose_options(void)
{
	static const size_t sizes[] = {672, 1, 7, 4096, 65535};
	static const size_t limits[] = {SDU_ROOM, 3 * SDU_ROOM, MOST_BYTES};
	static const int64_t times[] = {0, 0, 30, 500};
	unsigned int what = next();
	unsigned int flags = next();

	world.now_ns = 1000000000000;
	options = (struct transfer_options){
		.socket = SOCKET_FD,
		.send = {.message = what % 4 == 1 ? message_text : NULL,
			 .message_length = what % 8 == 1 ? 0 : sizeof(message_text),
			 .input = what % 4 >= 2 ? INPUT_FD : -1,
			 .sdu_size = sizes[next() % COUNT_OF(sizes)],
			 .fill_sdus = flags & 1},
		.most_sdu = SIZE_MAX,
		.await_peer = flags & 2,
		.close_drops_unsent = flags & 4,
		.counts_drops = flags & 8,
		.settle_ms = times[next() % COUNT_OF(times)],
		.hold_ms = times[next() % COUNT_OF(times)],
		.quiet_ms = times[next() % COUNT_OF(times)],
		.expected = happens(4) ? next() * 10 : 0,
		.idle_ms = happens(3) ? 20 + next() * 8 : WAIT_FOREVER,
		.output = &output,
		.interruption = &interruption,
	};
	world.input_size = options.send.input < 0 ? 0 : (uint64_t)next() * next();
	world.input_is_file = flags & 16;
	world.output_is_file = flags & 32;
	output_attach(&output, flags & 64 ? -1 : OUTPUT_FD,
		      limits[next() % COUNT_OF(limits)]);
	output.separate_sdus = flags & 128;
	if (what & 16)
		choose_the_tail();
}

static void run(void)
{
	REQUIRE(event_loop_open(&loop, &interruption) == 0, "no loop");
	transfer_start(&transfer, &options, &result);
	world.moved_ms = now_ms();
	while (!transfer_is_finished(&transfer)) {
		int64_t wait_ms = transfer_prepare(&transfer, &loop);
		int error = output_prepare(&output, &loop);

		if (!error)
			error = event_loop_wait(&loop, wait_ms);
		/* As its owners do. */
		if (error)
			break;
		output_serve(&output);
		transfer_serve(&transfer);
	}
	if (transfer_is_finished(&transfer)) {
		transfer_finish(&transfer, &loop);
		check_sums();
		check_failure();
		if (result.end <= TRANSFER_PEER_CLOSED)
			check_success();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&world, 0, offsetof(__typeof__(world), expected));
	memset(&world.expected_length, 0,
	       sizeof(world) - offsetof(__typeof__(world), expected_length));
	result = (struct transfer_result){0};
	world.script = data;
	world.left = size;
	world.running = true;
	choose_options();
	run();
	world.running = false;
	sdu_source_free(&transfer.source);
	byte_queue_free(&output.queue);
	return 0;
}
