// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_kernel.h"

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

#include "channel/adapter.h"

struct kernel kernel;

const bdaddr_t adapter = {{0x00, 0x00, 0x00, 0x01, 0xAA, 0x00}};
const bdaddr_t far_peer = {{0x55, 0x44, 0x33, 0x22, 0x11, 0x00}};

volatile sig_atomic_t stop;
struct interruption interruption = {.signal = &stop};

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
	if (level == SOL_L2CAP && option == L2CAP_LM)
		return "L2CAP_LM";
	if (level == SOL_L2CAP && option == L2CAP_CONNINFO)
		return "L2CAP_CONNINFO";
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

int new_descriptor(void)
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
int __wrap_fcntl(int fd, int command, ...);
int __real_fcntl(int fd, int command, ...);
/* Its name with -D_FILE_OFFSET_BITS=64. */
int __wrap_fcntl64(int fd, int command, ...) __attribute__((alias("__wrap_fcntl")));
size_t __wrap_adapter_acl_payload(const bdaddr_t *address);
int __wrap_adapter_find_handle(const bdaddr_t *address, uint16_t handle,
			       struct acl_link *link);

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
	if (option == L2CAP_LM) {
		kernel.asked_link_mode = *(const int *)value;
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
	if (level == SOL_L2CAP && option == L2CAP_CONNINFO) {
		*(struct l2cap_conninfo *)value =
			(struct l2cap_conninfo){.hci_handle = 42};
		return 0;
	}
	if (level == SOL_L2CAP && option == L2CAP_LM) {
		*(int *)value = kernel.asked_link_mode;
		return 0;
	}
	if (level == SOL_L2CAP) {
		assert_true(*size >= sizeof(kernel.options));
		memcpy(value, &kernel.options, sizeof(kernel.options));
		return 0;
	}
	if (level == SOL_BLUETOOTH && (option == BT_RCVMTU || option == BT_SNDMTU)) {
		*(uint16_t *)value = 672;
		return 0;
	}
	if (level == SOL_BLUETOOTH && option == BT_MODE) {
		*(uint8_t *)value = BT_MODE_LE_FLOWCTL;
		return 0;
	}
	if (level == SOL_BLUETOOTH) {
		assert_int_equal(option, BT_SECURITY);
		*(struct bt_security *)value =
			(struct bt_security){.level = kernel.security_level};
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

/* What sets up the signals of a listener is kept here: /dev/null sends none. */
int __wrap_fcntl(int fd, int command, ...)
{
	va_list arguments;
	const char *call = NULL;
	int result = 0;

	va_start(arguments, command);
	if (command == F_GETFL) {
		call = "fcntl:F_GETFL";
		result = O_RDWR | O_NONBLOCK;
	} else if (command == F_SETFL) {
		call = "fcntl:F_SETFL";
		kernel.flags = va_arg(arguments, int);
	} else if (command == F_SETOWN) {
		call = "fcntl:F_SETOWN";
		kernel.signalled = va_arg(arguments, int);
	} else if (command == F_SETSIG) {
		call = "fcntl:F_SETSIG";
		kernel.arrivals_signal = va_arg(arguments, int);
	} else {
		result = __real_fcntl(fd, command);
	}
	va_end(arguments);
	return call && note(call) ? -1 : result;
}

int __wrap_adapter_find_handle(const bdaddr_t *address, uint16_t handle,
			       struct acl_link *link)
{
	assert_memory_equal(address, &kernel.local, sizeof(*address));
	assert_int_equal(handle, 42);
	*link = (struct acl_link){.mode = kernel.link_mode};
	return note("link") ? -ENOTCONN : 0;
}

size_t __wrap_adapter_acl_payload(const bdaddr_t *address)
{
	assert_memory_equal(address, &kernel.local, sizeof(*address));
	return kernel.acl_payload;
}

int reset_kernel(void **state)
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

/* Where the guard was started, which each file has for itself. */
int leave_kernel(void **state)
{
	return stop_guard(state);
}

struct channel_config config_with(enum channel_mode mode)
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

bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

bool comes_before(const char *first, const char *second)
{
	const char *a = strstr(kernel.log, first);
	const char *b = strstr(kernel.log, second);

	return a && b && a < b;
}
