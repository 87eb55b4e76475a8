#!/bin/sh
":" /*
# nightdrop @VERSION@ in one file. These lines are for sh and a comment in JavaScript: they start Deno with the permissions and
# flags of each command. Link the file into the PATH:
#
#     ln -s "$PWD/nightdrop.js" /usr/local/bin/nightdrop
#
set -eu
script=$(readlink -f "$0")
place=$(dirname "$script")
as=

fail() {
  echo "error: $1" >&2
  echo "hint: $2" >&2
  exit "${3:-1}"
}

deno=${NIGHTDROP_DENO:-}
[ -n "$deno" ] || deno=$(command -v deno) || fail "Cannot find Deno" "Run: npm install --global deno"
export DENO_NO_UPDATE_CHECK=1

@LAUNCH@
*/
