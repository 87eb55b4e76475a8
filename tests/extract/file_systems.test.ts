/** What file systems keep of each kind of entry, as root and as another user: everything else is counted and named. */
import assert from "node:assert/strict";
import type { Entry } from "../../lib/model/entry.ts";
import { EXFAT_PROGRAMS, mountExfat } from "../support/exfat.ts";
import { withDirectory } from "../support/directory.ts";
import { bash, rootForeignTest, run } from "../support/foreign.ts";
import { directory, entry, file, hardlink, restoreWithAttributes, symlink } from "./support.ts";
import { NOBODY, unprivileged } from "./unprivileged.ts";

const base64 = (text: string): string => new TextEncoder().encode(text).toBase64();

const ACL = "user::rw-,user:34:rw-,group::---,mask::rw-,other::---";
const OTHER = { uid: 1, gid: 1 };
const CAPABILITY = "AQAAAgAgAAAAAAAAAAAAAAAAAAA=";

/** Entries of the user who restores, unless they say another. */
const ENTRIES: readonly Entry[] = [
  file("plain", { mode: 0o777 }),
  file("narrow", { mode: 0o600 }),
  file("set-id", { mode: 0o4755 }),
  file("foreign", { mode: 0o777, ...OTHER }),
  file("foreign-set-id", { mode: 0o6777, ...OTHER }),
  directory("closed", { mode: 0o500 }),
  file("closed/file", { mode: 0o777 }),
  symlink("symlink", "plain"),
  hardlink("hardlink", "plain"),
  entry("fifo", "fifo", { mode: 0o777 }),
  entry("char", "device", { device: { major: 1, minor: 3 } }),
  file("user", { mode: 0o777, xattrs: { "user.k": base64("v") } }),
  file("read-only", { mode: 0o444, xattrs: { "user.k": base64("v") } }),
  file("trusted", { mode: 0o777, xattrs: { "trusted.k": base64("v") } }),
  file("label", { mode: 0o777, xattrs: { "security.k": base64("v") } }),
  file("capability", { mode: 0o777, xattrs: { "security.capability": CAPABILITY } }),
  file("acl", { mode: 0o600, acl: ACL }),
  directory("default-acl", { mode: 0o777, defaultAcl: "user::rwx,group::rwx,other::rwx" }),
  file("co:lon", { mode: 0o777 }),
  directory("dir:ectory", { mode: 0o777 }),
  file("dir:ectory/file", { mode: 0o777 }),
  file("PLAIN", { mode: 0o777 }),
  directory("Closed", { mode: 0o777 }),
];

/** What is not kept of these entries, by the first words of the note that counts and names them. */
type Lost = Readonly<Record<string, readonly string[]>>;

const NEVER: Lost = { "Devices not restored": ["device"] };
const ROOT_ONLY: Lost = {
  ...NEVER,
  "Owners not set": ["foreign", "foreign-set-id"],
  "Set-ID bits not set": ["foreign-set-id"],
  "Capabilities not set": ["capability"],
  "Extended attributes trusted.* not set": ["trusted"],
  "Extended attributes security.* not set": ["label"],
};

/** exFAT has neither owners, modes, links, attributes nor names with colons, and does not tell case apart. */
const EXFAT: Lost = {
  ...ROOT_ONLY,
  "Extended attributes user.* not set": ["user", "read-only"],
  "ACLs not set": ["acl", "default-acl"],
  "Fifos not restored": ["fifo"],
  lost: ["symlink", "hardlink", "co:lon", "dir:ectory", "dir:ectory/file"],
};

/** Without root nothing on it belongs to the user who restores. */
const EXFAT_OTHER: Lost = {
  ...EXFAT,
  "Set-ID bits not set": ["set-id", "foreign-set-id"],
  "Times not set": ["plain", "narrow", "set-id", "foreign", "foreign-set-id"],
};

/** File systems, what mounts one on the directory `target`, and what they do not keep as root and as another user. */
const FILE_SYSTEMS: readonly (readonly [name: string, mount: string, root: Lost, other: Lost])[] = [
  ["the disk", "true", NEVER, ROOT_ONLY],
  ["tmpfs", "mount -t tmpfs none target", NEVER, ROOT_ONLY],
  [
    "exFAT",
    mountExfat("target"),
    EXFAT,
    EXFAT_OTHER,
  ],
];

/** Those that the notes name, by the first words of each note; what every entry lacks is left out. */
function lostBy(notes: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const note of notes) {
    const [, what = ""] = /^(lost|[A-Z].*? not (?:set|restored))/.exec(note)!;
    const names = what === "lost" ? [note.slice(6)] : [...note.matchAll(/"(.*?)"/g)].map(([, name]) => name!);
    (found[what] ??= []).push(...names);
  }
  return found;
}

for (const [name, mount, ...expected] of FILE_SYSTEMS) {
  for (const [user, lost] of [["root", expected[0]!], ["another user", expected[1]!]] as const) {
    rootForeignTest(
      ["setfattr", ...EXFAT_PROGRAMS],
      `${name} keeps of each kind of entry what it can, restored by ${user}`,
      () =>
        withDirectory(async (root) => {
          await bash(`chmod 0755 .; mkdir target; ${mount}`, { cwd: root });
          try {
            const id = user === "root" ? 0 : NOBODY;
            await bash(`mkdir target/to; chown ${id}:${id} target/to 2>/dev/null || true`, { cwd: root });
            const entries = ENTRIES.map((it) => it.uid === 1 ? it : { ...it, uid: id, gid: id });
            const task = { target: `${root}/target/to`, entries, tolerant: true };
            const notes = user === "root"
              ? await restoreWithAttributes(task.target, entries, task)
              : (await unprivileged(task)).notes!;
            const { "Owners not set": owners = [], "Modes not set": modes, ...found } = lostBy(notes);
            const { "Owners not set": owned = [], ...others } = lost;
            for (const all of [found, others]) {
              for (const names of Object.values(all)) (names as string[]).sort();
            }
            assert.deepEqual(found, others);
            if (name === "exFAT") assert.ok(modes!.length > 0 && owners.length > 0);
            else assert.deepEqual([modes, owners.sort()], [undefined, owned]);
            const clashing = name === "exFAT" ? "PLAIN~nightdrop-1" : "PLAIN";
            for (const path of ["plain", clashing, "closed/file"]) {
              assert.equal(Deno.readTextFileSync(`${root}/target/to/${path}`), "from the backup\n");
            }
          } finally {
            if (mount !== "true") await run("umount", ["target"], { cwd: root });
          }
        }),
    );
  }
}
