// SPDX-License-Identifier: GPL-2.0-or-later
/* Connecting and disconnecting: the order of the calls, and what becomes of their errors.
 */
#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

/* --- connecting --------------------------------------------------------------------- */

static int connect_with(const struct channel_config *config, int64_t timeout_ms,
			struct channel *channel, enum failed_step *step)
{
	return channel_connect(config, &far_peer, timeout_ms, &interruption, channel,
			       step);
}

static void connecting_makes_its_calls_in_order(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel;
	enum failed_step step;

	(void)state;
	kernel.privileged = true;
	assert_int_equal(connect_with(&config, 5000, &channel, &step), 0);
	assert_true(comes_before("socket", "set:L2CAP_OPTIONS"));
	assert_true(comes_before("set:L2CAP_OPTIONS", "bind"));
	assert_true(comes_before("bind", "set:SO_RCVBUFFORCE"));
	assert_true(comes_before("set:SO_RCVBUFFORCE", "connect"));
	assert_true(comes_before("set:SO_SNDTIMEO", "connect"));
	assert_true(comes_before("connect", "wait"));
	assert_true(comes_before("wait", "getsockname"));
	assert_true(comes_before("wait", "get:SO_ERROR"));
	assert_true(kernel.receive_buffer_at_connect >= 4 << 20);
	channel_close(&channel);
}

static void connecting_names_peer_and_psm_in_the_byte_order_of_the_air(void **state)
{
	static const unsigned char psm_on_the_air[] = {0x03, 0x10};
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel;
	enum failed_step step;

	(void)state;
	config.psm = 0x1003;
	kernel.picked_psm = 0;
	assert_int_equal(connect_with(&config, 5000, &channel, &step), 0);
	assert_int_equal(kernel.connected.l2_family, AF_BLUETOOTH);
	assert_memory_equal(&kernel.connected.l2_psm, psm_on_the_air, 2);
	assert_memory_equal(&kernel.connected.l2_bdaddr, &far_peer, sizeof(far_peer));
	assert_int_equal(kernel.connected.l2_cid, 0);
	assert_int_equal(kernel.connected.l2_bdaddr_type, BDADDR_BREDR);
	assert_int_equal(channel.psm, 0x1003);
	assert_memory_equal(&channel.peer, &far_peer, sizeof(far_peer));
	assert_memory_equal(&channel.local, &adapter, sizeof(adapter));
	channel_close(&channel);
}

static void only_a_named_adapter_is_bound_and_no_psm(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel;
	enum failed_step step;

	(void)state;
	assert_int_equal(connect_with(&config, 5000, &channel, &step), 0);
	assert_memory_equal(&kernel.bound.l2_bdaddr, &adapter, sizeof(adapter));
	assert_int_equal(kernel.bound.l2_psm, 0);
	channel_close(&channel);

	reset_kernel(state);
	config.adapter = *BDADDR_ANY;
	assert_int_equal(connect_with(&config, 5000, &channel, &step), 0);
	assert_null(strstr(kernel.log, "bind"));
	channel_close(&channel);
}

/* Trap T12. */
static void the_kernels_own_timeout_comes_after_ours(void **state)
{
	static const int64_t limits[] = {1, 999, 1000, 40000, 3600000};
	struct channel_config config = config_with(MODE_BASIC);

	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		struct channel channel;
		enum failed_step step;
		int64_t kernel_ms;

		reset_kernel(state);
		assert_int_equal(connect_with(&config, limits[i], &channel, &step), 0);
		kernel_ms = (int64_t)kernel.send_timeout_at_connect.tv_sec * 1000 +
			    kernel.send_timeout_at_connect.tv_usec / 1000;
		assert_true(kernel_ms > limits[i]);
		assert_true(kernel.send_timeout_at_connect.tv_usec < 1000000);
		/* Once connected it is the kernel's default again. */
		assert_int_equal(kernel.send_timeout.tv_sec, 40);
		channel_close(&channel);
	}
}

static void no_answer_in_time_is_etimedout(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel;
	enum failed_step step;
	int64_t begin = monotonic_ms();

	(void)state;
	kernel.ppoll_events = 0;
	assert_int_equal(connect_with(&config, 100, &channel, &step), -ETIMEDOUT);
	assert_true(monotonic_ms() - begin >= 100);
	assert_int_equal(step, STEP_CONNECT);
	assert_int_equal(channel.fd, -1);
	assert_false(is_open(kernel.fd));
}

static void a_signal_ends_the_connecting(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel;
	enum failed_step step;

	(void)state;
	stop = SIGINT;
	kernel.ppoll_events = 0;
	assert_int_equal(connect_with(&config, 5000, &channel, &step), -EINTR);
	assert_int_equal(channel.fd, -1);
	assert_false(is_open(kernel.fd));
}

static void a_wait_that_another_signal_interrupts_goes_on(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel;
	enum failed_step step;

	(void)state;
	kernel.failing = "wait";
	kernel.error = EINTR;
	kernel.fails_for = 3;
	assert_int_equal(connect_with(&config, 5000, &channel, &step), 0);
	channel_close(&channel);
}

static void what_the_peer_or_the_link_says_is_told(void **state)
{
	static const int errors[] = {EHOSTDOWN, ECONNREFUSED, ECONNRESET, EACCES,
				     EBADE,	ETIMEDOUT,    EMSGSIZE};
	struct channel_config config = config_with(MODE_BASIC);

	for (size_t i = 0; i < COUNT_OF(errors); i++) {
		struct channel channel;
		enum failed_step step;

		reset_kernel(state);
		kernel.ppoll_events = POLLOUT | POLLERR | POLLHUP;
		kernel.poll_events = POLLERR | POLLHUP;
		kernel.socket_error = errors[i];
		assert_int_equal(connect_with(&config, 5000, &channel, &step),
				 -errors[i]);
		assert_int_equal(step, STEP_CONNECT);
		assert_int_equal(channel.fd, -1);
		assert_false(is_open(kernel.fd));
	}
}

static void what_fails_while_connecting_is_told_with_its_step(void **state)
{
	static const struct {
		const char *call;
		int error;
		enum failed_step step;
	} rows[] = {
		{"socket", EAFNOSUPPORT, STEP_SOCKET},
		{"get:L2CAP_OPTIONS", ENOPROTOOPT, STEP_OPTIONS},
		{"set:L2CAP_OPTIONS", EINVAL, STEP_OPTIONS},
		{"bind", EADDRNOTAVAIL, STEP_BIND},
		{"set:SO_SNDTIMEO", EDOM, STEP_CONNECT},
		{"connect", EHOSTUNREACH, STEP_CONNECT},
		{"connect", ENOMEM, STEP_CONNECT},
		{"wait", ENOMEM, STEP_CONNECT},
		{"getsockname", ENOBUFS, STEP_CONNECT},
		{"get:SO_ERROR", ENOTCONN, STEP_CONNECT},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct channel_config config = config_with(MODE_BASIC);
		struct channel channel;
		enum failed_step step = STEP_MEMORY;

		reset_kernel(state);
		kernel.failing = rows[i].call;
		kernel.error = rows[i].error;
		assert_int_equal(connect_with(&config, 5000, &channel, &step),
				 -rows[i].error);
		assert_int_equal(step, rows[i].step);
		assert_true(kernel.fd == -1 || !is_open(kernel.fd));
	}
}

static void connecting_in_another_mode_than_the_named_one_closes(void **state)
{
	struct channel_config config = config_with(MODE_ERTM);
	struct channel channel;
	enum failed_step step;

	(void)state;
	kernel.peer_has_basic_only = true;
	assert_int_equal(connect_with(&config, 5000, &channel, &step), -EPROTO);
	assert_int_equal(step, STEP_MODE);
	assert_int_equal(channel.mode, L2CAP_MODE_BASIC);
	assert_int_equal(channel.fd, -1);
	assert_false(is_open(kernel.fd));
}

/* --- disconnecting ------------------------------------------------------------------ */

static int disconnect(void)
{
	struct channel channel = {.fd = new_descriptor()};
	int error = channel_start_disconnect(&channel);

	/* What was received before can still be read. */
	assert_true(is_open(channel.fd));
	channel_close(&channel);
	return error;
}

static int disconnect_result(void)
{
	struct channel channel = {.fd = new_descriptor()};
	int error = channel_disconnect_result(&channel);

	assert_true(is_open(channel.fd));
	channel_close(&channel);
	return error;
}

/* Trap T9: with SHUT_RDWR the hang-up would come at once, without the peer's response. */
static void the_disconnect_leaves_the_hang_up_to_the_response(void **state)
{
	(void)state;
	assert_int_equal(disconnect(), 0);
	assert_int_equal(kernel.shutdown_how, SHUT_WR);
	/* Lingering, it would wait in the kernel, and nobody else would be served. */
	assert_null(strstr(kernel.log, "SO_LINGER"));
	assert_null(strstr(kernel.log, "wait"));
}

static void errors_of_the_disconnect_are_told(void **state)
{
	static const int errors[] = {EINTR, ENOTCONN, ECONNABORTED, ECONNRESET,
				     ETIMEDOUT};

	for (size_t i = 0; i < COUNT_OF(errors); i++) {
		reset_kernel(state);
		kernel.failing = "shutdown";
		kernel.error = errors[i];
		assert_int_equal(disconnect(), -errors[i]);
	}
}

static void a_peer_that_closed_first_is_econnreset(void **state)
{
	(void)state;
	kernel.poll_events = POLLRDHUP | POLLHUP | POLLIN;
	assert_int_equal(disconnect(), -ECONNRESET);
	assert_null(strstr(kernel.log, "shutdown"));
}

/* A shutdown of a dead channel returns 0 at once: that is no response of the peer. */
static void a_link_that_was_lost_before_is_told(void **state)
{
	static const int errors[] = {ECONNABORTED, ETIMEDOUT, EHOSTDOWN, ECONNRESET};

	for (size_t i = 0; i < COUNT_OF(errors); i++) {
		reset_kernel(state);
		kernel.socket_error = errors[i];
		assert_int_equal(disconnect(), -errors[i]);
		assert_null(strstr(kernel.log, "shutdown"));
	}
}

static void a_hang_up_without_an_error_is_the_response(void **state)
{
	(void)state;
	/* This end's own close sets all of them. */
	kernel.poll_events = POLLRDHUP | POLLHUP | POLLIN;
	assert_int_equal(disconnect_result(), 0);
}

static void a_link_that_is_lost_before_the_response_is_told(void **state)
{
	static const int errors[] = {ECONNABORTED, ETIMEDOUT, EHOSTDOWN, ECONNRESET};

	for (size_t i = 0; i < COUNT_OF(errors); i++) {
		reset_kernel(state);
		kernel.socket_error = errors[i];
		kernel.poll_events = POLLRDHUP | POLLHUP | POLLIN;
		assert_int_equal(disconnect_result(), -errors[i]);
	}
	reset_kernel(state);
	kernel.failing = "get:SO_ERROR";
	kernel.error = ENOTCONN;
	assert_int_equal(disconnect_result(), -ENOTCONN);
}

/* Trap T11: in ERTM the kernel waits for acknowledgements, until a signal comes. */
static void a_close_that_waits_is_cut_short(void **state)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction after;
	struct itimerval timer;
	int64_t begin = monotonic_ms();
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	sigaction(SIGALRM, &ignore, NULL);
	kernel.close_waits = true;
	channel_close(&channel);
	assert_true(monotonic_ms() - begin < 2000);
	assert_int_equal(channel.fd, -1);
	assert_false(is_open(kernel.fd));
	/* The signal is as it was, and no more of it come. */
	sigaction(SIGALRM, NULL, &after);
	assert_ptr_equal(after.sa_handler, SIG_IGN);
	getitimer(ITIMER_REAL, &timer);
	assert_int_equal(timer.it_value.tv_sec, 0);
	assert_int_equal(timer.it_value.tv_usec, 0);
	signal(SIGALRM, SIG_DFL);
}

static void closing_twice_is_harmless(void **state)
{
	struct channel channel = {.fd = new_descriptor()};
	int fd = channel.fd;

	(void)state;
	channel_close(&channel);
	assert_int_equal(channel.fd, -1);
	assert_false(is_open(fd));
	assert_int_equal(new_descriptor(), fd);
	channel_close(&channel);
	assert_true(is_open(fd));
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CHANNEL_TEST(connecting_makes_its_calls_in_order),
		CHANNEL_TEST(connecting_names_peer_and_psm_in_the_byte_order_of_the_air),
		CHANNEL_TEST(only_a_named_adapter_is_bound_and_no_psm),
		CHANNEL_TEST(the_kernels_own_timeout_comes_after_ours),
		CHANNEL_TEST(no_answer_in_time_is_etimedout),
		CHANNEL_TEST(a_signal_ends_the_connecting),
		CHANNEL_TEST(a_wait_that_another_signal_interrupts_goes_on),
		CHANNEL_TEST(what_the_peer_or_the_link_says_is_told),
		CHANNEL_TEST(what_fails_while_connecting_is_told_with_its_step),
		CHANNEL_TEST(connecting_in_another_mode_than_the_named_one_closes),
		CHANNEL_TEST(the_disconnect_leaves_the_hang_up_to_the_response),
		CHANNEL_TEST(errors_of_the_disconnect_are_told),
		CHANNEL_TEST(a_peer_that_closed_first_is_econnreset),
		CHANNEL_TEST(a_link_that_was_lost_before_is_told),
		CHANNEL_TEST(a_hang_up_without_an_error_is_the_response),
		CHANNEL_TEST(a_link_that_is_lost_before_the_response_is_told),
		CHANNEL_TEST(a_close_that_waits_is_cut_short),
		CHANNEL_TEST(closing_twice_is_harmless),
	};

	return RUN_TESTS(tests);
}
