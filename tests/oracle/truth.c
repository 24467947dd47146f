/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Prints the changes between two mounted trees, found by reading both completely. */
#define _GNU_SOURCE
#include "changes.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static size_t get_lead_len(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >> 5 == 0x06)
		return 2;
	if (lead >> 4 == 0x0e)
		return 3;
	return lead >> 3 == 0x1e ? 4 : 0;
}

/* Length of the UTF-8 sequence at P, or 0 when it is not one (overlong, surrogate, too large). */
static size_t get_utf8_len(const unsigned char *p)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = get_lead_len(p[0]);
	uint32_t code;

	if (len < 2)
		return len;
	code = p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return len;
}

static bool is_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p != '\0') {
		size_t len = get_utf8_len(p);

		if (len == 0)
			return false;
		p += len;
	}
	return true;
}

static void print_text(const char *text)
{
	putchar('"');
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f)
			printf("\\u%04x", *p);
		else if (*p == '"' || *p == '\\')
			printf("\\%c", *p);
		else
			putchar(*p);
	}
	putchar('"');
}

static void print_base64(const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)text;
	size_t len = strlen(text);

	putchar('"');
	for (size_t i = 0; i < len; i += 3) {
		uint32_t word = (uint32_t)p[i] << 16;

		word |= i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0;
		word |= i + 2 < len ? p[i + 2] : 0;
		putchar(digits[word >> 18]);
		putchar(digits[word >> 12 & 63]);
		putchar(i + 1 < len ? digits[word >> 6 & 63] : '=');
		putchar(i + 2 < len ? digits[word & 63] : '=');
	}
	putchar('"');
}

static void print_path(const char *key, const char *path)
{
	if (is_utf8(path)) {
		printf(",\"%s\":", key);
		print_text(path);
	} else {
		printf(",\"%s_b64\":", key);
		print_base64(path);
	}
}

static const char *get_kind(mode_t type)
{
	switch (type) {
	case S_IFREG: return "file";
	case S_IFDIR: return "directory";
	case S_IFLNK: return "symlink";
	case S_IFBLK: return "block";
	case S_IFCHR: return "char";
	case S_IFIFO: return "fifo";
	case S_IFSOCK: return "socket";
	default: errx(2, "inode of unknown type %o", (unsigned int)type);
	}
}

static void print_change(const struct change *row)
{
	const struct node *node = row->now != NULL ? row->now : row->old;

	printf("{\"change\":\"%s\"", row->kind);
	print_path("path", node->path);
	if (row->shows_old_path)
		print_path("old_path", row->old->path);
	printf(",\"kind\":\"%s\",\"inode\":%" PRIu64 ",\"content\":%s,\"metadata\":%s}\n",
	       get_kind(node->id.type), node->id.ino, row->content ? "true" : "false",
	       row->metadata ? "true" : "false");
}

static void print_changes(const struct tree *old, const struct tree *now, bool expand)
{
	struct changes changes;

	changes_find(&changes, old, now, expand);
	for (size_t i = 0; i < changes.nr; i++)
		print_change(&changes.rows[i]);
	printf("{\"type\":\"summary\",\"changes\":%zu}\n", changes.nr);
	changes_free(&changes);
}

int main(int argc, char **argv)
{
	bool expand = argc == 4 && strcmp(argv[3], "--expand") == 0;
	struct tree old, now;

	if (argc != 3 && !expand) {
		fprintf(stderr, "usage: truth OLDDIR NEWDIR [--expand]\n");
		return 2;
	}
	tree_load(&old, argv[1]);
	tree_load(&now, argv[2]);
	print_changes(&old, &now, expand);
	tree_free(&old);
	tree_free(&now);
	if (fflush(stdout) != 0 || ferror(stdout))
		err(2, "standard output");
	return 0;
}
