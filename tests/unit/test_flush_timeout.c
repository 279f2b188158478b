// SPDX-License-Identifier: GPL-2.0-or-later
/* The link's flush timeout: slots, the controller's answers, and the commands to it. */
#include "unit_test.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>

#include "channel/flush_timeout.h"

enum { HCI_FD = 1000, HANDLE = 0x02a };

static const struct acl_link acl = {.handle = HANDLE, .adapter = 3};
static struct flush_timeout flush;

/* --- a controller ------------------------------------------------------------------- */

static struct controller {
	char log[256];	/* what was called, each with a blank behind it */
	int open_error; /* errno of opening its socket */
	int send_error; /* of sending a command */
	int filter_error;
	int recv_error; /* when there is nothing to receive; 0: the socket ended */
	struct {
		unsigned char bytes[16];
		size_t length;
	} events[8];
	int event_count, events_read;
} controller;

static void note(const char *text)
{
	strncat(controller.log, text,
		sizeof(controller.log) - strlen(controller.log) - 1);
}

int __wrap_hci_open_dev(int number);
int __wrap_hci_open_dev(int number)
{
	assert_int_equal(number, 3);
	note("open ");
	errno = controller.open_error;
	return controller.open_error ? -1 : HCI_FD;
}

int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol)
{
	assert_int_equal(domain, AF_BLUETOOTH);
	assert_int_equal(type, SOCK_RAW | SOCK_CLOEXEC);
	assert_int_equal(protocol, BTPROTO_L2CAP);
	note("socket ");
	errno = controller.open_error;
	return controller.open_error ? -1 : HCI_FD;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	const struct hci_filter *filter = value;

	assert_int_equal(fd, HCI_FD);
	assert_int_equal(level, SOL_HCI);
	assert_int_equal(name, HCI_FILTER);
	assert_int_equal(size, sizeof(*filter));
	assert_int_equal(filter->type_mask, 1U << HCI_EVENT_PKT);
	assert_int_equal(filter->event_mask[0], 1U << EVT_CMD_COMPLETE |
							1U << EVT_CMD_STATUS |
							1U << EVT_FLUSH_OCCURRED);
	assert_int_equal(filter->opcode, 0);
	errno = controller.filter_error;
	return controller.filter_error ? -1 : 0;
}

int __wrap_hci_send_cmd(int fd, uint16_t group, uint16_t command, uint8_t length,
			void *parameters);
int __wrap_hci_send_cmd(int fd, uint16_t group, uint16_t command, uint8_t length,
			void *parameters)
{
	const unsigned char *bytes = parameters;
	char text[64];

	assert_int_equal(fd, HCI_FD);
	snprintf(text, sizeof(text), "%02x:%04x:", group, command);
	for (int i = 0; i < length; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%02x",
			 bytes[i]);
	note(text);
	note(" ");
	errno = controller.send_error;
	return controller.send_error ? -1 : 0;
}

ssize_t __wrap_recv(int fd, void *room, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *room, size_t size, int flags)
{
	size_t length;

	assert_int_equal(fd, HCI_FD);
	assert_true(flags & MSG_DONTWAIT);
	assert_true(size >= 260);
	if (controller.events_read == controller.event_count) {
		errno = controller.recv_error;
		return controller.recv_error ? -1 : 0;
	}
	length = controller.events[controller.events_read].length;
	memcpy(room, controller.events[controller.events_read++].bytes, length);
	return (ssize_t)length;
}

int __wrap_close(int fd);
int __wrap_close(int fd)
{
	assert_int_equal(fd, HCI_FD);
	note("close ");
	return 0;
}

static void queue(const void *bytes, size_t length)
{
	memcpy(controller.events[controller.event_count].bytes, bytes, length);
	controller.events[controller.event_count++].length = length;
}

#define QUEUE(...)                                                                       \
	do {                                                                             \
		static const unsigned char bytes[] = {__VA_ARGS__};                      \
		queue(bytes, sizeof(bytes));                                             \
	} while (0)

/* Type, event, length, number of commands, opcode, status, handle, slots. */
#define WRITTEN(status)	 QUEUE(4, 0x0e, 6, 1, 0x28, 0x0c, status, 0x2a, 0x00)
#define READ_BACK(slots) QUEUE(4, 0x0e, 8, 1, 0x27, 0x0c, 0, 0x2a, 0x00, slots, 0)
#define FLUSHED(handle)	 QUEUE(4, 0x11, 2, handle, 0x00)

static int reset(void **state)
{
	memset(&controller, 0, sizeof(controller));
	controller.recv_error = EAGAIN;
	return start_guard(state);
}

#define FLUSH_TEST(function) cmocka_unit_test_setup_teardown(function, reset, stop_guard)

static void start(unsigned int ms)
{
	assert_int_equal(flush_timeout_start(&flush, &acl, ms), 0);
	assert_int_equal(flush.phase, FLUSH_WRITING);
	assert_int_equal(flush_timeout_take(&flush), -EAGAIN);
}

/* --- slots -------------------------------------------------------------------------- */

static void the_slots_of_the_usual_milliseconds(void **state)
{
	static const struct {
		unsigned int ms;
		int slots;
		double back_ms;
	} rows[] = {{0, 0, 0},
		    {1, 2, 1.25},
		    {20, 32, 20},
		    {100, 160, 100},
		    {1279, 2046, 1278.75}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(flush_timeout_slots(rows[i].ms), rows[i].slots);
		assert_true(flush_timeout_ms(rows[i].slots) == rows[i].back_ms);
	}
}

static void every_millisecond_has_its_nearest_slot_and_none_is_never(void **state)
{
	(void)state;
	for (unsigned int ms = 1; ms <= LONGEST_FLUSH_TIMEOUT_MS; ms++) {
		int slots = flush_timeout_slots(ms);
		double off = flush_timeout_ms(slots) - ms;

		assert_in_range(slots, 1, 0x07ff);
		assert_true(off <= 0.3125 && off >= -0.3125);
	}
}

/* --- packets ------------------------------------------------------------------------ */

static enum flush_event parse(const char *hex, uint16_t opcode,
			      struct flush_answer *answer)
{
	unsigned char packet[32];
	size_t length = strlen(hex) / 2;

	for (size_t i = 0; i < length; i++)
		assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &packet[i]), 1);
	memset(answer, 0x55, sizeof(*answer));
	return flush_event_parse(packet, length, opcode, HANDLE, answer);
}

static void answers_are_known_by_opcode_and_handle(void **state)
{
	static const struct {
		const char *packet;
		uint16_t opcode;
		enum flush_event event;
		int status, slots;
	} rows[] = {
		{"040e0601280c002a00", 0x0c28, FLUSH_EVENT_ANSWER, 0, -1},
		{"040e0801270c002a00a000", 0x0c27, FLUSH_EVENT_ANSWER, 0, 160},
		{"040e0801270c002a00fe07", 0x0c27, FLUSH_EVENT_ANSWER, 0, 2046},
		/* refused, with and without the handle */
		{"040e0601280c0c2a00", 0x0c28, FLUSH_EVENT_ANSWER, 0x0c, -1},
		{"040e0401280c11", 0x0c28, FLUSH_EVENT_ANSWER, 0x11, -1},
		{"040f040101280c", 0x0c28, FLUSH_EVENT_ANSWER, 0x01, -1},
		/* of another command, or for another link */
		{"040e0601280c002a00", 0x0c27, FLUSH_EVENT_OTHER, 0, 0},
		{"040e0601280c002b00", 0x0c28, FLUSH_EVENT_OTHER, 0, 0},
		{"040e0601280c002a01", 0x0c28, FLUSH_EVENT_OTHER, 0, 0},
		{"040f040101270c", 0x0c28, FLUSH_EVENT_OTHER, 0, 0},
		/* a status that only says that it has begun */
		{"040f040001280c", 0x0c28, FLUSH_EVENT_OTHER, 0, 0},
		/* flushes: of this link, of another */
		{"0411022a00", 0x0c28, FLUSH_EVENT_FLUSHED, 0, 0},
		{"0411022b00", 0x0c28, FLUSH_EVENT_OTHER, 0, 0},
		/* no event, another event */
		{"022a00020000", 0x0c28, FLUSH_EVENT_OTHER, 0, 0},
		{"041305012a000100", 0x0c28, FLUSH_EVENT_OTHER, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct flush_answer answer;
		enum flush_event event = parse(rows[i].packet, rows[i].opcode, &answer);

		if (event != rows[i].event)
			fail_msg("%s is %d", rows[i].packet, (int)event);
		if (event != FLUSH_EVENT_ANSWER)
			continue;
		assert_int_equal(answer.status, rows[i].status);
		assert_int_equal(answer.slots, rows[i].slots);
	}
}

static void half_a_packet_is_nothing(void **state)
{
	static const char *const packets[] = {"040e0801270c002a00a000", "040f040101270c",
					      "0411022a00"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packets); i++) {
		for (size_t length = 0; length < strlen(packets[i]); length += 2) {
			struct flush_answer answer;
			char part[32] = "";

			memcpy(part, packets[i], length);
			assert_int_equal(parse(part, 0x0c27, &answer), FLUSH_EVENT_OTHER);
		}
	}
}

/* --- setting it --------------------------------------------------------------------- */

static void what_was_flushed_before_it_is_set_does_not_count(void **state)
{
	(void)state;
	start(20);
	FLUSHED(0x2a);
	WRITTEN(0);
	FLUSHED(0x2a);
	READ_BACK(32);
	assert_int_equal(flush_timeout_take(&flush), 0);
	assert_int_equal(flush.flushes, 0);
}

static void permission_is_that_for_a_raw_socket(void **state)
{
	(void)state;
	assert_int_equal(flush_timeout_permission(), 0);
	assert_string_equal(controller.log, "socket close ");
	controller.open_error = EPERM;
	assert_int_equal(flush_timeout_permission(), -EPERM);
	controller.open_error = EMFILE; /* which comes back later */
	assert_int_equal(flush_timeout_permission(), 0);
}

static void it_is_written_read_back_and_then_watched(void **state)
{
	(void)state;
	start(100);
	assert_string_equal(controller.log, "open 03:0028:2a00a000 ");
	WRITTEN(0);
	assert_int_equal(flush_timeout_take(&flush), -EAGAIN);
	assert_string_equal(controller.log, "open 03:0028:2a00a000 03:0027:2a00 ");
	READ_BACK(160);
	assert_int_equal(flush_timeout_take(&flush), 0);
	assert_int_equal(flush.phase, FLUSH_SET);
	assert_int_equal(flush.asked_ms, 100);
	assert_int_equal(flush.asked_slots, 160);
	assert_int_equal(flush.read_slots, 160);
	assert_int_equal(flush.flushes, 0);
	FLUSHED(0x2a);
	FLUSHED(0x2b);
	FLUSHED(0x2a);
	assert_int_equal(flush_timeout_take(&flush), 0);
	assert_int_equal(flush.flushes, 2);
	flush_timeout_close(&flush);
	flush_timeout_close(&flush);
	assert_string_equal(controller.log, "open 03:0028:2a00a000 03:0027:2a00 close ");
}

static void what_other_programs_are_told_is_not_taken_for_it(void **state)
{
	(void)state;
	start(0);
	QUEUE(4, 0x0e, 6, 1, 0x28, 0x0c, 0x02, 0x2b, 0x00);
	QUEUE(4, 0x0e, 8, 1, 0x27, 0x0c, 0, 0x2a, 0x00, 160, 0);
	QUEUE(4, 0x0f, 4, 1, 1, 0x01, 0x04);
	assert_int_equal(flush_timeout_take(&flush), -EAGAIN);
	assert_int_equal(flush.phase, FLUSH_WRITING);
	WRITTEN(0);
	READ_BACK(0);
	assert_int_equal(flush_timeout_take(&flush), 0);
	/* They may change it later, and be refused. */
	WRITTEN(0x0c);
	READ_BACK(32);
	assert_int_equal(flush_timeout_take(&flush), 0);
	assert_int_equal(flush.read_slots, 0);
}

static void a_refusal_keeps_its_status(void **state)
{
	(void)state;
	start(20);
	WRITTEN(0x0c);
	assert_int_equal(flush_timeout_take(&flush), -EREMOTEIO);
	assert_int_equal(flush.hci_status, 0x0c);
	assert_string_equal(hci_status_name(flush.hci_status), "Command Disallowed");

	reset(state);
	start(20);
	QUEUE(4, 0x0f, 4, 0x01, 1, 0x28, 0x0c); /* as btvirt does it */
	assert_int_equal(flush_timeout_take(&flush), -EREMOTEIO);
	assert_string_equal(hci_status_name(flush.hci_status), "Unknown HCI Command");
}

static void reading_back_can_be_refused(void **state)
{
	(void)state;
	start(20);
	WRITTEN(0);
	QUEUE(4, 0x0f, 4, 0x01, 1, 0x27, 0x0c);
	assert_int_equal(flush_timeout_take(&flush), -EREMOTEIO);
	assert_int_equal(flush.read_slots, FLUSH_TIMEOUT_UNKNOWN);
}

static void a_link_that_is_gone_is_told(void **state)
{
	(void)state;
	start(20);
	WRITTEN(0x02);
	assert_int_equal(flush_timeout_take(&flush), -ENOTCONN);
}

static void a_controller_with_another_value_is_told(void **state)
{
	(void)state;
	start(20);
	WRITTEN(0);
	READ_BACK(31);
	assert_int_equal(flush_timeout_take(&flush), -EBADMSG);
	assert_int_equal(flush.read_slots, 31);
	assert_int_not_equal(flush.phase, FLUSH_SET);
}

static void an_ordinary_user_may_not(void **state)
{
	(void)state;
	controller.send_error = EPERM;
	assert_int_equal(flush_timeout_start(&flush, &acl, 20), -EPERM);
	assert_int_equal(flush.fd, -1);
	assert_string_equal(controller.log, "open 03:0028:2a002000 close ");
}

static void no_socket_no_filter_no_end(void **state)
{
	(void)state;
	controller.open_error = ENODEV;
	assert_int_equal(flush_timeout_start(&flush, &acl, 20), -ENODEV);
	assert_int_equal(flush.fd, -1);
	assert_int_equal(flush.asked_ms, 20);

	reset(state);
	controller.filter_error = EACCES;
	assert_int_equal(flush_timeout_start(&flush, &acl, 20), -EACCES);
	assert_string_equal(controller.log, "open close ");
	assert_int_equal(flush.fd, -1);

	reset(state);
	start(20);
	controller.recv_error = EPIPE;
	assert_int_equal(flush_timeout_take(&flush), -EPIPE);
	controller.recv_error = 0;
	assert_int_equal(flush_timeout_take(&flush), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLUSH_TEST(the_slots_of_the_usual_milliseconds),
		FLUSH_TEST(every_millisecond_has_its_nearest_slot_and_none_is_never),
		FLUSH_TEST(answers_are_known_by_opcode_and_handle),
		FLUSH_TEST(half_a_packet_is_nothing),
		FLUSH_TEST(it_is_written_read_back_and_then_watched),
		FLUSH_TEST(what_other_programs_are_told_is_not_taken_for_it),
		FLUSH_TEST(what_was_flushed_before_it_is_set_does_not_count),
		FLUSH_TEST(permission_is_that_for_a_raw_socket),
		FLUSH_TEST(a_refusal_keeps_its_status),
		FLUSH_TEST(reading_back_can_be_refused),
		FLUSH_TEST(a_link_that_is_gone_is_told),
		FLUSH_TEST(a_controller_with_another_value_is_told),
		FLUSH_TEST(an_ordinary_user_may_not),
		FLUSH_TEST(no_socket_no_filter_no_end),
	};

	return RUN_TESTS(tests);
}
