#!/bin/sh
# Prints the directories that readers may write, for a task of deno.json.
exec sh "${0%/*}/owner_directories.sh" cache
