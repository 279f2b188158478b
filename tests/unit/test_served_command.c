// SPDX-License-Identifier: GPL-2.0-or-later
/* The command of --exec, with real processes. */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "served_command.h"

enum { LONG_MS = 60000, SHORT_MS = 50 };

static volatile sig_atomic_t no_signal;

struct scene {
	struct served_command command;
	struct event_loop loop;
	struct interruption interruption;
	int to, from;
	char text[256]; /* what it has printed */
};

static void start(struct scene *scene, const char *text, int64_t grace_ms)
{
	const struct channel channel = {
		.fd = -1, .psm = 4097, .incoming_mtu = 672, .outgoing_mtu = 65535};

	*scene = (struct scene){.interruption = {.signal = &no_signal}};
	sigemptyset(&scene->interruption.wait_mask);
	assert_int_equal(event_loop_open(&scene->loop, &scene->interruption), 0);
	assert_int_equal(served_command_open(&scene->command, 0, grace_ms, &scene->to,
					     &scene->from),
			 0);
	assert_int_equal(served_command_start(&scene->command, text, &channel,
					      "01:23:45:67:89:AB", 7),
			 0);
}

static void close_input(struct scene *scene)
{
	close(scene->to);
	scene->to = -1;
}

/* Until it has ended; returns how long that took. */
static int64_t run(struct scene *scene)
{
	int64_t start_ms = monotonic_ms();

	while (!scene->command.ended) {
		int64_t wait_ms = served_command_prepare(&scene->command, &scene->loop);

		assert_int_equal(event_loop_wait(&scene->loop, wait_ms), 0);
		served_command_serve(&scene->command);
		assert_true(monotonic_ms() - start_ms < LONG_MS);
	}
	return monotonic_ms() - start_ms;
}

static void read_text(struct scene *scene)
{
	struct pollfd readable = {.fd = scene->from, .events = POLLIN};
	size_t length = 0;
	ssize_t more;

	do {
		assert_int_equal(poll(&readable, 1, LONG_MS), 1);
		more = read(scene->from, scene->text + length,
			    sizeof(scene->text) - 1 - length);
		assert_true(more >= 0);
		length += (size_t)more;
	} while (more > 0);
}

static void end(struct scene *scene)
{
	pid_t process = scene->command.pid;

	if (scene->command.ended && process) {
		served_command_reap(&scene->command, &scene->loop);
		assert_int_equal(scene->command.pid, 0);
	}
	served_command_free(&scene->command);
	if (process) {
		assert_int_equal(waitpid(process, NULL, WNOHANG), -1);
		assert_int_equal(errno, ECHILD);
	}
	if (scene->to >= 0)
		close(scene->to);
	close(scene->from);
	event_loop_close(&scene->loop);
}

static void what_it_reads_and_prints_goes_through_pipes(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, "cat; exit 3", LONG_MS);
	assert_int_equal(write(scene.to, "hello", 5), 5);
	close_input(&scene);
	run(&scene);
	read_text(&scene);
	assert_string_equal(scene.text, "hello");
	end(&scene);
	assert_int_equal(scene.command.exit_code, 3);
	assert_false(scene.command.killed);
}

static void its_environment_tells_the_connection(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, "echo $L2_PEER $L2_PSM $L2_IMTU $L2_OMTU $L2_NUMBER", LONG_MS);
	run(&scene);
	read_text(&scene);
	assert_string_equal(scene.text, "01:23:45:67:89:AB 4097 672 65535 7\n");
	end(&scene);
}

static void a_command_that_looks_like_an_option_is_a_command(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, "-x", LONG_MS);
	run(&scene);
	end(&scene);
	assert_int_equal(scene.command.exit_code, 127);
}

/* "sha256sum >sum" has closed its standard output before it has read a byte. */
static void a_closed_standard_output_is_no_end_before_that_of_the_command(void **state)
{
	struct pollfd readable;
	struct scene scene;

	(void)state;
	start(&scene, "exec >&-; echo ready >&2; cat >/dev/null", LONG_MS);
	readable = (struct pollfd){.fd = scene.from, .events = POLLIN};
	assert_int_equal(poll(&readable, 1, SHORT_MS), 0);
	close_input(&scene);
	run(&scene);
	assert_int_equal(poll(&readable, 1, 0), 1);
	assert_true(readable.revents & POLLHUP);
	end(&scene);
	assert_int_equal(scene.command.exit_code, 0);
}

static void one_that_goes_on_is_hung_up_after_the_grace(void **state)
{
	struct scene scene;
	int64_t began_ms;

	(void)state;
	start(&scene, "exec sleep 1000", SHORT_MS);
	began_ms = monotonic_ms();
	served_command_expect_end(&scene.command, began_ms);
	run(&scene);
	assert_true(monotonic_ms() - began_ms >= SHORT_MS);
	end(&scene);
	assert_int_equal(scene.command.exit_code, SIGHUP);
	assert_true(scene.command.killed);
}

static void one_that_ignores_that_is_killed(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, "trap '' HUP; echo ready; while :; do sleep 1000; done", SHORT_MS);
	/* It ignores it now. */
	assert_int_equal(
		poll(&(struct pollfd){.fd = scene.from, .events = POLLIN}, 1, LONG_MS),
		1);
	served_command_hang_up(&scene.command);
	assert_true(run(&scene) >= SHORT_MS);
	assert_int_equal(scene.command.signal, SIGKILL);
	end(&scene);
	assert_int_equal(scene.command.exit_code, SIGKILL);
	assert_true(scene.command.killed);
}

/* As long as it reads, it has time. */
static void its_grace_begins_anew_when_it_is_told_so(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, "exec sleep 1000", LONG_MS);
	served_command_expect_end(&scene.command, monotonic_ms() - LONG_MS);
	served_command_expect_end(&scene.command, monotonic_ms());
	assert_true(served_command_prepare(&scene.command, &scene.loop) > LONG_MS / 2);
	assert_int_equal(served_command_serve(&scene.command), 0);
	/* But not once it has got its signal. */
	served_command_hang_up(&scene.command);
	assert_int_equal(served_command_serve(&scene.command), SIGHUP);
	served_command_expect_end(&scene.command, monotonic_ms() + 2 * LONG_MS);
	assert_true(served_command_prepare(&scene.command, &scene.loop) <= LONG_MS);
	run(&scene);
	end(&scene);
}

static void what_nobody_reads_is_counted(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, "head -c 1000000 /dev/zero", LONG_MS);
	served_command_drain(&scene.command, scene.from);
	run(&scene);
	end(&scene);
	assert_int_equal(scene.command.exit_code, 0);
	assert_int_equal(scene.command.rest_bytes, 1000000);
}

static void what_it_leaves_in_the_background_is_hung_up(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, "sleep 1000 & echo $!", LONG_MS);
	run(&scene);
	served_command_reap(&scene.command, &scene.loop);
	served_command_reap(&scene.command, &scene.loop); /* which does nothing */
	read_text(&scene); /* it ends when the last one that has it open does */
	end(&scene);
	assert_true(strtol(scene.text, NULL, 10) > 1);
}

/* Else nobody would end who has its input open and does not read it. */
static void what_it_leaves_in_the_background_gets_the_signals_of_the_grace(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, "sleep 1000 <&0 & echo $!", LONG_MS);
	run(&scene);
	served_command_expect_end(&scene.command, monotonic_ms() - LONG_MS);
	assert_int_equal(served_command_serve(&scene.command), SIGHUP);
	read_text(&scene); /* which ends with the last one */
	assert_true(served_command_prepare(&scene.command, &scene.loop) > 0);
	end(&scene);
}

static void one_that_still_runs_does_not_outlive_its_client(void **state)
{
	struct scene scene;

	(void)state;
	start(&scene, "exec sleep 1000", LONG_MS);
	end(&scene);
}

static void it_is_reaped_where_sigchld_was_ignored(void **state)
{
	struct scene scene;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	start(&scene, "exit 5", LONG_MS);
	run(&scene);
	end(&scene);
	assert_int_equal(scene.command.exit_code, 5);
}

static void without_descriptors_there_are_no_pipes(void **state)
{
	struct served_command command;
	int filler[256];
	int count = 0;
	int to;
	int from;

	(void)state;
	for (int spare = 0; spare < 4; spare++) {
		struct rlimit before;
		struct rlimit few;

		assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
		few = (struct rlimit){.rlim_cur = 64, .rlim_max = before.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		for (count = 0; count < 256 && (filler[count] = dup(STDERR_FILENO)) >= 0;
		     count++)
			;
		for (int i = 0; i < spare; i++)
			close(filler[--count]);
		assert_int_equal(served_command_open(&command, 0, 0, &to, &from),
				 -EMFILE);
		assert_int_equal(to, -1);
		assert_int_equal(from, -1);
		served_command_free(&command);
		/* Nothing of it is left. */
		for (int i = 0; i < spare; i++)
			assert_true((filler[count++] = dup(STDERR_FILENO)) >= 0);
		while (count > 0)
			close(filler[--count]);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_it_reads_and_prints_goes_through_pipes),
		TEST(its_environment_tells_the_connection),
		TEST(a_command_that_looks_like_an_option_is_a_command),
		TEST(a_closed_standard_output_is_no_end_before_that_of_the_command),
		TEST(one_that_goes_on_is_hung_up_after_the_grace),
		TEST(one_that_ignores_that_is_killed),
		TEST(its_grace_begins_anew_when_it_is_told_so),
		TEST(what_nobody_reads_is_counted),
		TEST(what_it_leaves_in_the_background_is_hung_up),
		TEST(what_it_leaves_in_the_background_gets_the_signals_of_the_grace),
		TEST(one_that_still_runs_does_not_outlive_its_client),
		TEST(it_is_reaped_where_sigchld_was_ignored),
		TEST(without_descriptors_there_are_no_pipes),
	};

	return RUN_TESTS(tests);
}
