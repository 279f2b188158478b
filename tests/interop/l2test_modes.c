// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * Preloaded into l2test, so that its -X does what it says, and its output can be read
 * line by line while it runs.
 *
 * l2test of BlueZ 5.66, Debian 12's, fills l2cap_options.mode for -X with the numbers of
 * BT_MODE, in which ERTM is 1 and streaming 2. In l2cap_options these are the old
 * retransmission and flow control modes, which Linux refuses with EINVAL. BlueZ 5.67 has
 * mended it; there this changes nothing.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>

typedef int setsockopt_function(int, int, int, const void *, socklen_t);

__attribute__((constructor)) static void print_line_by_line(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}

int setsockopt(int socket, int level, int name, const void *value, socklen_t length)
{
	setsockopt_function *real = (setsockopt_function *)dlsym(RTLD_NEXT, "setsockopt");
	struct l2cap_options options;

	if (level != SOL_L2CAP || name != L2CAP_OPTIONS || length != sizeof(options))
		return real(socket, level, name, value, length);
	memcpy(&options, value, sizeof(options));
	if (options.mode == BT_MODE_ERTM)
		options.mode = L2CAP_MODE_ERTM;
	else if (options.mode == BT_MODE_STREAMING)
		options.mode = L2CAP_MODE_STREAMING;
	return real(socket, level, name, &options, length);
}
