/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* The options about the data that goes through a channel, which both programs have. */
#ifndef L2_TRANSFER_OPTIONS_H
#define L2_TRANSFER_OPTIONS_H

#include "options/common_options.h"

extern const struct option_group transfer_options;

enum {
	/* It may be given where there is no channel. */
	OPTION_IDLE_TIMEOUT = FIRST_TRANSFER_OPTION,
	/* Its value, which may be left out, follows a '=': the next word may be a
	 * MESSAGE. */
	OPTION_PROGRESS,
};

#endif
