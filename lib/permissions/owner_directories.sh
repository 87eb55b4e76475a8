# Prints the directories that a task may write on the owner's machine, separated by commas, for `--allow-write`. As
# lib/app/owner_directories.ts. Their parents are created, because Deno grants real paths.
#
#     sh owner_directories.sh [cache] [records]
umask 077

user_directory() { # value of the XDG variable, directory below the home directory, path of root
  if [ "$(id -u)" = 0 ]; then echo "$3"; return; fi
  case ${1:-} in /*) echo "$1/nightdrop"; return ;; esac
  case ${HOME:-} in /*) echo "$HOME/$2/nightdrop" ;; *) echo "$3" ;; esac
}

real() { # path of a directory that need not exist
  [ -d "$1" ] || mkdir -p "$1" 2>/dev/null
  (cd -P "$1" 2>/dev/null && pwd -P) || echo "$1"
}

for directory in "$@"; do
  case $directory in
    cache)
      base=$(user_directory "${XDG_CACHE_HOME:-}" .cache /var/cache/nightdrop)
      case ${NIGHTDROP_CACHE:-} in /*) base=$NIGHTDROP_CACHE ;; esac
      path=$(real "$base")/stores ;;
    records)
      base=$(user_directory "${XDG_STATE_HOME:-}" .local/state /var/lib/nightdrop)
      case ${NIGHTDROP_STATE:-} in /*) base=$NIGHTDROP_STATE ;; esac
      path=$(real "$base")/.records ;;
  esac
  # A comma would split the path into two permissions: the command then works without this directory.
  case $path in *,*) path=/var/empty/nightdrop ;; esac
  printf '%s%s' "${separator:-}" "$path"
  separator=,
done
