/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Letters and words for kinds of change and types of file. */

#include "kind.h"

const char *kind_name(enum lscow_kind kind)
{
	switch (kind) {
	case LSCOW_ADDED:
		return "added";
	case LSCOW_DELETED:
		return "deleted";
	case LSCOW_MODIFIED:
		return "modified";
	case LSCOW_METADATA:
		return "metadata";
	case LSCOW_RENAMED:
		return "renamed";
	case LSCOW_LINKED:
		return "linked";
	}
	return "unknown";
}

const char *kind_type_name(enum lscow_file_type type)
{
	switch (type) {
	case LSCOW_TYPE_FILE:
		return "file";
	case LSCOW_TYPE_DIRECTORY:
		return "directory";
	case LSCOW_TYPE_SYMLINK:
		return "symlink";
	case LSCOW_TYPE_BLOCK:
		return "block";
	case LSCOW_TYPE_CHAR:
		return "char";
	case LSCOW_TYPE_FIFO:
		return "fifo";
	case LSCOW_TYPE_SOCKET:
		return "socket";
	case LSCOW_TYPE_UNKNOWN:
		break;
	}
	return "unknown";
}
