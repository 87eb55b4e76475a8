import { type Grants, NOTHING } from "../sandbox/grants.ts";

const ABOUT_MACHINE = ["hostname", "uid"];

/** Permission sets that nightdrop ships, for any config. Those of host and reader commands can be narrowed: `sets.ts`. */
export const SHIPPED_SETS = {
  host: {
    ...NOTHING,
    read: true,
    write: true,
    net: true,
    env: true,
    sys: [...ABOUT_MACHINE, "statfs", "systemMemoryInfo"],
    run: ["getfattr"],
  },
  upload: { ...NOTHING, read: true, net: true, env: true, sys: [...ABOUT_MACHINE, "systemMemoryInfo"] },
  reader: { ...NOTHING, read: true, net: true, env: true, sys: ABOUT_MACHINE },
  status: { ...NOTHING, read: true, write: true, net: true, env: true, sys: ABOUT_MACHINE },
  restore: {
    ...NOTHING,
    read: true,
    write: true,
    net: true,
    env: true,
    sys: ABOUT_MACHINE,
    run: ["mkfifo", "setfattr"],
  },
  expire: { ...NOTHING, read: true, write: true, env: true, sys: ABOUT_MACHINE },
  drill: {
    ...NOTHING,
    read: true,
    write: true,
    net: true,
    env: true,
    sys: [...ABOUT_MACHINE, "statfs"],
    run: ["gpg", "gpgconf", "kill", "mkfifo", "setfattr", "tar", "zstd"],
  },
  copy: { ...NOTHING, read: true, write: true, net: true, env: true, sys: ABOUT_MACHINE },
  owner: { ...NOTHING, read: true, write: true, net: true, env: true, sys: ABOUT_MACHINE },
  local: {
    ...NOTHING,
    read: true,
    write: true,
    env: true,
    sys: [...ABOUT_MACHINE, "statfs", "systemMemoryInfo"],
    run: ["getfattr", "mkfifo", "setfattr"],
  },
  schedule: { ...NOTHING, read: true, write: true, env: true, sys: ABOUT_MACHINE, run: ["systemctl"] },
  shell: { ...NOTHING, hidden: ["*"] },
  setup: { ...NOTHING, read: true, write: true, env: true, sys: ABOUT_MACHINE },
} as const satisfies Readonly<Record<string, Grants>>;

/** Name of a permission set. */
export type SetName = keyof typeof SHIPPED_SETS;

/** Sets that are derived from one host of the config, on that host. */
export const HOST_SETS: readonly SetName[] = ["host", "upload"];

/** Sets that are derived from all hosts of the config, on the trusted machine. */
export const TRUSTED_SETS: readonly SetName[] = ["reader", "status", "restore", "expire", "drill", "copy"];
