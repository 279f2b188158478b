// SPDX-License-Identifier: GPL-2.0-or-later
/* The flush timeout in a session: first it is set, then something is sent; and what was
 * flushed is no good end. */
#include "unit_test.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>

#include "session_fixture.h"

/* --- a controller, which answers when it is asked for the ANSWERS-th time -------------
 */

static struct controller {
	int link_error, start_error, flushable_error, permission;
	int answer;	/* of flush_timeout_take() */
	int read_slots; /* 0: not told */
	unsigned int looks_before;
	bool stays_silent, bad_descriptor;
	unsigned int flushes_before, flushes_at_end; /* the first SDU */
	bool wakes_after_set;			     /* once */
	unsigned int takes, takes_after_set, closes, flushables;
	const struct scene *scene;
	bool sent_before; /* something was sent before the answer */
} controller;

int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	if (level != SOL_BLUETOOTH)
		return __real_setsockopt(fd, level, name, value, size);
	assert_int_equal(name, BT_FLUSHABLE);
	assert_int_equal(*(const int *)value, BT_FLUSHABLE_ON);
	controller.flushables++;
	errno = controller.flushable_error;
	return controller.flushable_error ? -1 : 0;
}

int __wrap_adapter_find_link(const bdaddr_t *address, const bdaddr_t *peer,
			     uint8_t address_type, struct acl_link *link);
int __wrap_adapter_find_link(const bdaddr_t *address, const bdaddr_t *peer,
			     uint8_t address_type, struct acl_link *link)
{
	assert_ptr_equal(address, &controller.scene->channel.local);
	assert_ptr_equal(peer, &controller.scene->channel.peer);
	assert_int_equal(address_type, BDADDR_BREDR);
	*link = (struct acl_link){.handle = 42, .adapter = 1, .has_unflushable = true};
	return controller.link_error;
}

int __wrap_flush_timeout_start(struct flush_timeout *flush, const struct acl_link *link,
			       unsigned int ms);
int __wrap_flush_timeout_start(struct flush_timeout *flush, const struct acl_link *link,
			       unsigned int ms)
{
	*flush = (struct flush_timeout){
		.link = *link,
		.asked_ms = ms,
		.asked_slots = flush_timeout_slots(ms),
		.read_slots = FLUSH_TIMEOUT_UNKNOWN,
		.fd = -1,
	};
	if (controller.start_error)
		return controller.start_error;
	if (controller.bad_descriptor) {
		flush->fd = 12345;
		return 0;
	}
	flush->fd = eventfd(controller.stays_silent ? 0 : 1, EFD_NONBLOCK | EFD_CLOEXEC);
	return 0;
}

int __wrap_flush_timeout_take(struct flush_timeout *flush);
int __wrap_flush_timeout_take(struct flush_timeout *flush)
{
	eventfd_t unused;

	if (flush->phase == FLUSH_SET) {
		bool sent = controller.scene->session.result.sdus_sent > 0;

		controller.takes_after_set++;
		eventfd_read(flush->fd, &unused);
		flush->flushes =
			sent ? controller.flushes_at_end : controller.flushes_before;
		return 0;
	}
	controller.sent_before |= controller.scene->session.result.sdus_sent > 0;
	if (controller.takes++ < controller.looks_before)
		return -EAGAIN;
	if (controller.read_slots)
		flush->read_slots = controller.read_slots;
	if (controller.answer)
		return controller.answer;
	flush->phase = FLUSH_SET;
	flush->read_slots = flush->asked_slots;
	assert_int_equal(eventfd_read(flush->fd, &unused), 0);
	if (controller.wakes_after_set)
		assert_int_equal(eventfd_write(flush->fd, 1), 0);
	return 0;
}

int __wrap_flush_timeout_permission(void);
int __wrap_flush_timeout_permission(void)
{
	return controller.permission;
}

void __wrap_flush_timeout_close(struct flush_timeout *flush);
void __wrap_flush_timeout_close(struct flush_timeout *flush)
{
	if (flush->fd >= 0)
		close(flush->fd);
	flush->fd = -1;
	controller.closes++;
}

static void open_tuned_sender(struct scene *scene)
{
	open_sender(scene);
	scene->config.sets_flush_timeout = true;
	scene->config.flush_timeout_ms = 20;
	controller.scene = scene;
}

static int forget(void **state)
{
	memset(&controller, 0, sizeof(controller));
	return start_guard(state);
}

#define TUNING_TEST(function)                                                            \
	cmocka_unit_test_setup_teardown(function, forget, stop_guard)

/* --- setting it --------------------------------------------------------------------- */

static void it_is_set_before_anything_is_sent(void **state)
{
	struct scene scene;

	(void)state;
	controller.looks_before = 1;
	open_tuned_sender(&scene);
	scene.report.verbosity = VERBOSITY_VERBOSE;
	start_peer(&scene, take_all_and_confirm);
	expect_outcome(&scene, STATUS_OK,
		       "flush timeout 20 ms: 32 slots (20 ms), read back 32; "
		       "all was taken by the peer");
	assert_told(
		"prog: flush timeout 20 ms: 32 slots (20 ms), read back 32, for link "
		"42 of hci1\n");
	join_peer(&scene);
	assert_int_equal(controller.takes, 2);
	assert_int_equal(controller.flushables, 1);
	assert_false(controller.sent_before);
	assert_int_equal(scene.session.tuning.flush.fd, -1);
	close_scene(&scene);
}

static void without_the_option_nothing_is_touched(void **state)
{
	struct scene scene;

	(void)state;
	open_tuned_sender(&scene);
	scene.config.sets_flush_timeout = false;
	start_peer(&scene, take_all_and_confirm);
	expect_outcome(&scene, STATUS_OK, "basic; all was taken by the peer");
	join_peer(&scene);
	assert_int_equal(controller.flushables, 0);
	assert_int_equal(controller.takes, 0);
	close_scene(&scene);
}

static void expect_not_set(enum exit_status status, const char *what)
{
	struct scene scene;
	char room[100];

	open_tuned_sender(&scene);
	expect_outcome(&scene, status, "the flush timeout is not set");
	assert_told(what);
	assert_int_equal(scene.session.result.sdus_sent, 0);
	assert_int_equal(recv(scene.peer, room, sizeof(room), 0), 0);
	assert_int_equal(scene.session.tuning.flush.fd, -1);
	close_scene(&scene);
}

static void an_ordinary_user_is_told_what_to_do_and_nothing_is_sent(void **state)
{
	(void)state;
	controller.start_error = -EPERM;
	expect_not_set(STATUS_LOCAL_FAILURE,
		       "cannot set the flush timeout to 20 ms in the controller of hci1: "
		       "Operation not permitted\nprog: hint: ");
	assert_told("'setcap cap_net_raw+ep $(command -v prog)'\n");
}

static void a_refusal_is_told_with_its_status_and_nothing_is_sent(void **state)
{
	(void)state;
	controller.answer = -EREMOTEIO;
	expect_not_set(STATUS_LOCAL_FAILURE,
		       "cannot set the flush timeout to 20 ms in the controller of hci1, "
		       "which answers 0x00: The controller refuses\n");
}

static void another_value_is_told_and_nothing_is_sent(void **state)
{
	(void)state;
	controller.answer = -EBADMSG;
	expect_not_set(STATUS_LOCAL_FAILURE,
		       "in the controller of hci1, which tells no value: ");
	controller.read_slots = 31;
	expect_not_set(STATUS_LOCAL_FAILURE,
		       "in the controller of hci1, which has 31 slots in place of 32: ");
}

static void a_link_that_went_down_is_a_lost_connection(void **state)
{
	(void)state;
	controller.answer = -ENOTCONN;
	expect_not_set(STATUS_CONNECTION_LOST,
		       "in the controller of hci1: The link is gone");
	controller.link_error = -ENOTCONN;
	expect_not_set(STATUS_CONNECTION_LOST, "in the controller: The link is gone");
}

static void a_socket_that_takes_no_option_is_told(void **state)
{
	(void)state;
	controller.flushable_error = ENOPROTOOPT;
	expect_not_set(STATUS_LOCAL_FAILURE, "Protocol not available");
}

static void a_silent_controller_is_waited_for_as_long_as_the_user_says(void **state)
{
	struct scene scene;

	(void)state;
	controller.stays_silent = true;
	open_tuned_sender(&scene);
	scene.config.idle_timeout_s = 1;
	expect_outcome(&scene, STATUS_TIMEOUT, "the flush timeout is not set");
	assert_told("The controller does not answer");
	assert_int_equal(scene.session.result.sdus_sent, 0);
	close_scene(&scene);
}

/* Its kernel may have told it that all was taken. */
static void what_came_before_a_refusal_is_printed_and_counted(void **state)
{
	struct scene scene;

	(void)state;
	controller.answer = -EREMOTEIO;
	open_scene(&scene, -1);
	scene.config.sets_flush_timeout = true;
	controller.scene = &scene;
	send_sdu(&scene, "hello!!");
	close_peer(&scene);
	expect_outcome(&scene, STATUS_LOCAL_FAILURE, "the flush timeout is not set");
	assert_told("received 1 SDU, 7 bytes");
	assert_printed(&scene, "hello!!");
	close_scene(&scene);
}

static void what_cannot_be_waited_for_is_told_at_once(void **state)
{
	struct scene scene;

	(void)state;
	controller.bad_descriptor = true;
	open_tuned_sender(&scene);
	expect_outcome(&scene, STATUS_LOCAL_FAILURE, "the flush timeout is not set");
	assert_told("Bad file descriptor");
	assert_true(kernel.waits < 5);
	close_scene(&scene);
}

static void permission_is_asked_for_first_and_only_if_needed(void **state)
{
	struct scene scene;

	(void)state;
	controller.permission = -EPERM;
	open_tuned_sender(&scene);
	assert_int_equal(session_permission(&scene.config, &scene.report),
			 STATUS_LOCAL_FAILURE);
	scene.config.sets_flush_timeout = false;
	assert_int_equal(session_permission(&scene.config, &scene.report), STATUS_OK);
	close(scene.channel.fd);
	scene.channel.fd = -1;
	close_scene(&scene);
}

static void a_signal_ends_the_wait(void **state)
{
	struct scene scene;

	(void)state;
	controller.looks_before = 1000000;
	open_tuned_sender(&scene);
	scene.signal = SIGINT;
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "interrupted");
	assert_int_equal(scene.session.result.sdus_sent, 0);
	close_scene(&scene);
}

/* --- what was flushed --------------------------------------------------------------- */

static void expect_flushes(struct scene *scene, enum exit_status status, const char *why)
{
	controller.flushes_at_end = 3;
	start_peer(scene, take_all_and_confirm);
	expect_outcome(scene, status, why);
	join_peer(scene);
	close_scene(scene);
}

/* As many as they are, they are counted when they come: at the end they would not fit. */
static void flushes_are_counted_while_data_is_moved(void **state)
{
	struct scene scene;

	(void)state;
	open_tuned_sender(&scene);
	scene.config.hold_s = 1;
	controller.wakes_after_set = true;
	start_peer(&scene, take_all_and_confirm);
	expect_outcome(&scene, STATUS_OK, "all was taken by the peer");
	join_peer(&scene);
	/* once before it sends, when it is woken, and at the end */
	assert_in_range(controller.takes_after_set, 3, 8);
	close_scene(&scene);
}

static void what_was_flushed_is_data_lost(void **state)
{
	struct scene scene;

	(void)state;
	open_tuned_sender(&scene);
	expect_flushes(&scene, STATUS_DATA_LOST, "data was flushed");
	assert_told(
		"prog: packets of this link were flushed 3 times: what was sent may "
		"not all have arrived\nprog: hint: ");
	assert_told("read back 32, flushed 3 times; data was flushed\n");
}

static void flushes_before_the_first_sdu_are_of_others(void **state)
{
	struct scene scene;

	(void)state;
	controller.flushes_before = 5;
	controller.wakes_after_set = true;
	open_tuned_sender(&scene);
	start_peer(&scene, take_all_and_confirm);
	expect_outcome(&scene, STATUS_OK, "all was taken by the peer");
	assert_not_told("flushed");
	join_peer(&scene);
	close_scene(&scene);
}

static void *take_one_and_signal(void *data)
{
	struct scene *scene = data;
	char room[100];

	assert_int_equal(recv(scene->peer, room, sizeof(room), 0), 7);
	pthread_kill(scene->session_thread, SIGUSR1);
	return NULL;
}

/* A bad end hides no other. */
static void an_interrupted_sender_tells_what_was_flushed(void **state)
{
	struct scene scene;

	(void)state;
	controller.flushes_at_end = 3;
	open_tuned_sender(&scene);
	scene.config.hold_s = 60;
	take_signals(&scene);
	start_peer(&scene, take_one_and_signal);
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "interrupted");
	assert_told("packets of this link were flushed 3 times");
	join_peer(&scene);
	close_scene(&scene);
}

static void ertm_sends_again_what_was_flushed(void **state)
{
	struct scene scene;

	(void)state;
	open_tuned_sender(&scene);
	scene.channel.mode = L2CAP_MODE_ERTM;
	scene.channel.smallest_sdu = 1;
	expect_flushes(&scene, STATUS_OK, "all was taken by the peer");
	assert_not_told("packets of this link");
	assert_told("flushed 3 times; all was taken");
}

/* Then they were others'. */
static void who_sent_nothing_lost_nothing(void **state)
{
	struct scene scene;

	(void)state;
	open_tuned_sender(&scene);
	scene.config.message = NULL;
	expect_flushes(&scene, STATUS_OK, "all was taken by the peer");
	assert_not_told("flushed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TUNING_TEST(it_is_set_before_anything_is_sent),
		TUNING_TEST(without_the_option_nothing_is_touched),
		TUNING_TEST(an_ordinary_user_is_told_what_to_do_and_nothing_is_sent),
		TUNING_TEST(a_refusal_is_told_with_its_status_and_nothing_is_sent),
		TUNING_TEST(another_value_is_told_and_nothing_is_sent),
		TUNING_TEST(a_link_that_went_down_is_a_lost_connection),
		TUNING_TEST(a_socket_that_takes_no_option_is_told),
		TUNING_TEST(a_silent_controller_is_waited_for_as_long_as_the_user_says),
		TUNING_TEST(what_came_before_a_refusal_is_printed_and_counted),
		TUNING_TEST(what_cannot_be_waited_for_is_told_at_once),
		TUNING_TEST(permission_is_asked_for_first_and_only_if_needed),
		TUNING_TEST(flushes_before_the_first_sdu_are_of_others),
		TUNING_TEST(an_interrupted_sender_tells_what_was_flushed),
		TUNING_TEST(a_signal_ends_the_wait),
		TUNING_TEST(flushes_are_counted_while_data_is_moved),
		TUNING_TEST(what_was_flushed_is_data_lost),
		TUNING_TEST(ertm_sends_again_what_was_flushed),
		TUNING_TEST(who_sent_nothing_lost_nothing),
	};

	return RUN_TESTS(tests);
}
