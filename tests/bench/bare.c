// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * bare receive|send|echo|ping [-l] [-m MODE] [-u MTU] [-s BYTES] [-n COUNT] [-a ADAPTER]
 *      [-p PSM] [ADDRESS]
 *
 * What l2server and l2client are measured against: the fewest system calls that move the
 * same SDUs with the same parameters, one at a time, with no error explained, no limit
 * and no check that anything arrived. MODE is a number of l2cap_options, or, over LE
 * (-l), of BT_MODE. BYTES is the room of the send buffer. "send" cuts its standard input
 * into SDUs of MTU bytes, "receive" writes them to its standard output; "ping" sends
 * COUNT SDUs of MTU bytes to "echo" and prints each round trip in microseconds.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>

enum { ROOM = 65536, RECEIVE_BUFFER = 64 << 20 };

static int mode, mtu = 672, send_buffer, count, psm = 0x1001;
static bdaddr_t adapter;
static bool le;
static char sdu[ROOM];

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(1);
}

static void set_up(int fd)
{
	struct l2cap_options options;
	socklen_t size = sizeof(options);
	uint16_t incoming = (uint16_t)mtu;
	uint8_t bt_mode = (uint8_t)mode;

	if (le) {
		check(setsockopt(fd, SOL_BLUETOOTH, BT_RCVMTU, &incoming,
				 sizeof(incoming)),
		      "BT_RCVMTU");
		if (mode)
			check(setsockopt(fd, SOL_BLUETOOTH, BT_MODE, &bt_mode,
					 sizeof(bt_mode)),
			      "BT_MODE");
		return;
	}
	check(getsockopt(fd, SOL_L2CAP, L2CAP_OPTIONS, &options, &size), "L2CAP_OPTIONS");
	options.imtu = options.omtu = incoming;
	options.mode = bt_mode;
	check(setsockopt(fd, SOL_L2CAP, L2CAP_OPTIONS, &options, size), "L2CAP_OPTIONS");
}

static void set_buffers(int fd)
{
	int receive_buffer = RECEIVE_BUFFER / 2;

	check(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer,
			 sizeof(receive_buffer)),
	      "SO_RCVBUFFORCE");
	if (send_buffer)
		check(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer,
				 sizeof(send_buffer)),
		      "SO_SNDBUFFORCE");
}

static struct sockaddr_l2 address_of(const bdaddr_t *device, int device_psm)
{
	return (struct sockaddr_l2){
		.l2_family = AF_BLUETOOTH,
		.l2_psm = htobs((uint16_t)device_psm),
		.l2_bdaddr = *device,
		.l2_bdaddr_type = le ? BDADDR_LE_PUBLIC : BDADDR_BREDR,
	};
}

static int open_bound(int local_psm)
{
	int fd = socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP);
	struct sockaddr_l2 local = address_of(&adapter, local_psm);

	check(fd, "socket");
	check(bind(fd, (struct sockaddr *)&local, sizeof(local)), "bind");
	set_up(fd);
	return fd;
}

static int accept_one(void)
{
	int listener = open_bound(psm);
	int fd;

	check(listen(listener, 1), "listen");
	fprintf(stderr, "listening\n");
	fd = accept(listener, NULL, NULL);
	check(fd, "accept");
	set_buffers(fd);
	return fd;
}

static int connect_to(const char *name)
{
	int fd = open_bound(0);
	struct sockaddr_l2 remote;
	bdaddr_t device;

	str2ba(name, &device);
	remote = address_of(&device, psm);
	check(connect(fd, (struct sockaddr *)&remote, sizeof(remote)), "connect");
	set_buffers(fd);
	return fd;
}

static void receive(int fd)
{
	ssize_t length;

	while ((length = recv(fd, sdu, ROOM, 0)) > 0)
		check((int)write(STDOUT_FILENO, sdu, (size_t)length), "write");
}

/* Closing would throw away what is queued (trap T9). */
static void drain(int fd)
{
	int room, before;
	socklen_t size = sizeof(before);

	check(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &before, &size), "SO_SNDBUF");
	while (ioctl(fd, TIOCOUTQ, &room) == 0 && room < before)
		usleep(1000);
	usleep(100000); /* the last SDU may still be under way */
}

static void transmit(int fd)
{
	ssize_t length;

	while ((length = read(STDIN_FILENO, sdu, (size_t)mtu)) > 0)
		check((int)send(fd, sdu, (size_t)length, 0), "send");
	drain(fd);
}

static void echo(int fd)
{
	ssize_t length;

	while ((length = recv(fd, sdu, ROOM, 0)) > 0)
		check((int)send(fd, sdu, (size_t)length, 0), "send");
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void ping(int fd)
{
	for (int i = 0; i < count; i++) {
		double start = now_us();

		check((int)send(fd, sdu, (size_t)mtu, 0), "send");
		check((int)recv(fd, sdu, ROOM, 0), "recv");
		printf("%.1f\n", now_us() - start);
	}
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	int option;

	while ((option = getopt(argc - 1, argv + 1, "lm:u:s:n:a:p:")) > 0) {
		if (option == 'l')
			le = true;
		else if (option == 'm')
			mode = atoi(optarg);
		else if (option == 'u')
			mtu = atoi(optarg);
		else if (option == 's')
			send_buffer = atoi(optarg) / 2;
		else if (option == 'n')
			count = atoi(optarg);
		else if (option == 'a')
			str2ba(optarg, &adapter);
		else if (option == 'p')
			psm = (int)strtol(optarg, NULL, 0);
	}
	if (strcmp(verb, "receive") == 0)
		receive(accept_one());
	else if (strcmp(verb, "echo") == 0)
		echo(accept_one());
	else if (strcmp(verb, "send") == 0)
		transmit(connect_to(argv[optind + 1]));
	else if (strcmp(verb, "ping") == 0)
		ping(connect_to(argv[optind + 1]));
	else if (strcmp(verb, "version") == 0)
		puts("bare");
	return 0;
}
