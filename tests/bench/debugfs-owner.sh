#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Asks debugfs whose some blocks are: debugfs-owner.sh IMAGE FILE-OF-BLOCK-NUMBERS
#
# Prints block, inode and path for those that belong to a file with a name, sorted.

set -eu -o pipefail
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

image=$1
blocks=$(tr '\n' ' ' <"$2")
inodes_of_blocks=$(debugfs -R "icheck $blocks" "$image" 2>/dev/null |
	awk '$2 ~ /^[0-9]+$/ { print $1, $2 }')
inodes=$(awk '{ print $2 }' <<<"$inodes_of_blocks" | sort -un | tr '\n' ' ')
paths_of_inodes=$(debugfs -R "ncheck $inodes" "$image" 2>/dev/null |
	sed -n 's,^\([0-9]\+\)\t/*,\1 ,p')

# Each inode has one name in these trees.
awk '
	NR == FNR { path_at = index($0, " "); path[$1] = substr($0, path_at + 1); next }
	$2 in path { print $1, $2, path[$2] }
' <(printf '%s\n' "$paths_of_inodes") <(printf '%s\n' "$inodes_of_blocks") | sort
