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
