# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Puts together what dumpe2fs, debugfs and find say into what lscow owner is to
# print for every block of a filesystem:
#
# awk -f owner-truth.awk dumpe2fs.out paths debugfs.out
#
# paths has "INODE TYPE PATH" between tabs, sorted by inode and path; debugfs.out is
# what "stat <INODE>" prints of every inode in use. With -v ratio=N a cluster has N
# blocks.

BEGIN { FS = "\t"; ratio = ratio ? ratio : 1 }

function set_fixed(first, last, class) {
	for (; first <= last; first++)
		if (!(first in fixed))
			fixed[first] = class
}

# Reads "N" or "N-M" at the beginning of text into from and to.
function read_range(text) {
	match(text, /^[0-9]+(-[0-9]+)?/)
	text = substr(text, 1, RLENGTH)
	from = to = text + 0
	if (text ~ /-/)
		to = substr(text, index(text, "-") + 1) + 0
}

# Marks the range behind each occurrence of a phrase in the line.
function set_behind(phrase, class,    rest) {
	rest = $0
	while ((at = index(rest, phrase " at ")) > 0) {
		rest = substr(rest, at + length(phrase) + 4)
		read_range(rest)
		set_fixed(from, to, class)
	}
}

function append(list, item) {
	return list == "" ? item : list "," item
}

function claim(block, class, ino, offset) {
	owner_class[block] = class
	owners[block] = append(owners[block], ino)
	if (offset != "")
		offsets[block] = append(offsets[block], sprintf("%.0f", offset))
	claims[block, ++nr_claims[block]] = ino
}

# ---- dumpe2fs --------------------------------------------------------------

FILENAME != file { file = FILENAME; number_of_file++ }

number_of_file == 1 {
	if ($0 ~ /^Block count:/) { sub(/.*: */, ""); nr_blocks = $0 + 0 }
	else if ($0 ~ /^Block size:/) { sub(/.*: */, ""); block_bytes = $0 + 0 }
	else if ($0 ~ /^First block:/) { sub(/.*: */, ""); first_block = $0 + 0 }
	else if ($0 ~ /^Inodes per group:/) { sub(/.*: */, ""); inodes_per_group = $0 + 0 }
	else if ($0 ~ /^Inode size:/) { sub(/.*:[ \t]*/, ""); inode_bytes = $0 + 0 }
	else if ($0 ~ /^Journal inode:/) { sub(/.*: */, ""); journal_ino = $0 + 0 }
	else if ($0 ~ /^Group [0-9]+:/) { group = substr($0, 7) + 0 }
	else if ($0 ~ /^  Free blocks: /) {
		sub(/^  Free blocks: */, "")
		nr = split($0, parts, /, */)
		for (i = 1; i <= nr; i++)
			if (parts[i] != "") {
				read_range(parts[i])
				to -= to % ratio
				for (block = from; block < to + ratio; block++)
					free[block] = 1
			}
	} else {
		set_behind("Primary superblock", "superblock")
		set_behind("Backup superblock", "superblock")
		set_behind("Group descriptors", "descriptors")
		set_behind("Group descriptor", "descriptors")
		set_behind("Reserved GDT blocks", "descriptors")
		set_behind("Block bitmap", "block_bitmap")
		set_behind("Inode bitmap", "inode_bitmap")
		if (index($0, "Inode table at ") > 0) {
			set_behind("Inode table", "inode_table")
			per_block = block_bytes / inode_bytes
			for (block = from; block <= to; block++) {
				first = (block - from) * per_block
				last = first + per_block
				if (last > inodes_per_group)
					last = inodes_per_group
				table_first[block] = group * inodes_per_group + first + 1
				table_last[block] = group * inodes_per_group + last
			}
		}
	}
	next
}

# ---- find ------------------------------------------------------------------

number_of_file == 2 {
	path = $3 == "" ? "." : $3
	if ($2 == "d")
		path = path "/"
	paths[$1] = paths[$1] "\t" path
	next
}

# ---- debugfs ---------------------------------------------------------------

/^Inode: / {
	match($0, /^Inode: [0-9]+/)
	ino = substr($0, 8, RLENGTH - 7) + 0
	is_directory = $0 ~ /Type: directory/
	is_hidden = ino != 2 && ino < 11
	class = is_directory ? "directory" : "data"
	if (is_hidden)
		class = ino == journal_ino ? "journal" : "hidden"
	is_map = 0
	next
}

/^File ACL: / {
	match($0, /^File ACL: [0-9]+/)
	if (substr($0, 11, RLENGTH - 10) + 0 > 0)
		claim(substr($0, 11, RLENGTH - 10) + 0, "xattr", ino, "")
	next
}

/^(EXTENTS|BLOCKS):/ { is_map = 1; next }
/^TOTAL:/ { is_map = 0; next }

# "(0-48):1174-1222, (ETB0):8713, (60[u]):3000", on one line.
is_map {
	nr = split($0, parts, ", ?")
	for (i = 1; i <= nr; i++) {
		if (parts[i] !~ /^\(/)
			continue
		logical = substr(parts[i], 2, index(parts[i], ")") - 2)
		read_range(substr(parts[i], index(parts[i], ":") + 1))
		if (logical ~ /^[A-Z]/) {
			claim(from, is_hidden ? class : "map", ino, "")
			continue
		}
		start = logical + 0
		for (block = from; block <= to; block++)
			claim(block, class, ino, (start + block - from) * block_bytes)
	}
}

# ---- clusters ----------------------------------------------------------------

# Of what a cluster has that has no use of its own.
function cluster_of(block) {
	return int(block / ratio)
}

function find_slack(    block, cluster) {
	for (block in owners) {
		cluster = cluster_of(block)
		slack_inodes[cluster] = owners[block]
		slack_names[cluster] = names_of(block)
	}
	for (block in fixed)
		is_fixed_cluster[cluster_of(block)] = 1
}

function names_of(block,    i, names) {
	for (i = 1; i <= nr_claims[block]; i++)
		names = names paths[claims[block, i]]
	return names
}

# ---- all of it ----------------------------------------------------------------

END {
	if (ratio > 1)
		find_slack()
	for (block = 0; block < nr_blocks; block++) {
		cluster = cluster_of(block)
		inodes = offset = "-"
		names = ""
		if (block < first_block || (block == 0 && block_bytes == 1024)) {
			what = "boot"
		} else if (block in fixed) {
			what = fixed[block]
			if (what == "inode_table") {
				inodes = table_first[block] "-" table_last[block]
				for (i = table_first[block]; i <= table_last[block]; i++)
					names = names paths[i]
			}
		} else if (block in owners) {
			what = owner_class[block]
			inodes = owners[block]
			if (block in offsets)
				offset = offsets[block]
			names = names_of(block)
			if (block in free)
				what = what " but free"
		} else if (cluster in is_fixed_cluster) {
			what = "slack"
		} else if (cluster in slack_inodes) {
			what = "slack"
			inodes = slack_inodes[cluster]
			names = slack_names[cluster]
		} else {
			what = block in free ? "free" : "nothing"
		}
		print block "\t" what "\t" inodes "\t" offset names
	}
}
