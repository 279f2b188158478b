// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "command_line.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>

#include "channel/adapter.h"
#include "captured_lines.h"
#include "harness.h"
#include "parse_value.h"

enum { LONGEST_TIMEOUT_MS = 86400000 };

/* What parsing did, besides filling the options. */
struct outcome {
	int stop;
	enum exit_status status;
	size_t printed; /* bytes on standard output */
	int allocations;
	struct captured_lines told;
};

static struct {
	bool running;
	jmp_buf back; /* out of exit() */
	int exit_status;
	size_t printed;
	int allocations;
	int failing; /* this allocation fails; 0: none */
} parsing;

/* --- instead of the C library's ---------------------------------------------------- */

void command_line_exit(int status)
{
	void (*library_exit)(int) = (void (*)(int))dlsym(RTLD_NEXT, "exit");

	if (parsing.running) {
		parsing.exit_status = status;
		longjmp(parsing.back, 1);
	}
	library_exit(status);
	abort();
}

int __wrap_fcntl(int fd, int command, ...);
/* Its name with -D_FILE_OFFSET_BITS=64. */
int __wrap_fcntl64(int fd, int command, ...) __attribute__((alias("__wrap_fcntl")));
int __wrap_fcntl(int fd, int command, ...)
{
	REQUIRE(command == F_GETFL, "fcntl(%d, %d)", fd, command);
	if (fd == WRITABLE_FD || fd == READABLE_FD)
		return fd == WRITABLE_FD ? O_WRONLY : O_RDONLY;
	errno = EBADF;
	return -1;
}

static bool allocation_fails(void)
{
	return parsing.running && ++parsing.allocations == parsing.failing;
}

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
	return allocation_fails() ? NULL : __real_strdup(text);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : __real_calloc(count, size);
}

static ssize_t count_printed(void *cookie, const char *bytes, size_t count)
{
	(void)cookie;
	(void)bytes;
	parsing.printed += count;
	return (ssize_t)count;
}

/* --- words -------------------------------------------------------------------------- */

static void words_take(struct words *words, char *word)
{
	REQUIRE(word && words->count < MOST_WORDS, "no room for a word");
	words->argv[words->count++] = word;
	words->argv[words->count] = NULL;
}

void words_add(struct words *words, const char *format, ...)
{
	va_list arguments;
	char *word;

	va_start(arguments, format);
	REQUIRE(vasprintf(&word, format, arguments) >= 0, "no memory");
	va_end(arguments);
	words_take(words, word);
}

static void words_cut(struct words *words, const char *program, const uint8_t *data,
		      size_t size)
{
	*words = (struct words){.count = 0};
	words_add(words, "%s", program);
	while (size > 0 && words->count < MOST_WORDS) {
		char *word = text_of(data, size);
		size_t length = strlen(word);

		words_take(words, word);
		data += length;
		size -= length;
		if (size > 0) { /* the NUL */
			data++;
			size--;
		}
	}
}

static void words_free(struct words *words)
{
	for (int i = 0; i < words->count; i++)
		free((void *)words->argv[i]);
	words->count = 0;
}

/* --- one parse ---------------------------------------------------------------------- */

/* Static, not on the stack: it is written between setjmp() and longjmp(). */
static struct outcome outcome;

/* FAILING: which allocation fails, 0 for none. */
static void parse(const struct program *program, const struct words *words, int failing)
{
	static FILE *counted;

	if (!counted) {
		counted = fopencookie(NULL, "w",
				      (cookie_io_functions_t){.write = count_printed});
		REQUIRE(counted, "no memory");
		stdout = counted;
	}
	outcome.status = (enum exit_status)77;
	capture_lines(&outcome.told, program->name);
	parsing.printed = 0;
	parsing.allocations = 0;
	parsing.failing = failing;
	parsing.running = true;
	if (setjmp(parsing.back) == 0) {
		outcome.stop = program->parse(words->count, (const char **)words->argv,
					      &outcome.status);
	} else {
		outcome.stop = 1;
		outcome.status = (enum exit_status)parsing.exit_status;
	}
	parsing.running = false;
	fflush(stdout);
	capture_end();
	outcome.printed = parsing.printed;
	outcome.allocations = parsing.allocations;
}

/* Whether one of the reasons for which a command line is wrong is in the first LENGTH
 * characters of what was told. */
static bool has_reason(size_t length)
{
	static const char *const reasons[] = {
		"unknown option",
		"missing argument",
		"does not take an argument",
		" is not ",
		" cannot be used together",
		" name different PSMs",
		"missing address",
		" requires --",
		" cannot be used with ",
		" is never ",
		" is one too many",
		" is empty",
		" has no effect with",
		"--interval has no effect: ",
		"--time has no effect: ",
		"--hold has no effect: ",
		" can go to one client only",
		" has a % that is not ",
		"unexpected argument",
		" does not end in a PSM",
		" is too small for --generate",
		"--sdu-size: a row of sizes is for SDUs that are made",
		" does not fit --mtu=",
		"--repeat needs ",
		" has no meaning with --le: auto or ecred",
	};

	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		const char *found = strstr(outcome.told.text, reasons[i]);

		if (found && found < outcome.told.text + length)
			return true;
	}
	return false;
}

static bool is_among(const struct words *words, const char *word)
{
	for (int i = 1; i < words->count; i++) {
		if (strcmp(words->argv[i], word) == 0)
			return true;
	}
	return false;
}

/* A wrong command line is reported in a line, or in an object, with where to find help.
 */
static void check_usage_error(const struct program *program, const struct words *words)
{
	bool as_object = outcome.told.text[0] == '{';
	char hint[80];
	const char *help;

	snprintf(hint, sizeof(hint),
		 as_object ? "\"hint\":\"try '%s --help'\"" : "; try '%s --help'\n",
		 program->name);
	help = strstr(outcome.told.text, hint);
	if (!help) {
		snprintf(hint, sizeof(hint),
			 as_object ? "\"hint\":\"usage: %s " : "; usage: %s ",
			 program->name);
		help = strstr(outcome.told.text, hint);
	}
	REQUIRE(help && outcome.told.count == 1, "told was: %s", outcome.told.text);
	REQUIRE(!as_object || is_among(words, "--json"), "nobody asked for this form: %s",
		outcome.told.text);
	REQUIRE(has_reason((size_t)(help - outcome.told.text)),
		"no reason is told in: %s", outcome.told.text);
}

static void check_stop(const struct program *program, const struct words *words,
		       int failing)
{
	REQUIRE(outcome.stop == 1, "the result is %d", outcome.stop);
	if (outcome.status == STATUS_OK) {
		REQUIRE(outcome.printed > 0 && outcome.told.count == 0,
			"%zu bytes of help, and told was: %s", outcome.printed,
			outcome.told.text);
		return;
	}
	if (outcome.status == STATUS_LOCAL_FAILURE) {
		REQUIRE(failing && outcome.told.count >= 1,
			"status 1, although nothing failed: %s", outcome.told.text);
	} else {
		REQUIRE(outcome.status == STATUS_USAGE, "status %d", (int)outcome.status);
		REQUIRE(!failing || outcome.allocations < failing,
			"a lack of memory is called a wrong command line: %s",
			outcome.told.text);
		check_usage_error(program, words);
	}
	REQUIRE(outcome.printed == 0, "%zu bytes on standard output", outcome.printed);
}

/* --- what was accepted -------------------------------------------------------------- */

static void check_made_sdus(const struct transfer_config *transfer)
{
	const struct sdu_sizes *sizes = &transfer->sdu_sizes;
	bool made = transfer->generate || transfer->ping;

	REQUIRE(sizes->maximum <= 65535 && sizes->minimum <= sizes->maximum &&
			(!sizes->minimum || sizes->step),
		"SDUs of %zu to %zu by %zu", sizes->minimum, sizes->maximum, sizes->step);
	REQUIRE(made || sizes->minimum == sizes->maximum, "a row of sizes for a stream");
	REQUIRE(made || !sizes->minimum || transfer->format == FORMAT_RAW,
		"a size for lines");
	REQUIRE(!transfer->generate || !sizes->minimum || sizes->minimum >= 6,
		"numbered SDUs of %zu", sizes->minimum);
	REQUIRE(!transfer->generate || !transfer->send_file, "--generate and --send");
	REQUIRE(transfer->generate_count <= UINT32_MAX &&
			transfer->ping_count <= UINT32_MAX,
		"%ju SDUs", (uintmax_t)transfer->generate_count);
	REQUIRE(transfer->format <= FORMAT_HEX, "format %d", (int)transfer->format);
}

static void check_common(const struct common_options *common)
{
	const struct channel_config *channel = &common->channel;
	bool le = channel_is_le(channel);
	const struct transfer_config *transfer = &common->transfer;

	REQUIRE(psm_is_valid(channel->psm, le) ||
			(channel->psm == 0 && common->psm_may_be_zero),
		"PSM 0x%04X", channel->psm);
	REQUIRE(channel->mtu >= (!le			       ? 48
				 : channel->mode == MODE_ECRED ? 64
							       : 23),
		"MTU %u", channel->mtu);
	REQUIRE(!le || channel->mode == MODE_AUTO || channel->mode == MODE_ECRED,
		"mode %d over LE", (int)channel->mode);
	REQUIRE(!le || (!common->ertm_option && !common->frame_option &&
			!channel->central && !transfer->sets_flush_timeout),
		"an option over LE that it lacks");
	REQUIRE(le || channel->mode != MODE_ECRED, "ecred over BR/EDR");
	REQUIRE(strcmp(channel_mode_name((int)channel->mode), "unknown") != 0, "mode %d",
		(int)channel->mode);
	REQUIRE(transfer->flush_timeout_ms <= 1279, "flush timeout %u",
		transfer->flush_timeout_ms);
	REQUIRE(channel->tx_window >= 1 && channel->tx_window <= 63, "window %u",
		channel->tx_window);
	REQUIRE(!common->ertm_option || channel->mode == MODE_AUTO ||
			channel->mode == MODE_ERTM,
		"%s in mode %d", common->ertm_option, (int)channel->mode);
	REQUIRE(!common->frame_option || channel->mode != MODE_BASIC, "%s in basic mode",
		common->frame_option);
	REQUIRE(!common->adapter || adapter_check_name(common->adapter) == 0,
		"adapter '%s'", common->adapter);
	check_made_sdus(transfer);
	REQUIRE(transfer->interval_ms <= 3600000, "an interval of %u ms",
		transfer->interval_ms);
	REQUIRE(transfer->expected <= (uint64_t)1 << 53, "%ju bytes are expected",
		(uintmax_t)transfer->expected);
	REQUIRE(transfer->read_ahead >= 64 << 10 && transfer->read_ahead <= 1 << 30,
		"a buffer of %zu", transfer->read_ahead);
	REQUIRE(transfer->idle_timeout_ms <= LONGEST_TIMEOUT_MS, "idle timeout %u",
		transfer->idle_timeout_ms);
	REQUIRE(!transfer->send_file || *transfer->send_file, "a file without a name");
	REQUIRE(!transfer->output_file || *transfer->output_file,
		"a file without a name");
	REQUIRE(common->report.verbosity <= VERBOSITY_VERBOSE, "verbosity %d",
		(int)common->report.verbosity);
}

static void print_made_sdus(const struct common_options *common, struct words *words)
{
	const struct transfer_config *transfer = &common->transfer;

	if (transfer->sdu_sizes.minimum)
		words_add(words, "--sdu-size=0x%zx..%zu:%zu", transfer->sdu_sizes.minimum,
			  transfer->sdu_sizes.maximum, transfer->sdu_sizes.step);
	if (transfer->format != FORMAT_RAW)
		words_add(words, "-F%s", sdu_format_name(transfer->format));
	if (transfer->generate)
		words_add(words, "--generate=%ju", (uintmax_t)transfer->generate_count);
	if (transfer->verify)
		words_add(words, "--verify");
	if (common->interval_given)
		words_add(words, "--interval=%u.%03u", transfer->interval_ms / 1000,
			  transfer->interval_ms % 1000);
}

/* The options that were accepted, written as a command line. */
static void print_common(const struct common_options *common, struct words *words)
{
	const struct transfer_config *transfer = &common->transfer;

	/* Without any of these, --info may be there, which they would contradict. */
	if (common->channel_option) {
		words_add(words, "--psm=0x%04X", common->channel.psm);
		words_add(words, "-m%u", common->channel.mtu);
		words_add(words, "--mode=%s",
			  channel_mode_name((int)common->channel.mode));
	}
	if (channel_is_le(&common->channel))
		words_add(words, "--le%s",
			  common->channel.address_type == BDADDR_LE_RANDOM ? "=random"
									   : "");
	if (common->channel.security)
		words_add(words, "--security=%s",
			  security_level_name(common->channel.security));
	if (common->check)
		words_add(words, "--check");
	if (common->frame_option)
		words_add(words, "--fcs=%s", common->channel.without_fcs ? "off" : "on");
	if (common->ertm_option) {
		words_add(words, "--tx-window=%u", common->channel.tx_window);
		words_add(words, "--max-transmit=%u", common->channel.max_transmit);
	}
	if (common->adapter)
		words_add(words, "--adapter=%s", common->adapter);
	if (transfer->send_file)
		words_add(words, "--send=%s", transfer->send_file);
	if (transfer->output_file)
		words_add(words, "--output=%s", transfer->output_file);
	print_made_sdus(common, words);
	if (transfer->expected)
		words_add(words, "--expect=%ju", (uintmax_t)transfer->expected);
	if (transfer->read_ahead != DEFAULT_READ_AHEAD) {
		bool whole = transfer->read_ahead % 1024 == 0;

		words_add(words, whole ? "--buffer=%zuK" : "--buffer=%zu",
			  transfer->read_ahead / (whole ? 1024 : 1));
	}
	if (transfer->idle_timeout_ms)
		words_add(words, "-w%u.%03u", transfer->idle_timeout_ms / 1000,
			  transfer->idle_timeout_ms % 1000);
	if (transfer->sets_flush_timeout)
		words_add(words, "-f%u", transfer->flush_timeout_ms);
	if (common->channel.central)
		words_add(words, "--central");
	if (transfer->progress)
		words_add(words,
			  transfer->progress_ms ? "--progress=%u.%03u" : "--progress",
			  transfer->progress_ms / 1000, transfer->progress_ms % 1000);
	if (transfer->time_ms)
		words_add(words, "--time=%u.%03u", transfer->time_ms / 1000,
			  transfer->time_ms % 1000);
	if (common->json)
		words_add(words, "--json");
	if (common->report.verbosity == VERBOSITY_VERBOSE)
		words_add(words, "--verbose");
	if (common->report.json)
		words_add(words, "--json");
	if (common->report.verbosity == VERBOSITY_QUIET)
		words_add(words, "--quiet");
}

static void print_all(const struct program *program, struct words *words)
{
	*words = (struct words){.count = 0};
	words_add(words, "%s", program->name);
	print_common(program->common, words);
	program->print_own(words);
}

static void require_same_words(const struct words *first, const struct words *second)
{
	REQUIRE(first->count == second->count, "%d words became %d", first->count,
		second->count);
	for (int i = 0; i < first->count; i++)
		REQUIRE(strcmp(first->argv[i], second->argv[i]) == 0, "'%s' became '%s'",
			first->argv[i], second->argv[i]);
}

/* What is accepted, printed and accepted again is printed the same. */
static void check_again(const struct program *program, const struct words *printed)
{
	struct words again;

	parse(program, printed, 0);
	REQUIRE(outcome.stop == 0, "what was accepted is refused: %s", outcome.told.text);
	print_all(program, &again);
	require_same_words(printed, &again);
	words_free(&again);
	program->release();
}

static void check_without_memory(const struct program *program, const struct words *words,
				 int allocations)
{
	for (int failing = 1; failing <= allocations; failing++) {
		parse(program, words, failing);
		check_stop(program, words, failing);
		program->release();
	}
}

void fuzz_command_line(const struct program *program, const uint8_t *data, size_t size)
{
	struct words words;
	struct words printed;
	int allocations;

	words_cut(&words, program->name, data, size);
	parse(program, &words, 0);
	if (outcome.stop) {
		check_stop(program, &words, 0);
		program->release();
		words_free(&words);
		return;
	}
	allocations = outcome.allocations;
	/* A message that looks like a PSM is accepted, with a word. */
	REQUIRE((outcome.told.count == 0 ||
		 (outcome.told.count == 1 && outcome.told.text[0] != '{' &&
		  strstr(outcome.told.text, "' is sent as a message; ")) ||
		 strstr(outcome.told.text, "\"event\":\"notice\"")) &&
			outcome.printed == 0,
		"accepted, but: %s", outcome.told.text);
	check_common(program->common);
	program->check_own();
	print_all(program, &printed);
	program->release();
	check_again(program, &printed);
	check_without_memory(program, &words, allocations);
	words_free(&printed);
	words_free(&words);
}
