/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What every unit test needs: cmocka, and a guard against tests that hang. */
#ifndef L2_UNIT_TEST_H
#define L2_UNIT_TEST_H

#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { GUARD_S = 50 }; /* on a busy machine, too */

static timer_t guard;

/* Ends the program when a test runs for too long. No alarm(): channel_close() uses the
 * timer of that. */
static inline int start_guard(void **state)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM};
	struct itimerspec limit = {.it_value = {.tv_sec = GUARD_S}};

	(void)state;
	return timer_create(CLOCK_MONOTONIC, &event, &guard) ||
	       timer_settime(guard, 0, &limit, NULL);
}

static inline int stop_guard(void **state)
{
	(void)state;
	return timer_delete(guard);
}

/* Returns once the first thread sleeps, in a wait: until then it has not come to it. For
 * other threads. */
static inline void await_sleep(void)
{
	char name[64], line[512] = "";

	snprintf(name, sizeof(name), "/proc/self/task/%d/stat", (int)getpid());
	while (!strstr(line, ") S ")) {
		FILE *file = fopen(name, "r");

		if (!file || !fgets(line, sizeof(line), file))
			abort();
		fclose(file);
	}
}

#define TEST(function)	 cmocka_unit_test_setup_teardown(function, start_guard, stop_guard)
#define RUN_TESTS(tests) run_matching(tests, COUNT_OF(tests))
#define COUNT_OF(array)	 (sizeof(array) / sizeof((array)[0]))

/* Runs the tests whose names match the regular expression in L2_ONLY, all by default. */
static inline int run_matching(const struct CMUnitTest *tests, size_t count)
{
	struct CMUnitTest *chosen = calloc(count, sizeof(*chosen));
	const char *only = getenv("L2_ONLY");
	regex_t pattern;
	size_t matching = 0;
	int failed;

	if (!chosen || regcomp(&pattern, only ? only : "", REG_EXTENDED | REG_NOSUB))
		return 1;
	for (size_t i = 0; i < count; i++) {
		if (regexec(&pattern, tests[i].name, 0, NULL, 0) == 0)
			chosen[matching++] = tests[i];
	}
	if (matching)
		failed = _cmocka_run_group_tests("unit", chosen, matching, NULL, NULL);
	else
		failed = puts("1..0") < 0;
	regfree(&pattern);
	free(chosen);
	return failed;
}

#endif
