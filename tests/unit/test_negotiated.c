// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit_test.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <bluetooth/bluetooth.h>
/* It needs the one above. */
#include <bluetooth/hci.h>
#include <bluetooth/l2cap.h>

#include "channel/adapter.h"
#include "channel/channel_details.h"

enum { FD = 77 };

/* What the kernel answers; a query in FAILING gives ENOTCONN. */
enum query {
	LOCAL_NAME = 1,
	PEER_NAME = 2,
	OPTIONS = 4,
	SECURITY = 8,
	LINK = 16,
	PHYS = 32,
	LINK_MODE = 64,
	ALL = 127,
};

static unsigned int failing;
static struct l2cap_options options;
static uint32_t link_mode;

static const struct channel channel = {.fd = FD, .local = {{6, 5, 4, 3, 2, 1}}};

int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *size);
int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_adapter_find_handle(const bdaddr_t *address, uint16_t handle,
			       struct acl_link *link);

static int fails(enum query query)
{
	errno = ENOTCONN;
	return failing & query ? -1 : 0;
}

static int answer(enum query query, void *room, socklen_t *size, const void *value,
		  socklen_t length)
{
	assert_true(*size >= length);
	if (fails(query))
		return -1;
	memcpy(room, value, length);
	*size = length;
	return 0;
}

static int answer_name(enum query query, struct sockaddr *room, socklen_t *size,
		       uint16_t identifier)
{
	struct sockaddr_l2 address = {.l2_family = AF_BLUETOOTH,
				      .l2_cid = htobs(identifier)};

	return answer(query, room, size, &address, sizeof(address));
}

int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
	assert_int_equal(fd, FD);
	return answer_name(LOCAL_NAME, address, size, 0x0040);
}

int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
	assert_int_equal(fd, FD);
	return answer_name(PEER_NAME, address, size, 0x0141);
}

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	static const struct l2cap_conninfo info = {.hci_handle = 42};
	static const struct bt_security security = {.level = BT_SECURITY_HIGH,
						    .key_size = 16};
	static const uint32_t phys = BT_PHY_BR_1M_1SLOT | BT_PHY_EDR_2M_3SLOT;

	assert_int_equal(fd, FD);
	if (level == SOL_L2CAP && option == L2CAP_OPTIONS)
		return answer(OPTIONS, value, size, &options, sizeof(options));
	if (level == SOL_L2CAP && option == L2CAP_CONNINFO)
		return answer(LINK, value, size, &info, sizeof(info));
	if (level == SOL_BLUETOOTH && option == BT_SECURITY)
		return answer(SECURITY, value, size, &security, sizeof(security));
	if (level == SOL_BLUETOOTH && option == BT_PHY)
		return answer(PHYS, value, size, &phys, sizeof(phys));
	fail_msg("getsockopt(%d, %d)", level, option);
	return -1;
}

int __wrap_adapter_find_handle(const bdaddr_t *address, uint16_t handle,
			       struct acl_link *link)
{
	assert_memory_equal(address, &channel.local, sizeof(*address));
	assert_int_equal(handle, 42);
	*link = (struct acl_link){.handle = 42, .mode = link_mode};
	return failing & LINK_MODE ? -ENOTCONN : 0;
}

static int reset(void **state)
{
	failing = 0;
	link_mode = HCI_LM_MASTER | HCI_LM_ENCRYPT;
	options = (struct l2cap_options){.flush_to = 0xffff,
					 .mode = L2CAP_MODE_ERTM,
					 .fcs = 1,
					 .max_tx = 7,
					 .txwin_size = 20};
	return start_guard(state);
}

static void all_that_the_kernel_tells_is_there(void **state)
{
	struct negotiated negotiated;

	(void)state;
	negotiated_read(&negotiated, &channel);
	assert_int_equal(negotiated.source_cid, 0x0040);
	assert_int_equal(negotiated.destination_cid, 0x0141);
	assert_int_equal(negotiated.incoming_tx_window, 20);
	assert_int_equal(negotiated.incoming_max_transmit, 7);
	assert_int_equal(negotiated.flush_timeout_option_ms, NO_FLUSH_TIMEOUT);
	assert_int_equal(negotiated.acl_handle, 42);
	assert_int_equal(negotiated.is_central, 1);
	assert_int_equal(negotiated.is_encrypted, 1);
	assert_int_equal(negotiated.security_level, BT_SECURITY_HIGH);
	assert_int_equal(negotiated.key_size, 16);
	assert_int_equal(negotiated.phys, BT_PHY_BR_1M_1SLOT | BT_PHY_EDR_2M_3SLOT);
}

static void a_peripheral_without_encryption_is_one(void **state)
{
	struct negotiated negotiated;

	(void)state;
	link_mode = HCI_LM_AUTH;
	negotiated_read(&negotiated, &channel);
	assert_int_equal(negotiated.is_central, 0);
	assert_int_equal(negotiated.is_encrypted, 0);
}

/* The kernel keeps the numbers that were set, and they mean nothing. */
static void other_modes_have_no_window(void **state)
{
	static const uint8_t modes[] = {L2CAP_MODE_BASIC, L2CAP_MODE_STREAMING};
	struct negotiated negotiated;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		options.mode = modes[i];
		negotiated_read(&negotiated, &channel);
		assert_int_equal(negotiated.incoming_tx_window, NOT_KNOWN);
		assert_int_equal(negotiated.incoming_max_transmit, NOT_KNOWN);
		assert_int_equal(negotiated.flush_timeout_option_ms, NO_FLUSH_TIMEOUT);
	}
}

static void what_the_kernel_does_not_tell_is_unknown(void **state)
{
	struct negotiated negotiated;

	(void)state;
	failing = ALL;
	negotiated_read(&negotiated, &channel);
	assert_int_equal(negotiated.source_cid, NOT_KNOWN);
	assert_int_equal(negotiated.destination_cid, NOT_KNOWN);
	assert_int_equal(negotiated.incoming_tx_window, NOT_KNOWN);
	assert_int_equal(negotiated.incoming_max_transmit, NOT_KNOWN);
	assert_int_equal(negotiated.flush_timeout_option_ms, NOT_KNOWN);
	assert_int_equal(negotiated.acl_handle, NOT_KNOWN);
	assert_int_equal(negotiated.is_central, NOT_KNOWN);
	assert_int_equal(negotiated.is_encrypted, NOT_KNOWN);
	assert_int_equal(negotiated.security_level, NOT_KNOWN);
	assert_int_equal(negotiated.key_size, NOT_KNOWN);
	assert_int_equal(negotiated.phys, 0);
}

static void one_failing_query_hides_nothing_else(void **state)
{
	struct negotiated negotiated;

	(void)state;
	for (unsigned int query = LOCAL_NAME; query < ALL; query *= 2) {
		failing = query;
		negotiated_read(&negotiated, &channel);
		assert_int_equal(negotiated.source_cid == NOT_KNOWN, query == LOCAL_NAME);
		assert_int_equal(negotiated.destination_cid == NOT_KNOWN,
				 query == PEER_NAME);
		assert_int_equal(negotiated.incoming_tx_window == NOT_KNOWN,
				 query == OPTIONS);
		assert_int_equal(negotiated.key_size == NOT_KNOWN, query == SECURITY);
		assert_int_equal(negotiated.acl_handle == NOT_KNOWN, query == LINK);
		assert_int_equal(negotiated.phys == 0, query == PHYS || query == LINK);
		assert_int_equal(negotiated.is_central == NOT_KNOWN,
				 query == LINK_MODE || query == LINK);
	}
}

static void levels_have_names(void **state)
{
	(void)state;
	assert_string_equal(security_level_name(BT_SECURITY_SDP), "sdp");
	assert_string_equal(security_level_name(BT_SECURITY_LOW), "low");
	assert_string_equal(security_level_name(BT_SECURITY_MEDIUM), "medium");
	assert_string_equal(security_level_name(BT_SECURITY_HIGH), "high");
	assert_string_equal(security_level_name(BT_SECURITY_FIPS), "fips");
	assert_null(security_level_name(NOT_KNOWN));
	assert_null(security_level_name(5));
}

static void phys_have_names(void **state)
{
	char text[PHY_NAMES_SIZE];

	(void)state;
	assert_string_equal(phy_names(0x1ff, text), "BR 1M, EDR 2M, EDR 3M");
	assert_string_equal(phy_names(BT_PHY_BR_1M_5SLOT, text), "BR 1M");
	assert_string_equal(phy_names(BT_PHY_LE_1M_TX | BT_PHY_LE_2M_RX, text),
			    "LE 1M, LE 2M");
	assert_string_equal(phy_names(UINT32_MAX, text),
			    "BR 1M, EDR 2M, EDR 3M, LE 1M, LE 2M, LE coded");
	assert_null(phy_names(0, text));
	assert_null(phy_names(0x80000000, text));
}

#define KERNEL_TEST(function) cmocka_unit_test_setup_teardown(function, reset, stop_guard)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		KERNEL_TEST(all_that_the_kernel_tells_is_there),
		KERNEL_TEST(a_peripheral_without_encryption_is_one),
		KERNEL_TEST(other_modes_have_no_window),
		KERNEL_TEST(what_the_kernel_does_not_tell_is_unknown),
		KERNEL_TEST(one_failing_query_hides_nothing_else),
		TEST(levels_have_names),
		TEST(phys_have_names),
	};

	return RUN_TESTS(tests);
}
