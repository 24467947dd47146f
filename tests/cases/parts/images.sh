# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# The recipes: words that make images, stores and filesystems in the current folder.
# shellcheck shell=sh

# le NR_BYTES VALUE: the number in little-endian bytes.
le() {
	le_left=$1 le_value=$2
	while [ "$le_left" -gt 0 ]; do
		printf '%b' "\\0$(printf %o $((le_value & 255)))"
		le_value=$((le_value >> 8))
		le_left=$((le_left - 1))
	done
}

# put FILE OFFSET: standard input into the file, in place.
put() {
	dd of="$1" bs=4096 seek="$2" oflag=seek_bytes conv=notrunc status=none
}

# ---- Exception stores (drivers/md/dm-snap-persistent.c) ------------------

# store FILE SIZE [CHUNK_SECTORS [VALID [VERSION]]]: a store without exceptions.
store() {
	rm -f "$1"
	truncate -s "$2" "$1"
	{
		printf SnAp
		le 4 "${4:-1}"
		le 4 "${5:-1}"
		le 4 "${3:-8}"
	} | put "$1" 0
}

# exception FILE ENTRY OLD_CHUNK NEW_CHUNK: an entry of area 0, with 4 KiB chunks.
exception() {
	{
		le 8 "$3"
		le 8 "$4"
	} | put "$1" $((4096 + 16 * $2))
}

# store_of OLD NEW STORE: the store that holds what OLD had where NEW differs.
store_of() {
	store "$3" 1M
	entry=0
	for chunk in $(cmp -l "$1" "$2" |
		awk '{ chunk = int(($1 - 1) / 4096) }
			NR == 1 || chunk != last { print chunk; last = chunk }'); do
		exception "$3" "$entry" "$chunk" $((entry + 2))
		dd if="$1" of="$3" bs=4096 count=1 skip="$chunk" seek=$((entry + 2)) \
			conv=notrunc status=none
		entry=$((entry + 1))
	done
}

# ---- Filesystems --------------------------------------------------------

# What mke2fs makes must not depend on the machine's settings or its clock.
export MKE2FS_CONFIG=mke2fs.conf E2FSPROGS_FAKE_TIME=1772330400
cat >mke2fs.conf <<'END'
[fs_types]
	ext4 = {
		inode_size = 256
	}
	small = {
		blocksize = 1024
	}
END
features=none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit
features=$features,flex_bg,sparse_super,large_file,huge_file,dir_nlink
features=$features,extra_isize,metadata_csum
uuid=6c73636f-7700-4000-8000-000000000001

# ext4 FILE [OPTION]...: a filesystem of 4 MiB.
ext4() {
	ext4_file=$1
	shift
	rm -f "$ext4_file"
	truncate -s 4M "$ext4_file"
	mke2fs -q -F -t ext4 -O "$features" -U "$uuid" -L cases -b 1024 -N 128 \
		-E "hash_seed=$uuid,lazy_itable_init=0" -J size=1 "$@" \
		"$ext4_file" >mke2fs.log || exit 1
}

# change FILE: runs the commands on standard input in debugfs.
change() {
	debugfs -w -f /dev/stdin "$1" >debugfs.log 2>&1
}

# superblock FILE OFFSET: standard input into the superblock. Its checksum is then
# wrong, which does not matter where the superblock is refused before.
superblock() {
	put "$1" $((1024 + $2))
}

# first_block FILE PATH: where the path's data begins, in blocks.
first_block() {
	debugfs -R "blocks $2" "$1" 2>debugfs.log | awk '{ print $1 }'
}

# text FILE WORD NR_BYTES: a file that repeats the word.
text() {
	yes "$2" | head -c "$3" >"$1"
}
