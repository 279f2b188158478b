// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the end of a session means. The channel is an AF_UNIX socketpair: after this end's
 * shutdown() it gets its hang-up when the peer closes, as L2CAP gets it with the peer's
 * disconnect response.
 */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>

#include "caught_error.h"
#include "session.h"
#include "transfer_fixture.h"

static struct {
	uint32_t dropped;
	unsigned int dropped_after; /* so many looks */
	unsigned int looks, waits;
} kernel;

int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __real_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask);
int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask);

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	int result = __real_getsockopt(fd, level, option, value, size);

	if (option == SO_MEMINFO)
		((uint32_t *)value)[SK_MEMINFO_DROPS] =
			kernel.looks++ >= kernel.dropped_after ? kernel.dropped : 0;
	return result;
}

int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout,
		       const sigset_t *mask)
{
	kernel.waits++;
	return __real_epoll_pwait(epoll, events, room, timeout, mask);
}

/* A session, what it works on, and its peer. */
struct scene {
	int peer; /* blocking */
	volatile sig_atomic_t signal;
	struct interruption interruption;
	struct transfer_config config;
	struct report report;
	struct channel channel;
	struct output output;
	struct session session;
	pthread_t thread;
	pthread_t session_thread;
	bool saw_end; /* the peer: of the channel */
};

/* A receiver into a file, or into DESCRIPTOR if that is not -1. */
static void open_scene(struct scene *scene, int descriptor)
{
	int sockets[2];

	memset(&kernel, 0, sizeof(kernel));
	memset(scene, 0, sizeof(*scene));
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets),
			 0);
	assert_int_equal(fcntl(sockets[0], F_SETFL, O_NONBLOCK), 0);
	scene->peer = sockets[1];
	scene->session_thread = pthread_self();
	sigemptyset(&scene->interruption.wait_mask);
	scene->interruption.signal = &scene->signal;
	scene->config.read_ahead = DEFAULT_READ_AHEAD;
	scene->config.idle_timeout_s = 5;
	scene->report = (struct report){.program = "prog"};
	scene->report.verbosity = VERBOSITY_NORMAL;
	scene->channel = (struct channel){.fd = sockets[0],
					  .mode = L2CAP_MODE_BASIC,
					  .incoming_mtu = 672,
					  .outgoing_mtu = 672,
					  .largest_sdu = 672};
	output_attach(&scene->output, descriptor < 0 ? file_with("", 0) : descriptor,
		      DEFAULT_READ_AHEAD);
	scene->session = (struct session){.config = &scene->config,
					  .report = &scene->report,
					  .interruption = &scene->interruption,
					  .channel = &scene->channel,
					  .input = -1,
					  .output = &scene->output,
					  .ends_with_peer = true};
}

/* A sender of a message. */
static void open_sender(struct scene *scene)
{
	open_scene(scene, -1);
	scene->config.message = "hello!!";
	scene->session.ends_with_peer = false;
}

static void close_scene(struct scene *scene)
{
	if (scene->peer >= 0)
		close(scene->peer);
	assert_int_equal(scene->channel.fd, -1); /* the session has closed it */
	byte_queue_free(&scene->output.queue);
	close(scene->output.fd);
}

static void send_sdu(const struct scene *scene, const char *text)
{
	assert_int_equal(send(scene->peer, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

static void close_peer(struct scene *scene)
{
	close(scene->peer);
	scene->peer = -1;
}

/* The status and that the summary ends in WHY. */
static void expect_outcome(struct scene *scene, enum exit_status status, const char *why)
{
	enum exit_status got;
	char end[128];
	size_t length = (size_t)snprintf(end, sizeof(end), "; %s\n", why);

	catch_error();
	got = session_run(&scene->session);
	read_error();
	if (got != status || strlen(told) < length ||
	    strcmp(told + strlen(told) - length, end) != 0)
		fail_msg("status %d, not %d; told was: %s", (int)got, (int)status, told);
}

static void assert_told(const char *text)
{
	if (!strstr(told, text))
		fail_msg("'%s' was not told, but: %s", text, told);
}

static void assert_printed(const struct scene *scene, const char *text)
{
	size_t length;
	unsigned char *contents = file_contents(scene->output.fd, &length);

	assert_int_equal(length, strlen(text));
	assert_memory_equal(contents, text, length);
	free(contents);
}

/* --- what the peer does ------------------------------------------------------------- */

static void start_peer(struct scene *scene, void *(*run)(void *))
{
	assert_int_equal(pthread_create(&scene->thread, NULL, run, scene), 0);
}

static void join_peer(const struct scene *scene)
{
	assert_int_equal(pthread_join(scene->thread, NULL), 0);
}

static void take_until_the_end(struct scene *scene)
{
	char room[1000];

	while (recv(scene->peer, room, sizeof(room), 0) > 0)
		;
	scene->saw_end = true;
}

static void *take_all_and_confirm(void *data)
{
	take_until_the_end(data);
	close_peer(data);
	return NULL;
}

static void *take_all_and_say_nothing(void *data)
{
	take_until_the_end(data);
	return NULL;
}

static void *take_all_send_a_tail_and_confirm(void *data)
{
	struct scene *scene = data;

	take_until_the_end(scene);
	for (int i = 0; i < 100; i++)
		send(scene->peer, "tail", 4, MSG_NOSIGNAL);
	close_peer(scene);
	return NULL;
}

static void *take_all_send_a_tail_confirm_and_signal(void *data)
{
	struct scene *scene = data;

	take_all_send_a_tail_and_confirm(scene);
	usleep(100000);
	pthread_kill(scene->session_thread, SIGUSR1);
	return NULL;
}

static void *take_one_and_close(void *data)
{
	struct scene *scene = data;
	char room[1000];

	recv(scene->peer, room, sizeof(room), 0);
	close_peer(scene);
	return NULL;
}

static void *take_one_answer_and_close(void *data)
{
	struct scene *scene = data;
	char room[1000];

	recv(scene->peer, room, sizeof(room), 0);
	send_sdu(scene, "taken");
	close_peer(scene);
	return NULL;
}

static void *take_all_and_signal(void *data)
{
	struct scene *scene = data;

	take_until_the_end(scene);
	usleep(50000);
	pthread_kill(scene->session_thread, SIGUSR1);
	return NULL;
}

/* --- sending ------------------------------------------------------------------------ */

static void what_was_sent_and_confirmed_is_status_0(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	start_peer(&scene, take_all_and_confirm);
	expect_outcome(&scene, STATUS_OK, "all was taken by the peer");
	join_peer(&scene);
	assert_int_equal(scene.session.result.sdus_sent, 1);
	assert_true(scene.saw_end);
	close_scene(&scene);
}

static void no_response_in_time_is_status_4(void **state)
{
	struct scene scene;
	int64_t begin = monotonic_ms();

	(void)state;
	open_sender(&scene);
	scene.config.idle_timeout_s = 1;
	start_peer(&scene, take_all_and_say_nothing);
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "the end was not confirmed");
	assert_in_range(monotonic_ms() - begin, 1000, 2500);
	assert_told("prog: cannot learn whether all was taken: The peer does not answer");
	/* What is to be awaited is awaited in one go. */
	assert_true(kernel.waits < 100);
	join_peer(&scene);
	close_scene(&scene);
}

/* What is queued on the socket is no reason to look again and again. */
static void awaiting_the_response_does_not_spin(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	scene.config.idle_timeout_s = 1;
	scene.session.output = &scene.output;
	start_peer(&scene, take_all_and_say_nothing);
	for (int i = 0; i < 50; i++)
		send_sdu(&scene, "unread");
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "the end was not confirmed");
	assert_true(kernel.waits < 100);
	assert_int_equal(scene.session.result.sdus_received, 50);
	join_peer(&scene);
	close_scene(&scene);
}

static void a_peer_that_closes_first_is_status_4(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	scene.config.hold_s = 5;
	start_peer(&scene, take_one_and_close);
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "closed early by the peer");
	assert_told("prog: the peer closed before the transfer was complete\n");
	join_peer(&scene);
	close_scene(&scene);
}

/* A server's --hold: its client decides when it is over. */
static void a_client_that_closes_during_the_servers_hold_is_status_0(void **state)
{
	struct scene scene;
	int64_t begin = monotonic_ms();

	(void)state;
	open_sender(&scene);
	scene.session.other_end_waits = true;
	scene.config.hold_s = 60;
	start_peer(&scene, take_one_answer_and_close);
	expect_outcome(&scene, STATUS_OK, "closed by the peer");
	assert_true(monotonic_ms() - begin < 30000);
	assert_printed(&scene, "taken");
	join_peer(&scene);
	close_scene(&scene);
}

/* Else the client would connect again, and send all a second time. */
static void only_a_peer_that_closes_before_anything_was_sent_sends_away(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	scene.channel.mode = L2CAP_MODE_STREAMING;
	start_peer(&scene, take_all_and_confirm);
	expect_outcome(&scene, STATUS_OK, "all was taken by the peer");
	join_peer(&scene);
	assert_false(scene.session.result.sent_away);
	close_scene(&scene);

	open_sender(&scene);
	scene.channel.mode = L2CAP_MODE_ERTM;
	close_peer(&scene);
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "closed early by the peer");
	assert_int_equal(scene.session.result.sdus_sent, 0);
	assert_true(scene.session.result.sent_away);
	close_scene(&scene);
}

static void what_comes_until_the_peer_confirms_is_written(void **state)
{
	struct scene scene;
	size_t length;
	unsigned char *contents;

	(void)state;
	open_sender(&scene);
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	expect_outcome(&scene, STATUS_OK, "all was taken by the peer");
	join_peer(&scene);
	contents = file_contents(scene.output.fd, &length);
	assert_int_equal(length, 400);
	free(contents);
	assert_int_equal(scene.session.result.sdus_received, 100);
	close_scene(&scene);
}

static void expect_refusal(struct scene *scene, const char *text)
{
	enum exit_status status;

	catch_error();
	status = session_run(&scene->session);
	read_error();
	assert_int_equal(status, STATUS_LOCAL_FAILURE);
	assert_told(text);
	assert_null(strstr(told, "sent 0 SDUs")); /* no summary */
	close_scene(scene);
}

static void what_does_not_fit_the_channel_is_not_begun(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	scene.channel.outgoing_mtu = 6;
	expect_refusal(&scene,
		       "prog: cannot send an SDU of 7 bytes: the outgoing MTU is "
		       "6: ");
	open_sender(&scene);
	scene.config.message = "";
	scene.channel.smallest_sdu = 1;
	expect_refusal(&scene, "prog: cannot send an empty SDU in basic");
	open_sender(&scene);
	scene.config.message = NULL;
	scene.config.sdu_sizes = (struct sdu_sizes){673, 673, 1};
	scene.session.input = STDIN_FILENO;
	expect_refusal(&scene,
		       "prog: cannot send an SDU of 673 bytes: the outgoing MTU "
		       "is 672: ");
}

/* --- receiving ---------------------------------------------------------------------- */

static void what_came_until_the_peer_closed_is_status_0(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, -1);
	send_sdu(&scene, "hello ");
	send_sdu(&scene, "world");
	close_peer(&scene);
	expect_outcome(&scene, STATUS_OK, "closed by the peer");
	assert_printed(&scene, "hello world");
	assert_told("prog: received 2 SDUs, 11 bytes in ");
	close_scene(&scene);
}

static void expect_bytes(uint64_t expected, enum exit_status status, const char *why)
{
	struct scene scene;

	open_scene(&scene, -1);
	scene.config.expected = expected;
	send_sdu(&scene, "hello ");
	send_sdu(&scene, "world");
	close_peer(&scene);
	expect_outcome(&scene, status, why);
	assert_printed(&scene, "hello world");
	close_scene(&scene);
}

static void less_than_expected_is_status_4_and_more_is_5(void **state)
{
	(void)state;
	expect_bytes(11, STATUS_OK, "closed by the peer");
	expect_bytes(12, STATUS_CONNECTION_LOST, "less came than expected");
	assert_told("prog: 11 of 12 bytes came (--expect)\n");
	expect_bytes(10, STATUS_DATA_LOST, "more came than expected");
	assert_told("prog: more than 10 bytes came (--expect)\n");
}

/* Such as a server with --send and --expect: the client is silent. */
static void less_than_expected_after_sending_is_status_4(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	scene.config.expected = 400;
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	expect_outcome(&scene, STATUS_OK, "all was taken by the peer");
	join_peer(&scene);
	close_scene(&scene);
	open_sender(&scene);
	scene.config.expected = 401;
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "less came than expected");
	join_peer(&scene);
	close_scene(&scene);
	open_sender(&scene);
	scene.config.expected = 399;
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	expect_outcome(&scene, STATUS_DATA_LOST, "more came than expected");
	join_peer(&scene);
	close_scene(&scene);
}

static void silence_is_status_6(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, -1);
	scene.config.idle_timeout_s = 1;
	expect_outcome(&scene, STATUS_TIMEOUT, "idle for too long");
	assert_told("prog: nothing moved for 1 s (--idle-timeout)\n");
	close_scene(&scene);
}

/* --- lost data ---------------------------------------------------------------------- */

static void dropped_sdus_are_status_5_and_the_peer_is_told(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, -1);
	kernel.dropped = 2;
	send_sdu(&scene, "hello");
	start_peer(&scene, take_all_and_say_nothing);
	expect_outcome(&scene, STATUS_DATA_LOST, "data was lost");
	assert_told("prog: 2 SDUs were lost: the receive buffer was full\nprog: hint: ");
	assert_printed(&scene, "hello");
	join_peer(&scene);
	assert_true(scene.saw_end);
	close_scene(&scene);
}

static void an_sdu_that_is_dropped_before_the_close_is_status_5(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, -1);
	kernel.dropped = 1;
	send_sdu(&scene, "hello");
	close_peer(&scene);
	expect_outcome(&scene, STATUS_DATA_LOST, "data was lost");
	assert_told("prog: 1 SDU was lost: the receive buffer was full\n");
	assert_printed(&scene, "hello");
	close_scene(&scene);
}

/* Such as what came while the response was awaited. */
static void an_sdu_that_is_dropped_at_the_end_is_status_5(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	kernel.dropped = 1;
	/* None during the transfer, however often it looks. */
	kernel.dropped_after = 0;
	scene.channel.mode = L2CAP_MODE_ERTM;
	expect_outcome(&scene, STATUS_OK, "all was taken by the peer");
	join_peer(&scene);
	close_scene(&scene);
	open_sender(&scene);
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	kernel.dropped = 1;
	expect_outcome(&scene, STATUS_DATA_LOST, "data was lost");
	join_peer(&scene);
	close_scene(&scene);
}

static void an_output_that_fails_is_status_1(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, open("/dev/full", O_WRONLY | O_CLOEXEC));
	send_sdu(&scene, "hello");
	expect_outcome(&scene, STATUS_LOCAL_FAILURE, "the output failed");
	assert_told("prog: cannot write what was received: No space left on device\n");
	assert_told("prog: 5 bytes that were received are not written\n");
	close_scene(&scene);
}

static void an_output_that_fails_in_the_tail_is_status_1(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, open("/dev/full", O_WRONLY | O_CLOEXEC));
	scene.config.message = "hello!!";
	scene.session.ends_with_peer = false;
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	expect_outcome(&scene, STATUS_LOCAL_FAILURE, "the output failed");
	join_peer(&scene);
	close_scene(&scene);
}

/* --- signals ------------------------------------------------------------------------ */

static volatile sig_atomic_t *signal_flag;

static void remember_signal(int signal)
{
	*signal_flag = signal;
}

/* SIGUSR1 is let in by waits alone. */
static void take_signals(struct scene *scene)
{
	struct sigaction remember = {.sa_handler = remember_signal};
	sigset_t blocked;

	signal_flag = &scene->signal;
	sigemptyset(&remember.sa_mask);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &blocked, &scene->interruption.wait_mask);
	sigdelset(&scene->interruption.wait_mask, SIGUSR1);
	sigaction(SIGUSR1, &remember, NULL);
}

static void a_signal_ends_the_wait_for_the_response(void **state)
{
	int64_t begin = monotonic_ms();
	struct scene scene;

	(void)state;
	open_sender(&scene);
	take_signals(&scene);
	start_peer(&scene, take_all_and_signal);
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "interrupted");
	assert_true(monotonic_ms() - begin < 2000);
	join_peer(&scene);
	close_scene(&scene);
}

static void a_signal_that_came_before_is_told_at_once(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	scene.signal = SIGINT;
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "interrupted");
	assert_int_equal(scene.session.result.sdus_sent, 0);
	close_scene(&scene);
}

/* The peer has confirmed, but what it sent is not written: a file must not pass for
 * whole. */
static void a_signal_while_the_tail_is_written_is_no_success(void **state)
{
	static const char block[4096];
	struct scene scene;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	assert_int_equal(write(ends[1], block, sizeof(block)), sizeof(block));
	open_scene(&scene, ends[1]);
	scene.config.message = "hello!!";
	scene.session.ends_with_peer = false;
	take_signals(&scene);
	start_peer(&scene, take_all_send_a_tail_confirm_and_signal);
	catch_error();
	assert_int_not_equal(session_run(&scene.session), STATUS_OK);
	read_error();
	assert_told("prog: 400 bytes that were received are not written\n");
	assert_told("; interrupted\n");
	join_peer(&scene);
	close(ends[0]);
	close_scene(&scene);
}

/* --- many at once ------------------------------------------------------------------- */

static void a_session_whose_peer_is_silent_does_not_stop_another(void **state)
{
	int64_t begin = monotonic_ms();
	struct event_loop loop;
	struct scene silent;
	struct scene other;

	(void)state;
	open_sender(&silent);
	open_sender(&other);
	silent.report.verbosity = other.report.verbosity = VERBOSITY_QUIET;
	assert_int_equal(event_loop_open(&loop, &other.interruption), 0);
	start_peer(&other, take_all_and_confirm);
	session_start(&silent.session);
	session_start(&other.session);
	while (other.session.phase != SESSION_FINISHED) {
		int64_t wait_ms = session_prepare(&silent.session, &loop);
		int64_t other_ms = session_prepare(&other.session, &loop);

		assert_int_equal(
			event_loop_wait(&loop, wait_ms < other_ms ? wait_ms : other_ms),
			0);
		session_serve(&silent.session, &loop);
		session_serve(&other.session, &loop);
	}
	assert_true(monotonic_ms() - begin < 2000);
	assert_int_equal(session_finish(&other.session), STATUS_OK);
	assert_int_not_equal(silent.session.phase, SESSION_FINISHED);
	join_peer(&other);
	silent.signal = SIGINT;
	catch_error();
	while (silent.session.phase != SESSION_FINISHED) {
		assert_int_equal(
			event_loop_wait(&loop, session_prepare(&silent.session, &loop)),
			0);
		session_serve(&silent.session, &loop);
	}
	assert_int_equal(session_finish(&silent.session), STATUS_CONNECTION_LOST);
	read_error();
	event_loop_close(&loop);
	close_scene(&silent);
	close_scene(&other);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_was_sent_and_confirmed_is_status_0),
		TEST(no_response_in_time_is_status_4),
		TEST(awaiting_the_response_does_not_spin),
		TEST(a_peer_that_closes_first_is_status_4),
		TEST(a_client_that_closes_during_the_servers_hold_is_status_0),
		TEST(only_a_peer_that_closes_before_anything_was_sent_sends_away),
		TEST(what_comes_until_the_peer_confirms_is_written),
		TEST(what_does_not_fit_the_channel_is_not_begun),
		TEST(what_came_until_the_peer_closed_is_status_0),
		TEST(less_than_expected_is_status_4_and_more_is_5),
		TEST(less_than_expected_after_sending_is_status_4),
		TEST(silence_is_status_6),
		TEST(dropped_sdus_are_status_5_and_the_peer_is_told),
		TEST(an_sdu_that_is_dropped_before_the_close_is_status_5),
		TEST(an_sdu_that_is_dropped_at_the_end_is_status_5),
		TEST(an_output_that_fails_is_status_1),
		TEST(an_output_that_fails_in_the_tail_is_status_1),
		TEST(a_signal_ends_the_wait_for_the_response),
		TEST(a_signal_that_came_before_is_told_at_once),
		TEST(a_signal_while_the_tail_is_written_is_no_success),
		TEST(a_session_whose_peer_is_silent_does_not_stop_another),
	};

	return RUN_TESTS(tests);
}
