// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "session/flush_events.h"
#include "report/field.h"

#include <errno.h>
#include <stdio.h>

const char *flush_words(const struct flush_timeout *flush, char text[FLUSH_WORDS_SIZE])
{
	char slots[32] = "never";
	char flushed[32] = "";

	if (flush->asked_slots)
		snprintf(slots, sizeof(slots), "%g ms",
			 flush_timeout_ms(flush->asked_slots));
	if (flush->flushes)
		snprintf(flushed, sizeof(flushed), ", flushed %u time%s", flush->flushes,
			 flush->flushes == 1 ? "" : "s");
	snprintf(text, FLUSH_WORDS_SIZE,
		 "flush timeout %u ms: %d slots (%s), read back %d%s", flush->asked_ms,
		 flush->asked_slots, slots, flush->read_slots, flushed);
	return text;
}

void report_flush_timeout(const struct report *report, enum verbosity verbosity,
			  const struct flush_timeout *flush)
{
	char adapter[ADAPTER_NAME_SIZE];
	char words[FLUSH_WORDS_SIZE];

	snprintf(adapter, sizeof(adapter), "hci%u", flush->link.adapter);
	report_event(
		report, verbosity, "flush_timeout",
		FIELDS(text_only(field_text("words", flush_words(flush, words))),
		       field_count("flush_timeout_requested_ms", flush->asked_ms),
		       field_known("flush_timeout_requested_slots", flush->asked_slots),
		       field_known("flush_timeout_actual_slots", flush->read_slots),
		       field_count("acl_handle", flush->link.handle),
		       field_text("adapter", adapter)),
		"{words}, for link {acl_handle} of {adapter}");
	if (flush->asked_slots && !flush->link.has_unflushable)
		report_notice(report,
			      "warning: %s has no packets that are never flushed: "
			      "those "
			      "of other programs on this link can be lost, too",
			      adapter);
}

/* " of hci1, which answers 0x0C Command Disallowed" */
static void tell_controller(const struct flush_timeout *flush, int error, char *text,
			    size_t size)
{
	const char *name = hci_status_name(flush->hci_status);
	size_t length = 0;

	text[0] = '\0';
	if (flush->link.adapter != NO_ADAPTER)
		length = (size_t)snprintf(text, size, " of hci%u", flush->link.adapter);
	if (error == -EREMOTEIO)
		snprintf(text + length, size - length, ", which answers 0x%02X%s%s",
			 flush->hci_status, name ? " " : "", name ? name : "");
	else if (error == -EBADMSG && flush->read_slots == FLUSH_TIMEOUT_UNKNOWN)
		snprintf(text + length, size - length, ", which reports no value");
	else if (error == -EBADMSG)
		snprintf(text + length, size - length,
			 ", which has %d slots instead of %d", flush->read_slots,
			 flush->asked_slots);
}

enum exit_status report_flush_failure(const struct report *report,
				      const struct flush_timeout *flush, int error,
				      bool limit_is_users)
{
	char controller[112];

	tell_controller(flush, error, controller, sizeof(controller));
	return report_failure(report,
			      error == -ETIMEDOUT && limit_is_users
				      ? STEP_FLUSH_TIMEOUT_IN_TIME
				      : STEP_FLUSH_TIMEOUT,
			      error,
			      "set the flush timeout to %u ms in the "
			      "controller%s",
			      flush->asked_ms, controller);
}

enum exit_status report_flushes(const struct report *report,
				const struct flush_timeout *flush)
{
	return report_error_with_hint(
		report, STATUS_DATA_LOST,
		"use a longer --flush-timeout, 0 for never, or --mode=ertm "
		"--max-transmit=0, in which what was flushed is sent again",
		"packets of this link were flushed %u time%s: what was sent may not "
		"all "
		"have arrived",
		flush->flushes, flush->flushes == 1 ? "" : "s");
}
