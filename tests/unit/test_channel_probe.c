// SPDX-License-Identifier: GPL-2.0-or-later
/* What --check tries of a channel, and the signalling channel: the order of the calls,
 * and what becomes of their errors. */
#include "fake_kernel.h"

#include <errno.h>
#include <string.h>

/* --- probing ------------------------------------------------------------------------ */

static int probe(enum channel_mode mode, bool listens, enum failed_step *step)
{
	struct channel_config config = config_with(mode);
	long room = 0;
	int got = -1;
	int error = channel_probe(&config, listens, &got, &room, step);

	if (!error) {
		assert_int_equal(got, kernel.options.mode);
		assert_int_equal(room, kernel.receive_buffer);
	}
	return error;
}

static void who_would_listen_is_bound_and_never_listens(void **state)
{
	enum failed_step step;

	(void)state;
	assert_int_equal(probe(MODE_BASIC, true, &step), 0);
	assert_true(comes_before("set:L2CAP_OPTIONS", "bind"));
	assert_null(strstr(kernel.log, "listen"));
	assert_int_equal(kernel.bound.l2_psm, htobs(0x1001));
	assert_memory_equal(&kernel.bound.l2_bdaddr, &adapter, sizeof(adapter));
	assert_false(is_open(kernel.fd));
}

static void who_would_connect_is_neither_bound_nor_connected(void **state)
{
	enum failed_step step;

	(void)state;
	assert_int_equal(probe(MODE_BASIC, false, &step), 0);
	assert_null(strstr(kernel.log, "bind"));
	assert_null(strstr(kernel.log, "connect"));
	assert_false(is_open(kernel.fd));
}

static void the_mode_that_would_be_asked_for_is_told(void **state)
{
	enum failed_step step;

	(void)state;
	assert_int_equal(probe(MODE_AUTO, false, &step), 0);
	assert_int_equal(kernel.options.mode, L2CAP_MODE_ERTM);
	kernel.options.mode = L2CAP_MODE_BASIC;
	kernel.refused_mode = L2CAP_MODE_ERTM;
	assert_int_equal(probe(MODE_AUTO, false, &step), 0);
	assert_int_equal(kernel.options.mode, L2CAP_MODE_BASIC);
	assert_int_equal(probe(MODE_ERTM, false, &step), -EINVAL);
	assert_int_equal(step, STEP_OPTIONS);
	assert_false(is_open(kernel.fd));
}

static void the_room_is_what_the_privilege_gives(void **state)
{
	enum failed_step step;

	(void)state;
	kernel.privileged = true;
	assert_int_equal(probe(MODE_BASIC, false, &step), 0);
	assert_int_equal(kernel.receive_buffer, 64 << 20);
	kernel.privileged = false;
	kernel.receive_buffer = SYSTEM_LIMIT;
	kernel.buffer_limit = 300000;
	assert_int_equal(probe(MODE_BASIC, false, &step), 0);
	assert_int_equal(kernel.receive_buffer, 600000);
}

static void what_fails_while_probing_is_told_with_its_step(void **state)
{
	static const struct {
		const char *call;
		int error;
		enum failed_step step;
	} rows[] = {
		{"socket", EAFNOSUPPORT, STEP_SOCKET},
		{"set:L2CAP_OPTIONS", EPERM, STEP_OPTIONS},
		{"bind", EACCES, STEP_BIND},
		{"bind", EADDRINUSE, STEP_BIND},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum failed_step step = STEP_MEMORY;

		reset_kernel(state);
		kernel.failing = rows[i].call;
		kernel.error = rows[i].error;
		assert_int_equal(probe(MODE_BASIC, true, &step), -rows[i].error);
		assert_int_equal(step, rows[i].step);
		assert_true(kernel.fd == -1 || !is_open(kernel.fd));
	}
}

/* --- the signalling channel --------------------------------------------------------- */

static int connect_signalling(const bdaddr_t *local, struct channel *channel,
			      enum failed_step *step)
{
	return channel_connect_signalling(local, &far_peer, 5000, &interruption, channel,
					  step);
}

static void the_signalling_channel_is_a_raw_socket_to_the_peer(void **state)
{
	struct channel channel;
	enum failed_step step;

	(void)state;
	assert_int_equal(connect_signalling(&adapter, &channel, &step), 0);
	assert_int_equal(kernel.socket_type, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_int_equal(kernel.socket_protocol, BTPROTO_L2CAP);
	assert_memory_equal(&kernel.bound.l2_bdaddr, &adapter, sizeof(adapter));
	assert_int_equal(kernel.bound.l2_psm, 0);
	assert_memory_equal(&kernel.connected.l2_bdaddr, &far_peer, sizeof(far_peer));
	assert_int_equal(kernel.connected.l2_psm, 0);
	/* Our own limit comes first. */
	assert_int_equal(kernel.send_timeout_at_connect.tv_sec, 6);
	assert_memory_equal(&channel.local, &adapter, sizeof(adapter));
	assert_memory_equal(&channel.peer, &far_peer, sizeof(far_peer));
	channel_close(&channel);
	assert_false(is_open(kernel.fd));
}

static void without_an_adapter_named_it_is_not_bound(void **state)
{
	struct channel channel;
	enum failed_step step;

	(void)state;
	assert_int_equal(connect_signalling(BDADDR_ANY, &channel, &step), 0);
	assert_null(strstr(kernel.log, "bind"));
	channel_close(&channel);
}

static void what_fails_while_connecting_it_leaves_nothing_open(void **state)
{
	static const struct {
		const char *call;
		int error;
		enum failed_step step;
	} rows[] = {
		{"socket", EPERM, STEP_SOCKET},
		{"bind", EADDRNOTAVAIL, STEP_BIND},
		{"connect", EHOSTUNREACH, STEP_CONNECT},
		{"getsockname", ENOTCONN, STEP_CONNECT},
	};
	struct channel channel;
	enum failed_step step;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		reset_kernel(state);
		kernel.failing = rows[i].call;
		kernel.error = rows[i].error;
		assert_int_equal(connect_signalling(&adapter, &channel, &step),
				 -rows[i].error);
		assert_int_equal(step, rows[i].step);
		assert_int_equal(channel.fd, -1);
		assert_true(kernel.fd == -1 || !is_open(kernel.fd));
	}
	reset_kernel(state);
	kernel.socket_error = EHOSTDOWN;
	assert_int_equal(connect_signalling(&adapter, &channel, &step), -EHOSTDOWN);
	assert_int_equal(step, STEP_CONNECT);
	assert_false(is_open(kernel.fd));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CHANNEL_TEST(who_would_listen_is_bound_and_never_listens),
		CHANNEL_TEST(who_would_connect_is_neither_bound_nor_connected),
		CHANNEL_TEST(the_mode_that_would_be_asked_for_is_told),
		CHANNEL_TEST(the_room_is_what_the_privilege_gives),
		CHANNEL_TEST(what_fails_while_probing_is_told_with_its_step),
		CHANNEL_TEST(the_signalling_channel_is_a_raw_socket_to_the_peer),
		CHANNEL_TEST(without_an_adapter_named_it_is_not_bound),
		CHANNEL_TEST(what_fails_while_connecting_it_leaves_nothing_open),
	};

	return RUN_TESTS(tests);
}
