/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --check, the look before the run: what the run would need, whether it is there, and how
 * to mend what is not. Connects to nobody, listens to nobody, opens and makes no file.
 */
#ifndef L2_CHECK_H
#define L2_CHECK_H

#include <stdbool.h>

#include "options/common_options.h"
#include "check/machine.h"

/* Room for every finding that there can be. */
enum { MOST_FINDINGS = 12 };

enum finding_kind {
	FINDING_OK,
	FINDING_WARNING, /* the run could work, but not as well as it might */
	FINDING_PROBLEM, /* it could not */
};

struct finding {
	enum finding_kind kind;
	char text[512];
	char hint[1024]; /* what mends it, with the command in quotes; "": nothing to do
			  */
};

struct findings {
	struct finding list[MOST_FINDINGS];
	int count;
};

/* What FOUND means for a run with OPTIONS that needs NEEDS. Pure. */
void check_judge(const struct common_options *options, const struct needs *needs,
		 const struct machine *found, struct findings *findings);

/* Looks, and tells each finding in a line: STATUS_OK if the run could work, else
 * STATUS_LOCAL_FAILURE. */
enum exit_status check_run(const struct common_options *options,
			   const struct needs *needs);

#endif
