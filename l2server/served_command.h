/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * The command of --exec, one for each client. It runs through /bin/sh in a session of its
 * own, with one pipe for its standard input and one for its standard output; standard
 * error is the server's. Nothing that a peer sends gets into its command line or its
 * environment, but for the peer's address. Never blocks.
 *
 * It is to end when its standard input ends. If it goes on for GRACE_MS after that, its
 * process group gets SIGHUP, and after as long again SIGKILL.
 */
#ifndef L2_SERVED_COMMAND_H
#define L2_SERVED_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "channel/channel.h"
#include "event_loop.h"

struct served_command {
	rlim_t most_files;
	int64_t grace_ms;
	pid_t pid;	   /* 0: not started, or reaped */
	int input, output; /* its ends of the pipes: OUTPUT is kept until it has ended,
			    * so that closing its standard output is not yet the end */
	struct event_source process; /* readable once it has ended */
	struct event_source rest; /* its output, for which there is no reader any more */
	uint64_t rest_bytes;	  /* so many, which are thrown away */
	bool rest_ended;
	int64_t signal_ms; /* when the next signal is due, WAIT_FOREVER: never */
	int signal;	   /* the last one sent, 0: none */
	bool ended;
	int exit_code; /* once reaped: its status, or the signal that ended it */
	bool killed;   /* it was a signal */
};

/*
 * The pipes, before the peer is authorised: *TO and *FROM become the caller's ends, which
 * it closes. MOST_FILES is its limit of open files, 0: the server's of then. 0 or -errno;
 * COMMAND can be freed in any case.
 */
int served_command_open(struct served_command *command, rlim_t most_files,
			int64_t grace_ms, int *to, int *from);

/* Runs TEXT for the client of CHANNEL, the server's connection NUMBER. 0 or -errno. */
int served_command_start(struct served_command *command, const char *text,
			 const struct channel *channel, const char *peer,
			 unsigned int number);

/* It had everything by SINCE_MS, or has read something then: from that moment on, it has
 * its grace to end. To be called again when it has read more. */
void served_command_expect_end(struct served_command *command, int64_t since_ms);

/* The server is to end: now is the time for SIGHUP. */
void served_command_hang_up(struct served_command *command);

/* From now on what it writes to FROM is counted and thrown away. */
void served_command_drain(struct served_command *command, int from);

/* Registers with LOOP what is waited for; returns for how long at most, ms or
 * WAIT_FOREVER. Should that be impossible, it is looked at again and again. */
int64_t served_command_prepare(struct served_command *command, struct event_loop *loop);

/* Returns the signal that it was sent in this turn, 0: none. */
int served_command_serve(struct served_command *command);

/* After command->ended: reaps it, and fills in exit_code and killed. What it has left in
 * the background gets SIGHUP, as from a terminal that closes. */
void served_command_reap(struct served_command *command, struct event_loop *loop);

/* One that still runs is killed. */
void served_command_free(struct served_command *command);

#endif
