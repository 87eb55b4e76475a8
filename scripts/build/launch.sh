# Starts a command with its permissions: $script by $deno, with the deno.json in $place if there is one.
start() {
  if [ -e "$place/deno.json" ]; then set -- --config "$place/deno.json" "$@"; else set -- --no-config "$@"; fi
  exec "$deno" run --quiet --no-prompt --no-lock --no-remote --no-npm --cached-only "$@"
}

# Permissions of the commands that depend on the config. nightdrop derives them, in a run that may only read the
# directory of the config. It has the V8 flags of the command: V8 uses no code that was compiled with others.
derived() {
  config=${own:-$found} host='' store='' before=''
  for word in "$@"; do
    case $before in --config) config=$word ;; --host) host=$word ;; --store) store=$word ;; esac
    case $word in --config=*) config=${word#*=} ;; --host=*) host=${word#*=} ;; --store=*) store=${word#*=} ;; esac
    before=$word
  done
  readable=$(dirname "$config")
  case $readable in *,*)
    readable=/var/empty
    [ -n "$store" ] && [ ! -e "$config" ] || fail "Cannot use the config $config: its path has a comma" \
      "Move it to another directory, since Deno separates the paths of a permission by commas" 2
  esac
  set -- --config "$config" ${host:+--host "$host"}
  # A store with a path or URL is read without a config, and so is a directory where there is no config.
  case $store in
    *[/]* | . | ..) set -- --store "$store" ;;
    ?*) [ -e "$config" ] || [ ! -d "$store" ] || set -- --store "$store" ;;
  esac
  (start ${v8:+"$v8"} --allow-read="$readable" --allow-env --allow-sys=hostname,uid "$script" \
    --relative-to "$PWD" --started-as "$name" permissions --for "$command" "$@" --quiet)
}

# The output of the derivation is split at line ends alone, and the shell expands nothing in it.
start_derived() {
  flags=$(derived "$@")
  IFS='
'
  set -f
  for flag in $flags; do
    case $flag in @FLAGS@) ;; *) fail "Not a permission: $flag" "Remove what the config prints" ;; esac
  done
  # shellcheck disable=SC2086 # one word a line is meant
  start $flags "$script" "$@"
}

command=${1:-}
for word in "$@"; do
  case $word in --help) command=--help ;; esac
done
own=@CONFIG@
@LOOKUP@
found=$(found_config "$PWD")
name=${as:-$(basename "$0")}
[ -n "${as:-}" ] || [ "$(command -v "$name" || :)" = "$0" ] || name=$0
set -- --relative-to "$PWD" --found-config "$found" --started-as "$name" "$@"
case $command in
@CASES@
  *) start @SHELL@ "$script" "$@" ;;
esac
exit 1
