#!/bin/sh
# Prints what a task of deno.json passes to its command, in one word: the directory of the user and the config, in hexadecimal,
# because Deno's task shell replaces several blanks in an argument by one. The parent is `deno task`, in the directory of the
# user; INIT_CWD may be that of a task or npm script around it.
here=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
. "$here/lib/permissions/found_config.sh"
from=$(readlink "/proc/$PPID/cwd" || echo "${INIT_CWD:-$PWD}")
hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
echo "$(hex "$from"):$(hex "$(found_config "$from" "$here")")"
