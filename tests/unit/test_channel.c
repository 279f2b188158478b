// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The order of the channel's system calls, and what becomes of their errors. A kernel of
 * a few lines answers them; what the real one does is tested in the laboratory.
 */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>

#include "channel.h"

enum { LOG_SIZE = 2048, SYSTEM_LIMIT = 212992 };

/* The kernel, and what it was asked. */
static struct {
	char log[LOG_SIZE];  /* the calls, each with a blank behind it */
	const char *failing; /* the call that fails, as in the log */
	int error;	     /* with this errno */
	int fails_for;	     /* so many times */

	struct l2cap_options options; /* as set, and as negotiated */
	int refused_mode;	      /* setting it gives EINVAL; -1: none */
	int send_buffer, receive_buffer, buffer_limit;
	bool privileged; /* may exceed buffer_limit */
	bool peer_has_basic_only;
	bool close_waits;
	int socket_error;
	short poll_events;  /* of the connected socket */
	short ppoll_events; /* 0: nothing until the timeout */
	size_t acl_payload;
	bdaddr_t local, peer;
	uint16_t picked_psm;
	ssize_t recv_result;

	int fd; /* that socket() or accept4() gave, last */
	int socket_domain, socket_type, socket_protocol, accept_flags;
	struct sockaddr_l2 bound, connected;
	int backlog, shutdown_how;
	struct timeval send_timeout_at_connect, send_timeout;
	int receive_buffer_at_recv, receive_buffer_at_connect;
} kernel;

static const bdaddr_t adapter = {{0x00, 0x00, 0x00, 0x01, 0xAA, 0x00}};
static const bdaddr_t far_peer = {{0x55, 0x44, 0x33, 0x22, 0x11, 0x00}};

static volatile sig_atomic_t stop;
static struct interruption interruption = {.signal = &stop};

/* Notes CALL; true, with errno set, when it is to fail. */
static bool note(const char *call)
{
	size_t length = strlen(kernel.log);

	snprintf(kernel.log + length, sizeof(kernel.log) - length, "%s ", call);
	if (!kernel.failing || strcmp(kernel.failing, call) != 0 || kernel.fails_for == 0)
		return false;
	kernel.fails_for--;
	errno = kernel.error;
	return true;
}

static const char *option_name(int level, int option)
{
	if (level == SOL_L2CAP && option == L2CAP_OPTIONS)
		return "L2CAP_OPTIONS";
	if (level == SOL_BLUETOOTH && option == BT_DEFER_SETUP)
		return "BT_DEFER_SETUP";
	if (level != SOL_SOCKET)
		return "other";
	switch (option) {
	case SO_SNDBUF:
		return "SO_SNDBUF";
	case SO_SNDBUFFORCE:
		return "SO_SNDBUFFORCE";
	case SO_RCVBUF:
		return "SO_RCVBUF";
	case SO_RCVBUFFORCE:
		return "SO_RCVBUFFORCE";
	case SO_ERROR:
		return "SO_ERROR";
	case SO_LINGER:
		return "SO_LINGER";
	case SO_SNDTIMEO:
		return "SO_SNDTIMEO";
	default:
		return "other";
	}
}

static int new_descriptor(void)
{
	kernel.fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_true(kernel.fd >= 0);
	return kernel.fd;
}

int __wrap_socket(int domain, int type, int protocol);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_listen(int fd, int backlog);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
ssize_t __wrap_recv(int fd, void *room, size_t length, int flags);
int __wrap_shutdown(int fd, int how);
int __wrap_close(int fd);
int __real_close(int fd);
int __wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout);
int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
		 const sigset_t *mask);
int __real_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
		 const sigset_t *mask);
int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *size);
size_t __wrap_adapter_acl_payload(const bdaddr_t *address);

int __wrap_socket(int domain, int type, int protocol)
{
	kernel.socket_domain = domain;
	kernel.socket_type = type;
	kernel.socket_protocol = protocol;
	return note("socket") ? -1 : new_descriptor();
}

/* The kernel keeps twice what is asked for. */
static void set_buffer(int *buffer, const void *value, bool forced)
{
	int asked = *(const int *)value;

	if (!forced && asked > kernel.buffer_limit)
		asked = kernel.buffer_limit;
	*buffer = asked * 2;
}

static int set_socket_option(int option, const void *value)
{
	switch (option) {
	case SO_SNDBUF:
		set_buffer(&kernel.send_buffer, value, false);
		return 0;
	case SO_RCVBUF:
		set_buffer(&kernel.receive_buffer, value, false);
		return 0;
	case SO_SNDBUFFORCE:
	case SO_RCVBUFFORCE:
		if (!kernel.privileged) {
			errno = EPERM;
			return -1;
		}
		set_buffer(option == SO_SNDBUFFORCE ? &kernel.send_buffer
						    : &kernel.receive_buffer,
			   value, true);
		return 0;
	case SO_SNDTIMEO:
		kernel.send_timeout = *(const struct timeval *)value;
		return 0;
	default:
		fail_msg("setsockopt(SOL_SOCKET, %d)", option);
		return -1;
	}
}

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	char call[64];

	assert_int_equal(fd, kernel.fd);
	snprintf(call, sizeof(call), "set:%s", option_name(level, option));
	if (note(call))
		return -1;
	if (level == SOL_SOCKET)
		return set_socket_option(option, value);
	if (level == SOL_BLUETOOTH) {
		assert_int_equal(size, sizeof(int));
		assert_int_equal(*(const int *)value, 1);
		return 0;
	}
	assert_int_equal(size, sizeof(kernel.options));
	if (((const struct l2cap_options *)value)->mode == kernel.refused_mode) {
		errno = EINVAL;
		return -1;
	}
	memcpy(&kernel.options, value, size);
	return 0;
}

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	char call[64];

	assert_int_equal(fd, kernel.fd);
	snprintf(call, sizeof(call), "get:%s", option_name(level, option));
	if (note(call))
		return -1;
	if (level == SOL_L2CAP) {
		assert_true(*size >= sizeof(kernel.options));
		memcpy(value, &kernel.options, sizeof(kernel.options));
		return 0;
	}
	assert_int_equal(level, SOL_SOCKET);
	assert_int_equal(*size, sizeof(int));
	if (option == SO_SNDBUF) {
		*(int *)value = kernel.send_buffer;
	} else if (option == SO_RCVBUF) {
		*(int *)value = kernel.receive_buffer;
	} else {
		assert_int_equal(option, SO_ERROR);
		*(int *)value = kernel.socket_error;
		kernel.socket_error = 0;
	}
	return 0;
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	assert_int_equal(fd, kernel.fd);
	assert_int_equal(size, sizeof(kernel.bound));
	memcpy(&kernel.bound, address, size);
	return note("bind") ? -1 : 0;
}

int __wrap_listen(int fd, int backlog)
{
	assert_int_equal(fd, kernel.fd);
	kernel.backlog = backlog;
	return note("listen") ? -1 : 0;
}

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	struct sockaddr_l2 peer = {.l2_family = AF_BLUETOOTH, .l2_bdaddr = kernel.peer};

	(void)fd;
	kernel.accept_flags = flags;
	if (note("accept4"))
		return -1;
	assert_int_equal(*size, sizeof(peer));
	memcpy(address, &peer, sizeof(peer));
	return new_descriptor();
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	assert_int_equal(fd, kernel.fd);
	assert_int_equal(size, sizeof(kernel.connected));
	memcpy(&kernel.connected, address, size);
	kernel.send_timeout_at_connect = kernel.send_timeout;
	kernel.receive_buffer_at_connect = kernel.receive_buffer;
	if (note("connect"))
		return -1;
	if (kernel.peer_has_basic_only)
		kernel.options.mode = L2CAP_MODE_BASIC;
	errno = EINPROGRESS;
	return -1;
}

ssize_t __wrap_recv(int fd, void *room, size_t length, int flags)
{
	assert_int_equal(fd, kernel.fd);
	(void)room;
	(void)length;
	(void)flags;
	kernel.receive_buffer_at_recv = kernel.receive_buffer;
	return note("recv") ? -1 : kernel.recv_result;
}

int __wrap_shutdown(int fd, int how)
{
	assert_int_equal(fd, kernel.fd);
	kernel.shutdown_how = how;
	return note("shutdown") ? -1 : 0;
}

int __wrap_close(int fd)
{
	struct timespec wait = {.tv_sec = 5};

	if (kernel.close_waits && fd == kernel.fd)
		nanosleep(&wait, NULL);
	return __real_close(fd);
}

int __wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
	assert_int_equal(count, 1);
	assert_int_equal(timeout, 0);
	descriptors->revents =
		kernel.poll_events & (descriptors->events | POLLERR | POLLHUP | POLLNVAL);
	return descriptors->revents != 0;
}

int __wrap_ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
		 const sigset_t *mask)
{
	if (count == 0)
		return __real_ppoll(NULL, 0, timeout, mask);
	assert_int_equal(count, 1);
	if (note("wait"))
		return -1;
	descriptors->revents = kernel.ppoll_events;
	return kernel.ppoll_events ? 1 : __real_ppoll(NULL, 0, timeout, mask);
}

int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
	struct sockaddr_l2 local = {.l2_family = AF_BLUETOOTH,
				    .l2_bdaddr = kernel.local,
				    .l2_psm = htobs(kernel.picked_psm)};

	assert_int_equal(fd, kernel.fd);
	if (note("getsockname"))
		return -1;
	assert_int_equal(*size, sizeof(local));
	memcpy(address, &local, sizeof(local));
	return 0;
}

size_t __wrap_adapter_acl_payload(const bdaddr_t *address)
{
	assert_memory_equal(address, &kernel.local, sizeof(*address));
	return kernel.acl_payload;
}

static int reset_kernel(void **state)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.fd = -1;
	kernel.fails_for = 1;
	kernel.options = (struct l2cap_options){.omtu = 1234,
						.imtu = 672,
						.flush_to = 0xFFFF,
						.mode = L2CAP_MODE_BASIC,
						.fcs = 1,
						.max_tx = 3,
						.txwin_size = 63};
	kernel.refused_mode = -1;
	kernel.send_buffer = kernel.receive_buffer = SYSTEM_LIMIT;
	kernel.buffer_limit = 4194304;
	kernel.acl_payload = 192;
	kernel.local = adapter;
	kernel.peer = far_peer;
	kernel.picked_psm = 0x1001;
	kernel.ppoll_events = POLLOUT;
	stop = 0;
	sigemptyset(&interruption.wait_mask);
	return start_guard(state);
}

static struct channel_config config_with(enum channel_mode mode)
{
	return (struct channel_config){
		.adapter = adapter,
		.psm = 0x1001,
		.mtu = 5000,
		.mode = mode,
		.tx_window = 63,
		.max_transmit = 3,
	};
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Whether FIRST was called, and SECOND only after it. */
static bool comes_before(const char *first, const char *second)
{
	const char *a = strstr(kernel.log, first);
	const char *b = strstr(kernel.log, second);

	return a && b && a < b;
}

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
			    "socket get:L2CAP_OPTIONS set:L2CAP_OPTIONS bind "
			    "set:BT_DEFER_SETUP listen getsockname ");
	assert_int_equal(listener.fd, kernel.fd);
	channel_close(&listener);
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
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	kernel.privileged = true;
	assert_int_equal(channel_authorise(&channel), 0);
	assert_true(kernel.receive_buffer_at_recv >= 4 << 20);
	assert_true(comes_before("set:SO_RCVBUFFORCE", "recv"));
	assert_null(strstr(strstr(kernel.log, "recv") + 4, "recv"));
	channel_close(&channel);
}

static void without_privilege_the_receive_buffer_grows_up_to_the_limit(void **state)
{
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	kernel.buffer_limit = 300000;
	assert_int_equal(channel_authorise(&channel), 0);
	assert_int_equal(kernel.receive_buffer_at_recv, 600000);
	channel_close(&channel);
}

static void a_receive_buffer_that_does_not_grow_is_no_failure(void **state)
{
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	kernel.failing = "set:SO_RCVBUF";
	kernel.error = EPERM;
	assert_int_equal(channel_authorise(&channel), 0);
	assert_non_null(strstr(kernel.log, "recv"));
	channel_close(&channel);
}

static void a_larger_receive_buffer_is_left_alone(void **state)
{
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	kernel.privileged = true;
	kernel.receive_buffer = 100 << 20;
	assert_int_equal(channel_authorise(&channel), 0);
	assert_int_equal(kernel.receive_buffer, 100 << 20);
	channel_close(&channel);
}

static void a_peer_that_went_away_before_it_was_let_in_is_told(void **state)
{
	struct channel channel = {.fd = new_descriptor()};

	(void)state;
	kernel.failing = "recv";
	kernel.error = ECONNRESET;
	assert_int_equal(channel_authorise(&channel), -ECONNRESET);
	channel_close(&channel);
}

/* --- what was negotiated ------------------------------------------------------------ */

static int settle(enum channel_mode asked, int negotiated, uint16_t omtu,
		  struct channel *channel, enum failed_step *step)
{
	struct channel_config config = config_with(asked);

	*channel = (struct channel){.fd = new_descriptor(), .local = adapter};
	kernel.options.imtu = 4000;
	kernel.options.omtu = omtu;
	kernel.options.mode = (uint8_t)negotiated;
	return channel_settle(channel, &config, step);
}

/* The second configuration makes no difference in basic mode: see LATE_MS. */
static void a_peer_that_was_let_in_too_late_is_sent_away_in_ertm(void **state)
{
	struct channel_config config = config_with(MODE_AUTO);
	struct channel channel = {.fd = new_descriptor(), .local = adapter, .late = true};
	enum failed_step step;

	(void)state;
	kernel.options.omtu = 672;
	kernel.options.mode = L2CAP_MODE_ERTM;
	assert_int_equal(channel_settle(&channel, &config, &step), -EAGAIN);
	assert_int_equal(step, STEP_CONNECT);
	kernel.options.mode = L2CAP_MODE_BASIC;
	assert_int_equal(channel_settle(&channel, &config, &step), 0);
	channel_close(&channel);
}

static void settling_reads_what_was_negotiated(void **state)
{
	struct channel channel;
	enum failed_step step;

	(void)state;
	kernel.privileged = true;
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_ERTM, 3000, &channel, &step), 0);
	assert_int_equal(channel.incoming_mtu, 4000);
	assert_int_equal(channel.outgoing_mtu, 3000);
	assert_int_equal(channel.mode, L2CAP_MODE_ERTM);
	assert_int_equal(channel.largest_sdu, 3000);
	channel_close(&channel);
}

/* Trap T5. */
static void a_basic_sdu_is_never_cut_larger_than_65531(void **state)
{
	static const struct {
		int mode;
		uint16_t omtu;
		size_t largest;
	} rows[] = {
		{L2CAP_MODE_BASIC, 65530, 65530}, {L2CAP_MODE_BASIC, 65531, 65531},
		{L2CAP_MODE_BASIC, 65532, 65531}, {L2CAP_MODE_BASIC, 65535, 65531},
		{L2CAP_MODE_ERTM, 65531, 65531},  {L2CAP_MODE_ERTM, 65532, 65532},
		{L2CAP_MODE_ERTM, 65535, 65535},  {L2CAP_MODE_BASIC, 48, 48},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct channel channel;
		enum failed_step step;

		reset_kernel(state);
		kernel.privileged = true;
		assert_int_equal(
			settle(MODE_AUTO, rows[i].mode, rows[i].omtu, &channel, &step),
			0);
		assert_int_equal(channel.largest_sdu, rows[i].largest);
		assert_int_equal(channel.outgoing_mtu, rows[i].omtu);
		channel_close(&channel);
	}
}

/* Trap T10: in streaming mode each side believes something else. */
static void auto_takes_ertm_and_basic_and_not_streaming(void **state)
{
	static const struct {
		int mode;
		int result;
	} rows[] = {
		{L2CAP_MODE_BASIC, 0},
		{L2CAP_MODE_ERTM, 0},
		{L2CAP_MODE_STREAMING, -EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct channel channel;
		enum failed_step step;

		assert_int_equal(settle(MODE_AUTO, rows[i].mode, 672, &channel, &step),
				 rows[i].result);
		assert_int_equal(channel.mode, rows[i].mode);
		if (rows[i].result)
			assert_int_equal(step, STEP_MODE);
		channel_close(&channel);
	}
}

static void frames_have_a_check_sum_where_the_kernel_says_so(void **state)
{
	struct channel channel;
	enum failed_step step;

	(void)state;
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_ERTM, 672, &channel, &step), 0);
	assert_true(channel.fcs);
	channel_close(&channel);
	/* The kernel's option is of no use in basic mode. */
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_BASIC, 672, &channel, &step), 0);
	assert_false(channel.fcs);
	channel_close(&channel);
	kernel.options.fcs = 0;
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_ERTM, 672, &channel, &step), 0);
	assert_false(channel.fcs);
	channel_close(&channel);
}

static void an_empty_sdu_can_be_sent_in_basic_mode_alone(void **state)
{
	struct channel channel;
	enum failed_step step;

	(void)state;
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_BASIC, 672, &channel, &step), 0);
	assert_int_equal(channel.smallest_sdu, 0);
	channel_close(&channel);
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_ERTM, 672, &channel, &step), 0);
	assert_int_equal(channel.smallest_sdu, 1);
	channel_close(&channel);
	assert_int_equal(
		settle(MODE_STREAMING, L2CAP_MODE_STREAMING, 672, &channel, &step), 0);
	assert_int_equal(channel.smallest_sdu, 1);
	channel_close(&channel);
}

static void another_mode_than_the_named_one_is_eproto(void **state)
{
	static const int modes[] = {L2CAP_MODE_BASIC, L2CAP_MODE_ERTM,
				    L2CAP_MODE_STREAMING};

	(void)state;
	for (size_t asked = 0; asked < COUNT_OF(modes); asked++) {
		for (size_t got = 0; got < COUNT_OF(modes); got++) {
			struct channel channel;
			enum failed_step step = STEP_MEMORY;
			int error = settle((enum channel_mode)modes[asked], modes[got],
					   672, &channel, &step);

			assert_int_equal(error, asked == got ? 0 : -EPROTO);
			if (error)
				assert_int_equal(step, STEP_MODE);
			assert_int_equal(channel.mode, modes[got]);
			channel_close(&channel);
		}
	}
}

static void an_error_that_is_pending_is_a_failure_to_connect(void **state)
{
	struct channel channel;
	enum failed_step step = STEP_MEMORY;

	(void)state;
	kernel.socket_error = ECONNREFUSED;
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_BASIC, 672, &channel, &step),
			 -ECONNREFUSED);
	assert_int_equal(step, STEP_CONNECT);
	channel_close(&channel);
}

/* Its data is queued: trap T2. */
static void a_quick_peer_that_is_gone_again_was_connected(void **state)
{
	struct channel channel;
	enum failed_step step;

	(void)state;
	kernel.socket_error = ECONNRESET;
	kernel.poll_events = POLLRDHUP | POLLHUP | POLLERR;
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_BASIC, 672, &channel, &step), 0);
	assert_int_equal(channel.outgoing_mtu, 672);
	channel_close(&channel);
}

static void options_that_cannot_be_read_are_a_failure_to_connect(void **state)
{
	struct channel channel;
	enum failed_step step = STEP_MEMORY;

	(void)state;
	kernel.failing = "get:L2CAP_OPTIONS";
	kernel.error = ENOTCONN;
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_BASIC, 672, &channel, &step),
			 -ENOTCONN);
	assert_int_equal(step, STEP_CONNECT);
	channel_close(&channel);
}

/* Trap T4: a block of 192 bytes was measured to take 1,280. */
static void the_send_buffer_holds_two_of_the_largest_sdus(void **state)
{
	struct channel channel;
	enum failed_step step;

	(void)state;
	kernel.privileged = true;
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_BASIC, 65535, &channel, &step), 0);
	assert_true(kernel.send_buffer >= 2 * (65531 / 192 + 1) * 1280);
	assert_int_equal(channel.largest_sdu, 65531);
	channel_close(&channel);
}

static void a_small_send_buffer_makes_sdus_smaller_until_two_fit(void **state)
{
	static const size_t payloads[] = {0, 27, 192, 339, 1021, 2048};

	for (size_t i = 0; i < COUNT_OF(payloads); i++) {
		struct channel channel;
		enum failed_step step;

		reset_kernel(state);
		kernel.acl_payload = payloads[i];
		kernel.buffer_limit = SYSTEM_LIMIT;
		assert_int_equal(
			settle(MODE_AUTO, L2CAP_MODE_BASIC, 65535, &channel, &step), 0);
		assert_true(2 * channel_send_memory(channel.largest_sdu, payloads[i]) <=
			    (size_t)kernel.send_buffer);
		/* No smaller than it must be: an eighth more would not fit. */
		assert_true(channel.largest_sdu == 65531 ||
			    2 * channel_send_memory(channel.largest_sdu * 8 / 7 + 8,
						    payloads[i]) >
				    2 * SYSTEM_LIMIT);
		assert_int_equal(channel.outgoing_mtu, 65535);
		channel_close(&channel);
	}
}

static void a_tiny_send_buffer_still_leaves_a_usable_sdu(void **state)
{
	struct channel channel;
	enum failed_step step;

	(void)state;
	kernel.buffer_limit = 2048;
	kernel.send_buffer = 2048;
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_BASIC, 65535, &channel, &step), 0);
	assert_true(channel.largest_sdu >= 1);
	assert_true(channel.largest_sdu <= SMALLEST_MTU);
	channel_close(&channel);
}

static void the_memory_of_an_sdu_covers_what_was_measured(void **state)
{
	static const size_t payloads[] = {0, 1, 12, 24, 25, 27, 192, 339, 1021, 65535};

	(void)state;
	for (size_t length = 1; length <= 65535; length += 97)
		assert_true(channel_send_memory(length, 192) >=
			    (length + 191) / 192 * 1280);
	for (size_t i = 0; i < COUNT_OF(payloads); i++) {
		size_t before = 0;

		for (size_t length = 0; length <= 65535; length += 101) {
			size_t memory = channel_send_memory(length, payloads[i]);

			assert_true(memory > length);
			assert_true(memory >= before);
			before = memory;
		}
	}
}

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

#define CHANNEL_TEST(function)                                                           \
	cmocka_unit_test_setup_teardown(function, reset_kernel, stop_guard)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CHANNEL_TEST(listening_defers_the_set_up_before_anyone_can_connect),
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
		CHANNEL_TEST(what_fails_while_listening_is_told_with_its_step),
		CHANNEL_TEST(a_socket_that_cannot_be_opened_leaves_the_channel_closed),
		CHANNEL_TEST(accepting_tells_who_connected_to_what),
		CHANNEL_TEST(an_accept_that_fails_is_told),
		CHANNEL_TEST(the_receive_buffer_grows_before_the_peer_is_let_in),
		CHANNEL_TEST(without_privilege_the_receive_buffer_grows_up_to_the_limit),
		CHANNEL_TEST(a_receive_buffer_that_does_not_grow_is_no_failure),
		CHANNEL_TEST(a_larger_receive_buffer_is_left_alone),
		CHANNEL_TEST(a_peer_that_went_away_before_it_was_let_in_is_told),
		CHANNEL_TEST(a_peer_that_was_let_in_too_late_is_sent_away_in_ertm),
		CHANNEL_TEST(settling_reads_what_was_negotiated),
		CHANNEL_TEST(a_basic_sdu_is_never_cut_larger_than_65531),
		CHANNEL_TEST(auto_takes_ertm_and_basic_and_not_streaming),
		CHANNEL_TEST(frames_have_a_check_sum_where_the_kernel_says_so),
		CHANNEL_TEST(an_empty_sdu_can_be_sent_in_basic_mode_alone),
		CHANNEL_TEST(another_mode_than_the_named_one_is_eproto),
		CHANNEL_TEST(an_error_that_is_pending_is_a_failure_to_connect),
		CHANNEL_TEST(a_quick_peer_that_is_gone_again_was_connected),
		CHANNEL_TEST(options_that_cannot_be_read_are_a_failure_to_connect),
		CHANNEL_TEST(the_send_buffer_holds_two_of_the_largest_sdus),
		CHANNEL_TEST(a_small_send_buffer_makes_sdus_smaller_until_two_fit),
		CHANNEL_TEST(a_tiny_send_buffer_still_leaves_a_usable_sdu),
		CHANNEL_TEST(the_memory_of_an_sdu_covers_what_was_measured),
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
