/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What this user may do, and what is given up of it. */
#ifndef L2_PERMISSION_H
#define L2_PERMISSION_H

#include "report/report.h"
#include "transfer/transfer_config.h"

/* Before a peer is authorised or connected to: whether this user may do what CONFIG asks
 * for. Reports when not. */
enum exit_status session_permission(const struct transfer_config *config,
				    const struct report *report);

/* Once the socket is up: gives up the privileges that sessions of CONFIG do not need, but
 * for those that this process needs if it OPENS_SOCKETS later, or STARTS_PROGRAMS, which
 * it may have to signal. */
enum exit_status session_drop_privileges(const struct report *report,
					 const struct transfer_config *config,
					 bool opens_sockets, bool starts_programs);

#endif
