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

#include "channel_config.h"
#include "report.h"
#include "transfer_config.h"

struct common_options {
	struct channel_config channel;
	char *adapter; /* what --adapter said; NULL: any */
	bool psm_given;
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

/* What a program does with an option of its own, numbered from OPTION_OWN. TEXT is the
 * argument, "" for a flag. Returns false after telling what is wrong. */
enum { OPTION_OWN = 1000 };
typedef bool take_option(int option, const char *text, void *own,
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

/* An argument of OPTION as a number from MINIMUM to MAXIMUM; false after telling. */
bool take_number(const struct report *report, const char *option, const char *text,
		 unsigned int minimum, unsigned int maximum, unsigned int *value);

/* A count of which 0 means: without end. */
bool take_count(const struct report *report, const char *option, const char *text,
		bool *given, uint64_t *count);

/* Says that VALUE, what was given to OPTION, is wrong: "OPTION: 'VALUE' " and FORMAT,
 * which tells what it may be. A long value is shortened. Returns false. */
bool wrong_value(const struct report *report, const char *option, const char *value,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Says that the command line is wrong, and how to get help: STATUS_USAGE. */
enum exit_status usage_error(const struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
