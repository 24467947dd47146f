# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# The names cache: what it saves, what is wrong with it, and that the list is the same.
# shellcheck shell=sh
# shellcheck disable=SC2154 # run.sh sets code and seen

text host-small small 1000

# Names in 8 directories, and three states: in each the mtimes of others change.
ext4 one.img
{
	for i in 1 2 3 4 5 6 7 8; do
		echo "mkdir d$i"
		for j in 1 2 3 4 5 6; do echo "write host-small d$i/f$j"; done
	done
	printf 'ln d1/f1 d2/hard\nsif d1/f1 links_count 2\n'
} | change one.img

# touch_files IMAGE DATE NUMBER...: the files of that number in each directory
touch_files() {
	touched=$1 date=$2
	shift 2
	for j; do
		for i in 1 2 3 4 5 6 7 8; do echo "sif d$i/f$j mtime $date"; done
	done | change "$touched"
}
cp one.img two.img
touch_files two.img 20260302 1 3 5
cp two.img three.img
touch_files three.img 20260303 1 2 4 6

"$LSCOW" files --old one.img --new two.img >"$seen/rows1"
"$LSCOW" files --old two.img --new three.img >"$seen/rows2"

# cached NAME OLD NEW ROWS SEARCHED USED [FILE]: the rows are those, and what --stats tells.
cached() {
	cached_name=$1
	run "$LSCOW" files --old "$2" --new "$3" --names-cache "${7:-c}" --stats
	cp "$4" "$seen/out.want"
	awk '/^[a-z]/ { part = $0 }
		part == "read in search" && $1 == "directories" { print $NF }
		$1 == "names" && $2 == "used" { print $NF }' "$seen/err" >"$seen/err.shown"
	mv "$seen/err.shown" "$seen/err"
	printf '%s\n' "$5" "$6" >"$seen/err.want"
	check "$cached_name" 0
}

# Directories are 8, the root and lost+found; names are those of files and of their directories.
cached 'a cache to be made' one.img two.img "$seen/rows1" 10 0
cached 'the same once more' one.img two.img "$seen/rows1" 0 33
cached 'the second night' two.img three.img "$seen/rows2" 0 41
cached 'a night back' one.img two.img "$seen/rows1" 0 33

# Where the cache cannot be used.
with_cache="files --old one.img --new two.img --names-cache"
# shellcheck disable=SC2086  # words
refused 'a device for a cache' 2 \
	'names cache /dev/null: found a device, expected a regular file' $with_cache /dev/null
# shellcheck disable=SC2086
refused 'a directory for a cache' 2 \
	'names cache .: found a directory, expected a regular file' $with_cache .
# shellcheck disable=SC2086
refused 'a cache too small' 2 "--names-cache-size '1K' is less than 1M" \
	$with_cache c --names-cache-size 1K
# shellcheck disable=SC2086
refused 'a cache of no size' 2 "--names-cache-size 'x' is not a number" \
	$with_cache c --names-cache-size x
refused 'a size without a cache' 2 \
	"--names-cache-size needs --names-cache (try 'lscow files --help')" \
	files --old one.img --new two.img --names-cache-size 1M

# warns NAME MESSAGE FILE: the rows, and a warning.
warns() {
	warns_name=$1
	cp "$seen/rows1" "$seen/out.want"
	printf 'lscow: warning: names cache %s: %s\n' "$3" "$2" >"$seen/err.want"
	run "$LSCOW" files --old one.img --new two.img --names-cache "$3"
	check "$warns_name" 0
}

cp one.img before.img
warns 'an image that is read for a cache' \
	'it is no names cache; it is not used, and left as it is' one.img
run cmp one.img before.img
: >"$seen/out.want"
: >"$seen/err.want"
check 'it is left as it is' 0
warns 'no folder for a cache' 'No such file or directory; not used' none/c
head -c 100000 /dev/zero >zero
warns 'zeros for a cache' 'it is no names cache; it is not used, and left as it is' zero

# Damaged: the rows are the same, whatever else is said.
cp c sound
cp sound short
truncate -s 12K short
warns 'a cache cut off' \
	'damaged (signal 7 while reading it); put aside as short.damaged, the next run makes a new one' \
	short
cached 'a new one is made' one.img two.img "$seen/rows1" 10 0 short

# flip FILE SEED: some bytes that hang on SEED are other ones, in half of the
# cases among the first 64 of a page, where it hurts
flip() {
	awk -v seed="$2" -v size="$(wc -c <"$1")" 'BEGIN {
		srand(seed)
		for (i = 0; i < 1 + seed % 5; i++) {
			at = int(rand() * size)
			if (seed % 2)
				at = int(at / 4096) * 4096 + int(rand() * 64)
			print at, 1 + int(rand() * 255)
		}
	}' | while read -r at value; do
		printf '%b' "\\0$(printf %o "$value")" | put "$1" "$at"
	done
}

flips=100 flip=0 noticed=0
while [ "$flip" -lt "$flips" ]; do
	flip=$((flip + 1))
	rm -f flipped*
	cp sound flipped
	flip flipped "$flip"
	for rows in 1 2; do
		[ $rows = 1 ] && old=one.img new=two.img
		[ $rows = 2 ] && old=two.img new=three.img
		run "$LSCOW" files --old "$old" --new "$new" --names-cache flipped
		! grep -q ': damaged (' "$seen/err" || noticed=$((noticed + 1))
		grep -vE '^lscow: warning: names cache flipped: ' "$seen/err" >"$seen/err.shown"
		[ "$code" = 0 ] && cmp -s "$seen/out" "$seen/rows$rows" && [ ! -s "$seen/err.shown" ] &&
			continue
		report "damaged cache $flip" "exit code $code" "$(cat "$seen/err")"
		continue 2
	done
done
# Most of them hit what is not read; but it must not be that none was looked at.
if [ "$noticed" -gt 5 ]; then
	report "$flips damaged caches"
else
	report "$flips damaged caches" "only $noticed were noticed"
fi
