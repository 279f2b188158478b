/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* The options of both programs, and the shape of a group of options. Options write into
 * the caller's structs. A wrong one is reported with its name, its value and what it may
 * be.
 */
#ifndef L2_COMMON_OPTIONS_H
#define L2_COMMON_OPTIONS_H

#include <stdbool.h>

#include <popt.h>

#include "channel/channel_config.h"
#include "report/report.h"
#include "transfer/transfer_config.h"

/* Bytes of a wrong word that are reported; more would push out what is wrong with it. */
enum { WORD_SHOWN = 60 };

struct common_options {
	struct channel_config channel;
	char *adapter; /* what --adapter said; NULL: any */
	bool psm_given;
	char psm_text[WORD_SHOWN + 4], mtu_text[WORD_SHOWN + 4]; /* as they were given */
	bool psm_may_be_zero; /* it means any free one */
	bool check;	      /* look whether the run could work, and do nothing else */
	const char *channel_option; /* the last one given that is about a channel or its
				     * data, without its dashes */
	const char *frame_option;   /* the last one given that basic mode lacks */
	const char *ertm_option;    /* that only ERTM has */
	bool interval_given;
	struct transfer_config transfer; /* its texts belong to this struct */
	bool json;
	bool progress_shown;	      /* the report's */
	struct hint_words hint_words; /* the report's */
	struct report report;
};

void common_options_init(struct common_options *options, const char *program);

/* Says in hints that the run needs CAPABILITY, as setcap calls it. */
void common_options_need(struct common_options *options, const char *capability);
void common_options_free(struct common_options *options);

/* The address of the adapter that --adapter names, BDADDR_ANY without one; reports why
 * there is none, or none that is up. Hints name it from then on. */
enum exit_status find_adapter(const struct common_options *options, bdaddr_t *address);

/* The headings of the help, in its order. */
enum heading {
	HEADING_CONNECTION,
	HEADING_DATA,
	HEADING_PEERS,
	HEADING_TESTING,
	HEADING_TUNING,
	HEADING_REPORTING,
	HEADINGS,
};

/*
 * Options that one file takes, with a table for each heading of the help. TAKE sets
 * *ARGUMENT, which is allocated, and NULL for a flag, to NULL when it keeps it. CHECK,
 * once all are taken, looks at what only makes sense, or does not, together; NULL:
 * nothing to look at. False after telling what is wrong. Each group numbers its options
 * from its own constant below. In a program's own group, OPTIONS is the first member of
 * the program's struct of options.
 */
struct option_group {
	const struct poptOption *tables[HEADINGS]; /* NULL: none */
	bool (*take)(struct common_options *options, int option, char **argument);
	bool (*check)(struct common_options *options);
};

enum {
	FIRST_CHANNEL_OPTION = 1,
	FIRST_TRANSFER_OPTION = 100,
	FIRST_REPORT_OPTION = 200,
	FIRST_OWN_OPTION = 1000,
};

/* The long name of the option with the number OPTION in GROUP, or NULL. */
const char *option_name(const struct option_group *group, int option);

#endif
