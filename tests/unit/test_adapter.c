// SPDX-License-Identifier: GPL-2.0-or-later
/* Which adapter is meant, out of those that the kernel lists. */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>

#include "channel/adapter.h"

enum { UP = 1U << HCI_UP, PAGE = 1U << HCI_PSCAN, INQUIRY = 1U << HCI_ISCAN };

/* In the kernel's order: the newest first. */
static const struct {
	uint16_t number;
	uint32_t flags;
} * listed;
static int listed_count;
static int socket_error;
static int list_error;

int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol)
{
	assert_int_equal(domain, AF_BLUETOOTH);
	assert_int_equal(type, SOCK_RAW | SOCK_CLOEXEC);
	assert_int_equal(protocol, BTPROTO_HCI);
	errno = socket_error;
	return socket_error ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int tell_list(struct hci_dev_list_req *list)
{
	assert_true(list->dev_num >= listed_count);
	list->dev_num = (uint16_t)listed_count;
	for (int i = 0; i < listed_count; i++)
		list->dev_req[i].dev_id = listed[i].number;
	errno = list_error;
	return list_error ? -1 : 0;
}

/* hci5 has the address 05:00:00:00:00:05. */
static int tell_info(struct hci_dev_info *info)
{
	for (int i = 0; i < listed_count; i++) {
		if (listed[i].number != info->dev_id)
			continue;
		snprintf(info->name, sizeof(info->name), "hci%u", info->dev_id % 100U);
		info->bdaddr.b[0] = info->bdaddr.b[5] = (uint8_t)info->dev_id;
		info->flags = listed[i].flags;
		return 0;
	}
	errno = ENODEV;
	return -1;
}

/* The one link of each adapter: to 09:00:00:00:00:09. */
static struct hci_conn_info its_link;

static int tell_links(struct hci_conn_list_req *list)
{
	assert_true(list->conn_num > 0);
	list->conn_num = 1;
	list->conn_info[0] = its_link;
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
	(void)fd;
	if (request == (unsigned long)HCIGETCONNLIST)
		return tell_links(argument);
	if (request == (unsigned long)HCIGETDEVLIST)
		return tell_list(argument);
	assert_true(request == (unsigned long)HCIGETDEVINFO);
	return tell_info(argument);
}

#define LIST(...)                                                                        \
	do {                                                                             \
		static const __typeof__(*listed) rows[] = {__VA_ARGS__};                 \
		listed = rows;                                                           \
		listed_count = COUNT_OF(rows);                                           \
	} while (0)

static int forget(void **state)
{
	listed_count = socket_error = list_error = 0;
	return start_guard(state);
}

#define ADAPTER_TEST(function)                                                           \
	cmocka_unit_test_setup_teardown(function, forget, stop_guard)

static const char *chosen(const char *name)
{
	static struct adapter_state state;

	assert_int_equal(adapter_look(name, &state), 0);
	return state.name;
}

static void any_is_the_one_that_serves_best(void **state)
{
	(void)state;
	LIST({3, UP}, {2, UP | PAGE}, {1, UP}, {0, 0});
	assert_string_equal(chosen(NULL), "hci2");
	assert_string_equal(chosen(""), "hci2");
	LIST({2, UP}, {1, UP}, {0, INQUIRY});
	assert_string_equal(chosen(NULL), "hci1");
	LIST({2, 0}, {1, 0}, {0, 0});
	assert_string_equal(chosen(NULL), "hci0");
}

static void a_name_or_an_address_means_that_one_alone(void **state)
{
	(void)state;
	LIST({2, UP | PAGE}, {1, UP}, {0, 0});
	assert_string_equal(chosen("hci0"), "hci0");
	assert_string_equal(chosen("hci1"), "hci1");
	assert_string_equal(chosen("01:00:00:00:00:01"), "hci1");
}

static void the_state_is_told(void **state)
{
	struct adapter_state told;
	char address[ADDRESS_TEXT_SIZE];

	(void)state;
	LIST({2, UP | PAGE}, {1, UP | INQUIRY}, {0, 0});
	assert_int_equal(adapter_look("hci2", &told), 0);
	assert_true(told.up && told.connectable && !told.discoverable);
	assert_string_equal(address_text(&told.address, address), "02:00:00:00:00:02");
	assert_int_equal(adapter_look("hci1", &told), 0);
	assert_true(told.up && !told.connectable && told.discoverable);
	assert_int_equal(adapter_look("hci0", &told), 0);
	assert_true(!told.up && !told.connectable && !told.discoverable);
}

static void who_wants_to_use_one_needs_it_up(void **state)
{
	bdaddr_t address;

	(void)state;
	LIST({1, UP}, {0, 0});
	assert_int_equal(adapter_find("hci0", &address), -ENETDOWN);
	assert_int_equal(adapter_find("hci1", &address), 0);
	assert_int_equal(address.b[0], 1);
	assert_int_equal(adapter_find(NULL, &address), 0);
	assert_int_equal(bacmp(&address, BDADDR_ANY), 0);
	LIST({1, 0}, {0, 0});
	assert_int_equal(adapter_find(NULL, &address), -ENETDOWN);
}

static void what_is_not_there_is_told(void **state)
{
	struct adapter_state told;
	bdaddr_t address;

	(void)state;
	assert_int_equal(adapter_look(NULL, &told), -ENODEV);
	assert_int_equal(adapter_find(NULL, &address), -ENODEV);
	LIST({1, UP}, {0, UP});
	assert_int_equal(adapter_look("hci2", &told), -ENODEV);
	assert_int_equal(adapter_look("09:00:00:00:00:09", &told), -ENODEV);
	assert_int_equal(adapter_look("eth0", &told), -EINVAL);
	assert_int_equal(adapter_find("eth0", &address), -EINVAL);
	list_error = EPERM;
	assert_int_equal(adapter_look(NULL, &told), -EPERM);
	list_error = 0;
	socket_error = EAFNOSUPPORT;
	assert_int_equal(adapter_look(NULL, &told), -EAFNOSUPPORT);
	assert_int_equal(adapter_find(NULL, &address), -EAFNOSUPPORT);
}

static void names_come_in_the_order_of_their_numbers(void **state)
{
	char text[128];
	char small[14];

	(void)state;
	assert_string_equal(adapter_names(text, sizeof(text)), "");
	LIST({12, 0}, {2, UP}, {0, 0});
	assert_string_equal(adapter_names(text, sizeof(text)), "hci0, hci2, hci12");
	assert_string_equal(adapter_names(small, sizeof(small)), "hci0");
}

static void an_address_has_the_name_of_its_adapter(void **state)
{
	bdaddr_t address = {{0x01, 0, 0, 0, 0, 0x01}};
	char name[ADAPTER_NAME_SIZE];

	(void)state;
	LIST({1, 0}, {0, UP});
	assert_string_equal(adapter_name(&address, name), "hci1");
	address.b[0] = 9;
	assert_string_equal(adapter_name(&address, name), "");
	assert_string_equal(adapter_name(BDADDR_ANY, name), "");
}

/* Which of the two searches finds it in STATE: the one for use, the one for any. */
static void check_link(uint16_t state, bool is_found, bool is_there)
{
	const bdaddr_t peer = {{9, 0, 0, 0, 0, 9}};
	const bdaddr_t other = {{8, 0, 0, 0, 0, 8}};
	struct acl_link link;

	its_link = (struct hci_conn_info){
		.handle = 42, .bdaddr = peer, .type = ACL_LINK, .state = state};
	assert_int_equal(adapter_find_link(BDADDR_ANY, &peer, BDADDR_BREDR, &link),
			 is_found ? 0 : -ENOTCONN);
	assert_true(!is_found || (link.handle == 42 && link.adapter == 3));
	assert_int_equal(adapter_has_link(BDADDR_ANY, &peer, BDADDR_BREDR), is_there);
	assert_false(adapter_has_link(BDADDR_ANY, &other, BDADDR_BREDR));
	assert_false(adapter_has_link(BDADDR_ANY, &peer, BDADDR_LE_PUBLIC));
	assert_false(adapter_has_link(&other, &peer, BDADDR_BREDR));
	/* By its handle it is found whatever it is called, also at an adapter that goes
	 * by another address. */
	assert_int_equal(adapter_find_handle(&other, 42, &link), 0);
	assert_int_equal(link.adapter, 3);
	assert_int_equal(adapter_find_handle(BDADDR_ANY, 41, &link), -ENOTCONN);
}

static void a_link_that_goes_down_is_there_and_not_for_use(void **state)
{
	(void)state;
	LIST({3, UP | PAGE});
	check_link(BT_CONNECTED, true, true);
	check_link(BT_DISCONN, false, true);
	/* One that is only being made, by another program perhaps. */
	check_link(BT_CONNECT, false, false);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ADAPTER_TEST(any_is_the_one_that_serves_best),
		ADAPTER_TEST(a_name_or_an_address_means_that_one_alone),
		ADAPTER_TEST(the_state_is_told),
		ADAPTER_TEST(who_wants_to_use_one_needs_it_up),
		ADAPTER_TEST(what_is_not_there_is_told),
		ADAPTER_TEST(names_come_in_the_order_of_their_numbers),
		ADAPTER_TEST(an_address_has_the_name_of_its_adapter),
		ADAPTER_TEST(a_link_that_goes_down_is_there_and_not_for_use),
	};

	return RUN_TESTS(tests);
}
