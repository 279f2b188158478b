/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
#ifndef L2_SET_FLUSH_TIMEOUT_H
#define L2_SET_FLUSH_TIMEOUT_H

#include "client_options.h"
#include "report/exit_status.h"
#include "event_loop.h"

/* Sets the flush timeout of a link to the peer that is there already, made by any
 * program, and opens no channel. Needs CAP_NET_RAW: see flush_timeout.h. */
enum exit_status set_flush_timeout(const struct client_options *options,
				   const struct interruption *interruption);

#endif
