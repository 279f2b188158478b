/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* l2server's run: listen, then accept and serve one client, or many at once. */
#ifndef L2_ACCEPT_LOOP_H
#define L2_ACCEPT_LOOP_H

#include "event_loop.h"
#include "server_options.h"

enum exit_status accept_loop(const struct server_options *options,
			     const struct interruption *interruption);

#endif
