#!/bin/sh
# The command line of a clone: starts Deno with the permissions and flags of each command. Link it into the PATH:
#
#     ln -s "$PWD/nightdrop" /usr/local/bin/nightdrop
#
# The tasks of deno.json call it with --task. `deno task launcher` makes it from lib/permissions/launch.ts.
set -eu
here=$(dirname "$(readlink -f "$0")")
deno=${NIGHTDROP_DENO:-$(command -v deno || :)}
task=
from=$PWD
as=
if [ "${1:-}" = --as ]; then as=$2; shift 2; fi
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
# The first config that exists: here, where `init` writes it, or where the kit of a host is. That of the clone is an
# example until somebody edits it, so it comes last.
found=
for it in "$from" "${XDG_CONFIG_HOME:-${HOME:-}/.config}/nightdrop" /etc/nightdrop; do
  [ -n "$found" ] || [ "$it" = "$here" ] || [ ! -e "$it/backup.config.ts" ] || found=$it/backup.config.ts
done
found=${found:-$from/backup.config.ts}
name=${as:-${0##*/}}
[ -n "$as" ] || [ "$(command -v "$name" || :)" = "$0" ] || name=$0
if [ -n "$task" ]; then set -- --relative-to "$from" --found-config "$found" --task "$@"
else set -- --relative-to "$PWD" --found-config "$found" --started-as "$name" "$@"
fi
case $command in
@CASES@
  *) start -P=shell "$here/mod.ts" "$@" ;;
esac
