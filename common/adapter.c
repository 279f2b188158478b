// SPDX-License-Identifier: GPL-2.0-or-later
#include "adapter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bluetooth/hci.h>

#include "parse_value.h"

const char *address_text(const bdaddr_t *address, char text[ADDRESS_TEXT_SIZE])
{
	snprintf(text, ADDRESS_TEXT_SIZE, "%02X:%02X:%02X:%02X:%02X:%02X", address->b[5],
		 address->b[4], address->b[3], address->b[2], address->b[1],
		 address->b[0]);
	return text;
}

/* Calls VISIT for each adapter until it returns true. 0, or a negative errno. */
static int for_each_adapter(bool (*visit)(const struct hci_dev_info *, void *),
			    void *data)
{
	_Alignas(struct hci_dev_list_req) char
		room[sizeof(struct hci_dev_list_req) +
		     HCI_MAX_DEV * sizeof(struct hci_dev_req)];
	struct hci_dev_list_req *list = memset(room, 0, sizeof(room));
	int fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI);
	int error = 0;

	if (fd < 0)
		return -errno;
	list->dev_num = HCI_MAX_DEV;
	if (ioctl(fd, HCIGETDEVLIST, list) < 0)
		error = -errno;
	for (int i = 0; !error && i < list->dev_num; i++) {
		struct hci_dev_info info = {.dev_id = list->dev_req[i].dev_id};

		/* An adapter that was unplugged since is not there. */
		if (ioctl(fd, HCIGETDEVINFO, &info) == 0 && visit(&info, data))
			break;
	}
	close(fd);
	return error;
}

struct adapter_search {
	const char *name; /* NULL: by address */
	bdaddr_t address; /* BDADDR_ANY: any that is up */
	bool seen;
	struct hci_dev_info found;
};

static bool adapter_is_up(const struct hci_dev_info *info)
{
	return info->flags & (1U << HCI_UP);
}

static bool match_adapter(const struct hci_dev_info *info, void *data)
{
	struct adapter_search *search = data;

	if (search->name && strcmp(search->name, info->name) != 0)
		return false;
	if (!search->name && bacmp(&search->address, BDADDR_ANY) != 0 &&
	    bacmp(&search->address, &info->bdaddr) != 0)
		return false;
	/* "Any" means the first that is up, if one is. */
	search->found = *info;
	search->seen = true;
	return search->name || adapter_is_up(info);
}

int adapter_check_name(const char *text)
{
	uint64_t number;
	bdaddr_t address;

	if (strncmp(text, "hci", 3) == 0)
		return text[3] == '0' && text[4] != '\0'
			     ? -EINVAL
			     : parse_number(text + 3, 0, UINT16_MAX, &number);
	if (parse_address(text, &address) || bacmp(&address, BDADDR_ANY) == 0)
		return -EINVAL;
	return 0;
}

int adapter_find(const char *name, bdaddr_t *address)
{
	struct adapter_search search = {.address = *BDADDR_ANY};
	bool any = !name || !*name;
	int error;

	if (!any && adapter_check_name(name))
		return -EINVAL;
	if (!any && parse_address(name, &search.address))
		search.name = name;
	error = for_each_adapter(match_adapter, &search);
	if (error)
		return error;
	if (!search.seen)
		return -ENODEV;
	if (!adapter_is_up(&search.found))
		return -ENETDOWN;
	*address = any ? *BDADDR_ANY : search.found.bdaddr;
	return 0;
}

const char *adapter_name(const bdaddr_t *address, char name[ADAPTER_NAME_SIZE])
{
	struct adapter_search search = {.address = *address};

	name[0] = '\0';
	if (bacmp(address, BDADDR_ANY) != 0 &&
	    for_each_adapter(match_adapter, &search) == 0 && search.seen)
		snprintf(name, ADAPTER_NAME_SIZE, "%s", search.found.name);
	return name;
}

struct payload_search {
	bdaddr_t address;
	size_t smallest;
};

static bool smaller_payload(const struct hci_dev_info *info, void *data)
{
	struct payload_search *search = data;

	if ((bacmp(&search->address, BDADDR_ANY) == 0 ||
	     bacmp(&search->address, &info->bdaddr) == 0) &&
	    info->acl_mtu > 0 && (!search->smallest || info->acl_mtu < search->smallest))
		search->smallest = info->acl_mtu;
	return false;
}

size_t adapter_acl_payload(const bdaddr_t *address)
{
	struct payload_search search = {.address = *address};

	return for_each_adapter(smaller_payload, &search) ? 0 : search.smallest;
}

/* More than one controller keeps up. */
enum { MOST_LINKS = 128 };

static int find_link_mode(int fd, uint16_t adapter, uint16_t handle, uint32_t *link_mode)
{
	_Alignas(struct hci_conn_list_req) char
		room[sizeof(struct hci_conn_list_req) +
		     MOST_LINKS * sizeof(struct hci_conn_info)];
	struct hci_conn_list_req *list = memset(room, 0, sizeof(room));

	list->dev_id = adapter;
	list->conn_num = MOST_LINKS;
	if (ioctl(fd, HCIGETCONNLIST, list) < 0)
		return -errno;
	for (int i = 0; i < list->conn_num; i++) {
		if (list->conn_info[i].handle == handle &&
		    list->conn_info[i].type == ACL_LINK) {
			*link_mode = list->conn_info[i].link_mode;
			return 0;
		}
	}
	return -ENOTCONN;
}

int adapter_link_mode(const bdaddr_t *address, uint16_t handle, uint32_t *link_mode)
{
	struct adapter_search search = {.address = *address};
	int error = for_each_adapter(match_adapter, &search);
	int fd;

	if (error)
		return error;
	if (!search.seen)
		return -ENODEV;
	fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI);
	if (fd < 0)
		return -errno;
	error = find_link_mode(fd, search.found.dev_id, handle, link_mode);
	close(fd);
	return error;
}
