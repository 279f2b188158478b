// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "channel/adapter.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
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

static int compare_numbers(const void *a, const void *b)
{
	const struct hci_dev_req *first = a;
	const struct hci_dev_req *second = b;

	return first->dev_id - second->dev_id;
}

/* Calls VISIT for each adapter, in the order of their numbers (the kernel lists the
 * newest first), until it returns true. 0, or a negative errno. */
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
	else
		qsort(list->dev_req, list->dev_num, sizeof(list->dev_req[0]),
		      compare_numbers);
	for (int i = 0; !error && i < list->dev_num; i++) {
		struct hci_dev_info info = {.dev_id = list->dev_req[i].dev_id};

		/* An adapter that was unplugged since is not there. */
		if (ioctl(fd, HCIGETDEVINFO, &info) == 0 && visit(&info, data))
			break;
	}
	close(fd);
	return error;
}

/* Which adapter is looked for, and the best of those that are it. */
struct look {
	const char *name; /* NULL: by address */
	bdaddr_t address; /* BDADDR_ANY: any */
	int merit;	  /* of the best, 0: there is none */
	struct hci_dev_info best;
};

/* BDADDR_ANY: each is. */
static bool is_at(const struct hci_dev_info *info, const bdaddr_t *address)
{
	return bacmp(address, BDADDR_ANY) == 0 || bacmp(address, &info->bdaddr) == 0;
}

static bool has_flag(const struct hci_dev_info *info, int flag)
{
	return info->flags & (1U << flag);
}

/* What is up serves better, and what peers can connect to best. */
static bool look_at(const struct hci_dev_info *info, void *data)
{
	struct look *look = data;
	int merit = 1 + 2 * has_flag(info, HCI_UP) + has_flag(info, HCI_PSCAN);

	if ((look->name ? strcmp(look->name, info->name) == 0
			: is_at(info, &look->address)) &&
	    merit > look->merit) {
		look->merit = merit;
		look->best = *info;
	}
	return false;
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

static int find(const char *name, struct hci_dev_info *found)
{
	struct look look = {.address = *BDADDR_ANY};
	int error;

	if (name && *name && adapter_check_name(name))
		return -EINVAL;
	if (name && *name && parse_address(name, &look.address))
		look.name = name;
	error = for_each_adapter(look_at, &look);
	*found = look.best;
	if (error)
		return error;
	return look.merit ? 0 : -ENODEV;
}

const char *adapter_name(const bdaddr_t *address, char name[ADAPTER_NAME_SIZE])
{
	struct look look = {.address = *address};

	name[0] = '\0';
	if (bacmp(address, BDADDR_ANY) != 0 && for_each_adapter(look_at, &look) == 0 &&
	    look.merit)
		snprintf(name, ADAPTER_NAME_SIZE, "%s", look.best.name);
	return name;
}

/* --- its state ---------------------------------------------------------------------- */

/* Whether rfkill(8) blocks it: softly, which a command lifts, or hard, by a switch. */
static bool is_blocked(const char *adapter)
{
	char pattern[64];
	glob_t found;
	bool blocked = false;

	snprintf(pattern, sizeof(pattern), "/sys/class/bluetooth/%.15s/rfkill*/[sh]*",
		 adapter);
	if (glob(pattern, 0, NULL, &found))
		return false;
	for (size_t i = 0; i < found.gl_pathc && !blocked; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;
		FILE *file = NULL;

		if (strcmp(name, "soft") == 0 || strcmp(name, "hard") == 0)
			file = fopen(found.gl_pathv[i], "re");
		blocked = file && getc(file) == '1';
		if (file)
			fclose(file);
	}
	globfree(&found);
	return blocked;
}

int adapter_look(const char *name, struct adapter_state *state)
{
	struct hci_dev_info found;
	int error = find(name, &found);

	if (error)
		return error;
	*state = (struct adapter_state){
		.number = found.dev_id,
		.address = found.bdaddr,
		.up = has_flag(&found, HCI_UP),
		.connectable = has_flag(&found, HCI_PSCAN),
		.blocked = !has_flag(&found, HCI_UP) && is_blocked(found.name),
	};
	snprintf(state->name, sizeof(state->name), "%s", found.name);
	return 0;
}

struct name_list {
	char *text;
	size_t size, length;
};

static bool add_name(const struct hci_dev_info *info, void *data)
{
	struct name_list *list = data;

	if (list->length + sizeof(info->name) + sizeof(", ") < list->size)
		list->length += (size_t)snprintf(list->text + list->length,
						 list->size - list->length, "%s%s",
						 list->length ? ", " : "", info->name);
	return false;
}

const char *adapter_names(char *text, size_t size)
{
	struct name_list list = {.text = text, .size = size};

	text[0] = '\0';
	for_each_adapter(add_name, &list);
	return text;
}

/* --- what it can take --------------------------------------------------------------- */

struct payload_search {
	bdaddr_t address;
	size_t smallest;
};

static bool smaller_payload(const struct hci_dev_info *info, void *data)
{
	struct payload_search *search = data;

	if (is_at(info, &search->address) && info->acl_mtu > 0 &&
	    (!search->smallest || info->acl_mtu < search->smallest))
		search->smallest = info->acl_mtu;
	return false;
}

size_t adapter_acl_payload(const bdaddr_t *address)
{
	struct payload_search search = {.address = *address};

	return for_each_adapter(smaller_payload, &search) ? 0 : search.smallest;
}

/* --- its links ---------------------------------------------------------------------- */

/* More than one controller keeps up; the kernel's number for links of LE, which
 * libbluetooth's headers lack. */
enum { MOST_LINKS = 128, LE_LINK = 0x80 };

struct link_search {
	const bdaddr_t *address; /* of the adapter, or BDADDR_ANY */
	const bdaddr_t *peer;	 /* NULL: by its handle */
	uint16_t handle;
	uint8_t type;
	bool even_ending; /* one that is being taken down will do */
	bool has_adapter;
	int error; /* why the links of an adapter are not known */
	bool found;
	struct acl_link link;
};

static int list_links(uint16_t adapter, struct hci_conn_list_req *list)
{
	int fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI);
	int error = 0;

	if (fd < 0)
		return -errno;
	list->dev_id = adapter;
	list->conn_num = MOST_LINKS;
	if (ioctl(fd, HCIGETCONNLIST, list) < 0)
		error = -errno;
	close(fd);
	return error;
}

static bool is_wanted_link(const struct link_search *search,
			   const struct hci_conn_info *link)
{
	if (!search->peer)
		return link->handle == search->handle;
	return link->type == search->type && bacmp(&link->bdaddr, search->peer) == 0 &&
	       (link->state == BT_CONNECTED ||
		(search->even_ending && link->state == BT_DISCONN));
}

static bool look_for_link(const struct hci_dev_info *info, void *data)
{
	_Alignas(struct hci_conn_list_req) char
		room[sizeof(struct hci_conn_list_req) +
		     MOST_LINKS * sizeof(struct hci_conn_info)];
	struct hci_conn_list_req *list = memset(room, 0, sizeof(room));
	struct link_search *search = data;
	int error;

	if (!is_at(info, search->address))
		return false;
	search->has_adapter = true;
	error = list_links(info->dev_id, list);
	if (error) {
		search->error = error;
		return false;
	}
	for (int i = 0; !search->found && i < list->conn_num; i++) {
		const struct hci_conn_info *link = &list->conn_info[i];

		if (!is_wanted_link(search, link))
			continue;
		search->found = true;
		search->link = (struct acl_link){
			.handle = link->handle,
			.mode = link->link_mode,
			.adapter = info->dev_id,
			.has_unflushable = (info->features[6] & LMP_NFLUSH_PKTS) != 0,
		};
	}
	return search->found;
}

static uint8_t link_type(uint8_t address_type)
{
	return address_type == BDADDR_BREDR ? ACL_LINK : LE_LINK;
}

static int find_link(struct link_search *search, struct acl_link *link)
{
	int error = for_each_adapter(look_for_link, search);

	*link = search->link;
	if (error || search->found)
		return error;
	if (search->error)
		return search->error;
	return search->has_adapter ? -ENOTCONN : -ENODEV;
}

int adapter_find_link(const bdaddr_t *address, const bdaddr_t *peer, uint8_t address_type,
		      struct acl_link *link)
{
	struct link_search search = {
		.address = address,
		.peer = peer,
		.type = link_type(address_type),
	};

	return find_link(&search, link);
}

int adapter_find_handle(const bdaddr_t *address, uint16_t handle, struct acl_link *link)
{
	struct link_search search = {.address = address, .handle = handle};
	int error = find_link(&search, link);

	if (error != -ENODEV)
		return error;
	/* An adapter without a public address goes by a random one over LE, which it
	 * does not list. */
	search.address = BDADDR_ANY;
	return find_link(&search, link);
}

bool adapter_has_link(const bdaddr_t *address, const bdaddr_t *peer, uint8_t address_type)
{
	struct link_search search = {
		.address = address,
		.peer = peer,
		.type = link_type(address_type),
		.even_ending = true,
	};

	return for_each_adapter(look_for_link, &search) == 0 && search.found;
}
