/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* l2client's run: connect, transfer, close. */
#ifndef L2_CONNECT_PEER_H
#define L2_CONNECT_PEER_H

#include "client_options.h"
#include "event_loop.h"

enum exit_status connect_peer(const struct client_options *options,
			      const struct interruption *interruption);

#endif
