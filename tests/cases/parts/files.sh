# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# What lscow files prints, in every format.
# shellcheck shell=sh

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
./link1
./link2
./quiet.txt
./sym
./tree
./tree/branch
./tree/branch/twig
./tree/leaf
./wood
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

# ---- Whether -------------------------------------------------------------------

cp old.img same.img
prints 'quick, changed' 10 files --old old.img --new new.img --quick </dev/null
prints 'quick, unchanged' 0 files --old old.img --new same.img --quick </dev/null
prints 'unchanged' 0 files --old old.img --new same.img </dev/null
prints_nul 'unchanged, for rsync' 0 \
	files --old old.img --new same.img --format rsync </dev/null

# ---- Other inputs ----------------------------------------------------------------

store_of old.img new.img s.img
changes | prints 'origin and store' 0 files --origin new.img --cow s.img
changes | prints 'chunks of the store as changes' 0 \
	files --old old.img --new new.img --changes dm-snapshot:s.img
"$LSCOW" chunks --old old.img --new new.img >r.txt
changes | prints 'list of ranges as changes' 0 \
	files --old old.img --new new.img --changes ranges:r.txt
: >r.txt
prints 'empty list of ranges' 0 \
	files --old old.img --new new.img --changes ranges:r.txt </dev/null

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
