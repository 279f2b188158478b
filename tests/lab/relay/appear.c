// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "appear.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* btvirt may still be starting. */
static int connect_to_air(const char *path)
{
	static const struct timespec pause = {.tv_nsec = 10000000};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int64_t deadline = now() + 10 * NANOSECONDS;
	int air = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (air < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	while (connect(air, (struct sockaddr *)&address, sizeof(address)) != 0) {
		int error = -errno;
		if (now() > deadline) {
			close(air);
			return error;
		}
		nanosleep(&pause, NULL);
	}
	return air;
}

/* The kernel may send commands before it reports the name. */
static int wait_for_name(struct controller *controller)
{
	struct pollfd wait = {.fd = controller->host.fd, .events = POLLIN};
	while (controller->index < 0) {
		if (poll(&wait, 1, 10000) == 0)
			return -ETIMEDOUT;
		controller_take_from_host(controller);
	}
	snprintf(controller->name, sizeof(controller->name), "hci%d", controller->index);
	return 0;
}

int controller_appear(struct controller *controller, struct controller *far,
		      const char *air_path)
{
	struct host host = controller->host;
	int error;

	*controller = (struct controller){.index = -1,
					  .host = host,
					  .air_path = air_path,
					  .far = far,
					  .rate = RATE_UNLIMITED};
	snprintf(controller->name, sizeof(controller->name), "%s",
		 host.port < 0 ? "a controller" : "far");
	controller->air = connect_to_air(air_path);
	if (controller->air < 0)
		return controller->air;
	error = host_appear(&controller->host);
	if (error == 0 && controller->host.port < 0)
		error = wait_for_name(controller);
	return error;
}

void controller_vanish(struct controller *controller)
{
	int error;

	controller_forget_links(controller);
	error = host_vanish(&controller->host);
	if (error != 0)
		errx(1, "%s: its host: %s", controller->name, strerror(-error));
	close(controller->air);
	controller->air = -1;
}
