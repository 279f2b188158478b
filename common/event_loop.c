// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_loop.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Sources to hear of at once; the others come with the next wait. */
enum { EVENTS_AT_ONCE = 64 };

int event_loop_open(struct event_loop *loop, const struct interruption *interruption)
{
	*loop = (struct event_loop){
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.interruption = interruption,
	};
	return loop->epoll < 0 ? -errno : 0;
}

void event_loop_close(struct event_loop *loop)
{
	if (loop->epoll >= 0)
		close(loop->epoll);
	loop->epoll = -1;
}

/* One that never blocks is only counted. */
static void want_ready(struct event_loop *loop, struct event_source *source,
		       uint32_t events)
{
	if (!source->wanted && events)
		loop->always_ready++;
	else if (source->wanted && !events)
		loop->always_ready--;
	source->wanted = events;
}

int event_source_want(struct event_loop *loop, struct event_source *source,
		      uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = source};
	int operation = !events	       ? EPOLL_CTL_DEL
		      : source->wanted ? EPOLL_CTL_MOD
				       : EPOLL_CTL_ADD;

	if (events == source->wanted)
		return 0;
	if (!events)
		source->ready = 0;
	if (source->never_blocks) {
		want_ready(loop, source, events);
		return 0;
	}
	if (epoll_ctl(loop->epoll, operation, source->fd, &event) < 0) {
		if (errno != EPERM)
			return -errno;
		source->never_blocks = true;
		want_ready(loop, source, events);
		return 0;
	}
	source->wanted = events;
	return 0;
}

bool event_source_is_always_ready(const struct event_source *source)
{
	return source->never_blocks && source->wanted;
}

uint32_t event_source_take(struct event_source *source)
{
	uint32_t ready = source->never_blocks ? source->wanted : source->ready;

	source->ready = 0;
	return ready;
}

static int to_timeout(const struct event_loop *loop, int64_t wait_ms)
{
	if (loop->always_ready)
		return 0;
	if (wait_ms == WAIT_FOREVER)
		return -1;
	return wait_ms > INT_MAX ? INT_MAX : (int)wait_ms;
}

int event_loop_wait(struct event_loop *loop, int64_t wait_ms)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int count =
		epoll_pwait(loop->epoll, events, EVENTS_AT_ONCE,
			    to_timeout(loop, wait_ms), &loop->interruption->wait_mask);

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	/* As with ppoll(), a signal waits while a descriptor is ready. */
	if (count > 0 || loop->always_ready)
		interruption_let_in(loop->interruption);
	for (int i = 0; i < count; i++) {
		struct event_source *source = events[i].data.ptr;

		source->ready = events[i].events;
		if (source->stirred)
			*source->stirred = true;
	}
	return 0;
}
