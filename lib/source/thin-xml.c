/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The XML of thin_delta: which blocks of a pool two thin volumes do not share. */

#include "source/thin-xml.h"

#include <errno.h>
#include <expat.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/decimal.h"

#define READ_BYTES (64u * 1024)
/* A tag or comment longer than this is none of thin_delta's: expat would keep it whole. */
#define TOKEN_BYTES (1024u * 1024)
/* How much of a word from the text a message shows. */
#define SHOWN_BYTES 32
/* In sectors; what the kernel allows (drivers/md/dm-thin.c). */
#define LEAST_BLOCK_SECTORS 128u
#define MOST_BLOCK_SECTORS (1024u * 1024 * 1024 / LSCOW_SECTOR_BYTES)

/* Where in the text the reader is. */
enum xml_place {
	XML_AT_START,      /* before <superblock> */
	XML_IN_SUPERBLOCK, /* <diff> has not been seen */
	XML_IN_DIFF,
	XML_IN_BLOCKS,     /* in <same>, ..., with its own begin and length */
	XML_IN_RANGES,     /* in <same>, ..., of --verbose */
	XML_IN_RANGE,
	XML_AFTER_DIFF,
	XML_AT_END,
};

struct lscow_thin_xml {
	const char *name;
	struct lscow_ranges *ranges;
	XML_Parser parser;
	enum xml_place place;
	bool is_changed; /* the kind of blocks that the reader is among */
	bool has_blocks; /* it has seen some of this kind */
	uint64_t next_block; /* no later one begins before it */
	uint64_t waiting_bytes; /* taken since expat last found something */
	struct lscow_thin_delta delta;
	int ret; /* of the handlers, which cannot return it */
	struct lscow_error err;
};

/* ---- what is wrong with the text ------------------------------------- */

static uint64_t line_number(const struct lscow_thin_xml *xml)
{
	return XML_GetCurrentLineNumber(xml->parser);
}

/* Where ret is a failure, notes it and lets expat stop; the first one counts. */
static void stop(struct lscow_thin_xml *xml, int ret)
{
	if (xml->ret || !ret)
		return;
	xml->ret = ret;
	XML_StopParser(xml->parser, XML_FALSE);
}

static void refuse(struct lscow_thin_xml *xml, const char *found, const char *expected)
{
	char shown[SHOWN_BYTES + 1];
	size_t nr = 0;

	if (xml->ret)
		return;
	/* The message stays one printable line whatever the file holds. */
	for (; nr < SHOWN_BYTES && found[nr]; nr++)
		shown[nr] = found[nr] >= ' ' && found[nr] <= '~' ? found[nr] : '?';
	shown[nr] = '\0';
	stop(xml, lscow_error_set(&xml->err, LSCOW_E_UNKNOWABLE,
				  "%s: line %" PRIu64 ": found \"%s\"%s, expected %s",
				  xml->name, line_number(xml), shown, found[nr] ? "..." : "",
				  expected));
}

/* ---- attributes ------------------------------------------------------ */

static const char *find_attribute(const char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (!strcmp(attributes[0], name))
			return attributes[1];
	return NULL;
}

/* False, with a refusal, where the attribute is absent or no number. */
static bool read_number(struct lscow_thin_xml *xml, const char *element,
			const char **attributes, const char *name, uint64_t *number)
{
	const char *value = find_attribute(attributes, name);

	if (value && lscow_parse_decimal(value, number))
		return true;
	if (value)
		refuse(xml, value, "a decimal number below 2^64");
	else
		stop(xml, lscow_error_set(&xml->err, LSCOW_E_UNKNOWABLE,
					  "%s: line %" PRIu64 ": found <%s> without \"%s\"",
					  xml->name, line_number(xml), element, name));
	return false;
}

/* ---- elements -------------------------------------------------------- */

static void begin_superblock(struct lscow_thin_xml *xml, const char *element,
			     const char **attributes)
{
	uint64_t sectors;

	if (strcmp(element, "superblock") != 0) {
		refuse(xml, element, "<superblock>, which thin_delta begins with");
		return;
	}
	if (!read_number(xml, element, attributes, "data_block_size", &sectors))
		return;
	if (sectors < LEAST_BLOCK_SECTORS || sectors > MOST_BLOCK_SECTORS ||
	    sectors % LEAST_BLOCK_SECTORS) {
		refuse(xml, find_attribute(attributes, "data_block_size"),
		       "a block size from 128 to 2097152 sectors, a multiple of 128");
		return;
	}
	xml->delta.block_bytes = sectors * LSCOW_SECTOR_BYTES;
	xml->place = XML_IN_SUPERBLOCK;
}

static void begin_diff(struct lscow_thin_xml *xml, const char *element,
		       const char **attributes)
{
	if (strcmp(element, "diff") != 0) {
		refuse(xml, element, "<diff>");
		return;
	}
	xml->place = XML_IN_DIFF;
	if (!find_attribute(attributes, "left") || !find_attribute(attributes, "right"))
		return;
	xml->delta.has_ids =
		read_number(xml, element, attributes, "left", &xml->delta.left_id) &&
		read_number(xml, element, attributes, "right", &xml->delta.right_id);
}

/* Adds blocks of the kind that the reader is among. */
static void add_blocks(struct lscow_thin_xml *xml, const char *element,
		       const char **attributes)
{
	uint64_t begin, length, end, end_bytes;

	if (!read_number(xml, element, attributes, "begin", &begin) ||
	    !read_number(xml, element, attributes, "length", &length))
		return;
	if (length == 0) {
		refuse(xml, "0", "a length of at least 1 block");
		return;
	}
	if (begin < xml->next_block) {
		refuse(xml, find_attribute(attributes, "begin"),
		       "blocks in rising order, each of them once");
		return;
	}
	if (!lscow_add_u64(begin, length, &end) ||
	    !lscow_units_to_bytes(end, xml->delta.block_bytes, &end_bytes)) {
		refuse(xml, find_attribute(attributes, "length"),
		       "blocks that end below 2^64 bytes");
		return;
	}
	xml->next_block = end;
	xml->has_blocks = true;
	if (xml->is_changed)
		stop(xml, lscow_ranges_add(xml->ranges, begin * xml->delta.block_bytes,
					   length * xml->delta.block_bytes, &xml->err));
}

static void begin_blocks(struct lscow_thin_xml *xml, const char *element,
			 const char **attributes)
{
	static const struct {
		const char *name;
		bool is_changed;
	} kinds[] = {
		{ "same", false }, { "different", true },
		{ "left_only", true }, { "right_only", true },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(element, kinds[i].name) != 0)
			continue;
		xml->is_changed = kinds[i].is_changed;
		xml->has_blocks = false;
		xml->place = attributes[0] ? XML_IN_BLOCKS : XML_IN_RANGES;
		if (attributes[0])
			add_blocks(xml, element, attributes);
		return;
	}
	refuse(xml, element, "<same>, <different>, <left_only> or <right_only>");
}

static void begin_range(struct lscow_thin_xml *xml, const char *element,
			const char **attributes)
{
	if (strcmp(element, "range") != 0) {
		refuse(xml, element, "<range>");
		return;
	}
	xml->place = XML_IN_RANGE;
	add_blocks(xml, element, attributes);
}

/* ---- what expat calls ------------------------------------------------- */

static void on_begin(void *data, const char *element, const char **attributes)
{
	struct lscow_thin_xml *xml = data;

	xml->waiting_bytes = 0;
	if (xml->ret)
		return;
	switch (xml->place) {
	case XML_AT_START:
		begin_superblock(xml, element, attributes);
		break;
	case XML_IN_SUPERBLOCK:
		begin_diff(xml, element, attributes);
		break;
	case XML_IN_DIFF:
		begin_blocks(xml, element, attributes);
		break;
	case XML_IN_RANGES:
		begin_range(xml, element, attributes);
		break;
	case XML_IN_BLOCKS:
	case XML_IN_RANGE:
	case XML_AFTER_DIFF:
	case XML_AT_END:
		refuse(xml, element, "no element here");
		break;
	}
}

/* That the right element ends is expat's part. */
static void on_end(void *data, const char *element)
{
	static const enum xml_place places[] = {
		[XML_AT_START] = XML_AT_START,
		[XML_IN_SUPERBLOCK] = XML_AT_END,
		[XML_IN_DIFF] = XML_AFTER_DIFF,
		[XML_IN_BLOCKS] = XML_IN_DIFF,
		[XML_IN_RANGES] = XML_IN_DIFF,
		[XML_IN_RANGE] = XML_IN_RANGES,
		[XML_AFTER_DIFF] = XML_AT_END,
		[XML_AT_END] = XML_AT_END,
	};
	struct lscow_thin_xml *xml = data;

	xml->waiting_bytes = 0;
	if (xml->ret)
		return;
	if (xml->place == XML_IN_SUPERBLOCK)
		refuse(xml, element, "<diff> before the end of <superblock>");
	if (xml->place == XML_IN_RANGES && !xml->has_blocks)
		refuse(xml, element, "<range>, or begin and length");
	xml->place = places[xml->place];
}

static void on_text(void *data, const char *text, int nr_bytes)
{
	struct lscow_thin_xml *xml = data;

	xml->waiting_bytes = 0;
	for (int i = 0; i < nr_bytes; i++)
		if (!strchr(" \t\r\n", text[i]) || text[i] == '\0') {
			refuse(xml, (char[]){ text[i], '\0' }, "no text between the elements");
			return;
		}
}

/* Comments, the XML declaration and whatever else has no handler. */
static void on_rest(void *data, const char *text, int nr_bytes)
{
	struct lscow_thin_xml *xml = data;

	(void)text;
	(void)nr_bytes;
	xml->waiting_bytes = 0;
}

/* Without a document type there are no entities that could grow. */
static void on_doctype(void *data, const char *name, const char *system_id,
		       const char *public_id, int has_subset)
{
	(void)system_id;
	(void)public_id;
	(void)has_subset;
	refuse(data, name, "no document type");
}

/* ---- the reader ------------------------------------------------------- */

int lscow_thin_xml_new(const char *name, struct lscow_ranges *ranges,
		       struct lscow_thin_xml **xml, struct lscow_error *err)
{
	struct lscow_thin_xml *made = calloc(1, sizeof(*made));

	if (!made)
		return lscow_error_no_memory(err, "XML");
	made->name = name;
	made->ranges = ranges;
	made->parser = XML_ParserCreate(NULL);
	if (!made->parser) {
		free(made);
		return lscow_error_no_memory(err, "XML");
	}
	XML_SetUserData(made->parser, made);
	XML_SetElementHandler(made->parser, on_begin, on_end);
	XML_SetCharacterDataHandler(made->parser, on_text);
	XML_SetDefaultHandler(made->parser, on_rest);
	XML_SetStartDoctypeDeclHandler(made->parser, on_doctype);
	*xml = made;
	return 0;
}

/* The failure of a handler, or expat's own. */
static int take_failure(const struct lscow_thin_xml *xml, struct lscow_error *err)
{
	enum XML_Error code = XML_GetErrorCode(xml->parser);

	if (xml->ret)
		return lscow_error_set(err, xml->err.code, "%s", xml->err.message);
	if (code == XML_ERROR_NO_MEMORY)
		return lscow_error_no_memory(err, "XML");
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: line %" PRIu64 ": not the XML of thin_delta, or cut short: %s",
			       xml->name, line_number(xml), XML_ErrorString(code));
}

static int parse(struct lscow_thin_xml *xml, const char *bytes, size_t nr_bytes,
		 bool is_last, struct lscow_error *err)
{
	enum XML_Status status = XML_Parse(xml->parser, bytes, (int)nr_bytes, is_last);

	return status == XML_STATUS_OK && !xml->ret ? 0 : take_failure(xml, err);
}

int lscow_thin_xml_feed(struct lscow_thin_xml *xml, const void *bytes, size_t nr_bytes,
			struct lscow_error *err)
{
	const char *next = bytes;

	while (nr_bytes > 0) {
		size_t nr = (size_t)lscow_min_u64(nr_bytes, READ_BYTES);
		int ret;

		xml->waiting_bytes += nr;
		ret = parse(xml, next, nr, false, err);
		if (ret)
			return ret;
		if (xml->waiting_bytes > TOKEN_BYTES)
			return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
					       "%s: line %" PRIu64 ": found more than %u bytes "
					       "without an end of what began here",
					       xml->name, line_number(xml), TOKEN_BYTES);
		next += nr;
		nr_bytes -= nr;
	}
	return 0;
}

int lscow_thin_xml_finish(struct lscow_thin_xml *xml, struct lscow_thin_delta *delta,
			  struct lscow_error *err)
{
	/* Expat has seen to it that every element has its end. */
	int ret = parse(xml, "", 0, true, err);

	if (!ret)
		*delta = xml->delta;
	return ret;
}

void lscow_thin_xml_free(struct lscow_thin_xml *xml)
{
	if (!xml)
		return;
	XML_ParserFree(xml->parser);
	free(xml);
}

/* ---- from a file ------------------------------------------------------ */

static int feed_file(struct lscow_thin_xml *xml, int fd, struct lscow_error *err)
{
	char buffer[READ_BYTES];
	ssize_t nr;

	for (;;) {
		int ret;

		nr = read(fd, buffer, sizeof(buffer));
		if (nr < 0 && errno == EINTR)
			continue;
		if (nr <= 0)
			break;
		ret = lscow_thin_xml_feed(xml, buffer, (size_t)nr, err);
		if (ret)
			return ret;
	}
	if (nr < 0)
		return lscow_error_set(err, LSCOW_E_FAILED, "%s: cannot read: %m", xml->name);
	return 0;
}

int lscow_thin_xml_load(int fd, const char *name, struct lscow_ranges *ranges,
			struct lscow_thin_delta *delta, struct lscow_error *err)
{
	struct lscow_thin_xml *xml;
	int ret = lscow_thin_xml_new(name, ranges, &xml, err);

	if (ret)
		return ret;
	ret = feed_file(xml, fd, err);
	if (!ret)
		ret = lscow_thin_xml_finish(xml, delta, err);
	lscow_thin_xml_free(xml);
	return ret;
}
