/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * What SDUs a text stands for, and what text SDUs become: as the headers of sdu_format
 * and sdu_source say, written a second time and simply, to compare with.
 */
#ifndef L2_FUZZ_REFERENCE_SDUS_H
#define L2_FUZZ_REFERENCE_SDUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transfer/sdu_format.h"

struct reference_sdu {
	size_t at, length; /* its bytes */
	size_t text_end;   /* after its line, which ends with the text or a line end */
};

struct reference_sdus {
	struct reference_sdu *sdus;
	size_t count;
	unsigned char *bytes; /* of all, one after the other */
	size_t total;
	/* What is wrong after them. */
	bool is_faulty;
	uint64_t line;
	size_t column;	  /* 0: too long */
	size_t fault_end; /* of the text that must have been read to know it */
};

/* All SDUs of TEXT, in lines or hex, or those before the first fault. */
void reference_read(struct reference_sdus *read, enum sdu_format format,
		    const unsigned char *text, size_t length);
void reference_free(struct reference_sdus *read);

/* Appends the SDU to TEXT as it is printed; returns by how much that is longer. */
size_t reference_print(enum sdu_format format, unsigned char *text,
		       const unsigned char *sdu, size_t length);

#endif
