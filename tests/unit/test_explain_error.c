// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "unit_test.h"

#include <errno.h>
#include <string.h>

#include "report/explain_error.h"

enum { HIGHEST_ERRNO = 133 };

static const enum failed_step steps[] = {
	STEP_SOCKET,
	STEP_ADAPTER,
	STEP_OPTIONS,
	STEP_BIND,
	STEP_LISTEN,
	STEP_ACCEPT,
	STEP_CONNECT,
	STEP_MODE,
	STEP_SEND,
	STEP_CHANNEL,
	STEP_INPUT,
	STEP_DISCONNECT,
	STEP_OUTPUT,
	STEP_MEMORY,
	STEP_COMMAND,
	STEP_PRIVILEGES,
	STEP_CONNECT_IN_TIME,
	STEP_ADVERTISE,
	STEP_CONNECT_LE,
	STEP_CONNECT_LE_IN_TIME,
	STEP_SECURITY,
	STEP_SECURITY_IN_TIME,
	STEP_OPEN_LE,
	STEP_OPEN_LE_IN_TIME,
};

static void the_status_follows_from_what_was_being_done(void **state)
{
	static const struct {
		enum failed_step step;
		int error;
		enum exit_status status;
	} rows[] = {
		{STEP_SOCKET, EAFNOSUPPORT, STATUS_LOCAL_FAILURE},
		{STEP_SOCKET, EMFILE, STATUS_LOCAL_FAILURE},
		{STEP_SOCKET, EPERM, STATUS_LOCAL_FAILURE},
		{STEP_ADAPTER, ENODEV, STATUS_LOCAL_FAILURE},
		{STEP_ADAPTER, ENETDOWN, STATUS_LOCAL_FAILURE},
		{STEP_OPTIONS, EINVAL, STATUS_LOCAL_FAILURE},
		{STEP_BIND, EACCES, STATUS_LOCAL_FAILURE},
		{STEP_BIND, EADDRINUSE, STATUS_LOCAL_FAILURE},
		{STEP_LISTEN, EADDRINUSE, STATUS_LOCAL_FAILURE},
		{STEP_ACCEPT, EMFILE, STATUS_LOCAL_FAILURE},
		{STEP_CONNECT, EHOSTUNREACH, STATUS_LOCAL_FAILURE},
		{STEP_CONNECT, ENODEV, STATUS_LOCAL_FAILURE},
		{STEP_CONNECT, EPERM, STATUS_LOCAL_FAILURE},
		{STEP_CONNECT, EHOSTDOWN, STATUS_NO_CONNECTION},
		{STEP_CONNECT, ECONNREFUSED, STATUS_NO_CONNECTION},
		{STEP_CONNECT, ECONNRESET, STATUS_NO_CONNECTION},
		{STEP_CONNECT, EACCES, STATUS_NO_CONNECTION},
		{STEP_CONNECT, EBADE, STATUS_NO_CONNECTION},
		{STEP_CONNECT, EMSGSIZE, STATUS_NO_CONNECTION},
		{STEP_CONNECT, ETIMEDOUT, STATUS_NO_CONNECTION},
		{STEP_CONNECT, EIO, STATUS_NO_CONNECTION},
		{STEP_CONNECT_IN_TIME, ETIMEDOUT, STATUS_TIMEOUT},
		{STEP_MODE, EPROTO, STATUS_NO_CONNECTION},
		{STEP_ADVERTISE, EPERM, STATUS_LOCAL_FAILURE},
		{STEP_ADVERTISE, EIO, STATUS_LOCAL_FAILURE},
		{STEP_OPTIONS, ENOPROTOOPT, STATUS_LOCAL_FAILURE},
		{STEP_CONNECT_LE, ECONNREFUSED, STATUS_NO_CONNECTION},
		{STEP_CONNECT_LE, EHOSTUNREACH, STATUS_LOCAL_FAILURE},
		{STEP_CONNECT_LE, EIO, STATUS_NO_CONNECTION},
		{STEP_CONNECT_LE_IN_TIME, ETIMEDOUT, STATUS_TIMEOUT},
		{STEP_SECURITY, EACCES, STATUS_NO_CONNECTION},
		{STEP_SECURITY, EIO, STATUS_NO_CONNECTION},
		{STEP_SECURITY_IN_TIME, ETIMEDOUT, STATUS_TIMEOUT},
		{STEP_OPEN_LE, ETIMEDOUT, STATUS_NO_CONNECTION},
		{STEP_OPEN_LE_IN_TIME, ETIMEDOUT, STATUS_TIMEOUT},
		{STEP_CHANNEL, EACCES, STATUS_CONNECTION_LOST},
		{STEP_SEND, EMSGSIZE, STATUS_LOCAL_FAILURE},
		{STEP_SEND, ENOBUFS, STATUS_LOCAL_FAILURE},
		{STEP_SEND, EIO, STATUS_CONNECTION_LOST},
		{STEP_CHANNEL, ECONNABORTED, STATUS_CONNECTION_LOST},
		{STEP_CHANNEL, ECONNRESET, STATUS_CONNECTION_LOST},
		{STEP_CHANNEL, ETIMEDOUT, STATUS_CONNECTION_LOST},
		{STEP_CHANNEL, ECONNREFUSED, STATUS_CONNECTION_LOST},
		{STEP_CHANNEL, EIO, STATUS_CONNECTION_LOST},
		{STEP_DISCONNECT, ECONNRESET, STATUS_CONNECTION_LOST},
		{STEP_DISCONNECT, ETIMEDOUT, STATUS_CONNECTION_LOST},
		{STEP_DISCONNECT, EIO, STATUS_CONNECTION_LOST},
		{STEP_INPUT, ENOENT, STATUS_LOCAL_FAILURE},
		{STEP_OUTPUT, EPIPE, STATUS_LOCAL_FAILURE},
		{STEP_OUTPUT, ENOSPC, STATUS_LOCAL_FAILURE},
		{STEP_MEMORY, ENOMEM, STATUS_LOCAL_FAILURE},
		{STEP_COMMAND, EAGAIN, STATUS_LOCAL_FAILURE},
		{STEP_COMMAND, ENOENT, STATUS_LOCAL_FAILURE},
		{STEP_PRIVILEGES, EPERM, STATUS_LOCAL_FAILURE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum exit_status status =
			explain_error(rows[i].step, rows[i].error).status;

		if (status != rows[i].status)
			fail_msg("step %d, %s: status %d, not %d", rows[i].step,
				 strerror(rows[i].error), status, rows[i].status);
	}
}

static void an_error_never_becomes_success_or_usage(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		for (int error = 0; error <= HIGHEST_ERRNO; error++) {
			enum exit_status status = explain_error(steps[i], error).status;

			/* A timeout is one that the user set. */
			if (steps[i] == STEP_CONNECT_IN_TIME ||
			    steps[i] == STEP_CONNECT_LE_IN_TIME ||
			    steps[i] == STEP_SECURITY_IN_TIME ||
			    steps[i] == STEP_OPEN_LE_IN_TIME ||
			    (steps[i] == STEP_OUTPUT && error == ETIMEDOUT)) {
				assert_int_equal(status, STATUS_TIMEOUT);
				continue;
			}
			assert_true(status == STATUS_LOCAL_FAILURE ||
				    status == STATUS_NO_CONNECTION ||
				    status == STATUS_CONNECTION_LOST);
		}
	}
}

static void the_sign_of_the_errno_does_not_matter(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		for (int error = 0; error <= HIGHEST_ERRNO; error++) {
			struct explanation plus = explain_error(steps[i], error);
			struct explanation minus = explain_error(steps[i], -error);

			assert_int_equal(plus.status, minus.status);
			assert_ptr_equal(plus.reason, minus.reason);
			assert_ptr_equal(plus.hint, minus.hint);
		}
	}
}

static void every_errno_of_a_connection_has_its_own_hint(void **state)
{
	static const int errors[] = {EAFNOSUPPORT, ENODEV,     EHOSTDOWN, EHOSTUNREACH,
				     ECONNREFUSED, ECONNRESET, EACCES,	  EPERM,
				     ETIMEDOUT,	   EBADE,      EMSGSIZE,  ECONNABORTED};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(errors); i++) {
		const char *hint = explain_error(STEP_CONNECT, errors[i]).hint;

		if (!hint)
			fail_msg("%s: no hint", strerror(errors[i]));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
				hint, explain_error(STEP_CONNECT, errors[k]).hint);
		assert_string_not_equal(hint, explain_error(STEP_CONNECT, EIO).hint);
	}
	assert_non_null(explain_error(STEP_BIND, EADDRINUSE).hint);
	assert_non_null(explain_error(STEP_LISTEN, EADDRINUSE).hint);
	assert_non_null(explain_error(STEP_BIND, EACCES).hint);
}

/* A row for one errno after the row for all others of its step would never be used. */
static void no_row_is_hidden_by_the_one_for_all_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(steps); i++)
		assert_true(explain_error(steps[i], 0).status != STATUS_OK);
	assert_string_not_equal(explain_error(STEP_CHANNEL, ECONNABORTED).hint,
				explain_error(STEP_CHANNEL, EIO).hint);
	assert_non_null(
		strstr(explain_error(STEP_CHANNEL, ECONNREFUSED).hint, "--no-defer"));
	assert_non_null(
		strstr(explain_error(STEP_CHANNEL, ECONNRESET).hint, "--no-defer"));
	assert_string_not_equal(explain_error(STEP_DISCONNECT, ETIMEDOUT).hint,
				explain_error(STEP_DISCONNECT, EIO).hint);
	assert_non_null(explain_error(STEP_OPTIONS, EINVAL).reason);
	assert_non_null(
		explain_error(STEP_CONNECT, EBADE).reason); /* "Invalid exchange" */
	assert_null(explain_error(STEP_OPTIONS, EIO).reason);
	assert_non_null(explain_error(STEP_SEND, ENOBUFS).reason);
	assert_null(explain_error(STEP_SEND, EIO).reason);
}

static void hints_are_one_line_that_names_a_next_step(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		for (int error = 0; error <= HIGHEST_ERRNO; error++) {
			struct explanation explanation = explain_error(steps[i], error);

			if (explanation.hint) {
				size_t length = strlen(explanation.hint);

				assert_true(length > 10 && length < 400);
				assert_null(strchr(explanation.hint, '\n'));
				assert_true(explanation.hint[length - 1] != '.');
			}
			if (explanation.reason)
				assert_null(strchr(explanation.reason, '\n'));
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_status_follows_from_what_was_being_done),
		TEST(an_error_never_becomes_success_or_usage),
		TEST(the_sign_of_the_errno_does_not_matter),
		TEST(every_errno_of_a_connection_has_its_own_hint),
		TEST(no_row_is_hidden_by_the_one_for_all_others),
		TEST(hints_are_one_line_that_names_a_next_step),
	};

	return RUN_TESTS(tests);
}
