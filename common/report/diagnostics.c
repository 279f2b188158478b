// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
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

enum { MOST_QUEUED = 1 << 20, LAST_WAIT_MS = 5000, STREAMS = 2 };

/* There is one of each for all of the process. */
struct stream {
	int standard; /* its descriptor */
	struct byte_queue queue;
	uint64_t lost; /* lines */
	int error;     /* of the first write that failed: a positive errno */
	struct event_source source;
	bool is_open;
	bool is_ours; /* the descriptor does not block */
	bool is_pipe;
	dev_t device; /* what it is open on */
	ino_t number;
};

static struct stream streams[] = {{.standard = STDOUT_FILENO},
				  {.standard = STDERR_FILENO}};

static struct stream *stream_of(enum diagnostics_stream which)
{
	return &streams[which];
}

/* Looks each time, as it is another program's to exchange. */
static void look_at_descriptor(struct stream *stream)
{
	struct stat status = {0};
	int own;

	fstat(stream->standard, &status);
	if (stream->is_open && status.st_dev == stream->device &&
	    status.st_ino == stream->number)
		return;
	if (stream->is_ours)
		close(stream->source.fd);
	own = descriptor_reopen(stream->standard);
	stream->is_ours = own >= 0;
	stream->source = (struct event_source){.fd = own < 0 ? stream->standard : own};
	stream->is_pipe = S_ISFIFO(status.st_mode);
	stream->device = status.st_dev;
	stream->number = status.st_ino;
	stream->is_open = true;
}

/* What could not be reopened: a pipe that poll() calls writable takes so much. */
static ssize_t write_carefully(const struct stream *stream, const void *bytes,
			       size_t length)
{
	struct pollfd writable = {.fd = stream->standard, .events = POLLOUT};
	ssize_t written =
		send(stream->standard, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (written >= 0 || errno != ENOTSOCK)
		return written;
	if (poll(&writable, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	if (stream->is_pipe && length > PIPE_BUF)
		length = PIPE_BUF;
	return write(stream->standard, bytes, length);
}

static ssize_t write_some(const struct stream *stream, const void *bytes, size_t length)
{
	return stream->is_ours ? write(stream->source.fd, bytes, length)
			       : write_carefully(stream, bytes, length);
}

static void write_queued(struct stream *stream)
{
	while (byte_queue_length(&stream->queue) > 0) {
		size_t length = byte_queue_length(&stream->queue);
		ssize_t written =
			write_some(stream, byte_queue_data(&stream->queue), length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN)
			return;
		if (written < 0 && !stream->error)
			stream->error = errno;
		byte_queue_consume(&stream->queue,
				   written < 0 ? length : (size_t)written);
	}
}

void diagnostics_write(enum diagnostics_stream which, const char *line, size_t length)
{
	struct stream *stream = stream_of(which);
	unsigned char *room;

	look_at_descriptor(stream);
	room = byte_queue_length(&stream->queue) + length > MOST_QUEUED
		     ? NULL
		     : byte_queue_reserve(&stream->queue, length);
	if (room) {
		memcpy(room, line, length);
		byte_queue_commit(&stream->queue, length);
	} else {
		stream->lost++;
		if (!stream->error)
			stream->error = ENOBUFS;
	}
	write_queued(stream);
}

int diagnostics_prepare(struct event_loop *loop)
{
	int error = 0;

	for (size_t i = 0; i < STREAMS && !error; i++) {
		bool pending = byte_queue_length(&streams[i].queue) > 0;

		error = event_source_want(loop, &streams[i].source,
					  pending ? EPOLLOUT : 0);
	}
	return error;
}

uint64_t diagnostics_serve(void)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < STREAMS; i++) {
		event_source_take(&streams[i].source);
		write_queued(&streams[i]);
		if (byte_queue_length(&streams[i].queue) > 0)
			continue;
		lost += streams[i].lost;
		streams[i].lost = 0;
	}
	return lost;
}

void diagnostics_leave(struct event_loop *loop)
{
	for (size_t i = 0; i < STREAMS; i++)
		event_source_want(loop, &streams[i].source, 0);
}

/* Waits for room where something is queued, until DEADLINE_MS or a signal: false when
 * nothing is queued any more. */
static bool await_room(int64_t deadline_ms, const struct interruption *interruption)
{
	struct pollfd writable[STREAMS];
	nfds_t count = 0;
	int64_t left = deadline_ms - monotonic_ms();
	struct timespec limit = {.tv_sec = (time_t)(left / 1000),
				 .tv_nsec = (long)(left % 1000 * 1000000)};

	for (size_t i = 0; i < STREAMS; i++) {
		if (byte_queue_length(&streams[i].queue) > 0)
			writable[count++] = (struct pollfd){.fd = streams[i].source.fd,
							    .events = POLLOUT};
	}
	if (!count || left <= 0)
		return false;
	/* A second signal, as always, ends the process. */
	ppoll(writable, count, &limit, &interruption->wait_mask);
	return true;
}

uint64_t diagnostics_finish(const struct interruption *interruption)
{
	int64_t deadline_ms = monotonic_ms() + LAST_WAIT_MS;
	bool interrupted = *interruption->signal;
	uint64_t lost = diagnostics_serve();

	while (interrupted == (*interruption->signal != 0) &&
	       await_room(deadline_ms, interruption))
		lost += diagnostics_serve();
	return lost;
}

int diagnostics_output_error(void)
{
	const struct stream *output = stream_of(DIAGNOSTICS_OUTPUT);

	return output->error			     ? output->error
	     : byte_queue_length(&output->queue) > 0 ? EAGAIN
						     : 0;
}
