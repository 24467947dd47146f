#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# What the recipes share; to be sourced.

set -eu

boot=$(dirname "$0")/../../tests/vm/boot

# make_images OUTPUT "NAME..." SCRIPT [ARG]...: runs tests/vm/guest/SCRIPT with
# a physical volume and one disk per NAME, and cuts the disks to the lengths
# that the guest tells. What else it tells goes into OUTPUT/notes.
make_images() {
	[ -n "$1" ] || {
		printf 'usage: recipe OUTPUT-FOLDER\n' >&2
		exit 2
	}
	output=$1 names=$2 script=$(dirname "$boot")/guest/$3
	shift 3
	mkdir -p "$output"
	rm -f "$output/volume"
	truncate -s 512M "$output/volume"
	set -- "$script" "$@"
	# Options go before the script, so the disks are put on in reverse.
	reversed=
	for name in $names; do
		reversed="$name $reversed"
	done
	for name in $reversed; do
		rm -f "$output/$name"
		truncate -s 256M "$output/$name"
		set -- --disk "$output/$name" "$@"
	done
	"$boot" --date 2026-03-01T02:00:00 --timeout 600 \
		--disk "$output/volume" "$@" >"$output/notes"
	rm "$output/volume"
	for name in $names; do
		bytes=$(sed -n "s/^size $name \([0-9]*\)\$/\1/p" "$output/notes")
		truncate -s "$bytes" "$output/$name"
	done
}
