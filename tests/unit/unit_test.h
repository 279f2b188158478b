/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test needs: cmocka, and a guard against tests that hang. */
#ifndef L2_UNIT_TEST_H
#define L2_UNIT_TEST_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { GUARD_S = 20 };

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

#define TEST(function)	 cmocka_unit_test_setup_teardown(function, start_guard, stop_guard)
#define RUN_TESTS(tests) cmocka_run_group_tests(tests, NULL, NULL)
#define COUNT_OF(array)	 (sizeof(array) / sizeof((array)[0]))

#endif
