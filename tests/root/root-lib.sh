# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# What the tests that mount filesystems share; to be sourced.
# shellcheck shell=sh

# Where CI is set nothing may be skipped.
skip()
{
	echo "skipped: $1"
	[ -n "${CI:-}" ] && exit 1
	exit 77
}

# need_root TOOL...
need_root()
{
	[ "$(id -u)" = 0 ] || skip 'mounting needs root'
	for tool; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

# whole PATH: also from another folder
whole()
{
	case $1 in
	/*) printf '%s\n' "$1" ;;
	*) printf '%s/%s\n' "$PWD" "$1" ;;
	esac
}

# ---- a folder to work in, and what is counted -------------------------------------

name='' # of what is being tested
nr_passed=0
nr_failed=0

unmount_all()
{
	for mounted in old new tree; do
		! mountpoint -q "$work/$mounted" || umount "$work/$mounted"
	done
}

# What a script redefines, to be done in the folder before it goes.
at_end()
{
	:
}

clean_up()
{
	status=$?
	trap - EXIT INT TERM
	cd "$work" || exit 2
	unmount_all
	at_end
	cd /
	if [ -n "${LSCOW_KEEP:-}" ]; then
		echo "kept: $work" >&2
	else
		rm -rf "$work"
	fi
	exit "$status"
}

# enter_work WHAT: the folder $work with old and new to mount views on. It goes when
# the script ends, unless LSCOW_KEEP is set.
enter_work()
{
	work=$(mktemp -d "${TMPDIR:-/tmp}/lscow-$1-XXXXXX") || exit 2
	cd "$work" || exit 2
	trap clean_up EXIT
	trap 'exit 2' INT TERM
	mkdir old new
}

# broken WHAT: it is the test that could not do it
broken()
{
	echo "${name:-$0}: cannot $*" >&2
	exit 2
}

# report WHAT PROBLEM: counts it; an empty problem is none.
report()
{
	if [ -z "$2" ]; then
		nr_passed=$((nr_passed + 1))
		return
	fi
	nr_failed=$((nr_failed + 1))
	printf 'not ok: %s%s\n%s\n' "${name:+$name: }" "$1" "$2"
}

# ---- what lscow says, beside the truth ---------------------------------------------
# For scripts with LSCOW, the program, and bin, the folder of truth, compare and make-store.

# What a script redefines, to change the rows in the file out before they are compared.
read_rows()
{
	:
}

# tells TRUTH OPTION...: the rows with these options are those in the file.
tells()
{
	truth=$1
	shift
	"$LSCOW" files "$@" --format json >out 2>err
	code=$?
	read_rows
	report "$truth: $*" "$(
		[ "$code" = 0 ] || echo "exit code $code: $(cat err)"
		"${bin:?}/compare" "$truth" out >differences 2>&1 || cat differences
	)"
}

# finds_truth MOUNT-OPTIONS: every form of input, with a names cache that is new, filled,
# and that of the other direction, has the rows of a walk through both trees.
finds_truth()
{
	for state in old new; do
		mount -o "loop,$1" "$state.img" "$state" || broken "mount $state.img"
	done
	"$bin/truth" old new >truth || broken 'find the truth'
	"$bin/truth" old new --expand >truth-expand || broken 'find the truth'
	"$bin/truth" new old >truth-back || broken 'find the truth'
	unmount_all
	"$bin/make-store" old.img new.img 4096 store.img 1 2>make-store.log ||
		broken 'make a store'
	tells truth --old old.img --new new.img
	tells truth-expand --origin new.img --cow store.img --expand
	rm -f cache cache-lock
	for _ in 1 2; do
		tells truth --old old.img --new new.img --names-cache cache
		tells truth-back --old new.img --new old.img --names-cache cache
	done
}

# The end of a script that counts.
tell_counts()
{
	echo "$nr_passed passed, $nr_failed failed"
	[ "$nr_failed" = 0 ]
}
