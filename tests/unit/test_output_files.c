// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* Outputs to files by name: when they appear, and when nothing may be left of them. */
#include "unit_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "transfer/output.h"

static volatile sig_atomic_t stop;
static struct interruption interruption = {.signal = &stop};
static char folder[] = "/tmp/l2-output-XXXXXX";

/* --- a folder for each test --------------------------------------------------------- */

/* Root may write everything: be another user meanwhile, who owns the folder. */
enum { NOBODY = 65534 };

static void become_nobody(void)
{
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(folder, NOBODY, NOBODY), 0);
	assert_int_equal(setresuid(NOBODY, NOBODY, 0), 0);
}

static int become_root(void)
{
	uid_t real;
	uid_t effective;
	uid_t saved;

	getresuid(&real, &effective, &saved);
	return saved == 0 && real != 0 ? setresuid(0, 0, 0) : 0;
}

static int make_folder(void **state)
{
	strcpy(folder, "/tmp/l2-output-XXXXXX");
	stop = 0;
	return start_guard(state) || !mkdtemp(folder) || chdir(folder);
}

static int remove_folder(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return become_root() || chdir("/") || system(command) || stop_guard(state);
}

#define FILE_TEST(function)                                                              \
	cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

static void write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void assert_file(const char *name, const char *text)
{
	char room[100];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, room, sizeof(room));

	assert_true(fd >= 0);
	assert_int_equal(length, strlen(text));
	assert_memory_equal(room, text, strlen(text));
	close(fd);
}

/* How many entries FOLDER has, also those whose names begin with a point. */
static int entries(const char *name)
{
	DIR *directory = opendir(name);
	struct dirent *entry;
	int count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory)))
		count += strcmp(entry->d_name, ".") != 0 &&
			 strcmp(entry->d_name, "..") != 0;
	closedir(directory);
	return count;
}

static mode_t mode_of(const char *name)
{
	struct stat status;

	assert_int_equal(stat(name, &status), 0);
	return status.st_mode & 07777;
}

static int open_output(struct output *output, const char *name)
{
	return output_open(output, name, SDU_ROOM, false, monotonic_ms() + 200,
			   &interruption);
}

static void print(struct output *output, const char *text)
{
	unsigned int count;
	unsigned char *room = output_reserve(output, SDU_ROOM, &count);

	assert_non_null(room);
	memcpy(room, text, strlen(text));
	output_put(output, room, strlen(text));
	while (byte_queue_length(&output->queue) > 0) {
		output->source.ready = EPOLLOUT;
		output_serve(output);
		assert_int_equal(output->error, 0);
	}
}

/* --- files that are not there yet --------------------------------------------------- */

static void a_new_file_appears_when_it_is_whole(void **state)
{
	struct output output;

	(void)state;
	assert_int_equal(open_output(&output, "new"), 0);
	print(&output, "hello");
	assert_int_equal(access("new", F_OK), -1);
	assert_int_equal(entries("."), 1);
	assert_int_equal(output_close(&output, true, NULL), 0);
	assert_file("new", "hello");
	assert_int_equal(entries("."), 1);
	assert_int_equal(output.fd, -1);
}

static void a_new_file_that_is_not_whole_leaves_nothing(void **state)
{
	struct output output;

	(void)state;
	assert_int_equal(open_output(&output, "new"), 0);
	print(&output, "hello");
	assert_int_equal(output_close(&output, false, NULL), 0);
	assert_int_equal(entries("."), 0);
}

static void a_file_to_which_nothing_is_written_is_empty(void **state)
{
	struct output output;

	(void)state;
	assert_int_equal(open_output(&output, "new"), 0);
	assert_int_equal(output_close(&output, true, NULL), 0);
	assert_file("new", "");
}

/* Renaming works within a file system alone. */
static void it_is_written_in_the_folder_where_it_is_to_appear(void **state)
{
	char absolute[64];
	struct output output;

	(void)state;
	assert_int_equal(mkdir("in", 0755), 0);
	assert_int_equal(open_output(&output, "in/new"), 0);
	assert_int_equal(entries("in"), 1);
	assert_int_equal(entries("."), 1);
	assert_int_equal(output_close(&output, true, NULL), 0);
	assert_file("in/new", "");
	snprintf(absolute, sizeof(absolute), "%s/in/newer", folder);
	assert_int_equal(open_output(&output, absolute), 0);
	assert_int_equal(entries("in"), 2);
	assert_int_equal(output_close(&output, true, NULL), 0);
	assert_int_equal(access(absolute, F_OK), 0);
	assert_int_equal(entries("in"), 2);
}

static void the_longest_name_that_a_file_may_have_will_do(void **state)
{
	char name[NAME_MAX + 1];
	struct output output;

	(void)state;
	memset(name, 'x', NAME_MAX);
	name[NAME_MAX] = '\0';
	assert_int_equal(open_output(&output, name), 0);
	assert_int_equal(output_close(&output, true, NULL), 0);
	assert_file(name, "");
}

static void two_of_the_same_name_do_not_write_into_each_other(void **state)
{
	struct output first;
	struct output second;

	(void)state;
	assert_int_equal(open_output(&first, "new"), 0);
	assert_int_equal(open_output(&second, "new"), 0);
	print(&first, "first");
	print(&second, "second");
	assert_int_equal(output_close(&first, true, NULL), 0);
	assert_file("new", "first");
	assert_int_equal(output_close(&second, true, NULL), 0);
	assert_file("new", "second");
	assert_int_equal(entries("."), 1);
}

static void a_new_file_has_the_mode_that_the_umask_leaves(void **state)
{
	static const mode_t masks[] = {0, 022, 027, 077, 0177};
	mode_t before = umask(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(masks); i++) {
		struct output output;

		umask(masks[i]);
		assert_int_equal(open_output(&output, "new"), 0);
		assert_int_equal(output_close(&output, true, NULL), 0);
		assert_int_equal(mode_of("new"), 0666 & ~masks[i]);
		assert_int_equal(umask(before), masks[i]);
		unlink("new");
	}
}

/* --- files that are there ----------------------------------------------------------- */

static void an_existing_file_is_replaced_when_the_new_one_is_whole(void **state)
{
	struct output output;

	(void)state;
	write_file("file", "precious, and longer");
	assert_int_equal(open_output(&output, "file"), 0);
	print(&output, "new");
	assert_file("file", "precious, and longer");
	assert_int_equal(output_close(&output, true, NULL), 0);
	assert_file("file", "new");
	assert_int_equal(entries("."), 1);
}

static void an_existing_file_is_untouched_when_the_new_one_is_not_whole(void **state)
{
	struct stat before;
	struct stat after;
	struct output output;

	(void)state;
	write_file("file", "precious");
	assert_int_equal(stat("file", &before), 0);
	assert_int_equal(open_output(&output, "file"), 0);
	print(&output, "new");
	assert_int_equal(output_close(&output, false, NULL), 0);
	assert_file("file", "precious");
	assert_int_equal(stat("file", &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(entries("."), 1);
}

static void an_existing_file_keeps_its_mode(void **state)
{
	static const mode_t modes[] = {0600, 0640, 0644, 0755, 0666};
	mode_t before = umask(077);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		struct output output;

		write_file("file", "");
		assert_int_equal(chmod("file", modes[i]), 0);
		assert_int_equal(open_output(&output, "file"), 0);
		assert_int_equal(output_close(&output, true, NULL), 0);
		assert_int_equal(mode_of("file"), modes[i]);
	}
	umask(before);
}

static void a_symbolic_link_stays_and_what_it_leads_to_is_replaced(void **state)
{
	struct stat status;
	struct output output;

	(void)state;
	assert_int_equal(mkdir("in", 0755), 0);
	write_file("in/file", "precious");
	assert_int_equal(symlink("in/file", "link"), 0);
	assert_int_equal(open_output(&output, "link"), 0);
	print(&output, "new");
	assert_file("in/file", "precious");
	/* Beside what it leads to, where renaming works. */
	assert_int_equal(entries("in"), 2);
	assert_int_equal(output_close(&output, true, NULL), 0);
	assert_file("in/file", "new");
	assert_int_equal(lstat("link", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(entries("in"), 1);
	assert_int_equal(entries("."), 2);
}

static void an_existing_file_keeps_its_owner_where_that_is_allowed(void **state)
{
	struct stat status;
	struct output output;

	(void)state;
	if (geteuid() != 0)
		skip();
	write_file("file", "");
	assert_int_equal(chown("file", NOBODY, NOBODY), 0);
	assert_int_equal(open_output(&output, "file"), 0);
	assert_int_equal(output_close(&output, true, NULL), 0);
	assert_int_equal(stat("file", &status), 0);
	assert_int_equal(status.st_uid, NOBODY);
	assert_int_equal(status.st_gid, NOBODY);
}

/* What a peer sent must not run with the rights of whoever received it. */
static void a_replaced_file_is_not_set_user_id(void **state)
{
	struct output output;

	(void)state;
	write_file("file", "");
	assert_int_equal(chmod("file", 06755), 0);
	assert_int_equal(open_output(&output, "file"), 0);
	assert_int_equal(output_close(&output, true, NULL), 0);
	assert_int_equal(mode_of("file"), 0755);
}

static void a_symbolic_link_that_leads_nowhere_is_an_error_and_stays(void **state)
{
	struct stat status;
	struct output output;

	(void)state;
	assert_int_equal(symlink("missing", "link"), 0);
	assert_int_equal(open_output(&output, "link"), -ENOENT);
	assert_int_equal(lstat("link", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(entries("."), 1);
}

/* --- what cannot be written --------------------------------------------------------- */

static void assert_no_output(const char *name, int error)
{
	int before = entries(".");
	struct output output;

	assert_int_equal(open_output(&output, name), error);
	assert_int_equal(output.fd, -1);
	assert_int_equal(entries("."), before);
	/* Its owner may close it all the same. */
	assert_int_equal(output_close(&output, true, NULL), 0);
}

static void what_is_not_a_file_cannot_be_written(void **state)
{
	char long_name[300];

	(void)state;
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	write_file("file", "precious");
	assert_int_equal(mkdir("folder", 0755), 0);
	assert_int_equal(symlink("link", "link"), 0);
	assert_no_output("folder", -EISDIR);
	assert_no_output("folder/", -EISDIR);
	assert_no_output(".", -EISDIR);
	assert_no_output("new/", -EISDIR);
	assert_no_output("missing/new", -ENOENT);
	assert_no_output("file/new", -ENOTDIR);
	assert_no_output("link", -ELOOP);
	assert_no_output(long_name, -ENAMETOOLONG);
	assert_no_output("", -ENOENT);
	assert_file("file", "precious");
}

static void a_file_that_may_not_be_written_is_an_error(void **state)
{
	(void)state;
	become_nobody();
	write_file("file", "precious");
	assert_int_equal(chmod("file", 0444), 0);
	assert_no_output("file", -EACCES);
	assert_file("file", "precious");
}

static void a_folder_that_may_not_be_written_is_an_error(void **state)
{
	struct output output;

	(void)state;
	become_nobody();
	assert_int_equal(mkdir("in", 0755), 0);
	write_file("in/file", "precious");
	assert_int_equal(chmod("in", 0555), 0);
	assert_int_equal(open_output(&output, "in/new"), -EACCES);
	assert_int_equal(open_output(&output, "in/file"), -EACCES);
	assert_int_equal(chmod("in", 0755), 0);
	assert_int_equal(entries("in"), 1);
}

/* The peer may have been told that all arrived. */
static void a_file_that_cannot_appear_is_kept_and_reported(void **state)
{
	struct output output;
	char *where;

	(void)state;
	assert_int_equal(mkdir("in", 0755), 0);
	assert_int_equal(open_output(&output, "in/new"), 0);
	print(&output, "kept");
	assert_int_equal(mkdir("in/new", 0755), 0);
	assert_int_equal(output_close(&output, true, &where), -EISDIR);
	assert_int_equal(entries("in"), 2);
	assert_file(where, "kept");
	free(where);
}

static void open_new(struct output *output, const char *name)
{
	assert_int_equal(output_open(output, name, SDU_ROOM, true, monotonic_ms() + 200,
				     &interruption),
			 0);
}

/* One after another and at the same time. */
static void a_file_that_never_replaces_takes_the_next_free_name(void **state)
{
	struct output outputs[2];
	char *where;

	(void)state;
	write_file("log", "precious");
	open_new(&outputs[0], "log");
	open_new(&outputs[1], "log");
	print(&outputs[0], "first");
	print(&outputs[1], "second");
	assert_int_equal(output_close(&outputs[1], true, &where), 0);
	assert_string_equal(where, "log.2");
	free(where);
	assert_int_equal(output_close(&outputs[0], true, &where), 0);
	assert_string_equal(where, "log.3");
	free(where);
	assert_file("log", "precious");
	assert_file("log.2", "second");
	assert_file("log.3", "first");
	assert_int_equal(entries("."), 3);
}

/* Another user of the folder puts a link there instead of a folder: the file still
 * appears where it was begun. */
static void an_exchanged_folder_is_not_followed(void **state)
{
	struct output output;

	(void)state;
	assert_int_equal(mkdir("in", 0755), 0);
	assert_int_equal(mkdir("other", 0755), 0);
	write_file("other/file", "precious");
	assert_int_equal(open_output(&output, "in/file"), 0);
	print(&output, "new");
	assert_int_equal(rename("in", "moved"), 0);
	assert_int_equal(symlink("other", "in"), 0);
	assert_int_equal(output_close(&output, true, NULL), 0);
	assert_file("other/file", "precious");
	assert_file("moved/file", "new");
}

/* --- special files, in place -------------------------------------------------------- */

static void a_device_is_written_in_place(void **state)
{
	struct stat status;
	struct output output;

	(void)state;
	assert_int_equal(open_output(&output, "/dev/null"), 0);
	print(&output, "gone");
	assert_int_equal(output_close(&output, true, NULL), 0);
	assert_int_equal(stat("/dev/null", &status), 0);
	assert_true(S_ISCHR(status.st_mode));
	assert_int_equal(open_output(&output, "/dev/full"), 0);
	assert_int_equal(output_probe(&output), -ENOSPC);
	assert_int_equal(output_close(&output, false, NULL), 0);
	assert_int_equal(entries("."), 0);
}

static void a_named_pipe_without_a_reader_is_a_timeout(void **state)
{
	int64_t begin = monotonic_ms();
	struct output output;

	(void)state;
	assert_int_equal(mkfifo("pipe", 0644), 0);
	assert_int_equal(open_output(&output, "pipe"), -ETIMEDOUT);
	assert_true(monotonic_ms() - begin >= 200);
	assert_int_equal(entries("."), 1);
}

static void a_signal_ends_the_wait_for_a_reader(void **state)
{
	int64_t begin = monotonic_ms();
	struct output output;

	(void)state;
	assert_int_equal(mkfifo("pipe", 0644), 0);
	stop = SIGINT;
	assert_int_equal(output_open(&output, "pipe", SDU_ROOM, false, WAIT_FOREVER,
				     &interruption),
			 -EINTR);
	assert_true(monotonic_ms() - begin < 2000);
}

static void *read_the_pipe_soon(void *data)
{
	char *text = data;
	int fd;

	await_sleep();
	fd = open("pipe", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, text, 20) < 0)
		*text = '\0';
	close(fd);
	return NULL;
}

static void a_named_pipe_waits_for_its_reader(void **state)
{
	char text[21] = "";
	struct stat status;
	struct output output;
	pthread_t reader;

	(void)state;
	assert_int_equal(mkfifo("pipe", 0644), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_the_pipe_soon, text), 0);
	assert_int_equal(output_open(&output, "pipe", SDU_ROOM, false, WAIT_FOREVER,
				     &interruption),
			 0);
	print(&output, "hello");
	assert_int_equal(output_close(&output, false, NULL), 0);
	assert_int_equal(pthread_join(reader, NULL), 0);
	assert_string_equal(text, "hello");
	assert_int_equal(stat("pipe", &status), 0);
	assert_true(S_ISFIFO(status.st_mode));
	assert_int_equal(entries("."), 1);
}

static void standard_output_stays_open(void **state)
{
	static const char *const names[] = {NULL, "-"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct output output;

		assert_int_equal(open_output(&output, names[i]), 0);
		assert_int_equal(output.fd, STDOUT_FILENO);
		assert_int_equal(output_close(&output, true, NULL), 0);
		assert_true(fcntl(STDOUT_FILENO, F_GETFD) >= 0);
	}
	assert_int_equal(entries("."), 0);
}

/* --check looks with the one, the run then uses the other. */
static void looking_says_what_opening_would_and_leaves_nothing(void **state)
{
	static const char *const names[] = {
		"new",	       "file",	     "folder",	  "folder/",	"folder/new",
		"missing/new", "file/in",    "/dev/full", "link",	"link-to-closed",
		"nowhere",     "closed/new", "closed",	  "unwritable", "new/",
		"./new",       "",
	};

	(void)state;
	write_file("file", "before");
	write_file("unwritable", "");
	assert_int_equal(chmod("unwritable", 0444), 0);
	assert_int_equal(mkdir("folder", 0755), 0);
	assert_int_equal(mkdir("closed", 0755), 0);
	write_file("closed/file", "");
	assert_int_equal(chmod("closed/file", 0666), 0);
	assert_int_equal(chmod("closed", 0555), 0);
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(symlink("closed/file", "link-to-closed"), 0);
	assert_int_equal(symlink("missing", "nowhere"), 0);
	become_nobody();
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		int before = entries(".");
		int looked = output_check(names[i]);
		struct output output;
		int opened;

		assert_int_equal(entries("."), before);
		opened = open_output(&output, names[i]);
		if (looked != opened)
			fail_msg("'%s': looked %d, opened %d", names[i], looked, opened);
		output_close(&output, false, NULL);
	}
	assert_file("file", "before");
	chmod("closed", 0755); /* or its owner could not remove what is in it */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FILE_TEST(a_new_file_appears_when_it_is_whole),
		FILE_TEST(a_new_file_that_is_not_whole_leaves_nothing),
		FILE_TEST(a_file_to_which_nothing_is_written_is_empty),
		FILE_TEST(it_is_written_in_the_folder_where_it_is_to_appear),
		FILE_TEST(the_longest_name_that_a_file_may_have_will_do),
		FILE_TEST(two_of_the_same_name_do_not_write_into_each_other),
		FILE_TEST(a_new_file_has_the_mode_that_the_umask_leaves),
		FILE_TEST(an_existing_file_is_replaced_when_the_new_one_is_whole),
		FILE_TEST(an_existing_file_is_untouched_when_the_new_one_is_not_whole),
		FILE_TEST(an_existing_file_keeps_its_mode),
		FILE_TEST(a_symbolic_link_stays_and_what_it_leads_to_is_replaced),
		FILE_TEST(an_existing_file_keeps_its_owner_where_that_is_allowed),
		FILE_TEST(a_replaced_file_is_not_set_user_id),
		FILE_TEST(a_symbolic_link_that_leads_nowhere_is_an_error_and_stays),
		FILE_TEST(what_is_not_a_file_cannot_be_written),
		FILE_TEST(a_file_that_may_not_be_written_is_an_error),
		FILE_TEST(a_folder_that_may_not_be_written_is_an_error),
		FILE_TEST(a_file_that_cannot_appear_is_kept_and_reported),
		FILE_TEST(a_file_that_never_replaces_takes_the_next_free_name),
		FILE_TEST(an_exchanged_folder_is_not_followed),
		FILE_TEST(a_device_is_written_in_place),
		FILE_TEST(a_named_pipe_without_a_reader_is_a_timeout),
		FILE_TEST(a_signal_ends_the_wait_for_a_reader),
		FILE_TEST(a_named_pipe_waits_for_its_reader),
		FILE_TEST(standard_output_stays_open),
		FILE_TEST(looking_says_what_opening_would_and_leaves_nothing),
	};

	return RUN_TESTS(tests);
}
