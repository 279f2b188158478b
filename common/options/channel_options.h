/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options about the channel, which both programs have: their table, their values, and
 * which of them go together. */
#ifndef L2_CHANNEL_OPTIONS_H
#define L2_CHANNEL_OPTIONS_H

#include <stdbool.h>

#include <popt.h>

#include "options/option_tables.h"

enum channel_option {
	OPTION_ADAPTER = 1,
	OPTION_LE,
	OPTION_PSM,
	OPTION_MTU,
	OPTION_SECURITY,
	OPTION_FLUSH_TIMEOUT,
	OPTION_MODE,
	OPTION_FCS,
	OPTION_TX_WINDOW,
	OPTION_MAX_TRANSMIT,
	OPTION_CENTRAL,
	CHANNEL_OPTIONS_END, /* those of the other tables are this, or more */
};

extern const struct poptOption channel_option_table[];

/* Takes OPTION with its *ARGUMENT, which it sets to NULL when it keeps it. False after
 * telling what is wrong. */
bool take_channel_option(struct common_options *options, enum channel_option option,
			 char **argument);

/* Once all are taken: looks at what only makes sense, or does not, together, and sets the
 * defaults that depend on --le. False after telling what is wrong. */
bool check_channel_options(struct common_options *options);

#endif
