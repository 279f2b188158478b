// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's management interface: what is sent, and which answers count. */
#include "unit_test.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>

#include "channel/mgmt.h"

enum { CONTROL_FD = 77, MOST_EVENTS = 4, EVENT_SIZE = 320 };

/* The kernel, which has EVENTS to tell, one a read. */
static struct {
	struct sockaddr_hci bound;
	unsigned char sent[64];
	size_t sent_length;
	unsigned char events[MOST_EVENTS][EVENT_SIZE];
	size_t lengths[MOST_EVENTS];
	int count, next;
	const char *failing;
	int64_t now_ms;
	bool closed;
} kernel;

static int fails(const char *call)
{
	if (!kernel.failing || strcmp(kernel.failing, call) != 0)
		return 0;
	errno = EMFILE;
	return -1;
}

int __wrap_socket(int domain, int type, int protocol);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size);
ssize_t __wrap_write(int fd, const void *data, size_t length);
ssize_t __wrap_read(int fd, void *room, size_t length);
int __wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout);
int __wrap_close(int fd);
int64_t __wrap_monotonic_ms(void);

int __wrap_socket(int domain, int type, int protocol)
{
	assert_int_equal(domain, AF_BLUETOOTH);
	assert_int_equal(type & SOCK_RAW, SOCK_RAW);
	assert_int_equal(protocol, BTPROTO_HCI);
	return fails("socket") ? -1 : CONTROL_FD;
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	assert_int_equal(fd, CONTROL_FD);
	assert_int_equal(size, sizeof(kernel.bound));
	memcpy(&kernel.bound, address, size);
	return fails("bind");
}

ssize_t __wrap_write(int fd, const void *data, size_t length)
{
	assert_int_equal(fd, CONTROL_FD);
	assert_true(length <= sizeof(kernel.sent));
	memcpy(kernel.sent, data, length);
	kernel.sent_length = length;
	return fails("write") ? -1 : (ssize_t)length;
}

ssize_t __wrap_read(int fd, void *room, size_t length)
{
	assert_int_equal(fd, CONTROL_FD);
	if (fails("read"))
		return -1;
	if (kernel.next == kernel.count) {
		errno = EAGAIN;
		return -1;
	}
	assert_true(length >= kernel.lengths[kernel.next]);
	memcpy(room, kernel.events[kernel.next], kernel.lengths[kernel.next]);
	return (ssize_t)kernel.lengths[kernel.next++];
}

int __wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
	assert_int_equal(count, 1);
	assert_int_equal(descriptors->fd, CONTROL_FD);
	if (kernel.next < kernel.count)
		return 1;
	kernel.now_ms += timeout;
	return 0;
}

int __wrap_close(int fd)
{
	assert_int_equal(fd, CONTROL_FD);
	kernel.closed = true;
	return 0;
}

int64_t __wrap_monotonic_ms(void)
{
	return kernel.now_ms;
}

static int reset(void **state)
{
	memset(&kernel, 0, sizeof(kernel));
	return start_guard(state);
}

#define MANAGEMENT_TEST(function)                                                        \
	cmocka_unit_test_setup_teardown(function, reset, stop_guard)

/* An event CODE of adapter 3, with PARAMETERS. */
static void tell(uint16_t code, const void *parameters, size_t length)
{
	const uint16_t header[] = {htobs(code), htobs(3), htobs((uint16_t)length)};
	unsigned char *event = kernel.events[kernel.count];

	memcpy(event, header, sizeof(header));
	memcpy(event + sizeof(header), parameters, length);
	kernel.lengths[kernel.count++] = sizeof(header) + length;
}

/* The answer to Read Controller Information, with these settings. */
static void tell_settings(uint32_t supported, uint32_t current)
{
	unsigned char answer[283] = {0x04, 0x00, 0x00};

	for (int i = 0; i < 4; i++) {
		answer[12 + i] = (unsigned char)(supported >> (8 * i));
		answer[16 + i] = (unsigned char)(current >> (8 * i));
	}
	tell(0x0001, answer, sizeof(answer));
}

static void the_settings_are_asked_of_the_adapter_and_read(void **state)
{
	static const unsigned char command[] = {0x04, 0x00, 0x03, 0x00, 0x00, 0x00};
	struct adapter_settings settings;

	(void)state;
	tell_settings(1 << 9, 1 << 9 | 1 << 10);
	assert_int_equal(management_read(3, &settings), 0);
	assert_true(settings.has_le && settings.le && settings.advertising);
	assert_int_equal(kernel.bound.hci_channel, HCI_CHANNEL_CONTROL);
	assert_int_equal(kernel.bound.hci_dev, HCI_DEV_NONE);
	assert_int_equal(kernel.sent_length, sizeof(command));
	assert_memory_equal(kernel.sent, command, sizeof(command));
	assert_true(kernel.closed);
	tell_settings(1 << 9, 1);
	assert_int_equal(management_read(3, &settings), 0);
	assert_true(settings.has_le && !settings.le && !settings.advertising);
}

static void events_that_are_no_answer_are_passed_over(void **state)
{
	static const unsigned char other_command[] = {0x05, 0x00, 0x00, 0, 0, 0, 0};
	static const unsigned char short_event[] = {0x04};
	struct adapter_settings settings;

	(void)state;
	tell(0x0006, other_command, sizeof(other_command));
	tell(0x0001, other_command, sizeof(other_command));
	tell(0x0001, short_event, sizeof(short_event));
	tell_settings(1 << 9, 0);
	assert_int_equal(management_read(3, &settings), 0);
	assert_int_equal(kernel.next, 4);
}

static void an_answer_that_is_too_short_is_no_settings(void **state)
{
	static const unsigned char answer[] = {0x04, 0x00, 0x00, 1, 2, 3};
	struct adapter_settings settings;

	(void)state;
	tell(0x0001, answer, sizeof(answer));
	assert_int_equal(management_read(3, &settings), -EBADMSG);
	assert_true(kernel.closed);
}

static void a_kernel_that_does_not_answer_is_not_waited_for_long(void **state)
{
	struct adapter_settings settings;

	(void)state;
	assert_int_equal(management_read(3, &settings), -ETIMEDOUT);
	assert_int_equal(kernel.now_ms, 5000);
	assert_true(kernel.closed);
}

static void each_refusal_has_its_errno(void **state)
{
	static const struct {
		unsigned char status;
		int advertising, permission;
	} rows[] = {
		{0x14, -EPERM, -EPERM}, {0x0B, -EOPNOTSUPP, 0}, {0x0C, -EOPNOTSUPP, 0},
		{0x0D, -EREMOTEIO, 0},	{0x11, -EREMOTEIO, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const unsigned char answer[] = {0x29, 0x00, rows[i].status};

		kernel.count = kernel.next = 0;
		tell(0x0002, answer, sizeof(answer));
		assert_int_equal(management_advertise(3, true), rows[i].advertising);
		kernel.count = kernel.next = 0;
		tell(0x0002, answer, sizeof(answer));
		assert_int_equal(management_permission(3), rows[i].permission);
		/* What can change nothing. */
		assert_int_equal(kernel.sent[6], 3);
	}
}

static void a_success_without_the_setting_is_none(void **state)
{
	static const unsigned char on[] = {0x29, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00};
	static const unsigned char off[] = {0x29, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00};

	(void)state;
	tell(0x0001, on, sizeof(on));
	assert_int_equal(management_advertise(3, true), 0);
	assert_int_equal(kernel.sent[6], 2);
	tell(0x0001, off, sizeof(off));
	assert_int_equal(management_advertise(3, true), -EREMOTEIO);
	tell(0x0001, off, sizeof(off));
	assert_int_equal(management_advertise(3, false), 0);
	assert_int_equal(kernel.sent[6], 0);
	tell(0x0001, on, sizeof(on));
	assert_int_equal(management_advertise(3, false), -EREMOTEIO);
}

static void calls_that_fail_are_told_and_leave_nothing_open(void **state)
{
	static const char *const calls[] = {"bind", "write", "read"};
	struct adapter_settings settings;

	(void)state;
	kernel.failing = "socket";
	assert_int_equal(management_read(3, &settings), -EMFILE);
	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		kernel.failing = calls[i];
		kernel.closed = false;
		assert_int_equal(management_read(3, &settings), -EMFILE);
		assert_true(kernel.closed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MANAGEMENT_TEST(the_settings_are_asked_of_the_adapter_and_read),
		MANAGEMENT_TEST(events_that_are_no_answer_are_passed_over),
		MANAGEMENT_TEST(an_answer_that_is_too_short_is_no_settings),
		MANAGEMENT_TEST(a_kernel_that_does_not_answer_is_not_waited_for_long),
		MANAGEMENT_TEST(each_refusal_has_its_errno),
		MANAGEMENT_TEST(a_success_without_the_setting_is_none),
		MANAGEMENT_TEST(calls_that_fail_are_told_and_leave_nothing_open),
	};

	return RUN_TESTS(tests);
}
