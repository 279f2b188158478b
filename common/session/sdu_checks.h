/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What looks at the SDUs that go by, --verify and --ping, and what they make of a
 * session's end. */
#ifndef L2_SDU_CHECKS_H
#define L2_SDU_CHECKS_H

#include "channel/channel.h"
#include "session/outcome.h"
#include "session/ping.h"
#include "session/verify.h"
#include "transfer/transfer.h"
#include "transfer/transfer_config.h"

struct sdu_checks {
	struct sdu_observer observer; /* for the transfer, if sdu_checks_are_wanted() */
	struct verification *verification; /* NULL: none */
	struct ping *ping;		   /* NULL: none */
};

bool sdu_checks_are_wanted(const struct transfer_config *config);

/* CHECKS stays where it is until sdu_checks_free(). False when memory is short, after
 * telling so. */
bool sdu_checks_start(struct sdu_checks *checks, const struct transfer_config *config,
		      const struct channel *channel, const struct report *report);
void sdu_checks_free(struct sdu_checks *checks);

/* Puts what is due into SOURCE; returns for how long to wait at most, ms or WAIT_FOREVER.
 */
int64_t sdu_checks_prepare(struct sdu_checks *checks, struct sdu_source *source);

/* Reports what was seen, which makes a good OUTCOME a bad one; a bad one stays what it
 * is.
 */
void sdu_checks_end(const struct sdu_checks *checks, struct outcome *outcome);

#endif
