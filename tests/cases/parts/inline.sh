# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Content and directories inside inodes, and values of xattrs in inodes of their own.
# shellcheck shell=sh disable=SC2154 # images.sh sets them

text tiny word 40
text tiny2 more 40
text long words 100
text long2 other 100
text large words 5000
: >empty
text value1 one 1024
text value2 two 1024
target=$(printf '%070d' 1)

# number FILE PATH: the inode of the path.
number() {
	debugfs -R "stat $2" "$1" 2>debugfs.log | awk '/^Inode:/ { print $2 }'
}

# ---- Inline ----------------------------------------------------------------

ext4 inline.img -O "$features,inline_data"
change inline.img <<END
mkdir dir
mkdir dir/deep
mkdir dir/deep/deeper
mkdir filled
write tiny dir/deep/deeper/file
write tiny dir/gone
write tiny dir/kept
write tiny dir/old
write tiny file
write tiny grows
write tiny same
write large shrinks
write long longer
symlink link $target
symlink short target
write tiny filled/name-0
write tiny filled/name-1
END

# inline_flag FILE PATH: whether the content is said to be in the inode.
inline_flag() {
	debugfs -R "stat $2" "$1" 2>debugfs.log | grep -q 'Flags: 0x10000000'
}

inline_problem=
for inline_path in /dir /dir/deep/deeper /dir/deep/deeper/file /file /longer /link; do
	inline_flag inline.img "$inline_path" ||
		inline_problem="$inline_problem $inline_path is not inline"
done
report 'what the image of inline content has' ${inline_problem:+"$inline_problem"}

# inline_change NAME < COMMANDS: new.img, from inline.img by debugfs.
inline_change() {
	cp inline.img new.img
	change new.img
}

inline='files --old inline.img --new new.img'
# shellcheck disable=SC2086 # the words of $inline are meant to be split
inline_prints() {
	prints "$1" 0 $inline --expand
}

inline_change <<'END'
END
inline_prints 'inline: no change' </dev/null
inline_change <<'END'
sif file block[0] 0x61626364
sif dir/deep/deeper/file block[1] 0x61626364
END
inline_prints 'inline: files changed' <<'END'
M  dir/deep/deeper/file
M  file
END
# A new inode with the number of the old one, which debugfs gives no generation.
inline_change <<'END'
rm longer
write long2 longer
END
inline_prints 'inline: what is in the xattr changed' <<'END'
M  longer
END
inline_change <<'END'
rm grows
write large grows
rm shrinks
write tiny2 shrinks
END
inline_prints 'inline: to blocks, and from blocks' <<'END'
M  grows
M  shrinks
END
inline_change <<'END'
feature -inline_data
rm same
write tiny same
feature inline_data
END
inline_prints 'inline: the same bytes in a block' </dev/null
inline_change <<'END'
write tiny dir/added
rm dir/gone
ln dir/old dir/new
unlink dir/old
END
inline_prints 'inline: entries come, go and change' <<'END'
A  dir/added
D  dir/gone
R  dir/old -> dir/new
END
inline_change <<'END'
ln dir/deep/deeper dir/deep/down
unlink dir/deep/deeper
END
inline_prints 'inline: a directory is renamed' <<'END'
R  dir/deep/deeper/ -> dir/deep/down/
R  dir/deep/deeper/file -> dir/deep/down/file
END
inline_change <<END
write tiny filled/name-2
write tiny filled/name-3
write tiny filled/name-4
write tiny filled/name-5
write tiny filled/name-6
write tiny filled/name-7
write tiny filled/name-8
write tiny filled/name-9
END
inline_problem=
inline_flag new.img /filled && inline_problem='the directory is still inline'
report 'a directory that has outgrown its inode' ${inline_problem:+"$inline_problem"}
inline_prints 'inline: a directory outgrows its inode' <<'END'
A  filled/name-2
A  filled/name-3
A  filled/name-4
A  filled/name-5
A  filled/name-6
A  filled/name-7
A  filled/name-8
A  filled/name-9
END
inline_change <<END
rm link
symlink link 2$target
rm short
symlink short tarsal
END
inline_prints 'inline: targets of symlinks' <<'END'
M  link
M  short
END

# Of an inode table a block belongs to the inodes that it holds.
inline_table=$(debugfs -R 'imap /dir/kept' inline.img 2>debugfs.log |
	awk '/located at block/ { sub(",", ""); print $4 }')
run "$LSCOW" owner inline.img "$inline_table" --format json
inline_problem=
grep -q '"inode_table".*"paths":\["dir/kept"\]' "$seen/out" ||
	inline_problem=$(cat "$seen/out" "$seen/err")
report 'inline: the block of the inode belongs to the file' \
	${inline_problem:+"$inline_problem"}

inline_change <<'END'
sif file flags 0x10080000
END
# shellcheck disable=SC2086
refused 'inline: content in two places' 4 "new.img: inode $(number inline.img /file): found \
extents and inline content, expected one of them" $inline

ext4 plain.img
change plain.img <<'END'
write tiny file
END
cp plain.img new.img
change new.img <<'END'
sif file flags 0x10000000
END
refused 'inline: without the feature' 4 \
	'new.img: inode 12: inline content without the feature inline_data' \
	files --old plain.img --new new.img

# ---- Values in inodes of their own -----------------------------------------

ext4 values.img -O "$features,ea_inode"
change values.img <<'END'
mkdir dir
write empty dir/file
ea_set -f value1 dir/file user.large
write tiny other
ea_set other user.small 1
write empty twin
copy_inode dir/file twin
END
values_ino=$(($(number values.img /dir/file) + 1))
values_block=$(first_block values.img "<$values_ino>")
values='files --old values.img --new new.img'

cp values.img new.img
printf changed | put new.img $((1024 * values_block + 100))
# shellcheck disable=SC2086 # the words of $values are meant to be split
prints 'value: its bytes change and no inode' 0 $values <<'END'
m  dir/file
m  twin
END
prints 'value: who owns a block of it' 0 owner values.img "$values_block" <<END
$values_block	xattr	$((values_ino - 1)),$(number values.img /twin)	-	dir/file	twin
END

cp values.img new.img
change new.img <<END
sif <$values_ino> mtime 20260302
END
# shellcheck disable=SC2086
prints 'value: only its inode changes' 0 $values </dev/null
cp values.img new.img
change new.img <<'END'
ea_rm dir/file user.large
ea_set -f value2 dir/file user.large
END
# shellcheck disable=SC2086
prints 'value: another one' 0 $values <<'END'
m  dir/file
END
cp values.img new.img
change new.img <<'END'
ea_rm dir/file user.large
ea_set dir/file user.large short
END
# shellcheck disable=SC2086
prints 'value: a short one in its place' 0 $values <<'END'
m  dir/file
END
cp values.img new.img
change new.img <<END
sif <$values_ino> flags 0x80000
END
# shellcheck disable=SC2086
refused 'value: in an inode that is none' 4 \
	"new.img: inode $((values_ino - 1)): xattr value in inode $values_ino, which holds none" \
	$values
