/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * A transfer over an AF_UNIX SOCK_SEQPACKET socketpair, which keeps message boundaries
 * as L2CAP does, and the other end of it.
 */
#ifndef L2_TRANSFER_FIXTURE_H
#define L2_TRANSFER_FIXTURE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "transfer/transfer.h"

/* A transfer that should have ended long ago ends as TRANSFER_IDLE, which no test
 * expects, rather than by the guard of the whole program. */
enum { LONG_MS = 30000 };

struct fixture {
	int peer; /* the other end, blocking; -1: closed */
	volatile sig_atomic_t signal;
	struct interruption interruption;
	struct transfer_setup setup; /* of a receiver that discards */
	int output;		     /* the descriptor that received SDUs go to */
	bool separate_sdus;
	enum sdu_format format;
	size_t read_ahead;     /* the output's limit */
	struct output written; /* what fixture_run() makes of the four above */
	struct transfer transfer;
	struct transfer_result result;
};

/* Defaults: nothing to send, output -1, await_peer, idle after LONG_MS. */
void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
void fixture_close_peer(struct fixture *fixture);

/* Gives it TEXT to send as its message. */
void fixture_say(struct fixture *fixture, const char *text);

/* One turn of an event loop that has this transfer alone; 0 or -errno. */
int fixture_turn(struct fixture *fixture, struct event_loop *loop);

/* Runs the transfer to its end, and returns the milliseconds that it took. */
int64_t fixture_run(struct fixture *fixture);

/* How it ended; and what is in the regular file that it wrote. */
void assert_end(const struct fixture *fixture, enum transfer_end end, int error);
void assert_output(const struct fixture *fixture, const void *bytes, size_t length);

/* Makes SIGUSR1 set fixture->signal; it is blocked but while the transfer waits. */
void fixture_take_signals(struct fixture *fixture);

/* Sends an SDU from the other end. */
void peer_send(const struct fixture *fixture, const void *bytes, size_t length);

/* Bytes in which no part looks like another. */
unsigned char *random_bytes(size_t length);

/* A regular file with these bytes, read from its start; and the bytes of one. */
int file_with(const void *bytes, size_t length);
unsigned char *file_contents(int fd, size_t *length);

/* Waits, for two seconds at most, until nothing that was sent on the socket FD is unread
 * at its other end. */
bool wait_until_taken(int fd);

/* Takes SDUs from a socket in a thread until the other end closes. */
struct collector {
	pthread_t thread;
	int fd;
	size_t count; /* SDUs */
	size_t *lengths;
	unsigned char *bytes; /* of all, one after the other */
	size_t total;
};

void collector_start(struct collector *collector, int fd);
/* Joins the thread: close the other end before. */
void collector_join(struct collector *collector);
void collector_free(struct collector *collector);

#endif
