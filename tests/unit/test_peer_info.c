// SPDX-License-Identifier: GPL-2.0-or-later
/* --info over a socket pair: what is asked, and what becomes of each answer. */
#include "unit_test.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "caught_error.h"
#include "channel/channel.h"
#include "info.h"

/* What the peer does when it is asked for TYPE. */
static struct {
	const unsigned char *packets[4]; /* sent, one after the other, up to a NULL */
	size_t lengths[4];
	bool hangs_up;
} reactions[4];

static int peer_fd = -1;
static pthread_t peer_thread;
static int connect_error; /* of channel_connect_signalling() */
static enum failed_step connect_step;
static int64_t connect_limit_ms;
static bdaddr_t connected_peer;
static volatile sig_atomic_t stop;
static struct interruption interruption = {.signal = &stop};
static struct client_options options;

/* Answers as REACTIONS say, until the other end is closed. */
static void *play_peer(void *unused)
{
	unsigned char request[64];

	(void)unused;
	while (recv(peer_fd, request, sizeof(request), 0) == 6) {
		unsigned int type = request[4];

		if (request[0] != 0x0a || type > 3 || request[1] < 129)
			break;
		for (int i = 0; i < 4 && reactions[type].packets[i]; i++)
			send(peer_fd, reactions[type].packets[i],
			     reactions[type].lengths[i], MSG_NOSIGNAL);
		if (reactions[type].hangs_up)
			break;
	}
	close(peer_fd);
	return NULL;
}

int __wrap_adapter_find(const char *name, bdaddr_t *address);
int __wrap_adapter_find(const char *name, bdaddr_t *address)
{
	(void)name;
	*address = *BDADDR_ANY;
	return 0;
}

const char *__wrap_adapter_name(const bdaddr_t *address, char name[16]);
const char *__wrap_adapter_name(const bdaddr_t *address, char name[16])
{
	(void)address;
	return strcpy(name, "hci0");
}

int __wrap_channel_connect_signalling(const bdaddr_t *adapter, const bdaddr_t *peer,
				      int64_t timeout_ms,
				      const struct interruption *interrupted,
				      struct channel *channel, enum failed_step *step);
int __wrap_channel_connect_signalling(const bdaddr_t *adapter, const bdaddr_t *peer,
				      int64_t timeout_ms,
				      const struct interruption *interrupted,
				      struct channel *channel, enum failed_step *step)
{
	int pair[2];

	(void)adapter;
	(void)interrupted;
	connected_peer = *peer;
	connect_limit_ms = timeout_ms;
	*step = connect_step;
	*channel = (struct channel){.fd = -1, .peer = *peer};
	if (connect_error)
		return connect_error;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	channel->fd = pair[0];
	peer_fd = pair[1];
	assert_int_equal(pthread_create(&peer_thread, NULL, play_peer, NULL), 0);
	return 0;
}

#define REACT(type, number, ...)                                                         \
	do {                                                                             \
		static const unsigned char packet[] = {__VA_ARGS__};                     \
		reactions[type].packets[number] = packet;                                \
		reactions[type].lengths[number] = sizeof(packet);                        \
	} while (0)

/* As Linux answers. */
static int make_peer(void **state)
{
	memset(reactions, 0, sizeof(reactions));
	REACT(2, 0, 0x0b, 200, 8, 0, 2, 0, 0, 0, 0xb8, 2, 0, 0);
	REACT(3, 0, 0x0b, 201, 12, 0, 3, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0);
	REACT(1, 0, 0x0b, 202, 4, 0, 1, 0, 1, 0);
	peer_fd = -1;
	connect_error = 0;
	connect_step = STEP_CONNECT;
	stop = 0;
	sigemptyset(&interruption.wait_mask);
	options = (struct client_options){.info = true};
	common_options_init(&options.common, "l2client");
	options.peer = (bdaddr_t){{0x55, 0x44, 0x33, 0x22, 0x11, 0x00}};
	return start_guard(state);
}

#define PEER_TEST(function)                                                              \
	cmocka_unit_test_setup_teardown(function, make_peer, stop_guard)

/* Runs --info; what it told is in TOLD. */
static enum exit_status ask(void)
{
	enum exit_status status;

	catch_error();
	status = peer_info(&options, &interruption);
	read_error();
	if (peer_fd >= 0)
		pthread_join(peer_thread, NULL);
	return status;
}

static void assert_told(const char *text)
{
	if (!strstr(told, text))
		fail_msg("no '%s' in: %s", text, told);
}

static void everything_is_asked_and_told(void **state)
{
	(void)state;
	assert_int_equal(ask(), STATUS_OK);
	assert_string_equal(
		told,
		"l2client: asking 00:11:22:33:44:55 from hci0 00:00:00:00:00:00\n"
		"l2client: extended features 0x000002b8: enhanced retransmission mode, "
		"streaming mode, FCS option, fixed channels, unicast connectionless "
		"reception\n"
		"l2client: fixed channels 0x0000000000000006: 0x01 signalling, 0x02 "
		"connectionless reception\n"
		"l2client: connectionless MTU: not supported by the peer\n");
	assert_memory_equal(&connected_peer, &options.peer, sizeof(bdaddr_t));
	assert_int_equal(connect_limit_ms, 40000);
}

static void quiet_tells_what_was_asked_for(void **state)
{
	(void)state;
	options.common.report.verbosity = VERBOSITY_QUIET;
	assert_int_equal(ask(), STATUS_OK);
	assert_non_null(strstr(told, "fixed channels 0x0000000000000006"));
}

static void what_is_for_others_is_passed_over(void **state)
{
	(void)state;
	REACT(2, 0, 0x0a, 1, 2, 0, 2, 0);
	REACT(2, 1, 0x0b, 1, 8, 0, 2, 0, 0, 0, 0xff, 0xff, 0, 0);
	REACT(2, 2, 0x0b);
	REACT(2, 3, 0x0b, 200, 8, 0, 2, 0, 0, 0, 0x80, 0, 0, 0);
	assert_int_equal(ask(), STATUS_OK);
	assert_told("extended features 0x00000080: fixed channels\n");
}

static void a_peer_that_does_not_know_the_request_has_answered(void **state)
{
	(void)state;
	REACT(1, 0, 0x01, 202, 2, 0, 0, 0);
	assert_int_equal(ask(), STATUS_OK);
	assert_told("connectionless MTU: the peer does not know this request\n");
}

static void a_malformed_answer_is_status_5_and_the_rest_is_asked(void **state)
{
	(void)state;
	REACT(2, 0, 0x0b, 200, 6, 0, 2, 0, 0, 0, 0xb8, 2);
	assert_int_equal(ask(), STATUS_DATA_LOST);
	assert_told("extended features: the peer's answer is malformed\n");
	assert_told("fixed channels 0x0000000000000006");
}

static void a_peer_that_hangs_up_is_status_4(void **state)
{
	(void)state;
	reactions[3].packets[0] = NULL;
	reactions[3].hangs_up = true;
	assert_int_equal(ask(), STATUS_CONNECTION_LOST);
	assert_told("extended features 0x000002b8");
	assert_told("cannot ask for the peer's fixed channels: Connection reset");
}

/* Others' packets do not make it wait longer. */
static void silence_ends_with_the_users_limit(void **state)
{
	(void)state;
	options.common.transfer.idle_timeout_s = 1;
	REACT(2, 0, 0x0b, 1, 8, 0, 2, 0, 0, 0, 0xb8, 2, 0, 0);
	assert_int_equal(ask(), STATUS_TIMEOUT);
	assert_told(
		"no answer about the peer's extended features within 1 s "
		"(--idle-timeout)\n");
}

static void a_signal_ends_it_without_a_word(void **state)
{
	(void)state;
	stop = SIGTERM;
	assert_int_equal(ask(), STATUS_NO_CONNECTION);
	assert_string_equal(
		told, "l2client: asking 00:11:22:33:44:55 from hci0 00:00:00:00:00:00\n");
	connect_error = -EINTR;
	peer_fd = -1;
	assert_int_equal(ask(), STATUS_NO_CONNECTION);
	assert_string_equal(told, "");
}

static void a_peer_that_cannot_be_reached(void **state)
{
	(void)state;
	connect_error = -EHOSTDOWN;
	assert_int_equal(ask(), STATUS_NO_CONNECTION);
	assert_told("cannot ask 00:11:22:33:44:55 what it can do: Host is down\n");
	connect_error = -ETIMEDOUT;
	assert_int_equal(ask(), STATUS_NO_CONNECTION);
	options.connect_timeout_s = 3;
	assert_int_equal(ask(), STATUS_TIMEOUT);
	assert_int_equal(connect_limit_ms, 3000);
	connect_error = -EPERM;
	connect_step = STEP_SOCKET;
	assert_int_equal(ask(), STATUS_LOCAL_FAILURE);
	assert_told("'setcap cap_net_raw+ep $(command -v l2client)'");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		PEER_TEST(everything_is_asked_and_told),
		PEER_TEST(quiet_tells_what_was_asked_for),
		PEER_TEST(what_is_for_others_is_passed_over),
		PEER_TEST(a_peer_that_does_not_know_the_request_has_answered),
		PEER_TEST(a_malformed_answer_is_status_5_and_the_rest_is_asked),
		PEER_TEST(a_peer_that_hangs_up_is_status_4),
		PEER_TEST(silence_ends_with_the_users_limit),
		PEER_TEST(a_signal_ends_it_without_a_word),
		PEER_TEST(a_peer_that_cannot_be_reached),
	};

	return RUN_TESTS(tests);
}
