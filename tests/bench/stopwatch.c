// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * Preloaded into each program that is measured, ours and others' alike, so that all are
 * timed in the same way: from the first SDU that is sent, or received, to the last byte
 * that is received, or written. When the program exits it adds a line of JSON to the file
 * that STOPWATCH names. Its clock is the coarse one (4 ms), which costs no system call;
 * CPU time is what was used from the first move to the exit.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct timespec first, last;
static struct rusage used_before;
static unsigned long long sent, received, sdus;
static struct {
	ssize_t (*send)(int, const void *, size_t, int);
	ssize_t (*recv)(int, void *, size_t, int);
	ssize_t (*recvmsg)(int, struct msghdr *, int);
	int (*sendmmsg)(int, struct mmsghdr *, unsigned int, int);
	int (*recvmmsg)(int, struct mmsghdr *, unsigned int, int, struct timespec *);
	ssize_t (*write)(int, const void *, size_t);
} real;

__attribute__((constructor)) static void find_real(void)
{
	*(void **)&real.send = dlsym(RTLD_NEXT, "send");
	*(void **)&real.recv = dlsym(RTLD_NEXT, "recv");
	*(void **)&real.recvmsg = dlsym(RTLD_NEXT, "recvmsg");
	*(void **)&real.sendmmsg = dlsym(RTLD_NEXT, "sendmmsg");
	*(void **)&real.recvmmsg = dlsym(RTLD_NEXT, "recvmmsg");
	*(void **)&real.write = dlsym(RTLD_NEXT, "write");
}

static void begin(void)
{
	if (first.tv_sec)
		return;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &first);
	getrusage(RUSAGE_SELF, &used_before);
}

static void note(unsigned long long *sum, ssize_t length)
{
	if (length <= 0)
		return;
	begin();
	clock_gettime(CLOCK_MONOTONIC_COARSE, &last);
	*sum += (unsigned long long)length;
	sdus++;
}

ssize_t send(int fd, const void *data, size_t length, int flags)
{
	ssize_t result;

	begin();
	result = real.send(fd, data, length, flags);
	note(&sent, result);
	return result;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags)
{
	int result;

	begin();
	result = real.sendmmsg(fd, messages, count, flags);
	for (int i = 0; i < result; i++)
		note(&sent, messages[i].msg_len);
	return result;
}

ssize_t recv(int fd, void *data, size_t length, int flags)
{
	ssize_t result = real.recv(fd, data, length, flags);

	note(&received, result);
	return result;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t result = real.recvmsg(fd, message, flags);

	note(&received, result);
	return result;
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
	     struct timespec *timeout)
{
	int result = real.recvmmsg(fd, messages, count, flags, timeout);

	for (int i = 0; i < result; i++)
		note(&received, messages[i].msg_len);
	return result;
}

ssize_t write(int fd, const void *data, size_t length)
{
	ssize_t result = real.write(fd, data, length);

	if (fd == STDOUT_FILENO && received)
		clock_gettime(CLOCK_MONOTONIC_COARSE, &last);
	return result;
}

static double seconds(struct timespec time)
{
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double used(struct timeval now, struct timeval before)
{
	return (double)(now.tv_sec - before.tv_sec) +
	       (double)(now.tv_usec - before.tv_usec) / 1e6;
}

/* KiB; getrusage() has the most of the program that started this one, too. */
static long peak_memory(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];
	long peak = 0;

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "VmHWM: %ld", &peak) == 1)
			break;
	if (status)
		fclose(status);
	return peak;
}

__attribute__((destructor)) static void tell(void)
{
	const char *name = getenv("STOPWATCH");
	FILE *file = name && first.tv_sec ? fopen(name, "a") : NULL;
	struct rusage now;

	if (!file)
		return;
	getrusage(RUSAGE_SELF, &now);
	fprintf(file,
		"{\"first\": %.4f, \"last\": %.4f, \"sent\": %llu, \"received\": %llu, "
		"\"sdus\": %llu, \"user\": %.6f, \"system\": %.6f, \"peak_kib\": %ld}\n",
		seconds(first), seconds(last), sent, received, sdus,
		used(now.ru_utime, used_before.ru_utime),
		used(now.ru_stime, used_before.ru_stime), peak_memory());
	fclose(file);
}
