// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "served_command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOWEST_OTHER_FD = 3, /* after the standard files */
	TICK_MS = 20,	     /* how often to look at what cannot be waited for */
	BLOCK = 4096,
	UNKNOWN_STATUS = 255,
};

extern char **environ;

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* --- starting ----------------------------------------------------------------------- */

int served_command_open(struct served_command *command, rlim_t most_files,
			int64_t grace_ms, int *to, int *from)
{
	int input[2] = {-1, -1};
	int output[2] = {-1, -1};
	int error = 0;

	if (pipe2(input, O_CLOEXEC) < 0 || pipe2(output, O_CLOEXEC) < 0 ||
	    fcntl(output[0], F_SETFL, O_NONBLOCK) < 0)
		error = -errno;
	if (error) {
		close_end(&input[0]);
		close_end(&input[1]);
		close_end(&output[0]);
		close_end(&output[1]);
	}
	*command = (struct served_command){
		.input = input[0],
		.output = output[1],
		.process = {.fd = -1},
		.rest = {.fd = -1},
		.most_files = most_files,
		.grace_ms = grace_ms,
		.signal_ms = WAIT_FOREVER,
	};
	*to = input[1];
	*from = output[0];
	return error;
}

/* What the command finds in its environment, which is the server's but for that. */
enum { OWN_VARIABLES = 5 };

struct environment {
	char own[OWN_VARIABLES][40];
	char **all; /* up to a NULL */
};

static bool is_told(const struct environment *environment, const char *variable)
{
	size_t length = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < OWN_VARIABLES; i++) {
		if (strncmp(environment->own[i], variable, length) == 0)
			return true;
	}
	return false;
}

/* The caller frees ->all. */
static int tell_environment(struct environment *environment,
			    const struct channel *channel, const char *peer,
			    unsigned int number)
{
	size_t room = OWN_VARIABLES + 1;
	size_t count = 0;
	char(*own)[sizeof(environment->own[0])] = environment->own;

	snprintf(own[0], sizeof(own[0]), "L2_PEER=%s", peer);
	snprintf(own[1], sizeof(own[1]), "L2_PSM=%u", channel->psm);
	snprintf(own[2], sizeof(own[2]), "L2_IMTU=%u", channel->incoming_mtu);
	snprintf(own[3], sizeof(own[3]), "L2_OMTU=%u", channel->outgoing_mtu);
	snprintf(own[4], sizeof(own[4]), "L2_NUMBER=%u", number);
	for (char **variable = environ; *variable; variable++)
		room++;
	environment->all = calloc(room, sizeof(*environment->all));
	if (!environment->all)
		return -ENOMEM;
	for (char **variable = environ; *variable; variable++) {
		if (!is_told(environment, *variable))
			environment->all[count++] = *variable;
	}
	for (size_t i = 0; i < OWN_VARIABLES; i++)
		environment->all[count++] = own[i];
	return 0;
}

/* A session of its own, with all signals as a new login has them: the server blocks and
 * ignores some, and who started it may have ignored SIGHUP. */
static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none;
	sigset_t all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID |
							     POSIX_SPAWN_SETSIGMASK |
							     POSIX_SPAWN_SETSIGDEF);
	if (!error)
		error = posix_spawnattr_setsigmask(attributes, &none);
	if (!error)
		error = posix_spawnattr_setsigdefault(attributes, &all);
	return error;
}

static int set_files(posix_spawn_file_actions_t *files,
		     const struct served_command *command)
{
	int error = posix_spawn_file_actions_adddup2(files, command->input, STDIN_FILENO);

	if (!error)
		error = posix_spawn_file_actions_adddup2(files, command->output,
							 STDOUT_FILENO);
	return error;
}

/* The program that started the server may have handed down more than the standard files:
 * the command gets none of these. posix_spawn() can close them itself only from
 * glibc 2.34 on. Shown by "the command has three descriptors" in the laboratory. Returns
 * 0 or a positive errno. */
static int keep_other_files(void)
{
	DIR *own = opendir("/proc/self/fd");
	const struct dirent *entry;

	if (!own)
		return errno;
	while ((entry = readdir(own))) {
		int fd = (int)strtol(entry->d_name, NULL, 10); /* 0 for "." and ".." */

		if (fd >= LOWEST_OTHER_FD)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	closedir(own);
	return 0;
}

/* Returns 0 or a positive errno, as those that it calls do. */
static int spawn(struct served_command *command, const char *text, char **environment)
{
	char *const arguments[] = {"sh", "-c", "--", (char *)text, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int error = posix_spawn_file_actions_init(&files);

	if (error)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (!error) {
		error = set_attributes(&attributes);
		if (!error)
			error = set_files(&files, command);
		if (!error)
			error = posix_spawn(&command->pid, "/bin/sh", &files, &attributes,
					    arguments, environment);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&files);
	return error;
}

int served_command_start(struct served_command *command, const char *text,
			 const struct channel *channel, const char *peer,
			 unsigned int number)
{
	struct environment environment;
	struct rlimit raised, handed_down;
	int error = -keep_other_files();

	if (!error)
		error = tell_environment(&environment, channel, peer, number);
	if (error)
		return error;
	/* With SIGCHLD ignored, which may be handed down, there is nothing to reap. */
	signal(SIGCHLD, SIG_DFL);
	/* posix_spawn() hands down the limit of the moment, and the server has raised its
	 * own. */
	getrlimit(RLIMIT_NOFILE, &raised);
	handed_down = raised;
	if (command->most_files && command->most_files < raised.rlim_cur)
		handed_down.rlim_cur = command->most_files;
	setrlimit(RLIMIT_NOFILE, &handed_down);
	error = spawn(command, text, environment.all);
	setrlimit(RLIMIT_NOFILE, &raised);
	free(environment.all);
	if (error) {
		command->pid = 0;
		return -error;
	}
	close_end(&command->input);
	/* By its number: musl and glibc before 2.36 have no function for it. */
	command->process.fd = (int)syscall(SYS_pidfd_open, command->pid, 0);
	return command->process.fd < 0 ? -errno : 0;
}

/* --- ending ------------------------------------------------------------------------- */

void served_command_expect_end(struct served_command *command, int64_t since_ms)
{
	if (!command->signal)
		command->signal_ms = since_ms + command->grace_ms;
}

void served_command_hang_up(struct served_command *command)
{
	if (!command->signal)
		command->signal_ms = monotonic_ms();
}

void served_command_drain(struct served_command *command, int from)
{
	command->rest.fd = from;
}

/* Unreaped, the process holds its number: no other group can have it. */
static void send_next_signal(struct served_command *command)
{
	if (!command->signal) {
		command->signal = SIGHUP;
		command->signal_ms = monotonic_ms() + command->grace_ms;
	} else {
		command->signal = SIGKILL;
		command->signal_ms = WAIT_FOREVER;
	}
	kill(-command->pid, command->signal);
}

static void read_rest(struct served_command *command)
{
	char block[BLOCK];
	ssize_t length = read(command->rest.fd, block, sizeof(block));

	if (length > 0)
		command->rest_bytes += (uint64_t)length;
	/* At its end it is always readable. */
	command->rest_ended = length == 0;
}

int64_t served_command_prepare(struct served_command *command, struct event_loop *loop)
{
	int64_t left = WAIT_FOREVER;
	int error;

	if (!command->pid)
		return WAIT_FOREVER;
	error = event_source_want(loop, &command->process, command->ended ? 0 : EPOLLIN);
	if (!error && command->rest.fd >= 0)
		error = event_source_want(loop, &command->rest,
					  command->rest_ended ? 0 : EPOLLIN);
	if (command->signal_ms != WAIT_FOREVER)
		left = command->signal_ms - monotonic_ms();
	if (error && left > TICK_MS)
		left = TICK_MS;
	return left > 0 ? left : 0;
}

static bool has_ended(const struct served_command *command)
{
	siginfo_t information = {.si_pid = 0};

	return waitid(P_PID, (id_t)command->pid, &information,
		      WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       information.si_pid != 0;
}

int served_command_serve(struct served_command *command)
{
	int before = command->signal;

	if (!command->pid)
		return 0;
	event_source_take(&command->process);
	event_source_take(&command->rest);
	if (command->rest.fd >= 0 && !command->rest_ended)
		read_rest(command);
	command->ended = has_ended(command);
	if (command->ended)
		close_end(&command->output);
	/* Also then: what it has left in the background may hold up its input. */
	if (command->signal_ms != WAIT_FOREVER && monotonic_ms() >= command->signal_ms)
		send_next_signal(command);
	return command->signal == before ? 0 : command->signal;
}

void served_command_reap(struct served_command *command, struct event_loop *loop)
{
	siginfo_t information = {.si_status = 0};
	int left = 0;
	int status;

	/* 0 would be the server's own group. */
	if (!command->pid)
		return;
	event_source_want(loop, &command->process, 0);
	event_source_want(loop, &command->rest, 0);
	/* No reading on: what it left in the background may write without limit. */
	if (command->rest.fd >= 0 && ioctl(command->rest.fd, FIONREAD, &left) == 0)
		command->rest_bytes += (uint64_t)left;
	kill(-command->pid, SIGHUP);
	while ((status = waitid(P_PID, (id_t)command->pid, &information, WEXITED)) < 0 &&
	       errno == EINTR)
		;
	/* What is not known is no success. */
	command->exit_code = status < 0 ? UNKNOWN_STATUS : information.si_status;
	command->killed =
		information.si_code == CLD_KILLED || information.si_code == CLD_DUMPED;
	command->pid = 0;
}

void served_command_free(struct served_command *command)
{
	siginfo_t information;

	close_end(&command->input);
	close_end(&command->output);
	if (command->pid) {
		kill(-command->pid, SIGKILL);
		while (waitid(P_PID, (id_t)command->pid, &information, WEXITED) < 0 &&
		       errno == EINTR)
			;
	}
	command->pid = 0;
	close_end(&command->process.fd);
}
