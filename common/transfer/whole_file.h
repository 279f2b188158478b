/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * A regular file that appears whole or not at all: it is written beside its place, under
 * a name of its own, and renamed. All is done in the folder as it was found when the file
 * was opened, even if folders are renamed or symbolic links put there meanwhile.
 */
#ifndef L2_WHOLE_FILE_H
#define L2_WHOLE_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

struct whole_file {
	int folder;	   /* descriptor; -1: there is no such file */
	char *folder_name; /* with its slash, "" for the working folder: for messages */
	char *name;	   /* in the folder, that it is to have */
	char *beside;	   /* that it has meanwhile */
	bool never_replaces;
};

/* No file: whole_file_close() does nothing with it. */
#define NO_WHOLE_FILE ((struct whole_file){.folder = -1})

/*
 * Starts the file NAME. BEFORE is what stat() says of the file that it is to replace,
 * whose owner and mode it keeps, or NULL when there is none. What a symbolic link leads
 * to is replaced, not the link. A file that NEVER_REPLACES takes the next name that is
 * free, of NAME, NAME.2, NAME.3 and so on, when it is done. Returns a descriptor to write
 * to, the caller's, or -errno: -ESTALE when the file was exchanged meanwhile.
 */
int whole_file_open(struct whole_file *file, const char *name, const struct stat *before,
		    bool never_replaces);

/*
 * Ends the file, written to the descriptor FD, which is closed. One that is WHOLE
 * appears, with SYNC only once the disk has it; otherwise it vanishes. 0 or -errno.
 * *WHERE, unless WHERE is NULL, is the caller's to free: the name of the file, under
 * which it appeared, or after an error where it was left; NULL when nothing is left of
 * it.
 */
int whole_file_close(struct whole_file *file, int fd, bool whole, bool sync,
		     char **where);

#endif
