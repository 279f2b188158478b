/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* l2client --check. */
#ifndef L2_CLIENT_CHECK_H
#define L2_CLIENT_CHECK_H

#include "client_options.h"

enum exit_status client_check(const struct client_options *options);

#endif
