/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* l2client --info: asks the peer what its L2CAP can do, and reports it. */
#ifndef L2_INFO_H
#define L2_INFO_H

#include "client_options.h"
#include "event_loop.h"

/* Needs CAP_NET_RAW: see channel_connect_signalling(). */
enum exit_status info(const struct client_options *options,
		      const struct interruption *interruption);

#endif
