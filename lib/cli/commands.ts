import type { Command } from "commander";

/** Loads the definition of a command. One that needs the definition of all commands gets `program`. */
export type Load = (program: () => Promise<Command>) => Promise<Command>;

/** A command, by its group in the help and its name. */
export interface Listed {
  readonly group: string;
  readonly name: string;
  readonly load: Load;
}

/**
 * Commands in the groups and the order of the help. Each loads its code by itself: loading the code of all takes longer than
 * a small backup.
 */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Load>>>> = {
  "Start here:": {
    quickstart: () => import("./commands/quickstart.ts").then(({ quickstartCommand }) => quickstartCommand()),
  },
  "On the host:": {
    backup: () => import("./commands/backup.ts").then(({ backupCommand }) => backupCommand()),
    upload: () => import("./commands/upload.ts").then(({ uploadCommand }) => uploadCommand()),
    permissions: () =>
      import("./commands/permissions.ts").then(({ permissionsCommand }) => permissionsCommand()),
    schedule: () => import("./commands/schedule.ts").then(({ scheduleCommand }) => scheduleCommand()),
  },
  "On the trusted side:": {
    init: () => import("./commands/init.ts").then(({ initCommand }) => initCommand()),
    keygen: () => import("./commands/keygen.ts").then(({ keygenCommand }) => keygenCommand()),
    provision: () => import("./commands/provision.ts").then(({ provisionCommand }) => provisionCommand()),
    audit: () => import("./commands/audit.ts").then(({ auditCommand }) => auditCommand()),
    list: () => import("./commands/list.ts").then(({ listCommand }) => listCommand()),
    status: () => import("./commands/status.ts").then(({ statusCommand }) => statusCommand()),
    files: () => import("./commands/files.ts").then(({ filesCommand }) => filesCommand()),
    find: () => import("./commands/find.ts").then(({ findCommand }) => findCommand()),
    diff: () => import("./commands/diff.ts").then(({ diffCommand }) => diffCommand()),
    stats: () => import("./commands/stats.ts").then(({ statsCommand }) => statsCommand()),
    cat: () => import("./commands/cat.ts").then(({ catCommand }) => catCommand()),
    tar: () => import("./commands/tar.ts").then(({ tarCommand }) => tarCommand()),
    restore: () => import("./commands/restore.ts").then(({ restoreCommand }) => restoreCommand()),
    verify: () => import("./commands/verify.ts").then(({ verifyCommand }) => verifyCommand()),
    expire: () => import("./commands/expire.ts").then(({ expireCommand }) => expireCommand()),
    drill: () => import("./commands/drill.ts").then(({ drillCommand }) => drillCommand()),
    mirror: () => import("./commands/mirror.ts").then(({ mirrorCommand }) => mirrorCommand()),
    pin: () => import("./commands/pin.ts").then(({ pinCommand }) => pinCommand()),
    unpin: () => import("./commands/unpin.ts").then(({ unpinCommand }) => unpinCommand()),
  },
  "For your shell:": {
    completions: (program) =>
      import("./commands/completions.ts").then(({ completionsCommand }) => completionsCommand(program)),
    man: (program) => import("./commands/man.ts").then(({ manCommand }) => manCommand(program)),
  },
};

/** All commands, in the order of the help. */
export const COMMANDS: readonly Listed[] = Object.entries(GROUPS).flatMap(([group, commands]) =>
  Object.entries(commands).map(([name, load]) => ({ group, name, load }))
);
