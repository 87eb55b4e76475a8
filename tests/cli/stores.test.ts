/** Commands with stores that are missing, replaced or incomplete. */
import assert from "node:assert/strict";
import { exists } from "../../lib/disk/exists.ts";
import { assertSameTree } from "../source/tree.ts";
import { foreignTest, must, run } from "../support/foreign.ts";
import { commandLine, nightdrop } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";

const BACKUP = ["backup", "--host", HOST];
const IDENTITY = ["--identity", "keys/backups.private.asc"];

/** Restores the latest snapshot, and holds it against the source. */
async function assertRestores(at: string, source: string): Promise<void> {
  await Deno.remove(`${at}/back`, { recursive: true }).catch(() => {});
  const { code, stderr } = await nightdrop(["restore", `${HOST}/latest`, "--to", "back", ...IDENTITY], {
    cwd: at,
  });
  assert.equal(code, 0, stderr);
  assertSameTree(`${at}/back${source}`, source);
}

Deno.test("backup to a disk that is not mounted exits with 1 and a hint, and writes nothing; so does a dry run", () =>
  withSetup(async (at, source) => {
    assert.equal((await nightdrop(BACKUP, { cwd: at })).code, 0);
    Deno.renameSync(`${at}/store`, `${at}/disk`);
    for (const more of [[], ["--dry-run"], ["--full"], ["--full", "--dry-run"]]) {
      const { code, stderr } = await nightdrop([...BACKUP, ...more], { cwd: at });
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        /error: Cannot back up to ".*\/store": its marker \.nightdrop-store is missing,.*\nhint: Mount its disk.*--new-store/,
      );
      assert.ok(!exists(`${at}/store`));
    }
    const begun = await nightdrop([...BACKUP, "--new-store"], { cwd: at });
    assert.equal(begun.code, 0, begun.stderr);
    assert.match(begun.stderr, /A new store begins in ".*\/store"/);
    assert.equal((await nightdrop(["verify", ...IDENTITY], { cwd: at })).code, 0);
    await assertRestores(at, source);
    await must("sh", ["-c", "mv store other && mv disk store"], { cwd: at });
    const back = await nightdrop([...BACKUP, "--quiet"], { cwd: at });
    assert.deepEqual([back.code, back.stderr], [0, ""]);
    await assertRestores(at, source);
  }));

Deno.test("after snapshots were removed by hand, backup exits with 0, warns about one, and all can be restored", () =>
  withSetup(async (at, source) => {
    await nightdrop(BACKUP, { cwd: at });
    const [snapshot] = [...Deno.readDirSync(`${at}/store/${HOST}`)].map(({ name }) => name);
    await nightdrop(BACKUP, { cwd: at });
    Deno.removeSync(`${at}/store/${HOST}/${snapshot}`, { recursive: true });
    const { code, stderr } = await nightdrop([...BACKUP, "--quiet"], { cwd: at });
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`^warning: .*${snapshot}.* missing`));
    await assertRestores(at, source);
  }));

Deno.test("--new-store with a bucket exits with 2 and a hint", () =>
  withSetup(async (at) => {
    const file = `${at}/backup.config.ts`;
    const store = '{ kind: "s3", bucket: "web1-backups", region: "eu-central-1" }';
    Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace(/store: \{.*?\}/, `store: ${store}`));
    const { code, stderr } = await nightdrop([...BACKUP, "--new-store", "--dry-run"], { cwd: at });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /--new-store is for stores in directories[\s\S]*hint: .*store\.vault/);
  }));

if (Deno.uid() === 0) {
  foreignTest(
    ["unshare", "umount"],
    "a disk that is unmounted during a backup: exit code 1 and no snapshot",
    () =>
      withSetup(async (at) => {
        // In the second run a dump takes the disk away.
        const away = `[ ! -e ${at}/second ] || umount -l ${at}/disk; echo done`;
        const file = `${at}/backup.config.ts`;
        const text = Deno.readTextFileSync(file).replace('path: "store"', 'path: "disk/store"')
          .replace(
            "state:",
            `dumps: [{ name: "away", command: ["sh", "-c", ${JSON.stringify(away)}] }], state:`,
          );
        Deno.writeTextFileSync(file, text);
        const backup = commandLine(BACKUP, ["--allow-run=getfattr,sh"]).map((word) => `'${word}'`).join(" ");
        const script = `mkdir disk; mount -t tmpfs none disk; ${backup} && touch second && exec ${backup}`;
        const args = ["--mount", "--propagation", "private", "sh", "-c", script];
        const { code, stderr } = await run("unshare", args, { cwd: at });
        assert.equal(code, 1, stderr);
        assert.match(
          stderr,
          /error: .*(another disk was mounted there, or none|no such directory)/,
        );
        assert.deepEqual([...Deno.readDirSync(`${at}/disk`)], []);
      }),
  );
}
