/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * What a program may do that other users may not: the capabilities of capabilities(7).
 * Who runs as root, or from a file that setcap has marked, keeps from the moment on that
 * its socket is up no more than what is still to come.
 */
#ifndef L2_PRIVILEGES_H
#define L2_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>

enum privilege {
	PRIVILEGE_LINKS = 1 << 0, /* CAP_NET_RAW: to tune a link, or ask its peer */
	PRIVILEGE_BUFFERS =
		1 << 1,		  /* CAP_NET_ADMIN: to make a socket's buffers larger than
				   * other users may, and to let an adapter advertise */
	PRIVILEGE_FILES = 1 << 2, /* to reach, make and rename the files of any owner */
	PRIVILEGE_KILL = 1 << 3,  /* CAP_KILL: to signal what has become another user */
};

/* Gives up all but those of KEPT, for good; what was not there does not come. No program
 * that is started from then on gets more, unless this one STARTS_PROGRAMS for the user. 0
 * or -errno. */
int privileges_keep(unsigned int kept, bool starts_programs);

#endif
