/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Names of signals: sigabbrev_np() is in glibc 2.32 and later only.
 */
#ifndef L2_SIGNAL_NAME_H
#define L2_SIGNAL_NAME_H

/* "SIGTERM" for SIGTERM; static. NULL for a real-time signal, or a number that is not a
 * signal. */
const char *signal_name(int signal);

#endif
