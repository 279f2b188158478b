// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "session/verify.h"
#include "report/field.h"

#include <stdio.h>

/* For both forms: KIND is the word for a program. */
static void tell(const struct report *report, const struct sdu_verdict *verdict,
		 const char *kind, const char *text)
{
	bool has_number = verdict->finding != SDU_NO_NUMBER;

	report_event(report, VERBOSITY_QUIET, "finding",
		     FIELDS(field_text("finding", kind),
			    has_number ? field_count("first", verdict->first)
				       : field_null("first"),
			    has_number ? field_count("last", verdict->last)
				       : field_null("last"),
			    field_text("message", text)),
		     "{message}");
}

static void tell_verdict(const struct report *report, const struct sdu_verdict *verdict)
{
	uint32_t number = verdict->first;
	const char *kind = "";
	char text[128] = "";

	switch (verdict->finding) {
	case SDU_MISSING:
		kind = "missing";
		if (number == verdict->last)
			snprintf(text, sizeof(text), "SDU %u is missing", number);
		else
			snprintf(text, sizeof(text), "SDUs %u to %u are missing", number,
				 verdict->last);
		break;
	case SDU_LATE:
		kind = "reordered";
		snprintf(text, sizeof(text), "SDU %u arrived late: reordered", number);
		break;
	case SDU_REPEATED:
		kind = "repeated";
		snprintf(text, sizeof(text), "SDU %u arrived again: repeated", number);
		break;
	case SDU_WRONG_LENGTH:
		kind = "wrong_length";
		snprintf(text, sizeof(text), "SDU %u is %zu bytes long and says %u",
			 number, verdict->length, verdict->says);
		break;
	case SDU_WRONG_BYTE:
		kind = "wrong_bytes";
		snprintf(text, sizeof(text),
			 "SDU %u has 0x%02x at byte %zu instead of 0x7f", number,
			 verdict->says, verdict->offset);
		break;
	case SDU_NO_NUMBER:
		kind = "no_number";
		snprintf(text, sizeof(text),
			 "an SDU of %zu bytes has no number: it is too short",
			 verdict->length);
		break;
	case SDU_GOOD:
		return;
	}
	tell(report, verdict, kind, text);
}

/* The number of an SDU says nothing of when it was sent: an even pace is taken for
 * granted, the one at which all have arrived so far. */
static void look_at_time(struct verification *verification, uint32_t number,
			 int64_t arrived_us)
{
	int64_t gap_us = arrived_us - verification->last_us;
	/* As they may be modulo 2^32. */
	int32_t all = (int32_t)(number - verification->first);
	int32_t ahead = (int32_t)(number - verification->last);
	double pace_us = all ? (double)(arrived_us - verification->first_us) / all
			     : (double)gap_us;

	if (!verification->first_us) {
		verification->first = number;
		verification->first_us = arrived_us;
	} else {
		times_add(&verification->gaps, gap_us, (double)gap_us - pace_us * ahead);
	}
	verification->last = number;
	verification->last_us = arrived_us;
}

void verification_look(struct verification *verification, const unsigned char *data,
		       size_t length, int64_t arrived_us)
{
	struct sdu_verdict verdicts[MOST_VERDICTS];
	size_t count = numbered_check(&verification->check, data, length, verdicts);

	if (length >= NUMBERED_HEADER)
		look_at_time(verification, numbered_sdu_number(data), arrived_us);
	for (size_t i = 0; i < count; i++) {
		if (verification->told < MOST_TOLD)
			tell_verdict(verification->report, &verdicts[i]);
		else if (verification->told == MOST_TOLD)
			report_error(verification->report, STATUS_DATA_LOST,
				     "further errors are counted but not listed");
		if (verification->told <= MOST_TOLD)
			verification->told++;
	}
}

#define TIMES                                                                            \
	"[; time between arrivals p50/p90/p99 {gap_p50_ms:3}/{gap_p90_ms:3}/"            \
	"{gap_p99_ms:3} ms, jitter {jitter_ms:3} ms]"

bool verification_end(const struct verification *verification)
{
	const struct numbered_check *check = &verification->check;
	bool good = numbered_check_is_good(check);
	struct time_summary gaps = times_sum_up(&verification->gaps);

	report_event(verification->report, good ? VERBOSITY_NORMAL : VERBOSITY_QUIET,
		     "verified",
		     FIELDS(field_count("sdus", check->checked),
			    field_count("sdus_good", check->good),
			    field_count("sdus_missing", check->missing),
			    field_count("sdus_reordered", check->late),
			    field_count("sdus_repeated", check->repeated),
			    field_count("sdus_wrong", check->wrong),
			    field_real("gap_p50_ms", gaps.p50),
			    field_real("gap_p90_ms", gaps.p90),
			    field_real("gap_p99_ms", gaps.p99),
			    field_real("jitter_ms", gaps.jitter)),
		     good ? "verified {sdus} SDUs: all are good" TIMES
			  : "verified {sdus} SDUs: {sdus_good} good, {sdus_missing} "
			    "missing, "
			    "{sdus_reordered} reordered, {sdus_repeated} repeated, "
			    "{sdus_wrong} wrong" TIMES);
	return good;
}
