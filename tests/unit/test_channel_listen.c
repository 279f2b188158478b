// SPDX-License-Identifier: GPL-2.0-or-later
/* Listening and accepting: the order of the calls, and what becomes of their errors. */
#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* --- listening ---------------------------------------------------------------------- */

/* Leaves in the kernel what was asked of it. */
static void listen_and_close(const struct channel_config *config)
{
	struct channel listener;
	enum failed_step step;

	assert_int_equal(channel_listen(config, &listener, &step), 0);
	channel_close(&listener);
}

static void listening_defers_the_set_up_before_anyone_can_connect(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel listener;
	enum failed_step step;

	(void)state;
	assert_int_equal(channel_listen(&config, &listener, &step), 0);
	assert_string_equal(kernel.log,
			    "socket get:L2CAP_OPTIONS set:L2CAP_OPTIONS "
			    "get:L2CAP_LM set:L2CAP_LM bind "
			    "set:BT_DEFER_SETUP listen getsockname ");
	assert_int_equal(listener.fd, kernel.fd);
	channel_close(&listener);
}

static void letting_in_at_once_defers_nothing(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);

	(void)state;
	config.lets_in_at_once = true;
	listen_and_close(&config);
	assert_string_equal(kernel.log,
			    "socket get:L2CAP_OPTIONS set:L2CAP_OPTIONS "
			    "get:L2CAP_LM set:L2CAP_LM bind "
			    "listen getsockname ");
}

static void arrivals_are_signalled_before_anyone_can_connect(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);

	(void)state;
	config.lets_in_at_once = true;
	config.arrivals_signal = SIGRTMIN;
	listen_and_close(&config);
	assert_int_equal(kernel.signalled, getpid());
	assert_int_equal(kernel.arrivals_signal, SIGRTMIN);
	assert_int_equal(kernel.flags, O_RDWR | O_NONBLOCK | O_ASYNC);
	assert_true(comes_before("fcntl:F_SETOWN", "fcntl:F_SETFL"));
	assert_true(comes_before("fcntl:F_SETSIG", "fcntl:F_SETFL"));
	assert_true(comes_before("fcntl:F_SETFL", "listen"));
}

static void arrivals_that_cannot_be_signalled_are_told(void **state)
{
	static const char *const calls[] = {"fcntl:F_GETFL", "fcntl:F_SETOWN",
					    "fcntl:F_SETSIG", "fcntl:F_SETFL"};

	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		struct channel_config config = config_with(MODE_BASIC);
		struct channel listener;
		enum failed_step step = STEP_MEMORY;

		reset_kernel(state);
		config.lets_in_at_once = true;
		config.arrivals_signal = SIGRTMIN;
		kernel.failing = calls[i];
		kernel.error = EINVAL;
		assert_int_equal(channel_listen(&config, &listener, &step), -EINVAL);
		assert_int_equal(step, STEP_LISTEN);
		assert_null(strstr(kernel.log, "listen"));
		assert_false(is_open(kernel.fd));
	}
}

static void a_socket_is_seqpacket_non_blocking_and_not_inherited(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);

	(void)state;
	listen_and_close(&config);
	assert_int_equal(kernel.socket_domain, AF_BLUETOOTH);
	assert_int_equal(kernel.socket_type,
			 SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_int_equal(kernel.socket_protocol, BTPROTO_L2CAP);
	assert_true(kernel.backlog >= 20); /* quick clients: trap T2 */
}

static void listening_binds_adapter_and_psm_in_the_byte_order_of_the_air(void **state)
{
	static const unsigned char psm_on_the_air[] = {0x03, 0x10};
	struct channel_config config = config_with(MODE_BASIC);
	struct channel listener;
	enum failed_step step;

	(void)state;
	config.psm = 0x1003;
	kernel.picked_psm = 0x1003;
	assert_int_equal(channel_listen(&config, &listener, &step), 0);
	assert_int_equal(kernel.bound.l2_family, AF_BLUETOOTH);
	assert_memory_equal(&kernel.bound.l2_psm, psm_on_the_air, 2);
	assert_memory_equal(&kernel.bound.l2_bdaddr, &adapter, sizeof(adapter));
	assert_int_equal(kernel.bound.l2_cid, 0);
	assert_int_equal(kernel.bound.l2_bdaddr_type, BDADDR_BREDR);
	assert_int_equal(listener.psm, 0x1003);
	assert_memory_equal(&listener.local, &adapter, sizeof(adapter));
	channel_close(&listener);
}

static void the_psm_that_the_kernel_picks_is_told(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel listener;
	enum failed_step step;

	(void)state;
	config.psm = 0;
	kernel.picked_psm = 0x1005;
	assert_int_equal(channel_listen(&config, &listener, &step), 0);
	assert_int_equal(kernel.bound.l2_psm, 0);
	assert_int_equal(listener.psm, 0x1005);
	channel_close(&listener);
}

/* Traps T6 and T7: the rest of the options is left as the kernel gave it. */
static void only_the_incoming_mtu_and_the_mode_are_set(void **state)
{
	struct channel_config config = config_with(MODE_STREAMING);
	struct l2cap_options expected = kernel.options;

	(void)state;
	listen_and_close(&config);
	expected.imtu = 5000;
	expected.mode = L2CAP_MODE_STREAMING;
	assert_int_equal(kernel.options.imtu, expected.imtu);
	assert_int_equal(kernel.options.mode, expected.mode);
	assert_int_equal(kernel.options.omtu, expected.omtu);
	assert_int_equal(kernel.options.flush_to, expected.flush_to);
	assert_int_equal(kernel.options.fcs, expected.fcs);
	assert_int_equal(kernel.options.max_tx, expected.max_tx);
	assert_int_equal(kernel.options.txwin_size, expected.txwin_size);
}

static void check_sum_window_and_tries_are_the_users(void **state)
{
	struct channel_config config = config_with(MODE_ERTM);

	(void)state;
	config.tx_window = 5;
	config.max_transmit = 0;
	config.without_fcs = true;
	listen_and_close(&config);
	assert_int_equal(kernel.options.txwin_size, 5);
	assert_int_equal(kernel.options.max_tx, 0);
	assert_int_equal(kernel.options.fcs, 0);
}

static void each_mode_asks_for_the_kernels_own(void **state)
{
	static const struct {
		enum channel_mode mode;
		int asked;
	} rows[] = {
		{MODE_AUTO, L2CAP_MODE_ERTM},
		{MODE_BASIC, L2CAP_MODE_BASIC},
		{MODE_ERTM, L2CAP_MODE_ERTM},
		{MODE_STREAMING, L2CAP_MODE_STREAMING},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct channel_config config = config_with(rows[i].mode);
		struct channel listener;
		enum failed_step step;

		assert_int_equal(channel_listen(&config, &listener, &step), 0);
		assert_int_equal(kernel.options.mode, rows[i].asked);
		channel_close(&listener);
	}
}

static void auto_takes_basic_where_the_kernel_has_no_ertm(void **state)
{
	struct channel_config config = config_with(MODE_AUTO);

	(void)state;
	kernel.refused_mode = L2CAP_MODE_ERTM;
	listen_and_close(&config);
	assert_int_equal(kernel.options.mode, L2CAP_MODE_BASIC);
	assert_int_equal(kernel.options.imtu, 5000);
}

static void a_mode_asked_for_by_name_does_not_fall_back(void **state)
{
	struct channel_config config = config_with(MODE_ERTM);
	struct channel listener;
	enum failed_step step;

	(void)state;
	kernel.refused_mode = L2CAP_MODE_ERTM;
	assert_int_equal(channel_listen(&config, &listener, &step), -EINVAL);
	assert_int_equal(step, STEP_OPTIONS);
	assert_int_equal(kernel.options.mode, L2CAP_MODE_BASIC);
	assert_false(is_open(kernel.fd));
	assert_int_equal(listener.fd, -1);
}

static void auto_falls_back_for_no_other_reason(void **state)
{
	struct channel_config config = config_with(MODE_AUTO);
	struct channel listener;
	enum failed_step step;

	(void)state;
	kernel.failing = "set:L2CAP_OPTIONS";
	kernel.error = EPERM;
	assert_int_equal(channel_listen(&config, &listener, &step), -EPERM);
	assert_int_equal(step, STEP_OPTIONS);
	assert_false(is_open(kernel.fd));
}

/* Trap T20; what else the link mode has is kept. */
static void all_modes_but_ertm_ask_to_be_told_of_torn_frames(void **state)
{
	static const struct {
		enum channel_mode mode;
		bool central;
		int link_mode;
	} rows[] = {
		{MODE_AUTO, false, L2CAP_LM_AUTH | L2CAP_LM_RELIABLE},
		{MODE_BASIC, true, L2CAP_LM_AUTH | L2CAP_LM_RELIABLE | L2CAP_LM_MASTER},
		{MODE_STREAMING, false, L2CAP_LM_AUTH | L2CAP_LM_RELIABLE},
		{MODE_ERTM, true, L2CAP_LM_AUTH | L2CAP_LM_MASTER},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct channel_config config = config_with(rows[i].mode);
		struct channel listener;
		enum failed_step step;

		reset_kernel(state);
		kernel.asked_link_mode = L2CAP_LM_AUTH;
		config.central = rows[i].central;
		assert_int_equal(channel_listen(&config, &listener, &step), 0);
		assert_int_equal(kernel.asked_link_mode, rows[i].link_mode);
		channel_close(&listener);
	}
}

static void what_fails_while_listening_is_told_with_its_step(void **state)
{
	static const struct {
		const char *call;
		int error;
		enum failed_step step;
	} rows[] = {
		{"socket", EAFNOSUPPORT, STEP_SOCKET},
		{"socket", EPROTONOSUPPORT, STEP_SOCKET},
		{"socket", EMFILE, STEP_SOCKET},
		{"get:L2CAP_OPTIONS", ENOPROTOOPT, STEP_OPTIONS},
		{"set:L2CAP_OPTIONS", EINVAL, STEP_OPTIONS},
		{"get:L2CAP_LM", EINVAL, STEP_OPTIONS},
		{"set:L2CAP_LM", EINVAL, STEP_OPTIONS},
		{"bind", EACCES, STEP_BIND},
		{"bind", EADDRINUSE, STEP_BIND},
		{"bind", EADDRNOTAVAIL, STEP_BIND},
		{"set:BT_DEFER_SETUP", EINVAL, STEP_LISTEN},
		{"listen", EADDRINUSE, STEP_LISTEN},
		{"getsockname", ENOBUFS, STEP_LISTEN},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct channel_config config = config_with(MODE_BASIC);
		struct channel listener;
		enum failed_step step = STEP_MEMORY;

		reset_kernel(state);
		kernel.failing = rows[i].call;
		kernel.error = rows[i].error;
		assert_int_equal(channel_listen(&config, &listener, &step),
				 -rows[i].error);
		assert_int_equal(step, rows[i].step);
		assert_true(kernel.fd == -1 || !is_open(kernel.fd));
	}
}

static void a_socket_that_cannot_be_opened_leaves_the_channel_closed(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel;
	enum failed_step step;

	(void)state;
	kernel.failing = "socket";
	kernel.error = EAFNOSUPPORT;
	kernel.fails_for = 2;
	assert_int_equal(channel_listen(&config, &channel, &step), -EAFNOSUPPORT);
	assert_int_equal(channel.fd, -1);
	assert_int_equal(
		channel_connect(&config, &far_peer, 1000, &interruption, &channel, &step),
		-EAFNOSUPPORT);
	assert_int_equal(channel.fd, -1);
}

/* --- accepting ---------------------------------------------------------------------- */

static void accepting_tells_who_connected_to_what(void **state)
{
	struct channel listener = {.fd = 77, .psm = 0x1007};
	struct channel channel;

	(void)state;
	kernel.picked_psm = 0; /* an accepted socket need not know it */
	assert_int_equal(channel_accept(&listener, &channel), 0);
	assert_int_equal(channel.fd, kernel.fd);
	assert_int_equal(kernel.accept_flags, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_memory_equal(&channel.peer, &far_peer, sizeof(far_peer));
	assert_memory_equal(&channel.local, &adapter, sizeof(adapter));
	assert_int_equal(channel.psm, 0x1007);
	/* The peer waits until it is authorised. */
	assert_null(strstr(kernel.log, "recv"));
	channel_close(&channel);
}

static void an_accept_that_fails_is_told(void **state)
{
	static const int errors[] = {EAGAIN, ECONNABORTED, EINTR, EMFILE};
	struct channel listener = {.fd = 77, .psm = 0x1001};
	struct channel channel;

	for (size_t i = 0; i < COUNT_OF(errors); i++) {
		reset_kernel(state);
		kernel.failing = "accept4";
		kernel.error = errors[i];
		assert_int_equal(channel_accept(&listener, &channel), -errors[i]);
	}
	reset_kernel(state);
	kernel.failing = "getsockname";
	kernel.error = ENOTCONN;
	assert_int_equal(channel_accept(&listener, &channel), -ENOTCONN);
	assert_false(is_open(kernel.fd));
}

/* Trap T3: nothing can arrive while the peer waits. */
static void the_receive_buffer_grows_before_the_peer_is_let_in(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	kernel.privileged = true;
	assert_int_equal(channel_authorise(&channel, &config), 0);
	assert_true(kernel.receive_buffer_at_recv >= 4 << 20);
	assert_true(comes_before("set:SO_RCVBUFFORCE", "recv"));
	assert_null(strstr(strstr(kernel.log, "recv") + 4, "recv"));
	channel_close(&channel);
}

static void without_privilege_the_receive_buffer_grows_up_to_the_limit(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	kernel.buffer_limit = 300000;
	assert_int_equal(channel_authorise(&channel, &config), 0);
	assert_int_equal(kernel.receive_buffer_at_recv, 600000);
	channel_close(&channel);
}

static void a_receive_buffer_that_does_not_grow_is_no_failure(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	kernel.failing = "set:SO_RCVBUF";
	kernel.error = EPERM;
	assert_int_equal(channel_authorise(&channel, &config), 0);
	assert_non_null(strstr(kernel.log, "recv"));
	channel_close(&channel);
}

static void a_larger_receive_buffer_is_left_alone(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	kernel.privileged = true;
	kernel.receive_buffer = 100 << 20;
	assert_int_equal(channel_authorise(&channel, &config), 0);
	assert_int_equal(kernel.receive_buffer, 100 << 20);
	channel_close(&channel);
}

/* A read would take what its peer has sent. */
static void who_was_let_in_at_once_is_not_read_from(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	config.lets_in_at_once = true;
	kernel.privileged = true;
	assert_int_equal(channel_authorise(&channel, &config), 0);
	assert_null(strstr(kernel.log, "recv"));
	assert_non_null(strstr(kernel.log, "set:SO_RCVBUFFORCE"));
	assert_false(channel.late);
	channel_close(&channel);
}

/* Over LE a listener takes both modes: the wrong one is refused while it still waits. */
static void a_peer_of_le_in_another_mode_is_not_let_in(void **state)
{
	struct channel_config config = config_with(MODE_ECRED);
	struct channel channel = {.fd = new_descriptor(),
				  .address_type = BDADDR_LE_PUBLIC};

	(void)state;
	config.address_type = BDADDR_LE_PUBLIC;
	assert_int_equal(channel_authorise(&channel, &config), -EPROTO);
	assert_null(strstr(kernel.log, "recv"));
	config.mode = MODE_AUTO;
	assert_int_equal(channel_authorise(&channel, &config), 0);
	assert_non_null(strstr(kernel.log, "recv"));
	channel_close(&channel);
}

static void a_peer_that_went_away_before_it_was_let_in_is_told(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	kernel.failing = "recv";
	kernel.error = ECONNRESET;
	assert_int_equal(channel_authorise(&channel, &config), -ECONNRESET);
	channel_close(&channel);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CHANNEL_TEST(listening_defers_the_set_up_before_anyone_can_connect),
		CHANNEL_TEST(letting_in_at_once_defers_nothing),
		CHANNEL_TEST(arrivals_are_signalled_before_anyone_can_connect),
		CHANNEL_TEST(arrivals_that_cannot_be_signalled_are_told),
		CHANNEL_TEST(a_socket_is_seqpacket_non_blocking_and_not_inherited),
		CHANNEL_TEST(
			listening_binds_adapter_and_psm_in_the_byte_order_of_the_air),
		CHANNEL_TEST(the_psm_that_the_kernel_picks_is_told),
		CHANNEL_TEST(only_the_incoming_mtu_and_the_mode_are_set),
		CHANNEL_TEST(check_sum_window_and_tries_are_the_users),
		CHANNEL_TEST(each_mode_asks_for_the_kernels_own),
		CHANNEL_TEST(auto_takes_basic_where_the_kernel_has_no_ertm),
		CHANNEL_TEST(a_mode_asked_for_by_name_does_not_fall_back),
		CHANNEL_TEST(auto_falls_back_for_no_other_reason),
		CHANNEL_TEST(all_modes_but_ertm_ask_to_be_told_of_torn_frames),
		CHANNEL_TEST(what_fails_while_listening_is_told_with_its_step),
		CHANNEL_TEST(a_socket_that_cannot_be_opened_leaves_the_channel_closed),
		CHANNEL_TEST(accepting_tells_who_connected_to_what),
		CHANNEL_TEST(an_accept_that_fails_is_told),
		CHANNEL_TEST(the_receive_buffer_grows_before_the_peer_is_let_in),
		CHANNEL_TEST(without_privilege_the_receive_buffer_grows_up_to_the_limit),
		CHANNEL_TEST(a_receive_buffer_that_does_not_grow_is_no_failure),
		CHANNEL_TEST(a_larger_receive_buffer_is_left_alone),
		CHANNEL_TEST(who_was_let_in_at_once_is_not_read_from),
		CHANNEL_TEST(a_peer_of_le_in_another_mode_is_not_let_in),
		CHANNEL_TEST(a_peer_that_went_away_before_it_was_let_in_is_told),
	};

	return RUN_TESTS(tests);
}
