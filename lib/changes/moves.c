/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Directories whose path changed, and with it the paths of all below them. */

#include "changes/moves.h"

bool lscow_moves_is_moved(const struct lscow_inode_record *record)
{
	return lscow_record_is_same(record) &&
	       record->sides[LSCOW_SIDE_NEW].type == LSCOW_TYPE_DIRECTORY;
}

/* Adds the directories among the new view's entries from index on to the queue. */
static int queue_directories(struct lscow_inodes *inodes,
			     const struct lscow_entries *entries, size_t index,
			     struct lscow_vector *queue, struct lscow_error *err)
{
	const struct lscow_vector *list = &entries->lists[LSCOW_SIDE_NEW];
	struct lscow_inode_record *record;
	int rc = 0;

	for (; rc == 0 && index < list->nr; index++) {
		rc = lscow_inodes_get(inodes,
				      LSCOW_ITEMS(list, struct lscow_entry)[index].ino,
				      &record, err);
		if (rc == 0 && lscow_moves_is_moved(record) && !record->is_walked) {
			record->is_walked = true;
			rc = lscow_vector_push(queue, &record->ino, err);
		}
	}
	return rc;
}

int lscow_moves_walk(struct lscow_inodes *inodes, struct lscow_entries *entries,
		     struct lscow_error *err)
{
	struct lscow_vector queue = LSCOW_VECTOR(uint32_t);
	int rc = queue_directories(inodes, entries, 0, &queue, err);

	while (rc == 0 && queue.nr > 0) {
		uint32_t ino = LSCOW_ITEMS(&queue, uint32_t)[--queue.nr];
		size_t index = entries->lists[LSCOW_SIDE_NEW].nr;

		for (int side = 0; rc == 0 && side < LSCOW_NR_SIDES; side++)
			rc = lscow_entries_add_all(inodes, entries, side, ino, err);
		if (rc == 0)
			rc = queue_directories(inodes, entries, index, &queue, err);
	}
	lscow_vector_free(&queue);
	return rc;
}
