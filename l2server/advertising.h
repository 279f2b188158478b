/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether LE clients can find this server. */
#ifndef L2_ADVERTISING_H
#define L2_ADVERTISING_H

#include "server_options.h"

struct advertising {
	bool switched_on; /* by this program, which is to switch it off again */
	uint16_t adapter; /* N of hciN */
};

/*
 * For a server over LE: with --advertise, switches the adapter's advertising on, unless
 * it is; fails after telling why that cannot be. Otherwise reports when no peer can find
 * the server, and what to do. Over BR/EDR it does nothing.
 */
enum exit_status advertising_start(const struct server_options *options,
				   struct advertising *advertising);

/* Leaves the adapter as it was found. A failure is reported, and is the status. */
enum exit_status advertising_stop(const struct server_options *options,
				  struct advertising *advertising);

#endif
