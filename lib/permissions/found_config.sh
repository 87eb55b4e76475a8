# Prints the config that a command uses where the user names none: the first that exists in the directory of the user, where
# `init` writes it, or where the kit of a host is. That of the clone is an example until somebody edits it, so it comes last.
#
#     sh found_config.sh DIRECTORY CLONE
for it in "$1" "${XDG_CONFIG_HOME:-${HOME:-}/.config}/nightdrop" /etc/nightdrop; do
  [ "$it" = "$2" ] || [ ! -e "$it/backup.config.ts" ] || { printf '%s\n' "$it/backup.config.ts"; exit; }
done
printf '%s\n' "$1/backup.config.ts"
