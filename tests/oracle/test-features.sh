#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Each kind of filesystem in feature-sets is read, or refused by the name of a feature.
#
# LSCOW  the program to test

set -u
here=$(dirname "$0")

exec "$here/matrix.sh" "${LSCOW:?}" 0
