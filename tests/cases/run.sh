#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Runs lscow on small images and stores, and compares standard output, standard
# error and exit code with what is expected.
#
# run.sh [PART...]         all cases, or those of the parts (usage, stores, ...)
# run.sh --table           bad inputs with exit code and message, as Markdown
#
# LSCOW is the program to run. Nothing here needs root. Each part is a file of
# cases in parts/; they are written with the words that begin below at "Words".

set -u
export LC_ALL=C TZ=UTC
unset NO_COLOR POSIXLY_CORRECT
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
LSCOW=${LSCOW:-${top_builddir:-$here/../..}/lscow}
case $LSCOW in
/*) ;;
*) LSCOW=$PWD/$LSCOW ;;
esac
export LSCOW

all_parts='usage stores filesystems journals chunks files inline owner cache damage sandbox'
table=false
if [ "${1:-}" = --table ]; then
	table=true
	shift
fi
parts=${*:-$all_parts}

for tool in mke2fs debugfs; do
	command -v "$tool" >/dev/null && continue
	echo "skipped: $tool is not installed"
	exit 77
done

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
# Where what is printed goes: beside the images, but not among them.
mkdir "$scratch/images" "$scratch/seen"
cd "$scratch/images" || exit 1
seen=../seen
passed=0 failed=0 skipped=0

# ---- Words for the cases -----------------------------------------------

# run COMMAND...: leaves standard output, standard error and the exit code.
run() {
	"$@" >"$seen/out" 2>"$seen/err" </dev/null
	code=$?
}

# report NAME PROBLEM...: counts the case; without a problem it has passed.
report() {
	if [ "$#" = 1 ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	{
		echo "FAILED: $1"
		shift
		printf '%s\n' "$@"
	} >&2
}

# skip NAME WHY
skip() {
	skipped=$((skipped + 1))
	$table || echo "skipped: $1: $2"
}

# check NAME CODE: compares what run left with the files out.want and
# err.want.
check() {
	name=$1 want_code=$2
	set -- "$name"
	[ "$code" = "$want_code" ] ||
		set -- "$@" "exit code $code, expected $want_code"
	difference=$(diff -u --label expected "$seen/out.want" --label stdout "$seen/out") ||
		set -- "$@" "$difference"
	difference=$(diff -u --label expected "$seen/err.want" --label stderr "$seen/err") ||
		set -- "$@" "$difference"
	report "$@"
}

# refused NAME CODE MESSAGE ARG...: nothing on standard output, one line on
# standard error. These are the rows of the table.
refused() {
	refused_name=$1 refused_code=$2 refused_message=$3
	shift 3
	refused_by "$refused_name" "$refused_code" "$refused_message" "$LSCOW" "$@"
}

# refused_by NAME CODE MESSAGE COMMAND...: the same for a command that runs lscow.
refused_by() {
	: >"$seen/out.want"
	printf 'lscow: %s\n' "$3" >"$seen/err.want"
	refused_name=$1 refused_code=$2
	shift 3
	run "$@"
	check "$refused_name" "$refused_code"
	if $table; then
		# The text of a cell: no bars, and no line ends.
		printf '| %s | %s | %s |\n' "$refused_name" "$code" \
			"$(sed 's/^lscow: //; s/|/\\|/g' "$seen/err")"
	fi
}

# prints NAME CODE ARG...: standard output as the case's standard input, and
# nothing on standard error.
prints() {
	prints_as cat "$@"
}

# prints_nul: the same for output with NUL bytes, which are shown as the ends
# of lines; newlines are shown as a '~'.
prints_nul() {
	prints_as show_nul "$@"
}

show_nul() {
	tr '\n\000' '~\n'
}

# prints_json: the same for JSON, with N for numbers that hang on what mke2fs and
# debugfs do.
prints_json() {
	prints_as hide_counts "$@"
}

hide_counts() {
	sed -e ':again' -e 's/\("blocks":{[^}]*:\)[0-9]\{1,\}/\1N/' -e 't again' \
		-e 's/\("scanned_inodes":\)[0-9]*/\1N/' \
		-e 's/\("searched_directories":\)[0-9]*/\1N/'
}

prints_as() {
	prints_filter=$1 prints_name=$2 prints_code=$3
	shift 3
	cat >"$seen/out.want"
	: >"$seen/err.want"
	run "$LSCOW" "$@"
	"$prints_filter" <"$seen/out" >"$seen/out.shown"
	mv "$seen/out.shown" "$seen/out"
	check "$prints_name" "$prints_code"
}

# prints_with NAME CODE MESSAGE ARG...: standard output as the case's standard
# input, as JSON, and a line on standard error.
prints_with() {
	prints_name=$1 prints_code=$2
	cat >"$seen/out.want"
	printf 'lscow: %s\n' "$3" >"$seen/err.want"
	shift 3
	run "$LSCOW" "$@"
	hide_counts <"$seen/out" >"$seen/out.shown"
	mv "$seen/out.shown" "$seen/out"
	check "$prints_name" "$prints_code"
}

# tells NAME CODE PATTERN ARG...: nothing on standard output, and each line on
# standard error is all of the pattern.
tells() {
	tells_name=$1 tells_code=$2 tells_pattern=$3
	shift 3
	: >"$seen/out.want"
	run "$LSCOW" "$@"
	grep -xE -e "$tells_pattern" "$seen/err" >"$seen/err.want"
	[ -s "$seen/err.want" ] || echo "$tells_pattern" >"$seen/err.want"
	check "$tells_name" "$tells_code"
}

# begins NAME PATTERN ARG...: a first line that is all of the pattern, and 0.
begins() {
	begins_name=$1 begins_pattern=$2
	shift 2
	run "$LSCOW" "$@"
	head -n 1 "$seen/out" | grep -xE -e "$begins_pattern" >"$seen/out.want"
	head -n 1 "$seen/out" >"$seen/out.shown"
	mv "$seen/out.shown" "$seen/out"
	: >"$seen/err.want"
	check "$begins_name" 0
}

# ---- The run -----------------------------------------------------------

# shellcheck source=parts/images.sh
. "$here/parts/images.sh"

if $table; then
	echo '| input | exit code | message |'
	echo '|---|---|---|'
fi
for part in $parts; do
	if [ ! -f "$here/parts/$part.sh" ]; then
		echo "run.sh: no part '$part'; parts: $all_parts" >&2
		exit 2
	fi
	# shellcheck source=/dev/null
	. "$here/parts/$part.sh"
done

$table || echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
