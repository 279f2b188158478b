// SPDX-License-Identifier: GPL-2.0-or-later
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

void progress_start(struct progress *progress, uint64_t total, bool shown)
{
	int64_t now_ms = monotonic_ms();

	*progress = (struct progress){
		.shown = shown, .total = total, .start_ms = now_ms, .next_ms = now_ms};
}

/* One less than there are, as some terminals wrap after the last. */
static size_t terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return USUAL_COLUMNS - 1;
	return size.ws_col - 1U;
}

static void tell(const struct progress *progress, const struct report *report,
		 uint64_t done, int64_t elapsed_ms)
{
	double rate = rate_of(done, elapsed_ms);
	char text[PROGRESS_TEXT_SIZE];

	progress_text(text, terminal_columns(), done, progress->total, elapsed_ms);
	report_progress(
		report,
		FIELDS(text_only(field_text("words", text)), field_count("bytes", done),
		       progress->total ? field_count("bytes_total", progress->total)
				       : field_null("bytes_total"),
		       field_real("rate_bytes_per_s", rate),
		       progress->total && rate > 0
			       ? field_real("remaining_s",
					    time_left(done, progress->total, rate))
			       : field_null("remaining_s")),
		"{words}");
}

int64_t progress_look(struct progress *progress, const struct report *report,
		      uint64_t done)
{
	int64_t now_ms = monotonic_ms();

	if (!progress->shown)
		return WAIT_FOREVER;
	if (now_ms >= progress->next_ms) {
		tell(progress, report, done, now_ms - progress->start_ms);
		progress->next_ms =
			now_ms + (report->json ? EVENT_PERIOD_MS : TERMINAL_PERIOD_MS);
	}
	return progress->next_ms - now_ms;
}
