/* SPDX-License-Identifier: GPL-2.0-or-later */
/* l2client --check. */
#ifndef L2_CLIENT_CHECK_H
#define L2_CLIENT_CHECK_H

#include "client_options.h"

enum exit_status client_check(const struct client_options *options);

#endif
