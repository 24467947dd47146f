#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# Whether the mirrors and the history are what the snapshots say; to be sourced.
#
# $copies    folder with a copy NAME.img of each of our snapshots, the newest too
# $mirrors   folders that must be equal to the newest
# $history   folder of the previous versions
# $old_mount, $new_mount, $differences  two folders and a file to use
# $LSCOW     lscow, for lists from the copies

# All of these are set there.
# shellcheck disable=SC2154
set -u

# Where lscow-nightly can be killed.
# shellcheck disable=SC2034  # for those that source this
steps='snapshot-before snapshot-after list-before list-middle list-after
	history-before history-middle history-before-rename history-replaced history-after-rename
	history-done state-middle mirror-before mirror-middle mirror-between mirror-after
	mirror-done renames-middle renames-put renames-after full-before
	full-middle full-after retire-before retire-after'

# same_tree WHAT FROM TO [RSYNC-OPTION...]: prints the differences, if any.
same_tree() {
	what=$1 from=$2 to=$3
	shift 3
	rsync -anciHAX --modify-window=-1 "$@" "$from/" "$to/" >"$differences" 2>&1 || {
		echo "$what cannot be compared: $(head -n 5 "$differences")"
		return 1
	}
	[ ! -s "$differences" ] || {
		echo "$what differs: $(head -n 5 "$differences")"
		return 1
	}
}

version_of() {
	echo "$1" | sed 's/^.*-nightly-\(....\)\(..\)\(..\)T\(..\)\(..\)\(..\)Z.*$/@GMT-\1.\2.\3-\4.\5.\6/'
}

# verify_version OLD NEW: the copies of two snapshots that follow each other.
# Sets $nr_versions.
verify_version() {
	"$LSCOW" files --old "$1" --new "$2" --format paths --side old --null >"$differences.names" || {
		echo "no list of $1 and $2"
		return 1
	}
	# shellcheck disable=SC2016  # for another shell
	xargs -0 -r sh -c 'for path; do
		[ "$path" = . ] || printf "./%s\0" "$path"
	done' sh <"$differences.names" >"$differences.paths"
	[ -s "$differences.paths" ] || return 0
	version=$history/$(version_of "$1")
	[ -d "$version" ] || {
		echo "there is no version $version"
		return 1
	}
	mount -o loop,ro "$1" "$old_mount" || return 1
	verified=0
	same_tree "the version $version" "$old_mount" "$version" \
		--from0 --files-from="$differences.paths" || verified=1
	umount "$old_mount"
	nr_versions=$((nr_versions + 1))
	return "$verified"
}

# explain OLD NEW TO: what there is to know of the first path that differs, which
# $new_mount has and the folder TO.
explain() {
	different=$(sed -n '1{
		/^.L/s/ -> .*//
		s/^[^ ]* *//p
	}' "$differences")
	for side in "$new_mount" "$3"; do
		stat -c '%n: %F, mode %f, inode %i, links %h, modified %y, changed %z' \
			"$side/$different"
		getfattr -h -d -m - -e hex --absolute-names "$side/$different"
	done 2>&1
	[ -z "$1" ] || {
		echo 'among the rows of lscow:'
		"$LSCOW" files --old "$1" --new "$2" --expand 2>&1 | grep -F -e "${different##*/}"
	}
}

# verify_night: all versions that must be there by now, and the mirrors.
nr_versions=0
verify_night() {
	before='' previous=''
	for copy in "$copies"/*.img; do
		if [ -n "$previous" ]; then
			verify_version "$previous" "$copy" || return 1
			[ -z "$before" ] || rm "$before"
		fi
		before=$previous previous=$copy
	done
	mount -o loop,ro "$previous" "$new_mount" || return 1
	verified=0
	for mirror in $mirrors; do
		same_tree "the mirror $mirror" "$new_mount" "$mirror" --delete || {
			verified=1
			explain "$before" "$previous" "$mirror"
		}
	done
	umount "$new_mount"
	[ -z "$before" ] || rm "$before"
	for place in $mirrors $history; do
		for remains in "$place"/.lscow-nightly*; do
			[ -e "$remains" ] || continue
			echo "$remains is left behind"
			verified=1
		done
	done
	return "$verified"
}
