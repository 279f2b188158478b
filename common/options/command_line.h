/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * The loop that takes every option, of both programs. popt's own number parsing is not
 * used: it takes "" as 0 and 010 as 8.
 */
#ifndef L2_COMMAND_LINE_H
#define L2_COMMAND_LINE_H

#include "options/common_options.h"

struct command_line {
	const struct option_group *own; /* the program's */
	struct common_options *common;
	const char *purpose;  /* the first line of the help */
	const char *examples; /* two lines of it */
	const char *peers; /* the heading of the options about clients, or connecting */
	const char *arguments; /* for the help: the arguments after the options */
	char **positional;     /* filled in: the other arguments, up to a NULL */
	int positional_count;  /* how many there may be at most */
};

/*
 * Takes the command line apart. Returns 0 to go on, otherwise 1 with the exit status in
 * *STATUS: after --version, or a usage error. The positional texts are copies that
 * command_line_free() gives back.
 */
int command_line_parse(struct command_line *line, int argc, const char **argv,
		       enum exit_status *status);
void command_line_free(struct command_line *line);

#endif
