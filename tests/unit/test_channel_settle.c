// SPDX-License-Identifier: GPL-2.0-or-later
/* What was negotiated, and what it makes of buffers and SDUs. */
#include "fake_kernel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include <bluetooth/hci.h>

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

/* Trap T20: before the channel was settled, too. */
static void a_torn_frame_is_no_failure_to_connect(void **state)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel = {.fd = new_descriptor(), .local = adapter};
	enum failed_step step;

	(void)state;
	kernel.options.omtu = 672;
	kernel.socket_error = ECOMM;
	assert_int_equal(channel_settle(&channel, &config, &step), 0);
	assert_true(channel.torn);
	channel_close(&channel);
}

static int settle_at(uint8_t level, enum failed_step *step)
{
	struct channel_config config = config_with(MODE_BASIC);
	struct channel channel = {.fd = new_descriptor(), .local = adapter};
	int error;

	config.security = level;
	kernel.local = adapter;
	kernel.options.omtu = 672;
	kernel.options.mode = L2CAP_MODE_BASIC;
	error = channel_settle(&channel, &config, step);
	channel_close(&channel);
	return error;
}

static void a_link_below_the_level_that_was_asked_for_moves_nothing(void **state)
{
	enum failed_step step;

	(void)state;
	kernel.security_level = BT_SECURITY_LOW;
	assert_int_equal(settle_at(BT_SECURITY_LOW, &step), 0);
	assert_int_equal(settle_at(BT_SECURITY_MEDIUM, &step), -EACCES);
	assert_int_equal(step, STEP_SECURITY);
	kernel.security_level = BT_SECURITY_MEDIUM;
	/* The kernel says so, but the link is not encrypted. */
	assert_int_equal(settle_at(BT_SECURITY_MEDIUM, &step), -EACCES);
	kernel.link_mode = HCI_LM_ENCRYPT;
	assert_int_equal(settle_at(BT_SECURITY_MEDIUM, &step), 0);
	assert_int_equal(settle_at(BT_SECURITY_HIGH, &step), -EACCES);
	kernel.security_level = BT_SECURITY_HIGH;
	assert_int_equal(settle_at(BT_SECURITY_HIGH, &step), 0);
}

/* But of a channel that is closed again the kernel tells nothing any more. */
static void a_link_that_is_not_found_counts_as_not_encrypted(void **state)
{
	enum failed_step step;

	(void)state;
	kernel.security_level = BT_SECURITY_MEDIUM;
	kernel.link_mode = HCI_LM_ENCRYPT;
	kernel.fails_for = 2;
	kernel.failing = "link";
	assert_int_equal(settle_at(BT_SECURITY_MEDIUM, &step), -EACCES);
	kernel.failing = "get:L2CAP_CONNINFO";
	kernel.error = ENOTCONN;
	assert_int_equal(settle_at(BT_SECURITY_MEDIUM, &step), 0);
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
	kernel.options.fcs = 0;
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_BASIC, 672, &channel, &step), 0);
	assert_int_equal(channel.outgoing_mtu, 672);
	channel_close(&channel);
}

/* Trap T16: in basic mode, the end of the configuration takes the check sum out. */
static void a_peer_that_is_gone_before_the_configuration_ends_never_was(void **state)
{
	struct channel channel;
	enum failed_step step;

	(void)state;
	kernel.poll_events = POLLRDHUP | POLLHUP | POLLERR;
	kernel.options.fcs = 1;
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_BASIC, 672, &channel, &step),
			 -EPROTO);
	assert_int_equal(step, STEP_CONNECT);
	assert_int_equal(settle(MODE_AUTO, L2CAP_MODE_ERTM, 672, &channel, &step),
			 -EPROTO);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CHANNEL_TEST(a_peer_that_was_let_in_too_late_is_sent_away_in_ertm),
		CHANNEL_TEST(a_torn_frame_is_no_failure_to_connect),
		CHANNEL_TEST(a_link_below_the_level_that_was_asked_for_moves_nothing),
		CHANNEL_TEST(a_link_that_is_not_found_counts_as_not_encrypted),
		CHANNEL_TEST(settling_reads_what_was_negotiated),
		CHANNEL_TEST(a_basic_sdu_is_never_cut_larger_than_65531),
		CHANNEL_TEST(auto_takes_ertm_and_basic_and_not_streaming),
		CHANNEL_TEST(frames_have_a_check_sum_where_the_kernel_says_so),
		CHANNEL_TEST(an_empty_sdu_can_be_sent_in_basic_mode_alone),
		CHANNEL_TEST(another_mode_than_the_named_one_is_eproto),
		CHANNEL_TEST(an_error_that_is_pending_is_a_failure_to_connect),
		CHANNEL_TEST(a_quick_peer_that_is_gone_again_was_connected),
		CHANNEL_TEST(a_peer_that_is_gone_before_the_configuration_ends_never_was),
		CHANNEL_TEST(options_that_cannot_be_read_are_a_failure_to_connect),
		CHANNEL_TEST(the_send_buffer_holds_two_of_the_largest_sdus),
		CHANNEL_TEST(a_small_send_buffer_makes_sdus_smaller_until_two_fit),
		CHANNEL_TEST(a_tiny_send_buffer_still_leaves_a_usable_sdu),
		CHANNEL_TEST(the_memory_of_an_sdu_covers_what_was_measured),
	};

	return RUN_TESTS(tests);
}
