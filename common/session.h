/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection from the moment it is up to its exit status: moves the data, closes the
 * channel in the right way, and sums up. */
#ifndef L2_SESSION_H
#define L2_SESSION_H

#include "channel.h"
#include "exit_status.h"
#include "report.h"
#include "transfer_config.h"

struct session {
	const struct transfer_config *config;
	const struct report *report;
	const struct interruption *interruption;
	int input;	      /* descriptor to send from, -1: none */
	int output;	      /* descriptor to write to, -1: none */
	bool ends_with_peer;  /* after sending, wait until the peer closes */
	bool other_end_waits; /* the peer may be sending too, and waits until this end
			       * closes: let what is under way arrive first */
};

/* When a wait that starts now is to end, by CONFIG's idle timeout: monotonic ms, or
 * WAIT_FOREVER. */
int64_t idle_deadline_ms(const struct transfer_config *config);

/* Runs SESSION over CHANNEL, which has been settled, and closes it. */
enum exit_status session_run(const struct session *session, struct channel *channel);

#endif
