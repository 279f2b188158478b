/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* l2server --check. */
#ifndef L2_SERVER_CHECK_H
#define L2_SERVER_CHECK_H

#include "server_options.h"

enum exit_status server_check(const struct server_options *options);

#endif
