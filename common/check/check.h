/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --check, the look before the run: what the run would need, whether it is there, and how
 * to fix what is not. It mostly tries the very calls that the run would make, and takes
 * them back, as no list of permissions knows what the kernel will say. It connects to
 * nobody, listens to nobody, opens and makes no file; measured, a socket that is bound
 * and does not listen refuses peers as if it were not there.
 */
#ifndef L2_CHECK_H
#define L2_CHECK_H

#include <stdbool.h>

#include "options/common_options.h"

/* What the run would do. */
struct needs {
	bool listens;		 /* on the PSM, else it connects */
	bool without_channel;	 /* it opens none: --info, --no-channel */
	bool advertises;	 /* which needs CAP_NET_ADMIN */
	bool raw_socket;	 /* which needs CAP_NET_RAW */
	bool receives;		 /* what the peer sends */
	bool reads;		 /* input_file */
	bool writes;		 /* output_file */
	const char *input_file;	 /* NULL or "-": standard input */
	const char *output_file; /* NULL or "-": standard output */
};

/* Looks, and tells each finding in a line: STATUS_OK if the run could work, else
 * STATUS_LOCAL_FAILURE. */
enum exit_status check_run(const struct common_options *options,
			   const struct needs *needs);

#endif
