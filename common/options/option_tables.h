/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options that both programs have, as one popt table, and the loop that takes every
 * option. popt's own number parsing is not used: it takes "" as 0 and 010 as 8.
 *
 * Options write into the caller's structs. A wrong one is told on standard error with
 * its name, its value and what it may be.
 */
#ifndef L2_OPTION_TABLES_H
#define L2_OPTION_TABLES_H

#include <stdbool.h>

#include <popt.h>

#include "channel/channel_config.h"
#include "options/option_values.h"
#include "report/report.h"
#include "transfer/transfer_config.h"

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
	const char *ertm_option;    /* that ERTM alone has */
	bool interval_given;
	struct transfer_config transfer; /* its texts belong to this struct */
	bool json;
	bool progress_shown; /* the report's */
	struct report report;
};

/* The long name of the option with the number OPTION in TABLE, or NULL. */
const char *option_name(const struct poptOption *table, int option);

void common_options_init(struct common_options *options, const char *program);
void common_options_free(struct common_options *options);

/* The address of the adapter that --adapter names, BDADDR_ANY without one; tells why
 * there is none. */
enum exit_status find_adapter(const struct common_options *options, bdaddr_t *address);

/* What a program does with an option of its own, numbered from OPTION_OWN. *ARGUMENT is
 * allocated, NULL for a flag; who keeps it sets it to NULL. Returns false after telling
 * what is wrong. */
enum { OPTION_OWN = 1000 };
typedef bool take_option(int option, char **argument, void *own,
			 const struct report *report);

struct command_line {
	const struct poptOption *own_table;
	take_option *take_own;
	void *own;
	struct common_options *common;
	const char *arguments; /* for the help: what comes after the options */
	char **positional;     /* filled in: the other arguments, up to a NULL */
	int positional_count;  /* how many there may be at most */
};

/*
 * Takes the command line apart. Returns 0 to go on, else 1 with the exit status in
 * *STATUS: after --version, or a usage error. The positional texts are copies that
 * command_line_free() gives back.
 */
int command_line_parse(struct command_line *line, int argc, const char **argv,
		       enum exit_status *status);
void command_line_free(struct command_line *line);

#endif
