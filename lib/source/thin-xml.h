/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The XML of thin_delta: which blocks of a pool two thin volumes do not share. */

#ifndef LSCOW_SOURCE_THIN_XML_H
#define LSCOW_SOURCE_THIN_XML_H

#include "base/ranges.h"

/* What the text says beside the blocks. */
struct lscow_thin_delta {
	uint64_t block_bytes; /* of the pool */
	bool has_ids;         /* false where roots were compared, not volumes */
	uint64_t left_id;
	uint64_t right_id;
};

struct lscow_thin_xml;

/*
 * Begins to read what thin_delta 0.4.2 and later prints, with or without
 * --verbose. Every block that is not `same` is added to ranges, in bytes of the
 * volumes, in rising order. Both name, for messages, and ranges are borrowed
 * until lscow_thin_xml_free().
 */
int lscow_thin_xml_new(const char *name, struct lscow_ranges *ranges,
		       struct lscow_thin_xml **xml, struct lscow_error *err);
/*
 * Takes the next bytes, in pieces of any size. LSCOW_E_UNKNOWABLE where this is
 * not thin_delta's text; after a failure only free the reader.
 */
int lscow_thin_xml_feed(struct lscow_thin_xml *xml, const void *bytes, size_t nr_bytes,
			struct lscow_error *err);
/* The text is at its end: LSCOW_E_UNKNOWABLE where it is not whole. */
int lscow_thin_xml_finish(struct lscow_thin_xml *xml, struct lscow_thin_delta *delta,
			  struct lscow_error *err);
void lscow_thin_xml_free(struct lscow_thin_xml *xml);

/* All of it from an open file, fifo or device; name is for messages. */
int lscow_thin_xml_load(int fd, const char *name, struct lscow_ranges *ranges,
			struct lscow_thin_delta *delta, struct lscow_error *err);

#endif
