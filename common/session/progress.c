// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "session/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event_loop.h"
#include "report/field.h"

enum {
	TERMINAL_PERIOD_MS = 200,
	EVENT_PERIOD_MS = 1000,
	USUAL_COLUMNS = 80,
	PART_SIZE = 32,
};

/* --- the text ----------------------------------------------------------------------- */

/* "817 B", "1.2 kB", "3.4 MB": units of 1000, as in the summary. */
static void print_amount(char part[PART_SIZE], double bytes, const char *behind)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	size_t unit = 0;

	while (bytes >= 999.95 && unit + 1 < sizeof(units) / sizeof(*units)) {
		bytes /= 1000;
		unit++;
	}
	snprintf(part, PART_SIZE, unit ? "%.1f %s%s" : "%.0f %s%s", bytes, units[unit],
		 behind);
}

static void print_time(char part[PART_SIZE], double seconds)
{
	unsigned long whole = seconds < 1e9 ? (unsigned long)(seconds + 0.5) : 0;

	if (seconds >= 1e9)
		snprintf(part, PART_SIZE, "ages left");
	else if (whole >= 3600)
		snprintf(part, PART_SIZE, "%lu:%02lu:%02lu left", whole / 3600,
			 whole / 60 % 60, whole % 60);
	else
		snprintf(part, PART_SIZE, "%lu:%02lu left", whole / 60, whole % 60);
}

static double rate_of(uint64_t done, int64_t elapsed_ms)
{
	return elapsed_ms > 0 ? (double)done * 1000 / (double)elapsed_ms : 0;
}

/* Seconds for what is left of TOTAL, which is known, at RATE, which is not 0. */
static double time_left(uint64_t done, uint64_t total, double rate)
{
	return done < total ? (double)(total - done) / rate : 0;
}

const char *progress_text(char text[PROGRESS_TEXT_SIZE], size_t columns, uint64_t done,
			  uint64_t total, int64_t elapsed_ms)
{
	double rate = rate_of(done, elapsed_ms);
	char parts[4][PART_SIZE] = {"", "", "", ""};
	size_t length = 0;

	print_amount(parts[0], (double)done, "");
	if (total)
		snprintf(parts[1], PART_SIZE, "%.0f%%",
			 done < total ? (double)done * 100 / (double)total : 100);
	if (rate > 0)
		print_amount(parts[2], rate, "/s");
	if (rate > 0 && total)
		print_time(parts[3], time_left(done, total, rate));
	*text = '\0';
	for (size_t i = 0; i < 4; i++) {
		size_t more = strlen(parts[i]);

		if (!more)
			continue;
		if (length + 2 + more > columns ||
		    length + 2 + more >= PROGRESS_TEXT_SIZE)
			break;
		length += (size_t)snprintf(text + length, PROGRESS_TEXT_SIZE - length,
					   "%s%s", length ? "  " : "", parts[i]);
	}
	return text;
}

/* --- telling it --------------------------------------------------------------------- */

uint64_t progress_total(int input, bool *is_file)
{
	struct stat status;
	off_t at;

	*is_file = input >= 0 && fstat(input, &status) == 0 && S_ISREG(status.st_mode);
	if (!*is_file)
		return 0;
	at = lseek(input, 0, SEEK_CUR);
	return at >= 0 && at < status.st_size ? (uint64_t)(status.st_size - at) : 0;
}

void progress_start(struct progress *progress, uint64_t total, bool shown,
		    unsigned int line_ms)
{
	int64_t now_ms = monotonic_ms();

	*progress = (struct progress){.shown = shown,
				      .line_ms = line_ms,
				      .total = total,
				      .start_ms = now_ms,
				      .next_ms = now_ms + line_ms,
				      .last_ms = now_ms};
}

/* One less than there are, as some terminals wrap after the last. */
static size_t terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return USUAL_COLUMNS - 1;
	return size.ws_col - 1U;
}

static void tell(struct progress *progress, const struct report *report,
		 const struct moved *moved, int64_t now_ms)
{
	uint64_t total = progress->total;
	double rate = rate_of(moved->bytes, now_ms - progress->start_ms);
	/* What has left this machine is an estimate, which may decrease. */
	uint64_t more = moved->bytes > progress->last_bytes
			      ? moved->bytes - progress->last_bytes
			      : 0;
	char text[PROGRESS_TEXT_SIZE];

	progress_text(text, terminal_columns(), moved->bytes, total,
		      now_ms - progress->start_ms);
	report_progress(report, progress->line_ms != 0,
			FIELDS(text_only(field_text("words", text)),
			       field_real("elapsed_s",
					  (double)(now_ms - progress->start_ms) / 1000),
			       field_count("bytes", moved->bytes),
			       total ? field_count("bytes_total", total)
				     : field_null("bytes_total"),
			       field_real("rate_bytes_per_s", rate),
			       field_real("period_rate_bytes_per_s",
					  rate_of(more, now_ms - progress->last_ms)),
			       field_count("sdus", moved->sdus),
			       moved->knows_loss ? field_count("sdus_lost", moved->lost)
						 : field_null("sdus_lost"),
			       field_real("jitter_ms", moved->jitter_ms),
			       total && rate > 0
				       ? field_real("remaining_s",
						    time_left(moved->bytes, total, rate))
				       : field_null("remaining_s")),
			progress->line_ms
				? "{elapsed_s:1} s: {sdus:SDU}, {bytes:byte}, now "
				  "{period_rate_bytes_per_s:kB}/s[, {sdus_lost} lost]"
				  "[, jitter {jitter_ms:3} ms]"
				: "{words}");
	progress->last_ms = now_ms;
	progress->last_bytes = moved->bytes;
	progress->last_sdus = moved->sdus;
}

int64_t progress_time(const struct progress *progress)
{
	int64_t left = progress->next_ms - monotonic_ms();

	if (!progress->shown)
		return WAIT_FOREVER;
	return left > 0 ? left : 0;
}

void progress_tell(struct progress *progress, const struct report *report,
		   const struct moved *moved)
{
	int64_t now_ms = monotonic_ms();
	int64_t period_ms = progress->line_ms ? (int64_t)progress->line_ms
			  : report->json      ? EVENT_PERIOD_MS
					      : TERMINAL_PERIOD_MS;

	tell(progress, report, moved, now_ms);
	/* At even times; those that were missed are left out. */
	progress->next_ms += (now_ms - progress->next_ms) / period_ms * period_ms;
	progress->next_ms += period_ms;
}

void progress_end(struct progress *progress, const struct report *report,
		  const struct moved *moved)
{
	if (progress->shown && progress->line_ms && moved->sdus != progress->last_sdus)
		tell(progress, report, moved, monotonic_ms());
}
