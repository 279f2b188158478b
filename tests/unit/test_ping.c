// SPDX-License-Identifier: GPL-2.0-or-later
/* What --ping puts into a source, when, and what it tells; the clock is the test's. */
#include "unit_test.h"

#include <string.h>

#include "caught_error.h"
#include "event_loop.h"
#include "transfer/numbered_sdus.h"
#include "session/ping.h"

enum { MS = 1000, PATIENCE_MS = 10000 };

static const struct report normal = {.program = "prog", .verbosity = VERBOSITY_NORMAL};
static const struct report quiet = {.program = "prog", .verbosity = VERBOSITY_QUIET};
static const bdaddr_t peer = {{0xAB, 0x89, 0x67, 0x45, 0x23, 0x01}};

static int64_t now_us;

int64_t __wrap_monotonic_us(void);
int64_t __wrap_monotonic_us(void)
{
	return now_us;
}

static bool no_memory;

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size)
{
	return no_memory ? NULL : __real_realloc(block, size);
}

/* --- a far end ---------------------------------------------------------------------- */

static const struct sdu_plan plan = {.queued = true, .input = -1};
static struct ping ping;
static struct sdu_source source;

static void start(const struct report *report, uint64_t count, size_t size)
{
	memset(&ping, 0, sizeof(ping));
	ping.report = report;
	ping.peer = &peer;
	ping.patience_ms = PATIENCE_MS;
	ping.trips.count = count;
	ping.trips.sizes = (struct sdu_sizes){size, size, 1};
	now_us = 5000000;
	sdu_source_start(&source, &plan);
	catch_error();
}

static void expect_told(const char *expected)
{
	read_error();
	assert_string_equal(told, expected);
	sdu_source_free(&source);
}

static int64_t prepare(void)
{
	return ping_prepare(&ping, &source);
}

/* The SDU that is due is put in, and goes out now. */
static void send_next(void)
{
	const void *data;
	size_t length;

	prepare();
	assert_true(sdu_source_has_sdu(&source, false));
	assert_int_equal(sdu_source_next(&source, &data, &length), 0);
	sdu_source_sent(&source, length);
	ping_sent(&ping);
}

static void answer(uint32_t number)
{
	static unsigned char data[65536];
	size_t length = sdu_sizes_of(&ping.trips.sizes, number);

	numbered_sdu_fill(data, length, number);
	ping_take(&ping, data, length);
}

/* --- when --------------------------------------------------------------------------- */

static void the_first_is_put_in_at_once(void **state)
{
	const void *data;
	size_t length;

	(void)state;
	start(&normal, 3, 8);
	/* The transfer sends it; until then there is nothing to wait for here. */
	assert_true(prepare() == WAIT_FOREVER);
	assert_true(sdu_source_has_sdu(&source, false));
	assert_int_equal(sdu_source_next(&source, &data, &length), 0);
	assert_int_equal(length, 8);
	assert_memory_equal(data, "\0\0\0\0\10\0\x7f\x7f", 8);
	/* One at a time. */
	assert_true(prepare() == WAIT_FOREVER);
	sdu_source_sent(&source, length);
	assert_true(sdu_source_is_empty(&source));
	assert_true(source.open);
	expect_told("");
}

static void an_answer_brings_the_next(void **state)
{
	(void)state;
	start(&normal, 3, 64);
	send_next();
	prepare();
	assert_true(sdu_source_is_empty(&source));
	now_us += 5 * MS;
	answer(0);
	prepare();
	assert_false(sdu_source_is_empty(&source));
	expect_told("prog: 64 bytes from 01:23:45:67:89:AB: seq=0 time=5.000 ms\n");
}

static void an_overdue_answer_is_told_once_and_the_next_goes_out(void **state)
{
	int64_t wait_ms;

	(void)state;
	start(&normal, 3, 64);
	send_next();
	now_us += 400 * MS;
	wait_ms = prepare();
	assert_in_range(wait_ms, 600, 601);
	now_us += 600 * MS - 1;
	wait_ms = prepare();
	assert_int_equal(wait_ms, 1); /* 0 would spin */
	assert_true(sdu_source_is_empty(&source));
	now_us += 1;
	prepare();
	prepare();
	assert_false(sdu_source_is_empty(&source));
	expect_told("prog: no answer yet to seq=0\n");
}

static void quiet_does_not_tell_what_is_overdue(void **state)
{
	(void)state;
	start(&quiet, 1, 64);
	send_next();
	now_us += 2000 * MS;
	prepare();
	expect_told("");
}

static void the_last_answer_is_waited_for_no_longer_than_patience(void **state)
{
	int64_t wait_ms;

	(void)state;
	start(&normal, 1, 64);
	send_next();
	now_us += 1000 * MS;
	wait_ms = prepare();
	assert_in_range(wait_ms, PATIENCE_MS - 1000, PATIENCE_MS - 1000 + 1);
	assert_true(source.open);
	now_us += (PATIENCE_MS - 1000) * MS;
	prepare();
	assert_false(source.open);
	expect_told("prog: no answer yet to seq=0\n");
}

/* The last one is answered, so nothing is overdue: the wait must have its end all the
 * same. */
static void a_lost_one_before_the_last_is_waited_for_no_longer_than_patience(void **state)
{
	int64_t wait_ms;

	(void)state;
	start(&normal, 2, 64);
	send_next();
	now_us += 1000 * MS;
	send_next();
	now_us += 10 * MS;
	answer(1);
	wait_ms = prepare();
	assert_true(source.open);
	assert_in_range(wait_ms, PATIENCE_MS - 10, PATIENCE_MS - 10 + 1);
	now_us += wait_ms * MS;
	prepare();
	assert_false(source.open);
	assert_false(ping_end(&ping));
	expect_told(
		"prog: no answer yet to seq=0\n"
		"prog: 64 bytes from 01:23:45:67:89:AB: seq=1 time=10.000 ms\n"
		"prog: 2 sent, 1 received, 1 lost (50.0 %), 0 repeated, 0 wrong; round "
		"trip min/avg/max/mdev 10.000/10.000/10.000/0.000 ms, p50 10.000 ms, "
		"p99 10.000 ms\n");
}

static void the_last_answer_ends_it_at_once(void **state)
{
	(void)state;
	start(&quiet, 2, 64);
	for (uint32_t number = 0; number < 2; number++) {
		assert_true(source.open);
		send_next();
		answer(number);
	}
	prepare();
	assert_false(source.open);
	assert_true(ping_end(&ping));
	expect_told("");
}

/* However it comes to be woken: there is always a time at which it goes on. */
static void whatever_is_lost_it_comes_to_its_end(void **state)
{
	enum { COUNT = 6 };

	(void)state;
	for (unsigned int lost = 0; lost < 1U << COUNT; lost++) {
		int turns = 0;

		start(&quiet, COUNT, 64);
		while (source.open) {
			int64_t wait_ms = prepare();

			assert_true(turns++ < 100);
			if (!sdu_source_is_empty(&source)) {
				uint32_t number = (uint32_t)ping.trips.sent;

				send_next();
				if (!(lost & 1U << number))
					answer(number);
			} else if (source.open) {
				assert_true(wait_ms != WAIT_FOREVER);
				now_us += wait_ms * MS;
			}
		}
		assert_true(now_us <= 5000000 + (COUNT * 1001 + PATIENCE_MS + 1) * MS);
		assert_int_equal(ping_end(&ping), lost == 0);
		read_error();
		sdu_source_free(&source);
	}
}

/* --- what is told ------------------------------------------------------------------- */

static void what_comes_is_told_with_its_number_and_time(void **state)
{
	(void)state;
	start(&normal, 2, 65535);
	send_next();
	now_us += 1234567;
	answer(0);
	answer(0);
	ping_take(&ping, (const unsigned char *)"hello", 5);
	ping_take(&ping, (const unsigned char *)"", 0);
	expect_told(
		"prog: 65535 bytes from 01:23:45:67:89:AB: seq=0 time=1234.567 ms\n"
		"prog: 65535 bytes from 01:23:45:67:89:AB: seq=0 once more\n"
		"prog: 5 bytes from 01:23:45:67:89:AB: not what was sent\n"
		"prog: 0 bytes from 01:23:45:67:89:AB: not what was sent\n");
}

static void quiet_tells_what_is_wrong_alone(void **state)
{
	(void)state;
	start(&quiet, 2, 64);
	send_next();
	answer(0);
	answer(0);
	assert_false(ping_end(&ping));
	expect_told(
		"prog: 64 bytes from 01:23:45:67:89:AB: seq=0 once more\n"
		"prog: 1 sent, 1 received, 0 lost (0.0 %), 1 repeated, 0 wrong; round "
		"trip min/avg/max/mdev 0.000/0.000/0.000/0.000 ms, p50 0.000 ms, p99 "
		"0.000 ms\n");
}

static void expect_summary(bool good, const char *expected)
{
	read_error();
	catch_error();
	assert_int_equal(ping_end(&ping), good);
	expect_told(expected);
}

static void the_summary_tells_losses_and_times(void **state)
{
	(void)state;
	start(&normal, 0, 64);
	for (uint32_t number = 0; number < 3; number++) {
		send_next();
		now_us += (number + 1) * 2000;
		answer(number);
	}
	expect_summary(true,
		       "prog: 3 sent, 3 received, 0 lost (0.0 %), 0 repeated, 0 "
		       "wrong; round trip min/avg/max/mdev 2.000/4.000/6.000/1.633 "
		       "ms, p50 4.008 ms, p99 6.000 ms\n");
	start(&normal, 0, 64);
	for (uint32_t number = 0; number < 3; number++) {
		send_next();
		now_us += 1000 * MS;
	}
	expect_summary(false,
		       "prog: 3 sent, 0 received, 3 lost (100.0 %), 0 repeated, 0 "
		       "wrong\n");
	start(&normal, 1, 64);
	send_next();
	ping_take(&ping, (const unsigned char *)"x", 1);
	answer(0);
	expect_summary(false,
		       "prog: 1 sent, 1 received, 0 lost (0.0 %), 0 repeated, 1 "
		       "wrong; round trip min/avg/max/mdev 0.000/0.000/0.000/0.000 "
		       "ms, p50 0.000 ms, p99 0.000 ms\n");
}

/* Interrupted before the first was sent. */
static void a_summary_of_nothing_divides_by_nothing(void **state)
{
	(void)state;
	start(&normal, 3, 64);
	expect_summary(true,
		       "prog: 0 sent, 0 received, 0 lost (0.0 %), 0 repeated, 0 "
		       "wrong\n");
}

static void in_json_what_is_not_known_is_null(void **state)
{
	const struct report json = {
		.program = "prog", .verbosity = VERBOSITY_NORMAL, .json = true};

	(void)state;
	start(&json, 3, 64);
	ping_end(&ping);
	read_error();
	assert_non_null(strstr(told, "\"sdus_sent\":0,"));
	assert_non_null(strstr(told, "\"minimum_ms\":null,"));
	assert_non_null(strstr(told, "\"p99_ms\":null}"));
	sdu_source_free(&source);
}

static void a_lack_of_memory_is_told_and_ends_it(void **state)
{
	(void)state;
	start(&normal, 3, 64);
	no_memory = true;
	prepare();
	no_memory = false;
	assert_true(ping.failed);
	assert_false(source.open);
	prepare();
	assert_true(sdu_source_is_empty(&source));
	assert_false(ping_end(&ping));
	read_error();
	assert_non_null(strstr(told, "prog: cannot make an SDU of 64 bytes: "));
	sdu_source_free(&source);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_first_is_put_in_at_once),
		TEST(an_answer_brings_the_next),
		TEST(an_overdue_answer_is_told_once_and_the_next_goes_out),
		TEST(quiet_does_not_tell_what_is_overdue),
		TEST(the_last_answer_is_waited_for_no_longer_than_patience),
		TEST(a_lost_one_before_the_last_is_waited_for_no_longer_than_patience),
		TEST(the_last_answer_ends_it_at_once),
		TEST(whatever_is_lost_it_comes_to_its_end),
		TEST(what_comes_is_told_with_its_number_and_time),
		TEST(quiet_tells_what_is_wrong_alone),
		TEST(the_summary_tells_losses_and_times),
		TEST(a_summary_of_nothing_divides_by_nothing),
		TEST(in_json_what_is_not_known_is_null),
		TEST(a_lack_of_memory_is_told_and_ends_it),
	};

	return RUN_TESTS(tests);
}
