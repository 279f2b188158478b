// SPDX-License-Identifier: GPL-2.0-or-later
#include "channel/link_tuning.h"

#include <errno.h>
#include <sys/epoll.h>

#include "channel/adapter.h"

void link_tuning_none(struct link_tuning *tuning)
{
	*tuning = (struct link_tuning){.flush = FLUSH_TIMEOUT_OF(0)};
}

int link_tuning_start(struct link_tuning *tuning, const struct channel *channel,
		      unsigned int ms, unsigned int limit_s)
{
	struct acl_link link;
	int error = channel_make_flushable(channel);

	*tuning = (struct link_tuning){.flush = FLUSH_TIMEOUT_OF(ms)};
	if (!error)
		error = adapter_find_link(&channel->local, &channel->peer,
					  channel->address_type, &link);
	if (!error)
		error = flush_timeout_start(&tuning->flush, &link, ms);
	if (error)
		return error;
	tuning->source = (struct event_source){.fd = tuning->flush.fd};
	tuning->deadline_ms = monotonic_ms() + (int64_t)limit_s * 1000;
	tuning->watches = true;
	return 0;
}

int64_t link_tuning_prepare(struct link_tuning *tuning, struct event_loop *loop)
{
	int64_t left = tuning->deadline_ms - monotonic_ms();

	tuning->wait_error = event_source_want(loop, &tuning->source, EPOLLIN);
	return left > 0 && !tuning->wait_error ? left : 0;
}

int link_tuning_serve(struct link_tuning *tuning, struct event_loop *loop)
{
	int error = tuning->wait_error ? tuning->wait_error : -EAGAIN;

	if (event_source_take(&tuning->source))
		error = flush_timeout_take(&tuning->flush);
	if (error == -EAGAIN && monotonic_ms() >= tuning->deadline_ms)
		error = -ETIMEDOUT;
	if (error && error != -EAGAIN)
		link_tuning_end(tuning, loop);
	return error;
}

static bool is_set(const struct link_tuning *tuning)
{
	return tuning->flush.fd >= 0 && tuning->flush.phase == FLUSH_SET;
}

void link_tuning_forget_flushes(struct link_tuning *tuning)
{
	if (!is_set(tuning) || !tuning->watches)
		return;
	(void)flush_timeout_take(&tuning->flush);
	tuning->flush.flushes = 0;
}

void link_tuning_watch(struct link_tuning *tuning, struct event_loop *loop, bool ends)
{
	if (!is_set(tuning) || !tuning->watches)
		return;
	if (event_source_take(&tuning->source) && flush_timeout_take(&tuning->flush))
		tuning->watches = false; /* the adapter is gone */
	if (ends)
		tuning->watches = false;
	event_source_want(loop, &tuning->source, tuning->watches ? EPOLLIN : 0);
}

unsigned int link_tuning_flushes(struct link_tuning *tuning)
{
	if (is_set(tuning))
		(void)flush_timeout_take(&tuning->flush);
	return tuning->flush.flushes;
}

void link_tuning_end(struct link_tuning *tuning, struct event_loop *loop)
{
	if (tuning->flush.fd < 0)
		return;
	if (loop)
		event_source_want(loop, &tuning->source, 0);
	flush_timeout_close(&tuning->flush);
	tuning->watches = false;
}
