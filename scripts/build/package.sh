#!/bin/sh
# nightdrop @VERSION@: starts Deno with the permissions and flags of each command.
set -eu
file=$(readlink -f "$0")
place=$(dirname "$file")
script=$place/nightdrop.js
as=
if [ "${1:-}" = --as ]; then as=$2; shift 2; fi

fail() {
  echo "error: $1" >&2
  echo "hint: $2" >&2
  exit "${3:-1}"
}

# The Deno that was installed with the package, else that of the PATH.
deno=${NIGHTDROP_DENO:-}
for it in "$place/node_modules/deno/deno" "$place/../deno/deno" "$place"/../@deno/*/deno "$place"/node_modules/@deno/*/deno; do
  [ -n "$deno" ] || [ ! -x "$it" ] || deno=$it
done
[ -n "$deno" ] || deno=$(command -v deno) || fail "Cannot find Deno" "Run: npm install --global deno"

export DENO_NO_UPDATE_CHECK=1 NIGHTDROP_EXECUTABLE="$0"
case $0 in /*) ;; *) NIGHTDROP_EXECUTABLE=$PWD/${0#./} ;; esac

@LAUNCH@
