// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer_fixture.h"

#include "unit_test.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

static volatile sig_atomic_t *signal_flag;

static void remember_signal(int signal)
{
	*signal_flag = signal;
}

void fixture_open(struct fixture *fixture)
{
	int sockets[2];

	memset(fixture, 0, sizeof(*fixture));
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets),
			 0);
	assert_int_equal(fcntl(sockets[0], F_SETFL, O_NONBLOCK), 0);
	fixture->peer = sockets[1];
	sigemptyset(&fixture->interruption.wait_mask);
	fixture->interruption.signal = &fixture->signal;
	fixture->setup = (struct transfer_setup){
		.socket = sockets[0],
		.send = {.plan = {.input = -1, .sdu_size = 672}, .most_sdu = SIZE_MAX},
		.await_peer = true,
		.most_received = 8192,
		.idle_ms = LONG_MS,
		.interruption = &fixture->interruption,
	};
	fixture->output = -1;
	fixture->read_ahead = 1 << 20;
	signal(SIGPIPE, SIG_IGN);
}

void fixture_close_peer(struct fixture *fixture)
{
	if (fixture->peer >= 0)
		close(fixture->peer);
	fixture->peer = -1;
}

void fixture_say(struct fixture *fixture, const char *text)
{
	fixture->setup.send.plan.message = text;
	fixture->setup.send.plan.message_length = strlen(text);
}

void fixture_close(struct fixture *fixture)
{
	fixture_close_peer(fixture);
	close(fixture->setup.socket);
	if (fixture->setup.send.plan.input >= 0)
		close(fixture->setup.send.plan.input);
	if (fixture->output >= 0)
		close(fixture->output);
}

int fixture_turn(struct fixture *fixture, struct event_loop *loop)
{
	int64_t wait_ms = transfer_prepare(&fixture->transfer, loop);
	int error = output_prepare(&fixture->written, loop);

	if (!error)
		error = event_loop_wait(loop, wait_ms);
	output_serve(&fixture->written);
	transfer_serve(&fixture->transfer);
	return error;
}

int64_t fixture_run(struct fixture *fixture)
{
	int64_t begin = monotonic_ms();
	struct event_loop loop;

	output_attach(&fixture->written, fixture->output, fixture->read_ahead);
	fixture->written.separate_sdus = fixture->separate_sdus;
	fixture->written.format = fixture->format;
	fixture->setup.output = &fixture->written;
	assert_int_equal(event_loop_open(&loop, &fixture->interruption), 0);
	transfer_start(&fixture->transfer, &fixture->setup, &fixture->result);
	while (!transfer_is_finished(&fixture->transfer))
		assert_int_equal(fixture_turn(fixture, &loop), 0);
	transfer_finish(&fixture->transfer, &loop);
	event_source_want(&loop, &fixture->written.source, 0);
	event_loop_close(&loop);
	byte_queue_free(&fixture->written.queue);
	return monotonic_ms() - begin;
}

void fixture_take_signals(struct fixture *fixture)
{
	struct sigaction remember = {.sa_handler = remember_signal};
	sigset_t blocked;

	signal_flag = &fixture->signal;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &blocked, &fixture->interruption.wait_mask);
	sigdelset(&fixture->interruption.wait_mask, SIGUSR1);
	sigaction(SIGUSR1, &remember, NULL);
}

void peer_send(const struct fixture *fixture, const void *bytes, size_t length)
{
	assert_int_equal(send(fixture->peer, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT),
			 length);
}

unsigned char *random_bytes(size_t length)
{
	unsigned char *bytes = malloc(length + 1);
	unsigned int seed = (unsigned int)length + 1;

	assert_non_null(bytes);
	for (size_t i = 0; i < length; i++)
		bytes[i] = (unsigned char)(rand_r(&seed) >> 7);
	return bytes;
}

int file_with(const void *bytes, size_t length)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, length, 0), length);
	return fd;
}

unsigned char *file_contents(int fd, size_t *length)
{
	struct stat status;
	unsigned char *bytes;

	assert_int_equal(fstat(fd, &status), 0);
	*length = (size_t)status.st_size;
	bytes = malloc(*length + 1);
	assert_non_null(bytes);
	assert_int_equal(pread(fd, bytes, *length, 0), *length);
	return bytes;
}

bool wait_until_taken(int fd)
{
	for (int64_t end = monotonic_ms() + 2000; monotonic_ms() < end; usleep(500)) {
		int bytes = 0;

		if (ioctl(fd, SIOCOUTQ, &bytes) < 0)
			return false;
		if (bytes == 0)
			return true;
	}
	return false;
}

/* Credentials come with each SDU, an empty one as well, and not with the end. */
static ssize_t receive(int fd, unsigned char *room, bool *is_sdu)
{
	union {
		struct cmsghdr header;
		char room[256];
	} control;
	struct iovec vector = {.iov_base = room, .iov_len = SDU_ROOM};
	struct msghdr message = {.msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	ssize_t length = recvmsg(fd, &message, 0);

	*is_sdu = length >= 0 && CMSG_FIRSTHDR(&message);
	return length;
}

static void *collect(void *data)
{
	struct collector *collector = data;
	size_t room = 0;
	size_t entries = 0;

	for (;;) {
		bool is_sdu;
		ssize_t length;

		if (room - collector->total < SDU_ROOM) {
			room = room * 2 + SDU_ROOM;
			collector->bytes = realloc(collector->bytes, room);
		}
		if (collector->count == entries) {
			entries = entries * 2 + 16;
			collector->lengths =
				realloc(collector->lengths, entries * sizeof(size_t));
		}
		if (!collector->bytes || !collector->lengths)
			abort();
		length = receive(collector->fd, collector->bytes + collector->total,
				 &is_sdu);
		if (!is_sdu)
			return NULL;
		collector->lengths[collector->count++] = (size_t)length;
		collector->total += (size_t)length;
	}
}

void collector_start(struct collector *collector, int fd)
{
	int on = 1;

	*collector = (struct collector){.fd = fd};
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	assert_int_equal(pthread_create(&collector->thread, NULL, collect, collector), 0);
}

void collector_join(struct collector *collector)
{
	assert_int_equal(pthread_join(collector->thread, NULL), 0);
}

void collector_free(struct collector *collector)
{
	free(collector->lengths);
	free(collector->bytes);
}

void assert_end(const struct fixture *fixture, enum transfer_end end, int error)
{
	assert_int_equal(fixture->result.end, end);
	assert_int_equal(fixture->result.error, error);
}

void assert_output(const struct fixture *fixture, const void *bytes, size_t length)
{
	size_t written;
	unsigned char *contents = file_contents(fixture->output, &written);

	assert_int_equal(written, length);
	assert_memory_equal(contents, bytes, length);
	free(contents);
}
