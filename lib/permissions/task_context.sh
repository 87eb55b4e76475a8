#!/bin/sh
# Prints what a task of deno.json passes to its command, in one word: the directory of the user and the config, in hexadecimal,
# because Deno's task shell replaces several blanks in an argument by one. The parent is `deno task`, in the directory of the
# user; INIT_CWD may be that of a task or npm script around it. It starts no program but od: each takes milliseconds.
from=${INIT_CWD:-$PWD}
CDPATH='' cd -P "${0%/*}/../.." || exit
here=$PWD
. "$here/lib/permissions/found_config.sh"
if cd -P "/proc/$PPID/cwd" 2>/dev/null; then from=$PWD; fi
word=
for byte in $(printf '%s\0%s' "$from" "$(found_config "$from" "$here")" | od -An -v -tx1); do
  [ "$byte" != 00 ] || byte=:
  word=$word$byte
done
echo "$word"
