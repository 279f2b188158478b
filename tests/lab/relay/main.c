// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * relay run CONTROL AIR [PORT]  plays two controllers, on the air that btvirt serves at
 *                               AIR; with a virtio PORT the second is that of the machine
 *                               at its far end
 * relay far PORT                there: passes between PORT and /dev/vhci
 * relay tell CONTROL WORD...    tells a running relay a command, and prints the answer
 *
 * CONTROL is the path of a socket. Without a command the relay only passes on. What it
 * does to packets it notes on standard error, a line for each.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "appear.h"
#include "commands.h"
#include "controller.h"
#include "far.h"

#define LONGEST_MESSAGE 2048

static int control_socket(const char *path, struct sockaddr_un *address)
{
	int control = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (control < 0)
		err(1, "socket");
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
	return control;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address;
	int control = control_socket(path, &address);
	unlink(path);
	if (bind(control, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(control, SOMAXCONN) != 0)
		err(1, "%s", path);
	return control;
}

/* Those who connect send at once: see tell(). */
static void serve_teller(int control, struct controller controllers[CONTROLLERS])
{
	char line[LONGEST_MESSAGE], answer[LONGEST_MESSAGE];
	int teller = accept4(control, NULL, NULL, SOCK_CLOEXEC);
	if (teller < 0)
		return;
	ssize_t length = recv(teller, line, sizeof(line) - 1, 0);
	if (length > 0) {
		line[length] = '\0';
		obey(controllers, line, answer, sizeof(answer));
		send(teller, answer, strlen(answer), MSG_NOSIGNAL);
	}
	close(teller);
}

static int64_t pass_on(struct controller controllers[CONTROLLERS])
{
	int64_t next = INT64_MAX;
	for (int i = 0; i < CONTROLLERS; i++) {
		int64_t due = controllers[i].host.fd < 0
				    ? INT64_MAX
				    : controller_pass_on(&controllers[i]);
		next = due < next ? due : next;
	}
	return next;
}

struct waits {
	struct pollfd host[CONTROLLERS], air[CONTROLLERS], control;
};

/* poll() passes over controllers that vanished, as they have -1. */
static void wait_for_something(const struct controller controllers[CONTROLLERS],
			       int control, int64_t until, struct waits *waits)
{
	int64_t time_is = now();
	int64_t left = until > time_is ? until - time_is : 0;
	struct timespec time = {.tv_sec = left / NANOSECONDS,
				.tv_nsec = left % NANOSECONDS};

	for (int i = 0; i < CONTROLLERS; i++) {
		waits->host[i] =
			(struct pollfd){.fd = controllers[i].host.fd, .events = POLLIN};
		waits->air[i] =
			(struct pollfd){.fd = controllers[i].air, .events = POLLIN};
	}
	waits->control = (struct pollfd){.fd = control, .events = POLLIN};
	if (ppoll((struct pollfd *)waits, sizeof(*waits) / sizeof(struct pollfd),
		  until == INT64_MAX ? NULL : &time, NULL) < 0)
		err(1, "ppoll");
}

/* Until btvirt ends: the controllers are gone with it. */
static void relay(int control, struct controller controllers[CONTROLLERS])
{
	struct waits waits;
	for (;;) {
		wait_for_something(controllers, control, pass_on(controllers), &waits);
		for (int i = 0; i < CONTROLLERS; i++) {
			if (waits.host[i].revents)
				controller_take_from_host(&controllers[i]);
			if (waits.air[i].revents &&
			    !controller_take_from_air(&controllers[i]))
				return;
		}
		if (waits.control.revents)
			serve_teller(control, controllers);
	}
}

static int run(const char *control_path, const char *air_path, const char *port)
{
	static struct controller controllers[CONTROLLERS];

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < CONTROLLERS; i++) {
		int error = host_open(&controllers[i].host, i == 1 ? port : NULL);
		if (error != 0)
			errx(1, "%s: %s", port, strerror(-error));
		error = controller_appear(&controllers[i], &controllers[1 - i], air_path);
		if (error != 0)
			errx(1, "no controller at %s: %s", air_path, strerror(-error));
	}
	relay(listen_at(control_path), controllers);
	errx(1, "btvirt ended");
}

static int tell(const char *control_path, char **words, int count)
{
	struct sockaddr_un address;
	char line[LONGEST_MESSAGE] = "", answer[LONGEST_MESSAGE];
	int control = control_socket(control_path, &address);
	size_t length = 0;

	for (int i = 0; i < count && length < sizeof(line); i++)
		length += (size_t)snprintf(line + length, sizeof(line) - length, "%s%s",
					   i > 0 ? " " : "", words[i]);
	if (connect(control, (struct sockaddr *)&address, sizeof(address)) != 0)
		err(1, "%s", control_path);
	if (length >= sizeof(line) || send(control, line, length, 0) < 0)
		errx(1, "cannot send the command");
	ssize_t answered = recv(control, answer, sizeof(answer) - 1, 0);
	if (answered <= 0)
		errx(1, "no answer");
	answer[answered] = '\0';
	if (answer[0] != '+')
		errx(1, "%s", answer + 1);
	fputs(answer + 1, stdout);
	return 0;
}

static int far(const char *port)
{
	const char *where;
	int error = pass_on_to_vhci(port, &where);
	errx(1, "%s: %s", where, strerror(-error));
}

int main(int argc, char **argv)
{
	if ((argc == 4 || argc == 5) && strcmp(argv[1], "run") == 0)
		return run(argv[2], argv[3], argv[4]);
	if (argc == 3 && strcmp(argv[1], "far") == 0)
		return far(argv[2]);
	if (argc >= 4 && strcmp(argv[1], "tell") == 0)
		return tell(argv[2], argv + 3, argc - 3);
	fputs("usage: relay run CONTROL AIR [PORT]\n"
	      "       relay far PORT\n"
	      "       relay tell CONTROL WORD...\n",
	      stderr);
	return 2;
}
