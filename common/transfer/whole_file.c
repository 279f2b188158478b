// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	MOST_LINKS = 40, /* as Linux itself follows */
	MOST_TRIES = 100,
	NO_REPLACE = 1, /* RENAME_NOREPLACE: musl has no name for it */
};

/* --- where it is -------------------------------------------------------------------- */

static void forget(struct whole_file *file)
{
	if (file->folder >= 0)
		close(file->folder);
	free(file->folder_name);
	free(file->name);
	free(file->beside);
	file->folder = -1;
	file->folder_name = file->name = file->beside = NULL;
}

/* Splits PATH, and opens its folder: for reading, as fsync() wants it, where that is
 * permitted. */
static int open_folder(struct whole_file *file, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) + 1 : 0;
	const char *folder;

	file->folder_name = strndup(path, length);
	file->name = strdup(path + length);
	if (!file->folder_name || !file->name)
		return -ENOMEM;
	folder = length ? file->folder_name : ".";
	file->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->folder < 0 && errno == EACCES)
		file->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return file->folder < 0 ? -errno : 0;
}

/* Where the symbolic link in FILE leads to, from the working folder; NULL: it is none. */
static int follow(const struct whole_file *file, char **path)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(file->folder, file->name, target, sizeof(target) - 1);

	*path = NULL;
	if (length < 0)
		return errno == EINVAL || errno == ENOENT ? 0 : -errno;
	target[length] = '\0';
	if (asprintf(path, "%s%s", *target == '/' ? "" : file->folder_name, target) >= 0)
		return 0;
	*path = NULL;
	return -ENOMEM;
}

static int find_place(struct whole_file *file, const char *name)
{
	char *path = strdup(name);
	int error = path ? 0 : -ENOMEM;

	for (int i = 0; path && !error; i++) {
		char *next = NULL;

		forget(file);
		error = i < MOST_LINKS ? open_folder(file, path) : -ELOOP;
		if (!error)
			error = follow(file, &next);
		free(path);
		path = next;
	}
	free(path);
	return error;
}

/* --- beginning ---------------------------------------------------------------------- */

/* ".NAME.XXXXXX"; a long name is cut so that this one is none too many. */
static char *name_beside(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	enum { RANDOM = 6, KEPT = NAME_MAX - RANDOM - 2 };
	unsigned char random[RANDOM];
	char text[RANDOM + 1] = "";
	char *beside;

	if (getrandom(random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		memset(random, 0, sizeof(random));
	for (size_t i = 0; i < RANDOM; i++)
		text[i] = letters[random[i] % (sizeof(letters) - 1)];
	return asprintf(&beside, ".%.*s.%s", KEPT, name, text) < 0 ? NULL : beside;
}

static int create_beside(struct whole_file *file)
{
	for (int i = 0; i < MOST_TRIES; i++) {
		int fd;

		file->beside = name_beside(file->name);
		if (!file->beside)
			return -ENOMEM;
		fd = openat(file->folder, file->beside,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
		free(file->beside);
		file->beside = NULL;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

/* The mode that the file had before, or that open() would give a new one. Writing a file
 * takes its set-user-ID bits away, and here the owner may be another as well. */
static mode_t file_mode(const struct stat *before)
{
	mode_t mask;

	if (before)
		return before->st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static int keep_owner_and_mode(int fd, const struct stat *before)
{
	/* Only root may give a file away, and not to users that a container does not
	 * know: then the writer owns it. */
	if (before && fchown(fd, before->st_uid, before->st_gid) < 0 && errno != EPERM &&
	    errno != EINVAL)
		return -errno;
	return fchmod(fd, file_mode(before)) < 0 ? -errno : 0;
}

/* Whether it is still what BEFORE describes, and may be written. */
static int check_before(const struct whole_file *file, const struct stat *before)
{
	struct stat now;

	if (fstatat(file->folder, file->name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	if (now.st_dev != before->st_dev || now.st_ino != before->st_ino)
		return -ESTALE;
	return faccessat(file->folder, file->name, W_OK, 0) < 0 ? -errno : 0;
}

int whole_file_open(struct whole_file *file, const char *name, const struct stat *before,
		    bool never_replaces)
{
	int fd = -1;
	int error;

	*file = NO_WHOLE_FILE;
	error = find_place(file, name);
	file->never_replaces = never_replaces;
	if (!error && before && !never_replaces)
		error = check_before(file, before);
	if (!error) {
		fd = create_beside(file);
		error = fd < 0 ? fd : 0;
	}
	if (!error)
		error = keep_owner_and_mode(fd, never_replaces ? NULL : before);
	if (!error)
		return fd;
	if (fd >= 0 && file->beside) {
		unlinkat(file->folder, file->beside, 0);
		close(fd);
	}
	forget(file);
	return error;
}

/* --- ending ------------------------------------------------------------------------- */

/* Gives it NAME, which no other file may have. */
static int take_name(const struct whole_file *file, const char *name)
{
	int folder = file->folder;

	if (syscall(SYS_renameat2, folder, file->beside, folder, name, NO_REPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* This file system cannot. */
	if (linkat(folder, file->beside, folder, name, 0) < 0)
		return -errno;
	unlinkat(folder, file->beside, 0);
	return 0;
}

static int take_free_name(struct whole_file *file)
{
	int error = take_name(file, file->name);

	for (unsigned int number = 2; error == -EEXIST && number; number++) {
		char *next;

		if (asprintf(&next, "%s.%u", file->name, number) < 0)
			return -ENOMEM;
		error = take_name(file, next);
		if (error) {
			free(next);
			continue;
		}
		free(file->name);
		file->name = next;
	}
	return error;
}

static int appear(struct whole_file *file, bool sync)
{
	int error;

	if (file->never_replaces)
		error = take_free_name(file);
	else
		error = renameat(file->folder, file->beside, file->folder, file->name) < 0
			      ? -errno
			      : 0;
	if (error)
		return error;
	free(file->beside);
	file->beside = NULL;
	/* A folder that may not be read, or whose file system knows no such thing. */
	if (sync && fsync(file->folder) < 0 && errno != EBADF && errno != EINVAL)
		return -errno;
	return 0;
}

static int write_through(int fd, bool sync)
{
	int error = sync && fsync(fd) < 0 && errno != EINVAL ? -errno : 0;

	if (close(fd) < 0 && !error && errno != EINTR)
		error = -errno;
	return error;
}

int whole_file_close(struct whole_file *file, int fd, bool whole, bool sync, char **where)
{
	int error = write_through(fd, whole && sync);
	const char *name;

	if (where)
		*where = NULL;
	if (whole && !error)
		error = appear(file, sync);
	if (!whole)
		error = unlinkat(file->folder, file->beside, 0) < 0 ? -errno : 0;
	name = file->beside ? file->beside : file->name;
	if (where && (whole || error) &&
	    asprintf(where, "%s%s", file->folder_name, name) < 0)
		*where = NULL;
	forget(file);
	return error;
}
