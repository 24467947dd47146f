# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Probes for compiler and linker flags.

# LSCOW_IF_CFLAGS(FLAGS, IF-ACCEPTED, IF-NOT)
# -Werror, because clang only warns about a warning that it does not know.
AC_DEFUN([LSCOW_IF_CFLAGS], [
	AC_MSG_CHECKING([whether $CC accepts $1])
	lscow_saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $1"
	AC_LINK_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
		[lscow_accepted=yes], [lscow_accepted=no])
	CFLAGS=$lscow_saved_CFLAGS
	AC_MSG_RESULT([$lscow_accepted])
	AS_IF([test "$lscow_accepted" = yes], [$2], [$3])
])

# LSCOW_REQUIRE_CFLAGS(FLAGS): adds them to LSCOW_CFLAGS or stops.
AC_DEFUN([LSCOW_REQUIRE_CFLAGS], [
	LSCOW_IF_CFLAGS([$1], [LSCOW_CFLAGS="$LSCOW_CFLAGS $1"],
		[AC_MSG_ERROR([the compiler does not accept $1])])
])

# LSCOW_WARNINGS: adds every warning that the compiler knows to LSCOW_CFLAGS.
AC_DEFUN([LSCOW_WARNINGS], [
	m4_foreach_w([lscow_flag], [
		-Wall
		-Wextra
		-Wshadow
		-Wstrict-prototypes
		-Wmissing-prototypes
		-Wmissing-declarations
		-Wold-style-definition
		-Wpointer-arith
		-Wvla
		-Wformat=2
		-Wundef
		-Wwrite-strings
		-Wcast-qual
		-Wcast-align
		-Wredundant-decls
		-Wnested-externs
		-Winit-self
		-Wlogical-op
		-Wduplicated-cond
		-Wduplicated-branches
		-Wnull-dereference
		-Walloca
		-Wdate-time
		-Wno-missing-field-initializers
	], [LSCOW_IF_CFLAGS(lscow_flag, [LSCOW_CFLAGS="$LSCOW_CFLAGS ]lscow_flag["])])
])

# LSCOW_VERSION_SCRIPT: stops unless the linker knows version scripts.
AC_DEFUN([LSCOW_VERSION_SCRIPT], [
	AC_MSG_CHECKING([whether the linker takes version scripts])
	lscow_saved_LDFLAGS=$LDFLAGS
	LDFLAGS="$LDFLAGS -shared -fPIC -Wl,--version-script=conftest.map"
	echo 'TEST { global: lscow_probe; local: *; };' >conftest.map
	AC_LINK_IFELSE([AC_LANG_SOURCE([[int lscow_probe(void); int lscow_probe(void) { return 0; }]])],
		[AC_MSG_RESULT([yes])],
		[AC_MSG_RESULT([no])
		AC_MSG_ERROR([a linker with --version-script is needed])])
	LDFLAGS=$lscow_saved_LDFLAGS
	rm -f conftest.map
])
