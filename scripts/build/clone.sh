#!/bin/sh
# The command line of a clone: starts Deno with the permissions and flags of each command. Link it into the PATH:
#
#     ln -s "$PWD/nightdrop" /usr/local/bin/nightdrop
#
# `deno task launcher` makes it, and the tasks of deno.json, from lib/permissions/launch.ts.
set -eu
here=$(readlink -f "$0")
here=${here%/*}
deno=${NIGHTDROP_DENO:-$(command -v deno || :)}
as=
if [ "${1:-}" = --as ]; then as=$2; shift 2; fi

deno() {
  if [ -n "$deno" ]; then "$deno" "$@"; else npx --yes deno@@DENO@ "$@"; fi
}

start() {
  [ -n "$deno" ] || exec npx --yes deno@@DENO@ run --quiet --no-prompt --config "$here/deno.json" "$@"
  exec "$deno" run --quiet --no-prompt --config "$here/deno.json" "$@"
}

# Commands that never download anything need the packages of deno.lock before.
packages() {
  (cd "$here" && deno install --quiet)
}

command=${1:-}
for word in "$@"; do
  case $word in --help) command=--help ;; esac
done
. "$here/lib/permissions/found_config.sh"
found=$(found_config "$PWD" "$here")
name=${as:-${0##*/}}
[ -n "$as" ] || [ "$(command -v "$name" || :)" = "$0" ] || name=$0
set -- --relative-to "$PWD" --found-config "$found" --started-as "$name" "$@"
case $command in
@CASES@
  *) start -P=shell "$here/lib/start.ts" "$@" ;;
esac
