/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* Whether LE clients can find this server. */
#ifndef L2_ADVERTISING_H
#define L2_ADVERTISING_H

#include "server_options.h"

struct advertising {
	uint8_t instance; /* of the kernel's, which this program is to end; 0: none */
	uint16_t adapter; /* N of hciN */
	int request;	  /* whose answer is not there yet, or -1 */
	int64_t renew_ms; /* monotonic, when to ask for more time */
	unsigned int failures; /* since the last request that went well */
};

/*
 * For a server over LE: with --advertise, adds an advertising instance that ends by
 * itself unless it is renewed, if the adapter does not advertise already; fails after
 * telling why that cannot be. Otherwise reports when no peer can find the server, and
 * what to do. Over BR/EDR it does nothing.
 */
enum exit_status advertising_start(const struct server_options *options,
				   struct advertising *advertising);

/* How long until advertising_renew() has something to do, or WAIT_FOREVER. */
int64_t advertising_time(const struct advertising *advertising);

/* Asks for more time when that is due, without waiting for the answer: a failure is
 * reported as the next is due. */
void advertising_renew(const struct report *report, struct advertising *advertising);

/* An adapter stops advertising as a peer connects: asks at once. */
void advertising_connected(struct advertising *advertising);

/* Leaves the adapter as it was found. A failure is reported, and is the status. */
enum exit_status advertising_stop(const struct server_options *options,
				  struct advertising *advertising);

#endif
