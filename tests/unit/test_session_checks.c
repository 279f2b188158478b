// SPDX-License-Identifier: GPL-2.0-or-later
/* What formats, --verify, --ping and --echo make of a session's end. */
#include "unit_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>

#include "transfer/numbered_sdus.h"
#include "session/ping.h"
#include "session_fixture.h"
#include "transfer_fixture.h"

static bool no_memory;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	/* One object of some size: not the session itself. */
	return no_memory && size >= sizeof(struct round_trips)
		     ? NULL
		     : __real_calloc(count, size);
}

static bool next_growth_fails;

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size)
{
	if (!next_growth_fails)
		return __real_realloc(block, size);
	next_growth_fails = false;
	return NULL;
}

/* A session that prints nothing. */
static void print_nothing(struct scene *scene)
{
	close(scene->output.fd);
	scene->output.fd = -1;
}

/* --- formats ------------------------------------------------------------------------ */

/* A sender of TEXT, in FORMAT. */
static void open_text_sender(struct scene *scene, enum sdu_format format,
			     const char *text)
{
	open_sender(scene);
	scene->config.message = NULL;
	scene->config.format = format;
	scene->setup.input = file_with(text, strlen(text));
}

static void close_text_sender(struct scene *scene)
{
	close(scene->setup.input);
	close_scene(scene);
}

static void expect_text_refused(enum sdu_format format, const char *text,
				enum exit_status status, const char *why,
				const char *what)
{
	struct scene scene;

	open_text_sender(&scene, format, text);
	scene.channel.smallest_sdu = 1;
	scene.channel.outgoing_mtu = 5;
	expect_outcome(&scene, status, why);
	assert_told(what);
	assert_int_equal(scene.result.sdus_sent, 1);
	close_text_sender(&scene);
}

static void wrong_hex_is_status_2_with_line_and_column(void **state)
{
	(void)state;
	expect_text_refused(FORMAT_HEX, "31\n32 3x\n", STATUS_LOCAL_FAILURE,
			    "the input is wrong",
			    "prog: line 2, column 5 of the input: not a pair of "
			    "hexadecimal digits (--format=hex)\n");
}

static void a_line_that_does_not_fit_is_told_by_its_number(void **state)
{
	(void)state;
	expect_text_refused(FORMAT_LINES, "1\n123456\n", STATUS_LOCAL_FAILURE,
			    "an SDU could not be sent",
			    "prog: cannot send an SDU of 6 bytes (line 2 of the input): "
			    "the outgoing MTU is 5: ");
	expect_text_refused(FORMAT_HEX, "31\n\n", STATUS_LOCAL_FAILURE,
			    "an SDU could not be sent",
			    "prog: cannot send an empty SDU (line 2 of the input) in "
			    "basic: ");
}

static void a_line_longer_than_any_sdu_is_status_2(void **state)
{
	char *text = malloc(400002);

	(void)state;
	assert_non_null(text);
	memset(text, '0', 400000);
	memcpy(text, "31\n", 3);
	text[400000] = '\0';
	expect_text_refused(FORMAT_HEX, text, STATUS_LOCAL_FAILURE, "the input is wrong",
			    "prog: line 2 of the input is longer than an SDU can be: "
			    "65535 bytes\n");
	free(text);
}

static void lines_are_sent_and_confirmed(void **state)
{
	struct scene scene;

	(void)state;
	open_text_sender(&scene, FORMAT_LINES, "one\ntwo\nthree");
	start_peer(&scene, take_all_and_confirm);
	expect_outcome(&scene, STATUS_OK, "all was taken by the peer");
	join_peer(&scene);
	assert_int_equal(scene.result.sdus_sent, 3);
	assert_int_equal(scene.result.bytes_sent, 11);
	close_text_sender(&scene);
}

/* --- numbered SDUs ------------------------------------------------------------------ */

static void *take_numbered_and_confirm(void *data)
{
	struct scene *scene = data;
	struct numbered_check check = {0};
	unsigned char sdu[1000];
	ssize_t length;

	while ((length = recv(scene->peer, sdu, sizeof(sdu), 0)) > 0) {
		struct sdu_verdict verdicts[MOST_VERDICTS];

		numbered_check(&check, sdu, (size_t)length, verdicts);
	}
	scene->saw_end = check.good == 100 && numbered_check_is_good(&check);
	close_peer(scene);
	return NULL;
}

static void open_generator(struct scene *scene)
{
	open_sender(scene);
	scene->config.message = NULL;
	scene->config.generate = true;
	scene->config.generate_count = 100;
}

static void generated_sdus_fill_the_channel_unless_a_size_is_given(void **state)
{
	struct scene scene;

	(void)state;
	open_generator(&scene);
	scene.channel.largest_sdu = 500; /* all that its send buffer takes */
	start_peer(&scene, take_numbered_and_confirm);
	expect_outcome(&scene, STATUS_OK, "all was taken by the peer");
	join_peer(&scene);
	assert_true(scene.saw_end);
	assert_int_equal(scene.result.bytes_sent, 100 * 500);
	close_scene(&scene);
	open_generator(&scene);
	scene.config.sdu_sizes = (struct sdu_sizes){6, 15, 1};
	start_peer(&scene, take_numbered_and_confirm);
	expect_outcome(&scene, STATUS_OK, "all was taken by the peer");
	join_peer(&scene);
	assert_true(scene.saw_end);
	assert_int_equal(scene.result.bytes_sent, 10 * (6 + 15) * 5);
	close_scene(&scene);
}

static void a_row_of_sizes_that_does_not_fit_is_not_begun(void **state)
{
	struct scene scene;

	(void)state;
	open_generator(&scene);
	scene.config.sdu_sizes = (struct sdu_sizes){6, 673, 1};
	assert_int_equal(run_and_catch(&scene), STATUS_LOCAL_FAILURE);
	assert_told("prog: cannot send an SDU of 673 bytes: the outgoing MTU is 672: ");
	assert_int_equal(scene.result.sdus_sent, 0);
	close_scene(&scene);
}

/* --- verifying ---------------------------------------------------------------------- */

static void send_numbered(const struct scene *scene, uint32_t number)
{
	unsigned char sdu[20];

	numbered_sdu_fill(sdu, sizeof(sdu), number);
	assert_int_equal(send(scene->peer, sdu, sizeof(sdu), MSG_NOSIGNAL), sizeof(sdu));
}

static void open_verifier(struct scene *scene, uint32_t lost)
{
	open_scene(scene, -1);
	scene->config.verify = true;
	for (uint32_t number = 0; number < 10; number++) {
		if (number != lost)
			send_numbered(scene, number);
	}
	close_peer(scene);
}

static void good_numbered_sdus_are_status_0(void **state)
{
	struct scene scene;

	(void)state;
	open_verifier(&scene, UINT32_MAX);
	expect_outcome(&scene, STATUS_OK, "closed by the peer");
	assert_told("prog: verified 10 SDUs: all are good\n");
	close_scene(&scene);
}

static void a_missing_sdu_is_status_5(void **state)
{
	struct scene scene;

	(void)state;
	open_verifier(&scene, 3);
	expect_outcome(&scene, STATUS_DATA_LOST, "data was lost or damaged");
	assert_told("prog: SDU 3 is missing\n");
	assert_told("prog: verified 9 SDUs: 9 good, 1 missing, ");
	close_scene(&scene);
}

static void a_worse_end_stays_what_it_is(void **state)
{
	struct scene scene;

	(void)state;
	open_verifier(&scene, 3);
	scene.config.expected = 1000;
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "less came than expected");
	assert_told("prog: SDU 3 is missing\n");
	close_scene(&scene);
}

static void what_comes_behind_the_close_is_verified_too(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	scene.config.verify = true;
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	expect_outcome(&scene, STATUS_DATA_LOST, "data was lost or damaged");
	assert_told(
		"prog: verified 100 SDUs: 0 good, 0 missing, 0 reordered, 0 repeated, "
		"100 wrong\n");
	join_peer(&scene);
	close_scene(&scene);
}

/* --- round trips -------------------------------------------------------------------- */

static struct {
	int lost, repeated, damaged; /* numbers of echoes; -1: none */
	int last;		     /* behind this one it closes */
	int left;		     /* after so many it closes */
	bool signals;		     /* and sends a signal in place of that */
} echoing;

static void *echo_all(void *data)
{
	struct scene *scene = data;
	unsigned char sdu[1000];
	ssize_t length;

	for (int i = 0; (length = recv(scene->peer, sdu, sizeof(sdu), 0)) > 0; i++) {
		if (i == echoing.left && echoing.signals)
			pthread_kill(scene->session_thread, SIGUSR1);
		else if (i == echoing.left)
			break;
		if (i == echoing.damaged)
			sdu[length - 1] ^= 1;
		if (i != echoing.lost)
			send(scene->peer, sdu, (size_t)length, MSG_NOSIGNAL);
		if (i == echoing.repeated)
			send(scene->peer, sdu, (size_t)length, MSG_NOSIGNAL);
		if (i == echoing.last)
			break;
	}
	close_peer(scene);
	return NULL;
}

static void open_pinger(struct scene *scene, uint64_t count)
{
	open_sender(scene);
	print_nothing(scene);
	scene->config.message = NULL;
	scene->config.ping = true;
	scene->config.ping_count = count;
	scene->config.sdu_sizes = (struct sdu_sizes){1, 64, 7};
	scene->config.interval_ms = 1;
	scene->config.idle_timeout_s = 1;
	echoing.lost = echoing.repeated = echoing.damaged = echoing.last = echoing.left =
		-1;
	echoing.signals = false;
}

static void expect_round_trips(struct scene *scene, enum exit_status status,
			       const char *why, const char *summary)
{
	start_peer(scene, echo_all);
	expect_outcome(scene, status, why);
	join_peer(scene);
	assert_told(summary);
	close_scene(scene);
}

static void answers_to_all_are_status_0(void **state)
{
	struct scene scene;

	(void)state;
	open_pinger(&scene, 200);
	expect_round_trips(&scene, STATUS_OK, "all was taken by the peer",
			   "prog: 200 sent, 200 received, 0 lost (0.0 %), 0 repeated, 0 "
			   "wrong; round trip min/avg/max/mdev ");
	assert_not_told("printed");
}

/* It comes to its end by itself: nobody answers any more. */
static void a_lost_one_is_status_5(void **state)
{
	struct scene scene;
	int64_t begin = monotonic_ms();

	(void)state;
	open_pinger(&scene, 5);
	echoing.lost = 2;
	expect_round_trips(&scene, STATUS_DATA_LOST, "not all was answered",
			   "prog: 5 sent, 4 received, 1 lost (20.0 %), ");
	assert_told("prog: no answer yet to seq=2\n");
	assert_true(monotonic_ms() - begin < 15000);
}

static void a_lost_last_one_is_status_5_and_not_idle(void **state)
{
	struct scene scene;

	(void)state;
	open_pinger(&scene, 3);
	echoing.lost = 2;
	expect_round_trips(&scene, STATUS_DATA_LOST, "not all was answered",
			   "prog: 3 sent, 2 received, 1 lost (33.3 %), ");
}

static void one_that_comes_twice_or_damaged_is_status_5(void **state)
{
	struct scene scene;

	(void)state;
	open_pinger(&scene, 5);
	echoing.repeated = 3;
	expect_round_trips(&scene, STATUS_DATA_LOST, "an answer was wrong or came twice",
			   "prog: 5 sent, 5 received, 0 lost (0.0 %), 1 repeated, 0 "
			   "wrong; ");
	open_pinger(&scene, 5);
	echoing.damaged = 3;
	expect_round_trips(&scene, STATUS_DATA_LOST, "not all was answered",
			   "prog: 5 sent, 4 received, 1 lost (20.0 %), 0 repeated, 1 "
			   "wrong; ");
}

static void a_peer_that_closes_meanwhile_is_status_4_with_a_summary(void **state)
{
	struct scene scene;

	(void)state;
	open_pinger(&scene, 5);
	echoing.left = 2;
	expect_round_trips(&scene, STATUS_CONNECTION_LOST, "closed early by the peer",
			   "prog: 3 sent, 2 received, 1 lost (33.3 %), ");
}

/* Each of those before was answered: only the count tells that it is not over. */
static void a_peer_that_closes_behind_an_answer_is_status_4(void **state)
{
	struct scene scene;

	(void)state;
	open_pinger(&scene, 5);
	scene.config.interval_ms = 300;
	echoing.last = 1;
	expect_round_trips(&scene, STATUS_CONNECTION_LOST, "closed early by the peer",
			   "prog: 2 sent, 2 received, 0 lost (0.0 %), ");
}

static void a_signal_ends_it_with_a_summary(void **state)
{
	struct scene scene;

	(void)state;
	open_pinger(&scene, 0);
	take_signals(&scene);
	echoing.left = 5;
	echoing.signals = true;
	expect_round_trips(&scene, STATUS_CONNECTION_LOST, "interrupted", " received, ");
	assert_told("prog: 6 sent, ");
}

static void without_memory_round_trips_are_not_begun(void **state)
{
	struct scene scene;

	(void)state;
	open_pinger(&scene, 5);
	no_memory = true;
	assert_int_equal(run_and_catch(&scene), STATUS_LOCAL_FAILURE);
	no_memory = false;
	assert_told("prog: cannot measure round trips: ");
	assert_not_told("sent");
	close_scene(&scene);
}

static void a_lack_of_memory_on_the_way_is_status_1(void **state)
{
	struct scene scene;

	(void)state;
	open_pinger(&scene, 5);
	start_peer(&scene, echo_all);
	next_growth_fails = true;
	expect_outcome(&scene, STATUS_LOCAL_FAILURE, "memory ran out");
	join_peer(&scene);
	assert_told("prog: cannot make an SDU of 64 bytes: ");
	close_scene(&scene);
}

/* --- what is not printed ------------------------------------------------------------ */

static void *send_and_close(void *data)
{
	struct scene *scene = data;

	for (int i = 0; i < 3; i++)
		send(scene->peer, "hello", 5, MSG_NOSIGNAL);
	close_peer(scene);
	return NULL;
}

static void expect_three_unprinted(struct scene *scene)
{
	print_nothing(scene);
	start_peer(scene, send_and_close);
	expect_outcome(scene, STATUS_OK, "closed by the peer");
	join_peer(scene);
	assert_int_equal(scene->result.sdus_received, 3);
	close_scene(scene);
}

static void what_is_discarded_on_purpose_is_not_told(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, -1);
	scene.config.discard = true;
	expect_three_unprinted(&scene);
	assert_not_told("printed");
	open_scene(&scene, -1);
	expect_three_unprinted(&scene);
	assert_told(
		"prog: 3 SDUs that the peer sent are not printed: --receive prints "
		"them\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(wrong_hex_is_status_2_with_line_and_column),
		TEST(a_line_that_does_not_fit_is_told_by_its_number),
		TEST(a_line_longer_than_any_sdu_is_status_2),
		TEST(lines_are_sent_and_confirmed),
		TEST(generated_sdus_fill_the_channel_unless_a_size_is_given),
		TEST(a_row_of_sizes_that_does_not_fit_is_not_begun),
		TEST(good_numbered_sdus_are_status_0),
		TEST(a_missing_sdu_is_status_5),
		TEST(a_worse_end_stays_what_it_is),
		TEST(what_comes_behind_the_close_is_verified_too),
		TEST(answers_to_all_are_status_0),
		TEST(a_lost_one_is_status_5),
		TEST(a_lost_last_one_is_status_5_and_not_idle),
		TEST(one_that_comes_twice_or_damaged_is_status_5),
		TEST(a_peer_that_closes_meanwhile_is_status_4_with_a_summary),
		TEST(a_peer_that_closes_behind_an_answer_is_status_4),
		TEST(a_signal_ends_it_with_a_summary),
		TEST(without_memory_round_trips_are_not_begun),
		TEST(a_lack_of_memory_on_the_way_is_status_1),
		TEST(what_is_discarded_on_purpose_is_not_told),
	};

	return RUN_TESTS(tests);
}
