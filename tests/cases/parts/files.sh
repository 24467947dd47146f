# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# What lscow files prints, in every format.
# shellcheck shell=sh
# shellcheck disable=SC2154 # run.sh sets seen

# ---- The old state, the new one, and one with odd names --------------------

text host-small small 1000
text host-large large 5000

ext4 old.img
change old.img <<'END'
mkdir docs
mkdir tree
cd /docs
write host-small edit.txt
write host-small gone.txt
write host-small keep.txt
write host-small mode.txt
write host-small "old name.txt"
cd /tree
mkdir branch
write host-small leaf
cd /tree/branch
write host-small twig
cd /
write host-large big.bin
write host-small link1
write host-small quiet.txt
END

cp old.img new.img
# Data is written past the filesystem; of quiet.txt the inode stays as it was.
printf QUIET | put new.img $((1024 * $(first_block new.img /quiet.txt)))
printf EDIT | put new.img $((1024 * $(first_block new.img /docs/edit.txt) + 100))
printf BIG | put new.img $((1024 * $(first_block new.img /big.bin) + 2048))
# What is added comes before what is deleted, or it would get the same inode.
change new.img <<'END'
sif / mtime 20260302
sif /docs mtime 20260302
sif /docs/edit.txt mtime 20260302
sif /big.bin mtime 20260302
sif /docs/mode.txt mode 0100600
mkdir fresh
symlink sym target
cd /fresh
write host-small one
cd /docs
write host-small added.txt
rm gone.txt
ln "old name.txt" "new name.txt"
unlink "old name.txt"
cd /
ln tree wood
unlink tree
ln link1 link2
sif link1 links_count 2
END

cp old.img odd.img
newline='
'
for name in "new${newline}line" "$(printf 'not\377utf-8')" "$(printf 'caf\303\251')" \
	'a -> b' 'back\slash' "$(printf 'esc\033[31m')" '#hash'; do
	debugfs -w -R "write host-small \"$name\"" odd.img >debugfs.log 2>&1
done
cp odd.img odd2.img
change odd2.img <<'END'
ln "a -> b" "c -> d"
unlink "a -> b"
END

# ---- Formats ----------------------------------------------------------------

changes() {
	cat <<'END'
m  ./
M  big.bin
m  docs/
A  docs/added.txt
M  docs/edit.txt
D  docs/gone.txt
m  docs/mode.txt
R  docs/old name.txt -> docs/new name.txt
A  fresh/
A  fresh/one
H  link2
M  quiet.txt
A  sym
R  tree/ -> wood/
END
}

changes | prints 'status' 0 files --old old.img --new new.img
changes | prints 'status by name' 0 files --old old.img --new new.img --format status
changes | prints 'status without a terminal is not coloured' 0 \
	files --old old.img --new new.img --color auto
changes | sed 's/ -> /~/; s/\(.*\)~\(.*\)/\1\n\2/' |
	prints_nul 'status with NUL' 0 files --old old.img --new new.img -0

prints 'status in colours' 0 files --old old.img --new new.img --color always \
	--only mDH <<END
$(printf '\033[36mm\033[0m  ./')
$(printf '\033[36mm\033[0m  docs/')
$(printf '\033[31mD\033[0m  docs/gone.txt')
$(printf '\033[36mm\033[0m  docs/mode.txt')
$(printf '\033[35mH\033[0m  link2')
END

prints 'status, expanded' 0 files --old old.img --new new.img --expand --only R <<'END'
R  docs/old name.txt -> docs/new name.txt
R  tree/ -> wood/
R  tree/branch/ -> wood/branch/
R  tree/branch/twig -> wood/branch/twig
R  tree/leaf -> wood/leaf
END

prints 'paths' 0 files --old old.img --new new.img --format paths <<'END'
.
big.bin
docs
docs/added.txt
docs/edit.txt
docs/mode.txt
docs/new name.txt
fresh
fresh/one
link2
quiet.txt
sym
wood
wood/branch
wood/branch/twig
wood/leaf
END
prints_nul 'paths with NUL' 0 \
	files --old old.img --new new.img --format paths --null --under fresh <<'END'
fresh
fresh/one
END
prints 'paths of the old side' 0 \
	files --old old.img --new new.img --format paths --side old <<'END'
.
big.bin
docs
docs/edit.txt
docs/gone.txt
docs/mode.txt
docs/old name.txt
quiet.txt
tree
tree/branch
tree/branch/twig
tree/leaf
END
prints 'deleted paths' 0 \
	files --old old.img --new new.img --format paths --side old --only D <<'END'
docs/gone.txt
END

prints_nul 'rsync' 0 files --old old.img --new new.img --format rsync <<'END'
./big.bin
./docs
./docs/added.txt
./docs/edit.txt
./docs/gone.txt
./docs/mode.txt
./docs/new name.txt
./docs/old name.txt
./fresh
./fresh/one
./link1
./link2
./quiet.txt
./sym
./tree
./wood
./wood/branch
./wood/branch/twig
./wood/leaf
END
prints_nul 'rsync of the old side' 0 \
	files --old old.img --new new.img --format rsync --side old <<'END'
./big.bin
./docs
./docs/added.txt
./docs/edit.txt
./docs/gone.txt
./docs/mode.txt
./docs/new name.txt
./docs/old name.txt
./fresh
./link2
./quiet.txt
./sym
./tree
./tree/branch
./tree/branch/twig
./tree/leaf
./wood
END

prints_json 'JSON with ranges' 0 \
	files --old old.img --new new.img --format json --ranges <<'END'
{"type":"header","schema":1,"form":"compare","input":{"old":"old.img","new":"new.img","offset":0},"chunk_size":4096,"filesystem":{"uuid":"6c73636f-7700-4000-8000-000000000001","label":"cases","block_size":1024,"blocks":4096,"inode_size":256,"inodes":128}}
{"type":"change","change":"metadata","path":".","kind":"directory","inode":2,"size":1024,"content":false,"metadata":true,"ranges":[]}
{"type":"change","change":"modified","path":"big.bin","kind":"file","inode":22,"size":5000,"content":true,"metadata":true,"ranges":[[2048,1024]]}
{"type":"change","change":"metadata","path":"docs","kind":"directory","inode":12,"size":1024,"content":false,"metadata":true,"ranges":[]}
{"type":"change","change":"added","path":"docs/added.txt","kind":"file","inode":28,"size":1000,"content":true,"metadata":true,"ranges":[]}
{"type":"change","change":"modified","path":"docs/edit.txt","kind":"file","inode":14,"size":1000,"content":true,"metadata":true,"ranges":[[0,1000]]}
{"type":"change","change":"deleted","path":"docs/gone.txt","kind":"file","inode":15,"size":1000,"content":false,"metadata":false,"ranges":[]}
{"type":"change","change":"metadata","path":"docs/mode.txt","kind":"file","inode":17,"size":1000,"content":false,"metadata":true,"ranges":[]}
{"type":"change","change":"renamed","path":"docs/new name.txt","old_path":"docs/old name.txt","kind":"file","inode":18,"size":1000,"content":false,"metadata":false,"ranges":[]}
{"type":"change","change":"added","path":"fresh","kind":"directory","inode":25,"size":1024,"content":true,"metadata":true,"ranges":[]}
{"type":"change","change":"added","path":"fresh/one","kind":"file","inode":27,"size":1000,"content":true,"metadata":true,"ranges":[]}
{"type":"change","change":"linked","path":"link2","kind":"file","inode":23,"size":1000,"content":false,"metadata":false,"ranges":[]}
{"type":"change","change":"modified","path":"quiet.txt","kind":"file","inode":24,"size":1000,"content":true,"metadata":false,"ranges":[[0,1000]]}
{"type":"change","change":"added","path":"sym","kind":"symlink","inode":26,"size":6,"content":true,"metadata":true,"ranges":[]}
{"type":"change","change":"renamed","path":"wood","old_path":"tree","kind":"directory","inode":13,"size":1024,"content":false,"metadata":false,"ranges":[]}
{"type":"summary","complete":true,"changes":{"added":4,"deleted":1,"modified":3,"metadata":3,"renamed":2,"linked":1},"blocks":{"unknown":N,"outside":N,"boot":N,"superblock":N,"descriptors":N,"block_bitmap":N,"inode_bitmap":N,"inode_table":N,"journal":N,"hidden":N,"directory":N,"data":N,"map":N,"xattr":N,"free":N,"slack":N,"same":N,"total":N},"scanned_inodes":N,"searched_directories":N}
END
prints_json 'JSON without ranges' 0 \
	files --old old.img --new new.img --format json --under quiet.txt <<'END'
{"type":"header","schema":1,"form":"compare","input":{"old":"old.img","new":"new.img","offset":0},"chunk_size":4096,"filesystem":{"uuid":"6c73636f-7700-4000-8000-000000000001","label":"cases","block_size":1024,"blocks":4096,"inode_size":256,"inodes":128}}
{"type":"change","change":"modified","path":"quiet.txt","kind":"file","inode":24,"size":1000,"content":true,"metadata":false}
{"type":"summary","complete":true,"changes":{"added":0,"deleted":0,"modified":1,"metadata":0,"renamed":0,"linked":0},"blocks":{"unknown":N,"outside":N,"boot":N,"superblock":N,"descriptors":N,"block_bitmap":N,"inode_bitmap":N,"inode_table":N,"journal":N,"hidden":N,"directory":N,"data":N,"map":N,"xattr":N,"free":N,"slack":N,"same":N,"total":N},"scanned_inodes":N,"searched_directories":N}
END

# ---- Which rows ---------------------------------------------------------------

prints 'only some letters' 0 files --old old.img --new new.img --only DRH <<'END'
D  docs/gone.txt
R  docs/old name.txt -> docs/new name.txt
H  link2
R  tree/ -> wood/
END
for under in docs /docs docs/ ./docs //docs//.; do
	prints "under $under" 0 files --old old.img --new new.img --under "$under" <<'END'
m  docs/
A  docs/added.txt
M  docs/edit.txt
D  docs/gone.txt
m  docs/mode.txt
R  docs/old name.txt -> docs/new name.txt
END
done
changes | prints 'under the root' 0 files --old old.img --new new.img --under /
prints 'under a file' 0 files --old old.img --new new.img --under quiet.txt <<'END'
M  quiet.txt
END
prints 'under no path of either' 0 files --old old.img --new new.img --under doc </dev/null
prints 'under and only' 0 files --old old.img --new new.img --under docs --only A <<'END'
A  docs/added.txt
END

# ---- Moved and removed trees ----------------------------------------------------

ext4 tree.img
change tree.img <<'END'
mkdir other
mkdir proj
mkdir proj/sub
mkdir proj/sub/x
cd /proj/sub/x
write host-small f
END

cp tree.img moved.img
change moved.img <<'END'
ln proj project
unlink proj
END
for under in project/sub proj/sub; do
	prints "under $under, which moved with its directory" 0 \
		files --old tree.img --new moved.img --under "$under" <<'END'
R  proj/sub/ -> project/sub/
R  proj/sub/x/ -> project/sub/x/
R  proj/sub/x/f -> project/sub/x/f
END
	prints "quick, under $under" 10 \
		files --old tree.img --new moved.img --under "$under" --quick </dev/null
done
prints 'under a file that moved with its directory' 0 \
	files --old tree.img --new moved.img --under project/sub/x/f <<'END'
R  proj/sub/x/f -> project/sub/x/f
END
prints 'under a directory that moved, of the old side' 0 files --old tree.img \
	--new moved.img --under proj/sub/x --format paths --side old <<'END'
proj/sub/x
proj/sub/x/f
END
prints 'under the old path, no paths of the new side' 0 files --old tree.img \
	--new moved.img --under proj --format paths </dev/null
prints_nul 'rsync under a directory that moved' 0 files --old tree.img \
	--new moved.img --under project/sub --format rsync <<'END'
./project/sub
./project/sub/x
./project/sub/x/f
END
prints_nul 'rsync under the old path below a directory that moved' 0 files \
	--old tree.img --new moved.img --under proj/sub --format rsync <<'END'
./proj
END

cp tree.img removed.img
change removed.img <<'END'
rm proj/sub/x/f
rmdir proj/sub/x
rmdir proj/sub
rmdir proj
END
prints 'under a directory that is gone with the one above' 0 \
	files --old tree.img --new removed.img --under proj/sub <<'END'
D  proj/sub/
D  proj/sub/x/
D  proj/sub/x/f
END
prints_nul 'rsync under a directory that is gone with the one above' 0 files \
	--old tree.img --new removed.img --under proj/sub --format rsync <<'END'
./proj
END
prints_nul 'rsync of the old side under what is gone' 0 files --old tree.img \
	--new removed.img --under proj/sub --format rsync --side old <<'END'
./proj/sub
./proj/sub/x
./proj/sub/x/f
END

cp removed.img taken.img
change taken.img <<'END'
write host-small proj
END
prints_nul 'rsync under a directory above which a file took the place' 0 files \
	--old tree.img --new taken.img --under proj/sub --format rsync <<'END'
./proj
END

cp tree.img out.img
change out.img <<'END'
ln proj/sub/x other/x
unlink proj/sub/x
sif /proj/sub mtime 20260302
END
prints 'under a directory that something left' 0 \
	files --old tree.img --new out.img --under proj <<'END'
R  proj/sub/x/ -> other/x/
R  proj/sub/x/f -> other/x/f
m  proj/sub/
END
prints 'no paths outside of what was asked for' 0 \
	files --old tree.img --new out.img --under proj --format paths <<'END'
proj/sub
END
prints_nul 'no paths outside of what was asked for, with NUL' 0 \
	files --old tree.img --new out.img --under proj --format paths --null <<'END'
proj/sub
END
prints 'no paths outside of what was asked for, of the old side' 0 files \
	--old tree.img --new out.img --under other --format paths --side old </dev/null
prints 'paths of the old side that something left' 0 files --old tree.img \
	--new out.img --under proj --format paths --side old <<'END'
proj/sub
proj/sub/x
proj/sub/x/f
END
prints 'paths under where it went' 0 \
	files --old tree.img --new out.img --under other --format paths <<'END'
other/x
other/x/f
END
prints 'no paths of names that only begin like it' 0 \
	files --old tree.img --new moved.img --under projec --format paths </dev/null
prints_nul 'rsync under a directory that something left' 0 \
	files --old tree.img --new out.img --under proj --format rsync <<'END'
./proj/sub
./proj/sub/x
END

# ---- Renamed or linked, and changed as well ---------------------------------------

ext4 before.img
change before.img <<'END'
mkdir dir
write host-small keep
write host-small linked
write host-small linked-mode
write host-small moved
write host-small moved-mode
cd /dir
write host-small in
write host-small in-mode
END
cp before.img after.img
for path in /dir/in /linked /moved; do
	printf CHANGED | put after.img $((1024 * $(first_block after.img "$path")))
done
change after.img <<'END'
sif /dir/in-mode mode 0100600
sif linked-mode mode 0100600
sif moved-mode mode 0100600
ln dir folder
unlink dir
ln keep kept
unlink keep
ln linked link
sif linked links_count 2
ln linked-mode link-mode
sif linked-mode links_count 2
ln moved went
unlink moved
ln moved-mode went-mode
unlink moved-mode
END
prints 'only M has renamed and linked files' 0 \
	files --old before.img --new after.img --only M <<'END'
M  folder/in
H  link
M  linked
R  moved -> went
END
prints 'only M, expanded' 0 \
	files --old before.img --new after.img --only M --expand <<'END'
R  dir/in -> folder/in
H  link
M  linked
R  moved -> went
END
prints 'only M, as paths' 0 \
	files --old before.img --new after.img --only M --format paths <<'END'
folder/in
link
linked
went
END
prints_nul 'only M, for rsync' 0 \
	files --old before.img --new after.img --only M --format rsync <<'END'
./folder/in
./link
./linked
./went
END
prints 'only m has renamed and linked files' 0 \
	files --old before.img --new after.img --only m <<'END'
m  folder/in-mode
H  link-mode
m  linked-mode
R  moved-mode -> went-mode
END
prints 'only m, expanded' 0 \
	files --old before.img --new after.img --only m --expand <<'END'
R  dir/in-mode -> folder/in-mode
H  link-mode
m  linked-mode
R  moved-mode -> went-mode
END
prints 'only R has those that did not change as well' 0 \
	files --old before.img --new after.img --only R <<'END'
R  dir/ -> folder/
R  keep -> kept
R  moved -> went
R  moved-mode -> went-mode
END
prints 'quick, a renamed file was modified' 10 \
	files --old before.img --new after.img --only M --under went --quick </dev/null
prints 'quick, a renamed file was not modified' 0 \
	files --old before.img --new after.img --only M --under kept --quick </dev/null

# ---- Whether -------------------------------------------------------------------

cp old.img same.img
prints 'quick, changed' 10 files --old old.img --new new.img --quick </dev/null
prints 'quick, unchanged' 0 files --old old.img --new same.img --quick </dev/null
prints 'quick, changed under a path' 10 \
	files --old old.img --new new.img --quick --under docs </dev/null
prints 'quick, unchanged under a path' 0 \
	files --old old.img --new new.img --quick --under lost+found </dev/null
prints 'quick, no change of a kind' 0 \
	files --old old.img --new odd.img --quick --only M </dev/null
prints 'unchanged' 0 files --old old.img --new same.img </dev/null
prints_nul 'unchanged, for rsync' 0 \
	files --old old.img --new same.img --format rsync </dev/null

tells 'statistics' 0 'changes|changed blocks|read in search|bytes read|milliseconds|  [a-z_]+ +[0-9]+' \
	files --old old.img --new new.img --stats --under none
tells 'statistics with quick' 10 'changes|changed blocks|read in search|bytes read|milliseconds|  [a-z_]+ +[0-9]+' \
	files --old old.img --new new.img --stats --quick
tells 'progress in a log' 10 'lscow: [a-z ]+: [0-9]+%?' \
	files --old old.img --new new.img --progress --quick --no-sandbox
prints 'quiet' 0 files --old old.img --new new.img --quiet --under none </dev/null

# ---- Other inputs ----------------------------------------------------------------

store_of old.img new.img s.img
changes | prints 'origin and store' 0 files --origin new.img --cow s.img
cp old.img mounted.img
debugfs -w -R 'set_super_value mtime 20260301000000' mounted.img >debugfs.log 2>&1
store_of mounted.img new.img s-mounted.img
changes >"$seen/out.want"
printf 'lscow: warning: new.img: its snapshot was mounted read-write after it was taken: %s\n' \
	'what it holds now is the old state' >"$seen/err.want"
run "$LSCOW" files --origin new.img --cow s-mounted.img
check 'a snapshot that was mounted' 0
changes | prints 'chunks of the store as changes' 0 \
	files --old old.img --new new.img --changes dm-snapshot:s.img
"$LSCOW" chunks --old old.img --new new.img >r.txt
changes | prints 'list of ranges as changes' 0 \
	files --old old.img --new new.img --changes ranges:r.txt
: >r.txt
prints 'empty list of ranges, for equal views' 0 \
	files --old old.img --new same.img --changes ranges:r.txt </dev/null
refused 'list of ranges that lacks changes' 3 "new.img: block 1 (superblock or \
descriptors) differs from old.img, expected it among the changed blocks: the list of \
changes is not of these views, or incomplete" \
	files --old old.img --new new.img --changes ranges:r.txt

for view in old new; do
	truncate -s 5M "$view-disk.img"
	put "$view-disk.img" 1048576 <"$view.img"
done
changes | prints 'filesystem at an offset' 0 \
	files --old old-disk.img --new new-disk.img --offset 1M
changes | prints 'filesystem at an offset in bytes' 0 \
	files --old old-disk.img --new new-disk.img --offset 1048576
store_of old-disk.img new-disk.img s-disk.img
changes | prints 'origin and store at an offset' 0 \
	files --origin new-disk.img --cow s-disk.img --offset 1024K

# What stands behind the filesystem may change as well, and is of no concern.
for view in old new; do
	truncate -s 7M "$view-disk.img"
done
printf OTHER | put new-disk.img $((6 << 20))
store_of old-disk.img new-disk.img s-disk.img
changes | prints 'origin and store of a larger disk' 0 \
	files --origin new-disk.img --cow s-disk.img --offset 1M
changes | prints 'views of a larger disk' 0 \
	files --old old-disk.img --new new-disk.img --offset 1M

# The last page of a device may be cut off, as mke2fs does.
for more in 512 65024 65535; do
	cp new.img longer.img
	truncate -s $(((4 << 20) + more)) longer.img
	changes | prints "origin that is $more bytes longer than its filesystem" 0 \
		files --origin longer.img --cow s.img
done
for more in 65536 1048576; do
	cp new.img longer.img
	truncate -s $(((4 << 20) + more)) longer.img
	refused "origin that is $more bytes longer than its filesystem" 3 \
		"longer.img: found $(((4 << 20) + more)) bytes, expected the 4194304 of the \
filesystem in its snapshot: an origin that grew after the snapshot keeps no record of the \
changes behind its old end; do a full scan" files --origin longer.img --cow s.img
done

# The owner of a listed block is looked at, and differs in a block that is not listed.
cp old.img edit.img
printf EDIT | put edit.img $((1024 * $(first_block edit.img /docs/edit.txt)))
change edit.img <<'END'
sif /docs/edit.txt mtime 20260302
END
table_block=$(debugfs -R 'imap /docs/edit.txt' edit.img 2>debugfs.log |
	sed -n 's/.*located at block \([0-9]*\),.*/\1/p')
"$LSCOW" chunks --old old.img --new edit.img >r.txt
prints 'list of ranges of one edited file' 0 \
	files --old old.img --new edit.img --changes ranges:r.txt <<'END'
M  docs/edit.txt
END
echo "$((1024 * $(first_block edit.img /docs/edit.txt))) 1024" >r.txt
refused 'list of ranges that lacks the inode of a changed file' 3 "edit.img: inode 14 in \
block $table_block differs from old.img, expected the block among the changed ones: the list \
of changes is not of these views, or incomplete" \
	files --old old.img --new edit.img --changes ranges:r.txt
refused 'list of ranges that lacks the inode, partial' 3 "edit.img: inode 14 in \
block $table_block differs from old.img, expected the block among the changed ones: the list \
of changes is not of these views, or incomplete" \
	files --old old.img --new edit.img --changes ranges:r.txt --partial

# ---- Odd names ---------------------------------------------------------------------

prints 'odd names' 0 files --old old.img --new odd.img --only A <<END
A  #hash
A  a -> b
A  back\\\\slash
A  $(printf 'caf\303\251')
A  esc\\033[31m
A  new\\nline
A  not\\377utf-8
END
prints_nul 'odd names with NUL' 0 files --old old.img --new odd.img --only A -0 <<END
A  #hash
A  a -> b
A  back\\slash
A  $(printf 'caf\303\251')
A  esc$(printf '\033')[31m
A  new~line
A  $(printf 'not\377utf-8')
END
refused 'name with a newline in a list of lines' 2 \
	"a path holds a newline: 'new\\nline'; use --null" \
	files --old old.img --new odd.img --format paths
prints 'arrows in the names of a rename' 0 files --old odd.img --new odd2.img <<'END'
R  a\ ->\ b -> c\ ->\ d
END
prints_json 'odd names as JSON' 0 files --old old.img --new odd.img --format json <<'END'
{"type":"header","schema":1,"form":"compare","input":{"old":"old.img","new":"odd.img","offset":0},"chunk_size":4096,"filesystem":{"uuid":"6c73636f-7700-4000-8000-000000000001","label":"cases","block_size":1024,"blocks":4096,"inode_size":256,"inodes":128}}
{"type":"change","change":"added","path":"#hash","kind":"file","inode":31,"size":1000,"content":true,"metadata":true}
{"type":"change","change":"added","path":"a -> b","kind":"file","inode":28,"size":1000,"content":true,"metadata":true}
{"type":"change","change":"added","path":"back\\slash","kind":"file","inode":29,"size":1000,"content":true,"metadata":true}
{"type":"change","change":"added","path":"caf\u00E9","kind":"file","inode":27,"size":1000,"content":true,"metadata":true}
{"type":"change","change":"added","path":"esc\u001B[31m","kind":"file","inode":30,"size":1000,"content":true,"metadata":true}
{"type":"change","change":"added","path":"new\nline","kind":"file","inode":25,"size":1000,"content":true,"metadata":true}
{"type":"change","change":"added","path_b64":"bm90/3V0Zi04","kind":"file","inode":26,"size":1000,"content":true,"metadata":true}
{"type":"summary","complete":true,"changes":{"added":7,"deleted":0,"modified":0,"metadata":0,"renamed":0,"linked":0},"blocks":{"unknown":N,"outside":N,"boot":N,"superblock":N,"descriptors":N,"block_bitmap":N,"inode_bitmap":N,"inode_table":N,"journal":N,"hidden":N,"directory":N,"data":N,"map":N,"xattr":N,"free":N,"slack":N,"same":N,"total":N},"scanned_inodes":N,"searched_directories":N}
END
