#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq.h compiles without a warning in each standard of C since C99 and of C++ since C++11, where a
# function must not have the name of a struct; and what is compiled as C++ links with the library.
set -u

# shellcheck source=tests/support/lib.sh
. "$(dirname "$0")/../support/lib.sh"
command -v c++ >/dev/null || skip "the program c++"
make_work
cd "$work" || exit

cat >program.c <<'END'
#include <ipmasq.h>
#include <ipmasq.h>
#include <string.h>

int main(void)
{
	struct ipmasq_options *options = 0;
	struct ipmasq_source file;

	memset(&file, 0, sizeof(file));
	file.name = "/dev/null";
	if (!file.name || ipmasq_options_new(&options) != 0)
		return 1;
	ipmasq_options_free(options);
	return 0;
}
END
cp program.c program.cc
strict='-I . -pedantic -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror -fsyntax-only'
plus='-I . -pedantic -Wall -Wextra -Wshadow -Werror'
cp "$root/include/ipmasq.h" .

# CC may hold options, and so may the lists here.
# shellcheck disable=SC2086
{
	for standard in c99 c11 c17 c2x gnu99 gnu17; do
		status 0 "$standard" ${CC:-cc} $strict "-std=$standard" program.c
	done
	for standard in c++11 c++14 c++17 c++20; do
		status 0 "$standard" c++ $plus "-std=$standard" -fsyntax-only program.cc
	done
	# The sanitizers of a library want those of its program.
	if [ -e "$build/lib/.libs/libipmasq.so" ] &&
		! nm -D "$build/lib/.libs/libipmasq.so" | grep -q __asan; then
		status 0 'a program in C++ links' c++ $plus -o program program.cc \
			"-L$build/lib/.libs" -lipmasq "-Wl,-rpath,$build/lib/.libs"
		status 0 'and runs' ./program
	fi
	# Otherwise these checks could not fail.
	printf 'int wrong(void) { int class; return class; }\n' >>program.cc
	status 1 'what is no C++ is refused' c++ $plus -std=c++11 -fsyntax-only program.cc
}
finish
