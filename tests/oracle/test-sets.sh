#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Rounds on kinds of filesystems that no seed picks, as their features say much about
# the way that lscow reads them.

"$(dirname "$0")/matrix.sh" "${LSCOW:-lscow}" 2 2 bigalloc bigalloc-1k ea_inode large_dir
