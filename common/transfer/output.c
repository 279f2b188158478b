// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { FILE_BLOCK = 1 << 20 }; /* bytes to give a regular file at once */

/* --- opening ------------------------------------------------------------------------ */

static size_t choose_write_block(int fd)
{
	struct stat status;

	/* When poll() says that a pipe is writable, PIPE_BUF bytes can be written
	 * without blocking. O_NONBLOCK is no choice: it would change the descriptor
	 * for every program that shares it. */
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return FILE_BLOCK;
	return PIPE_BUF;
}

/* A terminal that a program at the other end draws on is in raw mode: it gets the bytes
 * as they come. */
static bool shows_lines(int fd)
{
	struct termios terminal;

	return tcgetattr(fd, &terminal) == 0 && (terminal.c_lflag & ICANON);
}

void output_attach(struct output *output, int fd, size_t limit)
{
	*output = (struct output){
		.fd = fd,
		.limit = limit,
		.separate_sdus = shows_lines(fd),
		.moved_ms = monotonic_ms(),
		.write_block = choose_write_block(fd),
		.source = {.fd = fd},
		.file = NO_WHOLE_FILE,
	};
}

/* A regular file that was put there meanwhile is not to be written over. */
static int check_in_place(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	return S_ISREG(status.st_mode) ? -ESTALE : 0;
}

/* Opens what is there already and is no regular file. */
static int open_in_place(const char *name, bool is_pipe, int64_t deadline_ms,
			 const struct interruption *interruption)
{
	enum { TICK_MS = 50 };

	for (;;) {
		int fd = open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		int error = fd < 0 ? -errno : check_in_place(fd);

		if (fd >= 0 && !error)
			return fd;
		if (fd >= 0)
			close(fd);
		if (error != -ENXIO || !is_pipe)
			return error;
		if (monotonic_ms() >= deadline_ms)
			return -ETIMEDOUT;
		/* No event reports that a reader has come. */
		error = wait_for(-1, 0, monotonic_ms() + TICK_MS, interruption);
		if (error)
			return error;
	}
}

/* Opens what is there, which has STATUS. */
static int open_existing(struct output *output, const char *name,
			 const struct stat *status, bool never_replaces,
			 int64_t deadline_ms, const struct interruption *interruption)
{
	if (S_ISDIR(status->st_mode))
		return -EISDIR;
	if (S_ISREG(status->st_mode))
		return whole_file_open(&output->file, name, status, never_replaces);
	return open_in_place(name, S_ISFIFO(status->st_mode), deadline_ms, interruption);
}

static int open_named(struct output *output, const char *name, bool never_replaces,
		      int64_t deadline_ms, const struct interruption *interruption)
{
	struct stat status;
	size_t length = strlen(name);
	/* Held open, so that no other file gets its number meanwhile. */
	int there = open(name, O_PATH | O_CLOEXEC);
	int fd = there < 0 || fstat(there, &status) < 0 ? -errno : 0;

	if (there >= 0) {
		if (!fd)
			fd = open_existing(output, name, &status, never_replaces,
					   deadline_ms, interruption);
		close(there);
		return fd;
	}
	/* A symbolic link that leads nowhere stays one: it is not to be replaced. */
	if (fd != -ENOENT || length == 0 || lstat(name, &status) == 0)
		return fd;
	return name[length - 1] == '/'
		     ? -EISDIR
		     : whole_file_open(&output->file, name, NULL, never_replaces);
}

int output_open(struct output *output, const char *name, size_t limit,
		bool never_replaces, int64_t deadline_ms,
		const struct interruption *interruption)
{
	struct output named = {.file = NO_WHOLE_FILE};
	int fd = STDOUT_FILENO;

	if (name && strcmp(name, "-") != 0) {
		fd = open_named(&named, name, never_replaces, deadline_ms, interruption);
	} else if (isatty(STDOUT_FILENO)) {
		/* One that stands still (^S, a link that hangs) says that it is writable
		 * and then blocks. */
		fd = descriptor_reopen(STDOUT_FILENO);
		if (fd < 0)
			fd = STDOUT_FILENO;
	}
	output_attach(output, fd < 0 ? -1 : fd, limit);
	output->file = named.file;
	return fd < 0 ? fd : 0;
}

/* Whether a file can be made beside NAME. */
static int check_folder(const char *name)
{
	const char *slash = strrchr(name, '/');
	char *folder = slash ? strndup(name, (size_t)(slash - name) + 1) : strdup(".");
	int error;

	if (!folder)
		return -ENOMEM;
	error = access(folder, W_OK | X_OK) < 0 ? -errno : 0;
	free(folder);
	return error;
}

/* The same of what is there, with links followed. */
static int check_existing(const char *name, const struct stat *status)
{
	char *target;
	int error;

	if (S_ISDIR(status->st_mode))
		return -EISDIR;
	if (access(name, W_OK) < 0)
		return -errno;
	if (!S_ISREG(status->st_mode))
		return 0;
	target = realpath(name, NULL);
	error = target ? check_folder(target) : -errno;
	free(target);
	return error;
}

int output_check(const char *name)
{
	struct output standard = {.fd = STDOUT_FILENO};
	struct stat status;

	if (!name || strcmp(name, "-") == 0)
		return output_probe(&standard);
	if (stat(name, &status) == 0)
		return check_existing(name, &status);
	if (errno != ENOENT)
		return -errno;
	/* No name, or a symbolic link that leads nowhere. */
	if (!*name || lstat(name, &status) == 0)
		return -ENOENT;
	return name[strlen(name) - 1] == '/' ? -EISDIR : check_folder(name);
}

int output_probe(const struct output *output)
{
	struct pollfd writable = {.fd = output->fd, .events = POLLOUT};

	/* /dev/full refuses even an empty write; other files take it. */
	if (write(output->fd, "", 0) < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	if (poll(&writable, 1, 0) > 0 && (writable.revents & (POLLERR | POLLHUP)))
		return -EPIPE;
	return 0;
}

int output_close(struct output *output, bool whole, char **where)
{
	int error = 0;

	if (where)
		*where = NULL;
	if (output->budget)
		output->budget->used -= byte_queue_length(&output->queue);
	byte_queue_free(&output->queue);
	if (output->file.beside)
		error = whole_file_close(&output->file, output->fd, whole, output->syncs,
					 where);
	else if (output->fd > STDERR_FILENO && close(output->fd) < 0)
		error = -errno;
	*output = (struct output){.fd = -1, .file = NO_WHOLE_FILE};
	return error;
}

/* --- writing ------------------------------------------------------------------------ */

bool output_allows(const struct output *output, size_t kept)
{
	struct output_budget *budget = output->budget;

	if (kept + SDU_ROOM > output->limit)
		return false;
	if (!budget || kept == 0 || budget->used + SDU_ROOM <= budget->limit)
		return true;
	budget->reached = true;
	return false;
}

bool output_has_room(const struct output *output)
{
	return output_allows(output, byte_queue_length(&output->queue));
}

static void keep(struct output *output, size_t length)
{
	byte_queue_commit(&output->queue, length);
	if (output->budget)
		output->budget->used += length;
}

static void let_go(struct output *output, size_t length)
{
	byte_queue_consume(&output->queue, length);
	if (output->budget)
		output->budget->used -= length;
}

unsigned char *output_reserve(struct output *output, size_t size, unsigned int *count)
{
	/* Text may take more room than its SDU, and would run into the next. */
	bool fits = output->format == FORMAT_RAW && !output->separate_sdus;

	*count = fits && size < SDU_ROOM ? (unsigned int)(SDU_ROOM / size) : 1;
	/* With a byte to spare for the end of a line. */
	return byte_queue_reserve(&output->queue,
				  sdu_format_text_size(output->format, SDU_ROOM) + 1);
}

static void throw_away(struct output *output, size_t length)
{
	let_go(output, length);
	output->written += length;
	output->unread += length;
	output->moved_ms = monotonic_ms();
}

void output_put(struct output *output, const unsigned char *sdu, size_t length)
{
	unsigned char *room;

	if (output->fd < 0)
		return;
	room = output->queue.bytes + output->queue.tail;
	if (sdu != room)
		memmove(room, sdu, length);
	length = sdu_format_print(output->format, room, length);
	if (output->format == FORMAT_RAW && output->separate_sdus &&
	    (length == 0 || room[length - 1] != '\n'))
		room[length++] = '\n';
	keep(output, length);
	output->put += length;
	if (output->reader_left)
		throw_away(output, length);
}

int output_prepare(struct output *output, struct event_loop *loop)
{
	bool pending = byte_queue_length(&output->queue) > 0 && !output->error;

	if (output->fd < 0)
		return 0;
	return event_source_want(loop, &output->source, pending ? EPOLLOUT : 0);
}

static bool is_always_ready(const struct output *output)
{
	return output->write_block == FILE_BLOCK || output->source.never_blocks;
}

/* A reader that has gone is an error only once there is something to write: it may have
 * had all that it wanted, and all that will come. */
void output_serve(struct output *output)
{
	size_t length = byte_queue_length(&output->queue);
	size_t most = is_always_ready(output) ? FILE_BLOCK : output->write_block;
	uint32_t ready = event_source_take(&output->source);
	ssize_t written;

	if (length == 0 || output->error || output->fd < 0 ||
	    (!ready && !is_always_ready(output)))
		return;
	if (length > most)
		length = most;
	written = write(output->fd, byte_queue_data(&output->queue), length);
	if (written > 0) {
		let_go(output, (size_t)written);
		output->written += (uint64_t)written;
		output->moved_ms = monotonic_ms();
	} else if (written < 0 && errno == EPIPE && output->reader_may_leave) {
		output->reader_left = true;
		throw_away(output, byte_queue_length(&output->queue));
	} else if (written < 0 && errno != EAGAIN && errno != EINTR) {
		output->error = errno;
	}
}

void output_write_ready(struct output *output)
{
	if (is_always_ready(output))
		output_serve(output);
}
