/**
 * A backup builds only on what its store holds: whatever is done to a store between two runs, or put in its place, the next
 * run is refused, or incremental, or sends everything with a warning, and every snapshot that is stored can be restored.
 */
import assert from "node:assert/strict";
import { backup, type BackupOptions } from "../../lib/backup/backup.ts";
import { exists } from "../../lib/disk/exists.ts";
import { Failure, Misuse } from "../../lib/model/failure.ts";
import type { StoreWriter } from "../../lib/store/contract.ts";
import { directoryWriter } from "../../lib/store/directory/directory.ts";
import { MARKER } from "../../lib/store/directory/marker.ts";
import { bucketIdentity } from "../../lib/store/identity.ts";
import { plan } from "../../lib/backup/plan.ts";
import { directory, file } from "../source/tree.ts";
import { directoryOf, type Disk, now, objectOf, type Outcome, withDisk } from "../support/disk.ts";
import { withScenario } from "../support/scenario.ts";
import { bash } from "../support/foreign.ts";
import { withLife } from "../support/life.ts";
import { noise, sampleTree } from "../support/sample_tree.ts";

/** What happens between the second run and the third, how that ends and what it says; what is there again afterwards. */
const EVENTS: readonly {
  readonly what: string;
  readonly happens: (disk: Disk) => void | Promise<unknown>;
  readonly then: Outcome;
  readonly says?: (disk: Disk) => RegExp;
  readonly with?: BackupOptions;
  /** The store is as it was: the run after that is incremental. */
  readonly afterwards?: (disk: Disk) => void | Promise<unknown>;
  /** Snapshots that were removed, or that need one that was: they cannot be restored, and nobody says so. */
  readonly lost?: boolean;
}[] = [
  { what: "nothing happens", happens: () => {}, then: "incremental" },
  {
    what: "its disk is not mounted and the mount point is gone",
    happens: ({ path }) => Deno.renameSync(path, `${path}.away`),
    then: "refused",
    says: () => /Mount its disk/,
    afterwards: ({ path }) => Deno.renameSync(`${path}.away`, path),
  },
  {
    what: "its disk is not mounted and the mount point is empty",
    happens: ({ path }) => bash(`mv ${path} ${path}.away; mkdir ${path}`),
    then: "refused",
    says: () => /Mount its disk/,
    afterwards: ({ path }) => bash(`rmdir ${path}; mv ${path}.away ${path}`),
  },
  {
    what: "its disk is not mounted and an earlier run wrote below the mount point",
    happens: ({ path }) =>
      bash(`cp -a ${path} ${path}.below; mv ${path} ${path}.away; mv ${path}.below ${path}
      rm ${path}/${MARKER}`),
    then: "refused",
    afterwards: ({ path }) => bash(`rm -r ${path}; mv ${path}.away ${path}`),
  },
  {
    what: "the marker is removed",
    happens: ({ path }) => Deno.renameSync(`${path}/${MARKER}`, `${path}/.marker`),
    then: "refused",
    says: () => /--new-store/,
    afterwards: ({ path }) => Deno.renameSync(`${path}/.marker`, `${path}/${MARKER}`),
  },
  {
    what: "the marker is damaged",
    happens: ({ path }) =>
      bash(`cp -p ${path}/${MARKER} ${path}/.marker; rm ${path}/${MARKER}; echo x > ${path}/${MARKER}`),
    then: "refused",
    says: () => /is damaged[^]*--new-store/,
    afterwards: ({ path }) => Deno.renameSync(`${path}/.marker`, `${path}/${MARKER}`),
  },
  {
    what: "the directory is created again and a new store is asked for",
    happens: ({ path }) => bash(`rm -r ${path}`),
    then: "full",
    with: { newStore: true },
    says: () => /new store begins/,
  },
  {
    what: "a new store is asked for where there is one",
    happens: () => {},
    then: "full",
    with: { newStore: true },
    says: () => /new store begins/,
  },
  {
    what: "another disk is mounted that another host has used",
    happens: ({ path }) =>
      bash(`mv ${path} ${path}.away; mkdir ${path}
        echo nightdrop-store/1 0123456789abcdef0123456789abcdef > ${path}/${MARKER}`),
    then: "full",
    says: () => /has not used before/,
    afterwards: ({ path }) => bash(`mv ${path} ${path}.other; mv ${path}.away ${path}`),
  },
  {
    what: "the disk is restored from an image of the day before",
    happens: (disk) => bash(`rm -r ${directoryOf(disk, -1)}`),
    then: "full",
    says: ({ snapshots }) => new RegExp(`${snapshots[1]}.* is missing`),
  },
  {
    what: "every snapshot is removed",
    happens: ({ path }) => bash(`rm -r ${path}/web1.example.org`),
    then: "full",
    says: () => /is missing/,
  },
  {
    what: "the oldest snapshot is removed",
    happens: (disk) => bash(`rm -r ${directoryOf(disk, 0)}`),
    then: "full",
    says: ({ snapshots }) => new RegExp(`${snapshots[0]}.* is missing`),
    lost: true,
  },
  ...[
    ["a volume", /^000001/],
    ["the index", /^index/],
    ["the receipt", /^receipt/],
  ].map(([what, name]) => ({
    what: `${what} of the oldest snapshot is removed`,
    happens: (disk: Disk) => Deno.removeSync(objectOf(disk, 0, name as RegExp)),
    then: "full" as const,
    says: ({ snapshots }: Disk) => new RegExp(`${snapshots[0]}.* (is|are) missing`),
    lost: true,
  })),
  ...[
    ["a volume", /^000001/],
    ["the index", /^index/],
  ].map(([what, name]) => ({
    what: `${what} of the oldest snapshot is cut`,
    happens: (disk: Disk) => bash(`f=${objectOf(disk, 0, name as RegExp)}; chmod u+w $f; truncate -s -1 $f`),
    then: "full" as const,
    says: () => /have another size/,
    lost: true,
  })),
  {
    what: "a volume that a run had stored before it broke off is removed",
    async happens(disk): Promise<void> {
      await disk.breakOff(2);
      await bash(`cd ${disk.path}/web1.example.org; for d in *; do [ -e $d/receipt* ] || rm -r $d; done`);
    },
    then: "full",
    says: () => /had stored, is missing/,
  },
  { what: "a run broke off", happens: (disk) => disk.breakOff(2), then: "incremental" },
];

for (const { what, happens, then, says, with: options, afterwards, lost } of EVENTS) {
  Deno.test(`a backup is ${then} where ${what}`, () =>
    withDisk(async (disk) => {
      await disk.run();
      await disk.run();
      await happens(disk);
      const { outcome, said } = await disk.run(options);
      assert.equal(outcome, then, said);
      if (says) assert.match(said, says(disk));
      if (outcome !== "refused" && !lost) await disk.restoreAll();
      await afterwards?.(disk);
      assert.equal((await disk.run()).outcome, "incremental");
      if (lost) {
        await bash(`cd ${disk.path}/web1.example.org; rm -rf ${disk.snapshots.slice(0, 2).join(" ")}`);
      }
      assert.ok(await disk.restoreAll() > 0);
    }));
}

Deno.test("disks that are exchanged every night have their own incremental backups", () =>
  withDisk(async (disk) => {
    await disk.run();
    Deno.renameSync(disk.path, `${disk.path}.1`);
    assert.equal((await disk.run({ newStore: true })).outcome, "full");
    for (const [leaves, comes] of [["2", "1"], ["1", "2"], ["2", "1"]]) {
      Deno.renameSync(disk.path, `${disk.path}.${leaves}`);
      Deno.renameSync(`${disk.path}.${comes}`, disk.path);
      assert.deepEqual(await disk.run(), { outcome: "incremental", said: "" });
      await disk.restoreAll();
    }
  }));

Deno.test("a store that is moved, or reached by a link, stays the same", () =>
  withDisk(async (disk) => {
    await disk.run();
    Deno.renameSync(disk.path, `${disk.directory}/moved`);
    assert.deepEqual(await disk.run({}, `${disk.directory}/moved`), { outcome: "incremental", said: "" });
    Deno.symlinkSync("moved", `${disk.directory}/link`);
    assert.deepEqual(await disk.run({}, `${disk.directory}/link`), { outcome: "incremental", said: "" });
    assert.equal(await disk.restoreAll(`${disk.directory}/link`), 3);
    assert.ok(!exists(disk.path));
  }));

Deno.test("two copies of a store with one marker get full backups in turn, until one begins a new store", () =>
  withDisk(async (disk) => {
    const copy = `${disk.directory}/copied`;
    await disk.run();
    await bash(`cp -r ${disk.path} ${copy}`);
    assert.equal((await disk.run({}, copy)).outcome, "incremental");
    const { outcome, said } = await disk.run();
    assert.deepEqual([outcome, /is missing/.test(said)], ["full", true]);
    assert.equal((await disk.run({ newStore: true }, copy)).outcome, "full");
    assert.equal((await disk.run()).outcome, "incremental");
    assert.equal((await disk.run({}, copy)).outcome, "incremental");
    await disk.restoreAll();
    await disk.restoreAll(copy);
  }));

Deno.test("no message about what a store lacks names an object", () =>
  withDisk(async (disk) => {
    await disk.run();
    Deno.removeSync(objectOf(disk, 0, /^000001/));
    const { said } = await disk.run();
    assert.doesNotMatch(said, /[0-9a-f]{40}|\.gpg/);
  }));

for (
  const [what, swap, says] of [
    [
      "another disk is mounted",
      (at: string) =>
        bash(`mv ${at} ${at}.away; mkdir ${at}
      echo nightdrop-store/1 0123456789abcdef0123456789abcdef > ${at}/${MARKER}`),
      /another disk was mounted/,
    ],
    ["a copy of the store is mounted", (at: string) =>
      bash(`cp -r ${at} ${at}.copy; mv ${at} ${at}.away
      mv ${at}.copy ${at}; rm -r ${at}/web1.example.org/*`), /are missing|no such directory/],
    ["the marker is removed", (at: string) => bash(`rm ${at}/${MARKER}`), /another disk was mounted/],
    [
      "an older snapshot is removed",
      (at: string) => bash(`rm -r ${at}/web1.example.org/$(ls -t ${at}/web1.example.org | tail -1)`),
      /is missing/,
    ],
    [
      "what was just sent is removed",
      (at: string) => bash(`rm -f ${at}/web1.example.org/*/000001*`),
      /missing/,
    ],
  ] as [string, (at: string) => Promise<unknown>, RegExp][]
) {
  Deno.test(`a run in which ${what} ends without a receipt`, () =>
    withScenario(
      directory({ a: file(noise(50_000)), b: file(noise(50_000)) }),
      async ({ directory, host, run, source }) => {
        const at = `${directory}/disk`;
        const disk = { ...host, store: { kind: "directory", path: at } as const };
        const later = { ...run, now };
        await backup(disk, directoryWriter(at), later);
        Deno.writeFileSync(`${source}/b`, noise(40_000, 2));
        const { put, ...rest } = directoryWriter(at);
        const swapping: StoreWriter = {
          ...rest,
          async put(...args): Promise<Date | undefined> {
            const taken = await put(...args);
            if (args[0].includes("/index.")) await swap(at);
            return taken;
          },
        };
        await assert.rejects(backup(disk, swapping, later), (error) =>
          error instanceof Failure && says.test(error.message));
        const receipts = (await bash(`cd ${at}; find . -name 'receipt-*' | wc -l`)).text.trim();
        assert.ok(Number(receipts) <= 1, receipts);
      },
    ));
}

/** Buckets that differ in one thing. A host cannot look into them: what tells them is the config. */
const BUCKETS = [
  { endpoint: "https://s3.example.com" },
  { region: "us-east-1" },
  { bucket: "other-backups" },
  { prefix: "web1" },
  { vault: "0123456789abcdef0123456789abcdef" },
];

for (const other of BUCKETS) {
  Deno.test(`a bucket with another ${Object.keys(other)} gets a full backup, and each its own incremental ones`, () =>
    withLife(sampleTree(), async (life) => {
      const place = { bucket: "backups", region: "eu-central-1", endpoint: "https://s3.example.org" };
      const [one, two] = [bucketIdentity(place), bucketIdentity({ ...place, ...other })];
      const to = async (identity: string): Promise<string> => {
        life.now += 60_000;
        const { sent, entries } = await life.backup({}, {}, { ...life.store.writer, identity });
        return sent.entries === entries ? "full" : "incremental";
      };
      assert.deepEqual(
        [await to(one), await to(one), await to(two), await to(one), await to(two)],
        ["full", "incremental", "full", "incremental", "incremental"],
      );
    }));
}

Deno.test("a new store in a bucket is refused with what to do instead", () =>
  withLife(directory({}), (life) =>
    assert.rejects(
      Promise.any([life.backup({ newStore: true }), plan(life.host, life.run, { newStore: true })]),
      ({ errors }) =>
        errors.every((error: unknown) => error instanceof Misuse && /store.vault/.test(error.hint!)),
    )));

Deno.test("a dry run of a full backup is refused where the backup would be", () =>
  withDisk(async (disk) => {
    await disk.run();
    Deno.renameSync(disk.path, `${disk.path}.away`);
    assert.equal((await disk.run({ full: true })).outcome, "refused");
  }));
