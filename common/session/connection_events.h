/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What happens to a connection, in words and in fields. */
#ifndef L2_CONNECTION_EVENTS_H
#define L2_CONNECTION_EVENTS_H

#include "channel/channel.h"
#include "channel/channel_details.h"
#include "channel/flush_timeout.h"
#include "report/report.h"
#include "transfer/transfer.h"

/* "listening on hci0 00:AA:01:00:00:00, PSM 0x1001 (4097)": scripts wait for it. */
void report_listening(const struct report *report, const struct channel *listener);

/* A server could not listen on ADAPTER (NULL: any): returns the status. */
enum exit_status report_listen_failure(const struct report *report, const char *adapter,
				       unsigned int psm, enum failed_step step,
				       int error);

/* The channel to PEER is up, the server's connection NUMBER. REPORT is the server's. */
void report_accepted(const struct report *report, const bdaddr_t *peer,
		     unsigned int number);

/* The parameters that were negotiated, for VERBOSITY_VERBOSE. */
void report_connected(const struct report *report, const struct channel *channel,
		      const struct channel_details *negotiated);

/* The level of security and the size of the key that were reached, where a level was
 * asked for. */
void report_security(const struct report *report,
		     const struct channel_details *negotiated);

/* How a channel came to its end. */
enum closer {
	CLOSED_BY_US,	    /* and the peer confirmed it */
	CLOSED_UNCONFIRMED, /* by us, and nothing more is known */
	CLOSED_BY_PEER,
	CLOSED_BY_LINK, /* it was lost */
};

/* The channel is no more, for VERBOSITY_VERBOSE; received data may not all be written. */
void report_closed(const struct report *report, enum closer closer);

/* COUNT SDUs were dropped by the kernel: reported at every verbosity. Returns the status
 * that this makes. */
enum exit_status report_loss(const struct report *report, uint64_t count);

/* The command of --exec has ended, with the exit status CODE, or by the signal CODE:
 * reported at every verbosity if it went wrong. Returns the status that this makes. */
enum exit_status report_command(const struct report *report, int code, bool by_signal);

/* The closing line: what was moved, how fast, over what, with which flush timeout (NULL:
 * as the link had it), and why it ended (REASON, with the exit status that this
 * connection makes), and the FILE of its own that it made, or NULL. */
void report_summary(const struct report *report, const struct channel *channel,
		    const struct flush_timeout *flush,
		    const struct transfer_result *result, enum exit_status status,
		    const char *reason, const char *file);

/* What has been sent well could have gone faster: one SDU in the time of the longest
 * packet, 5 slots and 1 for the answer, is the radio's limit. Where the MTU is what
 * bounds them, larger SDUs carry more in the same time. */
void report_mtu_hint(const struct report *report, const struct channel *channel,
		     const struct transfer_result *result);

#endif
