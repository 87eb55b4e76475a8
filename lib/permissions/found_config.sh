# found_config DIRECTORY [CLONE]: prints the config that a command uses where the user names none: the first that exists in
# the directory of the user, where `init` writes it, or where the kit of a host is. That of the clone is an example until
# somebody edits it, so it comes last.
found_config() {
  for it in "$1" "${XDG_CONFIG_HOME:-${HOME:-}/.config}/nightdrop" /etc/nightdrop; do
    [ "$it" = "${2:-}" ] || [ ! -e "$it/backup.config.ts" ] || { printf '%s\n' "$it/backup.config.ts"; return; }
  done
  printf '%s\n' "$1/backup.config.ts"
}
