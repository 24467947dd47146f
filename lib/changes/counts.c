/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Whether the names that came and went agree with the links of each inode. */

#include "changes/counts.h"

/* As many as it has links; a directory, whose links say something else, has one. */
static int64_t nr_names(const struct lscow_inode_record *record, enum lscow_side side)
{
	if (!lscow_record_is_live(record, side))
		return 0;
	return lscow_record_is_directory(record, side) ? 1 : record->sides[side].nr_links;
}

static int check_record(const struct lscow_inodes *inodes,
			const struct lscow_inode_record *record, struct lscow_error *err)
{
	int64_t nr_before = nr_names(record, LSCOW_SIDE_OLD);
	int64_t nr_expected = nr_names(record, LSCOW_SIDE_NEW);
	uint32_t nr_gone = record->nr_entries[LSCOW_SIDE_OLD];
	uint32_t nr_come = record->nr_entries[LSCOW_SIDE_NEW];

	if (nr_before - nr_gone + nr_come == nr_expected)
		return 0;
	return lscow_extfs_damaged(inodes->views->fs[LSCOW_SIDE_NEW], err, "inode %u: of %lld "
				   "names %u are gone and %u came, expected %lld at the end",
				   record->ino, (long long)nr_before, nr_gone, nr_come,
				   (long long)nr_expected);
}

int lscow_counts_check(struct lscow_inodes *inodes, struct lscow_error *err)
{
	const struct lscow_inode_record *record;
	int rc = 0;

	for (record = inodes->records; rc == 0 && record; record = record->hh.next)
		rc = lscow_inodes_step_over(inodes, check_record(inodes, record, err), err);
	return rc;
}
