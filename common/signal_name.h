/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of signals. Only glibc 2.32 and later has sigabbrev_np(), and no C library has it
 * elsewhere.
 */
#ifndef L2_SIGNAL_NAME_H
#define L2_SIGNAL_NAME_H

/* "SIGTERM" for SIGTERM; NULL for a real-time signal or a number that is none. */
const char *signal_name(int signal);

#endif
