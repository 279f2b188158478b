// SPDX-License-Identifier: GPL-2.0-or-later
#include "verification.h"

static void tell_missing(const struct report *report, const struct sdu_verdict *verdict)
{
	if (verdict->first == verdict->last)
		report_error(report, "SDU %u is missing", verdict->first);
	else
		report_error(report, "SDUs %u to %u are missing", verdict->first,
			     verdict->last);
}

static void tell(const struct report *report, const struct sdu_verdict *verdict)
{
	switch (verdict->finding) {
	case SDU_MISSING:
		tell_missing(report, verdict);
		break;
	case SDU_LATE:
		report_error(report, "SDU %u came after others: reordered",
			     verdict->first);
		break;
	case SDU_REPEATED:
		report_error(report, "SDU %u came again: repeated", verdict->first);
		break;
	case SDU_WRONG_LENGTH:
		report_error(report, "SDU %u is %zu bytes long and says %u",
			     verdict->first, verdict->length, verdict->says);
		break;
	case SDU_WRONG_BYTE:
		report_error(report, "SDU %u has 0x%02x at byte %zu instead of 0x7f",
			     verdict->first, verdict->says, verdict->offset);
		break;
	case SDU_NO_NUMBER:
		report_error(report, "an SDU of %zu bytes has no number: it is too short",
			     verdict->length);
		break;
	case SDU_GOOD:
		break;
	}
}

void verification_look(struct verification *verification, const unsigned char *data,
		       size_t length)
{
	struct sdu_verdict verdicts[MOST_VERDICTS];
	size_t count = numbered_check(&verification->check, data, length, verdicts);

	for (size_t i = 0; i < count; i++) {
		if (verification->told < MOST_TOLD)
			tell(verification->report, &verdicts[i]);
		else if (verification->told == MOST_TOLD)
			report_error(verification->report,
				     "more is wrong, and only counted");
		if (verification->told <= MOST_TOLD)
			verification->told++;
	}
}

bool verification_end(const struct verification *verification)
{
	const struct numbered_check *check = &verification->check;

	if (numbered_check_is_good(check)) {
		report_notice(verification->report, "verified %ju SDUs: all are good",
			      (uintmax_t)check->checked);
		return true;
	}
	report_error(verification->report,
		     "verified %ju SDUs: %ju good, %ju missing, %ju reordered, "
		     "%ju repeated, %ju wrong",
		     (uintmax_t)check->checked, (uintmax_t)check->good,
		     (uintmax_t)check->missing, (uintmax_t)check->late,
		     (uintmax_t)check->repeated, (uintmax_t)check->wrong);
	return false;
}
