/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* The options about the channel, which both programs have. Some defaults depend on --le.
 */
#ifndef L2_CHANNEL_OPTIONS_H
#define L2_CHANNEL_OPTIONS_H

#include "options/common_options.h"

enum channel_option {
	OPTION_ADAPTER = FIRST_CHANNEL_OPTION,
	OPTION_LE,
	OPTION_PSM,
	OPTION_MTU,
	OPTION_SECURITY,
	OPTION_FLUSH_TIMEOUT,
	OPTION_MODE,
	OPTION_FCS,
	OPTION_TX_WINDOW,
	OPTION_MAX_TRANSMIT,
};

extern const struct option_group channel_options;

#endif
