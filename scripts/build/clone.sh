#!/bin/sh
# The command line of a clone: starts Deno with the permissions and flags of each command. Link it into the PATH:
#
#     ln -s "$PWD/nightdrop" /usr/local/bin/nightdrop
#
# The tasks of deno.json call it with --task. `deno task launcher` makes it from lib/permissions/launch.ts.
set -eu
here=$(dirname "$(readlink -f "$0")")
deno=$(command -v deno || :)
task=
if [ "${1:-}" = --task ]; then
  # The parent is `deno task`, in the directory of the user. INIT_CWD may be that of a task or npm script around it.
  shift
  task=1
  deno=$(readlink "/proc/$PPID/exe" || echo "$deno")
  from=$(readlink "/proc/$PPID/cwd" || echo "${INIT_CWD:-$PWD}")
fi

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
if [ -n "$task" ]; then set -- --relative-to "$from" --task "$@"
elif [ "$(command -v "${0##*/}" || :)" = "$0" ]; then set -- --relative-to "$PWD" --started-as "${0##*/}" "$@"
else set -- --relative-to "$PWD" --started-as "$0" "$@"
fi
case $command in
@CASES@
  *) start -P=shell "$here/mod.ts" "$@" ;;
esac
