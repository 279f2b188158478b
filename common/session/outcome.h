/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What the end of a transfer means to the user. These report what went wrong. */
#ifndef L2_OUTCOME_H
#define L2_OUTCOME_H

#include "channel/channel.h"
#include "report/exit_status.h"
#include "report/report.h"
#include "transfer/transfer.h"
#include "transfer/transfer_config.h"

/* STATUS, and WHY for the summary; NULL: there is none. */
struct outcome {
	enum exit_status status;
	const char *why;
};

/* Whether SIZE bytes can go out as one SDU; reported when they cannot. */
bool outcome_fits_channel(const struct report *report, const struct channel *channel,
			  size_t size);

/* Of a transfer over CHANNEL that came to its end. */
struct outcome outcome_of_transfer(const struct report *report,
				   const struct transfer_config *config,
				   const struct channel *channel,
				   const struct transfer_result *result);

/* Of closing after all was sent, with the ERROR of channel_disconnect_result(): only the
 * peer's disconnect response earns status 0 (trap T9). WHY is NULL then. */
struct outcome outcome_of_closing(const struct report *report, int error,
				  bool interrupted);

#endif
