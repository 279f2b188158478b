// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit_test.h"

#include <limits.h>

#include "stopped_clock.h"

struct stopped_clock stopped_clock;

int64_t __wrap_monotonic_ms(void);
int64_t __wrap_monotonic_ms(void)
{
	if (!stopped_clock.now_ms)
		return __real_monotonic_ms();
	if (stopped_clock.left-- == 0)
		stopped_clock.now_ms++;
	return stopped_clock.now_ms;
}

void stopped_start(struct fixture *fixture, struct event_loop *loop)
{
	stopped_clock = (struct stopped_clock){.now_ms = 1000, .left = INT_MAX};
	output_attach(&fixture->written, -1, SDU_ROOM);
	fixture->setup.output = &fixture->written;
	assert_int_equal(event_loop_open(loop, &fixture->interruption), 0);
	transfer_start(&fixture->transfer, &fixture->setup, &fixture->result);
}

void late_turn(struct fixture *fixture, struct event_loop *loop, int64_t late_ms)
{
	transfer_prepare(&fixture->transfer, loop);
	stopped_clock.now_ms += late_ms;
	assert_int_equal(event_loop_wait(loop, 0), 0);
	transfer_serve(&fixture->transfer);
}

void stopped_finish(struct fixture *fixture, struct event_loop *loop)
{
	stopped_clock.now_ms = 0;
	transfer_finish(&fixture->transfer, loop);
	event_loop_close(loop);
	byte_queue_free(&fixture->written.queue);
	fixture_close(fixture);
}
