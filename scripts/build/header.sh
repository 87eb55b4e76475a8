#!/bin/sh
# nightdrop @VERSION@ with Deno @DENO@ in one file: a script for sh, then an archive that it unpacks once.
# Made by `deno task standalone`. `sh FILE --where` prints where it unpacks to.
set -eu
umask 077
digest=@DIGEST@
lines=@LINES@

fail() {
  echo "error: $1" >&2
  echo "hint: $2" >&2
  exit "${3:-1}"
}

# A directory that only its user can enter. Its content is run, so a link, another owner or another mode is refused.
private() {
  mkdir -p "$1" 2>/dev/null || fail "Cannot create $1" "Set another directory in NIGHTDROP_CACHE"
  # shellcheck disable=SC2012 # find and stat are not everywhere
  case $(LC_ALL=C ls -ldn "$1" | { read -r mode _ owner _ && echo "$mode $owner"; }) in
    drwx------*" $(id -u)") ;;
    *) fail "$1 is not private to this user" "Remove it if it is not in use, or set another one in NIGHTDROP_CACHE" ;;
  esac
}

cache() {
  if [ -n "${NIGHTDROP_CACHE:-}" ]; then echo "$NIGHTDROP_CACHE"
  elif [ -n "${CACHE_DIRECTORY:-}" ]; then echo "${CACHE_DIRECTORY%%:*}"
  elif [ "$(id -u)" = 0 ]; then echo /var/cache/nightdrop
  elif [ -n "${XDG_CACHE_HOME:-}" ]; then echo "$XDG_CACHE_HOME/nightdrop"
  elif [ -n "${HOME:-}" ]; then echo "$HOME/.cache/nightdrop"
  else echo "/var/tmp/nightdrop-$(id -u)"
  fi
}

# Unpacked beside its place and renamed: a process that starts at the same time finds all of it or nothing.
unpack() {
  fresh=$(mktemp -d "$base/unpack.XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  trap 'exit 130' INT TERM
  found=$(tail -n "+$lines" "$0" | sha256sum) || fail "sha256sum is missing" "Install coreutils or busybox"
  [ "${found%% *}" = "$digest" ] || fail "$0 is damaged: its SHA-256 is another" "Copy it again"
  tail -n "+$lines" "$0" | gzip -dc | tar -xof - -C "$fresh" || fail "Cannot unpack into $base" "Is the disk full?"
  sync
  mv -T "$fresh" "$place" 2>/dev/null || [ -x "$place/deno" ] || fail "Cannot create $place" "Remove what is there"
  rm -rf "$fresh"
  trap - EXIT INT TERM
  # Older versions; what still runs of them has its files open.
  for old in "$base"/????????????????????????????????????????????????????????????????; do
    [ "$old" = "$place" ] || rm -rf "$old"
  done
  find "$base" -maxdepth 1 -name 'unpack.*' -mtime +0 -exec rm -rf {} + 2>/dev/null || :
}

base=$(cache)
case $base in /*) ;; *) base=$PWD/$base ;; esac
place=$base/$digest
[ "${1:-}" != --where ] || { echo "$place"; exit; }
private "$base"
[ -x "$place/deno" ] || unpack
# Where Deno would store what code puts into localStorage or caches, which takes no permission: a file lets nothing in.
mkdir -p "$base/deno" && [ -e "$base/deno/location_data" ] || : > "$base/deno/location_data"

export DENO_DIR="$base/deno" DENO_NO_UPDATE_CHECK=1 NIGHTDROP_EXECUTABLE="$0"
case $0 in /*) ;; *) NIGHTDROP_EXECUTABLE=$PWD/${0#./} ;; esac

deno=$place/deno
script=$place/nightdrop.js
@LAUNCH@
