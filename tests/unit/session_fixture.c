// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "session_fixture.h"

#include "unit_test.h"

#include <fcntl.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>

#include "caught_error.h"
#include "transfer_fixture.h"

struct session_kernel kernel;

int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __real_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask);
int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask);

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	int result = __real_getsockopt(fd, level, option, value, size);

	if (option == SO_MEMINFO)
		((uint32_t *)value)[SK_MEMINFO_DROPS] =
			kernel.looks++ >= kernel.dropped_after ? kernel.dropped : 0;
	return result;
}

int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask)
{
	kernel.waits++;
	return __real_epoll_pwait(epoll, events, room, timeout, mask);
}

void open_scene(struct scene *scene, int descriptor)
{
	int sockets[2];

	memset(&kernel, 0, sizeof(kernel));
	memset(scene, 0, sizeof(*scene));
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets),
			 0);
	assert_int_equal(fcntl(sockets[0], F_SETFL, O_NONBLOCK), 0);
	scene->peer = sockets[1];
	scene->session_thread = pthread_self();
	sigemptyset(&scene->interruption.wait_mask);
	scene->interruption.signal = &scene->signal;
	scene->config.read_ahead = DEFAULT_READ_AHEAD;
	scene->config.idle_timeout_ms = 5000;
	scene->report = (struct report){.program = "prog"};
	scene->report.verbosity = VERBOSITY_NORMAL;
	scene->channel = (struct channel){.fd = sockets[0],
					  .mode = L2CAP_MODE_BASIC,
					  .incoming_mtu = 672,
					  .outgoing_mtu = 672,
					  .largest_sdu = 672};
	output_attach(&scene->output, descriptor < 0 ? file_with("", 0) : descriptor,
		      DEFAULT_READ_AHEAD);
	scene->setup = (struct session_setup){.config = &scene->config,
					      .report = &scene->report,
					      .interruption = &scene->interruption,
					      .channel = &scene->channel,
					      .input = -1,
					      .output = &scene->output,
					      .ends_with_peer = true};
}

void open_sender(struct scene *scene)
{
	open_scene(scene, -1);
	scene->config.message = "hello!!";
	scene->setup.ends_with_peer = false;
}

void close_scene(struct scene *scene)
{
	if (scene->peer >= 0)
		close(scene->peer);
	assert_int_equal(scene->channel.fd, -1); /* the session has closed it */
	byte_queue_free(&scene->output.queue);
	close(scene->output.fd);
}

void send_sdu(const struct scene *scene, const char *text)
{
	assert_int_equal(send(scene->peer, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

void close_peer(struct scene *scene)
{
	close(scene->peer);
	scene->peer = -1;
}

enum exit_status run_and_catch(struct scene *scene)
{
	struct session *session;
	enum exit_status status;

	catch_error();
	session = session_start(&scene->setup);
	status = session ? session_run(session) : STATUS_LOCAL_FAILURE;
	read_error();
	if (session)
		scene->result = *session_result(session);
	session_free(session);
	return status;
}

void expect_outcome(struct scene *scene, enum exit_status status, const char *why)
{
	char end[128];
	size_t length = (size_t)snprintf(end, sizeof(end), "; %s\n", why);
	enum exit_status got = run_and_catch(scene);

	if (got != status || strlen(told) < length ||
	    strcmp(told + strlen(told) - length, end) != 0)
		fail_msg("status %d, not %d; told was: %s", (int)got, (int)status, told);
}

void assert_told(const char *text)
{
	if (!strstr(told, text))
		fail_msg("'%s' was not told, but: %s", text, told);
}

void assert_printed(const struct scene *scene, const char *text)
{
	size_t length;
	unsigned char *contents = file_contents(scene->output.fd, &length);

	assert_int_equal(length, strlen(text));
	assert_memory_equal(contents, text, length);
	free(contents);
}

/* --- what the peer does ------------------------------------------------------------- */

void start_peer(struct scene *scene, void *(*run)(void *))
{
	assert_int_equal(pthread_create(&scene->thread, NULL, run, scene), 0);
}

void join_peer(const struct scene *scene)
{
	assert_int_equal(pthread_join(scene->thread, NULL), 0);
}

void take_until_the_end(struct scene *scene)
{
	char room[1000];

	while (recv(scene->peer, room, sizeof(room), 0) > 0)
		;
	scene->saw_end = true;
}

void *take_all_and_confirm(void *data)
{
	take_until_the_end(data);
	close_peer(data);
	return NULL;
}

void *take_all_and_say_nothing(void *data)
{
	take_until_the_end(data);
	return NULL;
}

void *take_all_send_a_tail_and_confirm(void *data)
{
	struct scene *scene = data;

	take_until_the_end(scene);
	for (int i = 0; i < 100; i++)
		send(scene->peer, "tail", 4, MSG_NOSIGNAL);
	close_peer(scene);
	return NULL;
}

void *take_all_send_a_tail_confirm_and_signal(void *data)
{
	struct scene *scene = data;

	take_all_send_a_tail_and_confirm(scene);
	await_sleep();
	pthread_kill(scene->session_thread, SIGUSR1);
	return NULL;
}

void *take_all_and_signal(void *data)
{
	struct scene *scene = data;

	take_until_the_end(scene);
	await_sleep();
	pthread_kill(scene->session_thread, SIGUSR1);
	return NULL;
}

/* --- signals ------------------------------------------------------------------------ */

static volatile sig_atomic_t *signal_flag;

static void remember_signal(int signal)
{
	*signal_flag = signal;
}

void take_signals(struct scene *scene)
{
	struct sigaction remember = {.sa_handler = remember_signal};
	sigset_t blocked;

	signal_flag = &scene->signal;
	sigemptyset(&remember.sa_mask);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &blocked, &scene->interruption.wait_mask);
	sigdelset(&scene->interruption.wait_mask, SIGUSR1);
	sigaction(SIGUSR1, &remember, NULL);
}
