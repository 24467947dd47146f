/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* thin_delta of thin-provisioning-tools: where it is, whether it is right, its run. */

#include "source/thin-tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/decimal.h"
#include "source/child.h"

#define VERSION_BYTES 80

/* ---- its version ---------------------------------------------------------- */

static uint64_t pack_version(uint64_t major, uint64_t minor, uint64_t patch)
{
	return major << 40 | minor << 20 | patch;
}

static bool parse_version(const char *text, uint64_t *packed)
{
	uint64_t parts[3];

	for (size_t i = 0; i < 3; i++) {
		if (i > 0 && *text++ != '.')
			return false;
		if (!lscow_take_decimal(&text, &parts[i]) || parts[i] >= 1u << 20)
			return false;
	}
	*packed = pack_version(parts[0], parts[1], parts[2]);
	return true;
}

/*
 * Before 0.4.2, and from 1.0.0 to 1.0.5, thin_delta took neighbouring blocks of
 * a volume for one stretch wherever their data lay: it called blocks the same
 * that are not (its commit 2c2093b9, "Fix range mappings construction").
 */
bool lscow_thin_tool_is_right(const char *version)
{
	const char *number = strpbrk(version, "0123456789");
	uint64_t packed;

	if (!number || !parse_version(number, &packed))
		return false;
	return packed >= pack_version(0, 4, 2) && (packed < pack_version(1, 0, 0) ||
						   packed >= pack_version(1, 0, 6));
}

struct version_text {
	char bytes[VERSION_BYTES]; /* NUL-ended */
	size_t length_bytes;
};

/* Keeps the beginning of what --version prints. */
static int take_version(void *data, const void *bytes, size_t nr_bytes,
			struct lscow_error *err)
{
	struct version_text *text = data;
	size_t nr = (size_t)lscow_min_u64(nr_bytes,
					  sizeof(text->bytes) - 1 - text->length_bytes);

	(void)err;
	memcpy(text->bytes + text->length_bytes, bytes, nr);
	text->length_bytes += nr;
	return 0;
}

static int check_version(const struct lscow_thin_tool *tool, struct lscow_error *err)
{
	const char *const argv[] = { tool->path, "--version", NULL };
	struct version_text text = { .length_bytes = 0 };
	const struct lscow_child child = {
		.argv = argv,
		.kept_fd = -1,
		.interrupt_fd = -1,
		.sink = take_version,
		.sink_data = &text,
	};
	int ret = lscow_child_run(&child, err);

	if (ret)
		return ret;
	text.bytes[strcspn(text.bytes, "\n")] = '\0';
	if (lscow_thin_tool_is_right(text.bytes))
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: version \"%s\": expected 1.0.6 or later, or 0.4.2 to 0.9: "
			       "others leave out changes", tool->path, text.bytes);
}

/* ---- where it is ----------------------------------------------------------- */

int lscow_thin_tool_find(const char *const *folders, struct lscow_thin_tool *tool,
			 struct lscow_error *err)
{
	static const char *const system_folders[] = {
		"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin",
		"/bin", NULL,
	};

	for (folders = folders ? folders : system_folders; *folders; folders++) {
		snprintf(tool->path, sizeof(tool->path), "%s/thin_delta", *folders);
		if (access(tool->path, X_OK) == 0)
			return check_version(tool, err);
	}
	return lscow_error_set(err, LSCOW_E_FAILED,
			       "thin_delta is not installed: it is in the package "
			       "thin-provisioning-tools (or device-mapper-persistent-data)");
}

/* ---- its run ---------------------------------------------------------------- */

static int feed_xml(void *data, const void *bytes, size_t nr_bytes, struct lscow_error *err)
{
	return lscow_thin_xml_feed(data, bytes, nr_bytes, err);
}

static int check_ids(const struct lscow_thin_tool *tool,
		     const struct lscow_thin_tool_call *call,
		     const struct lscow_thin_delta *delta, struct lscow_error *err)
{
	if (delta->has_ids && delta->left_id == call->old_id &&
	    delta->right_id == call->new_id)
		return 0;
	return lscow_error_set(err, LSCOW_E_UNKNOWABLE,
			       "%s: the answer is not that for the thin volumes %" PRIu64
			       " and %" PRIu64, tool->path, call->old_id, call->new_id);
}

static int run_child(const struct lscow_thin_tool *tool,
		     const struct lscow_thin_tool_call *call, struct lscow_thin_xml *xml,
		     struct lscow_error *err)
{
	char old_id[24], new_id[24];
	/* Understood by 0.9 and 1.x; 0.9 would take a word behind -m for the block. */
	const char *const argv[] = {
		tool->path, "--metadata-snap", "--thin1", old_id, "--thin2", new_id,
		call->metadata_path, NULL,
	};
	const struct lscow_child child = {
		.argv = argv,
		.kept_fd = call->kept_fd,
		.interrupt_fd = call->interrupt_fd,
		.sink = feed_xml,
		.sink_data = xml,
	};

	snprintf(old_id, sizeof(old_id), "%" PRIu64, call->old_id);
	snprintf(new_id, sizeof(new_id), "%" PRIu64, call->new_id);
	return lscow_child_run(&child, err);
}

int lscow_thin_tool_run(const struct lscow_thin_tool *tool,
			const struct lscow_thin_tool_call *call,
			struct lscow_ranges *ranges, struct lscow_thin_delta *delta,
			struct lscow_error *err)
{
	struct lscow_thin_xml *xml;
	int ret = lscow_thin_xml_new(tool->path, ranges, &xml, err);

	if (ret)
		return ret;
	ret = run_child(tool, call, xml, err);
	if (!ret)
		ret = lscow_thin_xml_finish(xml, delta, err);
	if (!ret)
		ret = check_ids(tool, call, delta, err);
	lscow_thin_xml_free(xml);
	return ret;
}
