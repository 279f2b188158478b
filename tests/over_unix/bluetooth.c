// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * Preloaded into l2server and l2client, so that the two real programs meet on a machine
 * without Bluetooth: L2CAP sockets are played over AF_UNIX SEQPACKET, and there is one
 * adapter, hci0, with a link to whoever is asked for. Programs with the same $L2_AIR
 * meet.
 *
 * It is there for what the programs do with files, commands, terminals, signals and
 * failing calls, and for the sanitizers. What the kernel does, only the laboratory shows:
 * here nothing is lost, nothing arrives late, and the mode is what the client asks for.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/sock_diag.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <bluetooth/l2cap.h>

/* The C library's function of the same name. */
#define REAL(result, name, ...)                                                          \
	result (*real)(__VA_ARGS__);                                                     \
	*(void **)&real = dlsym(RTLD_NEXT, name)

enum { MOST_FDS = 1024, MTU = 672, ENCRYPTED_HANDLE = 42 };

static struct played {
	enum { OTHER, L2CAP, HCI } kind;
	bool deferred; /* the next recv() lets the peer in */
	bool le;
	uint16_t psm;
	struct l2cap_options options;
	struct bt_security security;
	bdaddr_t local, peer;
} all[MOST_FDS];

static const bdaddr_t server_address = {{0, 0, 0, 1, 0xAA, 0}};
static const bdaddr_t client_address = {{1, 0, 0, 1, 0xAA, 0}};

static bool is(int fd, int kind)
{
	return fd >= 0 && fd < MOST_FDS && (int)all[fd].kind == kind;
}

__attribute__((constructor)) static void leave_other_programs_alone(void)
{
	unsetenv("LD_PRELOAD");
}

int socket(int domain, int type, int protocol)
{
	REAL(int, "socket", int, int, int);
	bool is_hci = protocol == BTPROTO_HCI;
	int fd;

	if (domain != AF_BLUETOOTH)
		return real(domain, type, protocol);
	type &= SOCK_CLOEXEC | SOCK_NONBLOCK;
	fd = real(AF_UNIX, (is_hci ? SOCK_DGRAM : SOCK_SEQPACKET) | type, 0);
	if (fd >= 0 && fd < MOST_FDS)
		all[fd] = (struct played){
			.kind = is_hci ? HCI : L2CAP,
			.local = client_address,
			.options = {.imtu = MTU, .omtu = MTU, .mode = L2CAP_MODE_BASIC},
		};
	return fd;
}

int close(int fd)
{
	REAL(int, "close", int);

	if (fd >= 0 && fd < MOST_FDS)
		all[fd].kind = OTHER;
	return real(fd);
}

/* --- addresses ---------------------------------------------------------------------- */

/* Where the server of PSM waits, or what a client is called: it carries what it asks for.
 */
static socklen_t name_of(struct sockaddr_un *address, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static socklen_t name_of(struct sockaddr_un *address, const char *format, ...)
{
	char *name = address->sun_path + 1; /* after a 0: no file */
	size_t room = sizeof(address->sun_path) - 1;
	const char *air = getenv("L2_AIR");
	va_list arguments;
	int length;

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	length = snprintf(name, room, "l2cap/%s/", air ? air : "");
	va_start(arguments, format);
	length += vsnprintf(name + length, room - (size_t)length, format, arguments);
	va_end(arguments);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
	REAL(int, "bind", int, const struct sockaddr *, socklen_t);
	const struct sockaddr_l2 *l2 = (const struct sockaddr_l2 *)address;
	struct sockaddr_un place;

	if (is(fd, HCI))
		return 0;
	if (!is(fd, L2CAP))
		return real(fd, address, size);
	all[fd].le = l2->l2_bdaddr_type != BDADDR_BREDR;
	all[fd].psm = btohs(l2->l2_psm);
	if (!all[fd].psm)
		return 0;
	all[fd].local = server_address;
	size = name_of(&place, "psm/%u", all[fd].psm);
	return real(fd, (struct sockaddr *)&place, size);
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
	REAL(int, "connect", int, const struct sockaddr *, socklen_t);
	int (*real_bind)(int, const struct sockaddr *, socklen_t);
	const struct sockaddr_l2 *l2 = (const struct sockaddr_l2 *)address;
	struct played *played = &all[fd];
	struct sockaddr_un place;

	if (!is(fd, L2CAP))
		return real(fd, address, size);
	*(void **)&real_bind = dlsym(RTLD_NEXT, "bind");
	size = name_of(&place, "client/%d/%d/%u/%u", getpid(), fd, played->options.mode,
		       played->options.imtu);
	if (real_bind(fd, (struct sockaddr *)&place, size) < 0)
		return -1;
	played->peer = l2->l2_bdaddr;
	played->psm = btohs(l2->l2_psm);
	size = name_of(&place, "psm/%u", played->psm);
	return real(fd, (struct sockaddr *)&place, size);
}

static void tell_address(const struct played *played, const bdaddr_t *whose,
			 struct sockaddr *address, socklen_t *size)
{
	const struct sockaddr_l2 l2 = {
		.l2_family = AF_BLUETOOTH,
		.l2_psm = htobs(played->psm),
		.l2_bdaddr = *whose,
		.l2_bdaddr_type = played->le ? BDADDR_LE_PUBLIC : BDADDR_BREDR,
	};

	memcpy(address, &l2, *size < sizeof(l2) ? *size : sizeof(l2));
	*size = sizeof(l2);
}

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	REAL(int, "accept4", int, struct sockaddr *, socklen_t *, int);
	struct sockaddr_un place = {.sun_family = AF_UNIX};
	socklen_t place_size = sizeof(place);
	unsigned int mode = L2CAP_MODE_BASIC;
	unsigned int mtu = MTU;
	int accepted;

	if (!is(fd, L2CAP))
		return real(fd, address, size, flags);
	accepted = real(fd, (struct sockaddr *)&place, &place_size, flags);
	if (accepted < 0 || accepted >= MOST_FDS)
		return accepted;
	sscanf(place.sun_path + 1, "l2cap/%*[^/]/client/%*d/%*d/%u/%u", &mode, &mtu);
	all[accepted] = all[fd];
	all[accepted].peer = client_address;
	all[accepted].options.mode = (uint8_t)mode;
	all[accepted].options.omtu = (uint16_t)mtu;
	tell_address(&all[accepted], &client_address, address, size);
	return accepted;
}

int getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
	REAL(int, "getsockname", int, struct sockaddr *, socklen_t *);

	if (!is(fd, L2CAP))
		return real(fd, address, size);
	tell_address(&all[fd], &all[fd].local, address, size);
	return 0;
}

int getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
	REAL(int, "getpeername", int, struct sockaddr *, socklen_t *);

	if (!is(fd, L2CAP))
		return real(fd, address, size);
	tell_address(&all[fd], &all[fd].peer, address, size);
	return 0;
}

/* --- options ------------------------------------------------------------------------ */

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	REAL(int, "setsockopt", int, int, int, const void *, socklen_t);

	if (is(fd, HCI))
		return 0;
	if (!is(fd, L2CAP) || level == SOL_SOCKET)
		return real(fd, level, option, value, size);
	if (level == SOL_L2CAP && option == L2CAP_OPTIONS)
		memcpy(&all[fd].options, value, sizeof(all[fd].options));
	if (level == SOL_BLUETOOTH && option == BT_SECURITY)
		memcpy(&all[fd].security, value, sizeof(all[fd].security));
	if (level == SOL_BLUETOOTH && option == BT_DEFER_SETUP)
		all[fd].deferred = true;
	return 0;
}

/* An option of L2CAP: its size, or 0. */
static size_t read_option(const struct played *played, int level, int option, void *value)
{
	const struct l2cap_conninfo link = {.hci_handle = ENCRYPTED_HANDLE};
	const int link_mode = L2CAP_LM_AUTH;

	if (level == SOL_L2CAP && option == L2CAP_OPTIONS)
		return (size_t)((char *)mempcpy(value, &played->options,
						sizeof(played->options)) -
				(char *)value);
	if (level == SOL_L2CAP && option == L2CAP_CONNINFO)
		return memcpy(value, &link, sizeof(link)), sizeof(link);
	if (level == SOL_L2CAP && option == L2CAP_LM)
		return memcpy(value, &link_mode, sizeof(link_mode)), sizeof(link_mode);
	if (level == SOL_BLUETOOTH && option == BT_SECURITY)
		return memcpy(value, &played->security, sizeof(played->security)),
		       sizeof(played->security);
	if (level == SOL_BLUETOOTH && (option == BT_RCVMTU || option == BT_SNDMTU))
		return *(uint16_t *)value = MTU, sizeof(uint16_t);
	if (level == SOL_BLUETOOTH && option == BT_MODE)
		return *(uint8_t *)value = BT_MODE_LE_FLOWCTL, sizeof(uint8_t);
	return 0;
}

int getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
	REAL(int, "getsockopt", int, int, int, void *, socklen_t *);
	int result;

	if (is(fd, L2CAP) && level != SOL_SOCKET) {
		*size = (socklen_t)read_option(&all[fd], level, option, value);
		errno = EOPNOTSUPP;
		return *size ? 0 : -1;
	}
	result = real(fd, level, option, value, size);
	/* What is sent is the other kernel's at once, whenever the program takes it. */
	if (is(fd, L2CAP) && result == 0 && option == SO_MEMINFO)
		((uint32_t *)value)[SK_MEMINFO_WMEM_ALLOC] = 0;
	return result;
}

/* --- moving data -------------------------------------------------------------------- */

ssize_t recv(int fd, void *room, size_t length, int flags)
{
	REAL(ssize_t, "recv", int, void *, size_t, int);

	if (is(fd, L2CAP) && all[fd].deferred) {
		all[fd].deferred = false;
		return 0;
	}
	return real(fd, room, length, flags);
}

/* The other kernel answers the disconnect request at once. */
int shutdown(int fd, int how)
{
	REAL(int, "shutdown", int, int);

	return real(fd, is(fd, L2CAP) ? SHUT_RDWR : how);
}

/* --- the adapter -------------------------------------------------------------------- */

static void describe_adapter(struct hci_dev_info *info)
{
	uint16_t number = info->dev_id;

	*info = (struct hci_dev_info){
		.dev_id = number,
		.name = {'h', 'c', 'i', (char)('0' + number)},
		.bdaddr = number ? client_address : server_address,
		.flags = 1U << HCI_UP | 1U << HCI_RUNNING | 1U << HCI_PSCAN,
		.acl_mtu = 1021,
	};
}

int ioctl(int fd, unsigned long request, ...)
{
	REAL(int, "ioctl", int, unsigned long, ...);
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (!is(fd, HCI))
		return real(fd, request, argument);
	if (request == HCIGETDEVLIST) {
		struct hci_dev_list_req *list = argument;

		list->dev_num = 2;
		list->dev_req[0].dev_id = 0;
		list->dev_req[1].dev_id = 1;
	} else if (request == HCIGETDEVINFO) {
		describe_adapter(argument);
	} else if (request == HCIGETCONNLIST) {
		struct hci_conn_list_req *list = argument;

		list->conn_num = 1;
		list->conn_info[0] = (struct hci_conn_info){
			.handle = ENCRYPTED_HANDLE,
			.bdaddr = list->dev_id ? server_address : client_address,
			.type = ACL_LINK,
			.state = BT_CONNECTED,
			.link_mode = HCI_LM_ENCRYPT | HCI_LM_AUTH,
		};
	} else {
		errno = EOPNOTSUPP;
		return -1;
	}
	return 0;
}
