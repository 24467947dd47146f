#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# oracle.sh FIRST ROUNDS JOBS SET...: rounds of tests/oracle, which is /oracle here.
# The disk is where they work.

ORACLE_FIRST=$1
ORACLE_VM=yes WORKDIR=/mnt TMPDIR=/mnt
export ORACLE_FIRST ORACLE_VM WORKDIR TMPDIR
PATH=/oracle:$PATH
shift

mke2fs -q -F -t ext4 -O ^has_journal /dev/vda
mount -t ext4 /dev/vda /mnt
uname -r
/oracle/matrix.sh /usr/bin/lscow "$@"
