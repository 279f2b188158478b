// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/diagnostics.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "byte_queue.h"

enum { MOST_QUEUED = 1 << 20, LAST_WAIT_MS = 5000 };

/* There is one standard error for all of the process. */
static struct {
	struct byte_queue queue;
	uint64_t lost; /* lines */
	struct event_source source;
	bool is_open;
	bool is_ours; /* the descriptor does not block */
	bool is_pipe;
	dev_t device; /* what it is open on */
	ino_t number;
} self;

/* Looks each time, as it is another program's to exchange. */
static void look_at_descriptor(void)
{
	struct stat status = {0};
	int own;

	fstat(STDERR_FILENO, &status);
	if (self.is_open && status.st_dev == self.device && status.st_ino == self.number)
		return;
	if (self.is_ours)
		close(self.source.fd);
	own = descriptor_reopen(STDERR_FILENO);
	self.is_ours = own >= 0;
	self.source = (struct event_source){.fd = own < 0 ? STDERR_FILENO : own};
	self.is_pipe = S_ISFIFO(status.st_mode);
	self.device = status.st_dev;
	self.number = status.st_ino;
	self.is_open = true;
}

/* What could not be reopened: a pipe that poll() calls writable takes so much. */
static ssize_t write_carefully(const void *bytes, size_t length)
{
	struct pollfd writable = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t written = send(STDERR_FILENO, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (written >= 0 || errno != ENOTSOCK)
		return written;
	if (poll(&writable, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	if (self.is_pipe && length > PIPE_BUF)
		length = PIPE_BUF;
	return write(STDERR_FILENO, bytes, length);
}

static ssize_t write_some(const void *bytes, size_t length)
{
	return self.is_ours ? write(self.source.fd, bytes, length)
			    : write_carefully(bytes, length);
}

static void write_queued(void)
{
	while (byte_queue_length(&self.queue) > 0) {
		size_t length = byte_queue_length(&self.queue);
		ssize_t written = write_some(byte_queue_data(&self.queue), length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN)
			return;
		/* When standard error fails no one can be told. */
		byte_queue_consume(&self.queue, written < 0 ? length : (size_t)written);
	}
}

void diagnostics_write(const char *line, size_t length)
{
	unsigned char *room;

	look_at_descriptor();
	room = byte_queue_length(&self.queue) + length > MOST_QUEUED
		     ? NULL
		     : byte_queue_reserve(&self.queue, length);
	if (room) {
		memcpy(room, line, length);
		byte_queue_commit(&self.queue, length);
	} else {
		self.lost++;
	}
	write_queued();
}

int diagnostics_prepare(struct event_loop *loop)
{
	bool pending = byte_queue_length(&self.queue) > 0;

	return event_source_want(loop, &self.source, pending ? EPOLLOUT : 0);
}

uint64_t diagnostics_serve(void)
{
	uint64_t lost = self.lost;

	event_source_take(&self.source);
	write_queued();
	if (byte_queue_length(&self.queue) > 0)
		return 0;
	self.lost = 0;
	return lost;
}

void diagnostics_leave(struct event_loop *loop)
{
	event_source_want(loop, &self.source, 0);
}

uint64_t diagnostics_finish(const struct interruption *interruption)
{
	int64_t deadline_ms = monotonic_ms() + LAST_WAIT_MS;
	bool interrupted = *interruption->signal;
	uint64_t lost = diagnostics_serve();

	while (byte_queue_length(&self.queue) > 0 && monotonic_ms() < deadline_ms &&
	       interrupted == (*interruption->signal != 0)) {
		struct pollfd writable = {.fd = self.source.fd, .events = POLLOUT};
		int64_t left = deadline_ms - monotonic_ms();
		struct timespec limit = {.tv_sec = (time_t)(left / 1000),
					 .tv_nsec = (long)(left % 1000 * 1000000)};

		/* A second signal, as always, ends the process. */
		ppoll(&writable, 1, &limit, &interruption->wait_mask);
		lost += diagnostics_serve();
	}
	return lost;
}
