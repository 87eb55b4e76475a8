/** Whatever makes a backup full is reported with its reason, and does so once. */
import { DAY_MS } from "../../lib/model/day.ts";
import assert from "node:assert/strict";
import type { BackupOptions } from "../../lib/backup/backup.ts";
import type { Host } from "../../lib/config/types.ts";
import type { StoreWriter } from "../../lib/store/contract.ts";
import { assertSameTree } from "../source/tree.ts";
import { restoredSource } from "../support/scenario.ts";
import { must } from "../support/foreign.ts";
import { type Life, withLife } from "../support/life.ts";
import { sampleTree } from "../support/sample_tree.ts";

/** How a backup differs from those before it. */
interface Run {
  readonly options?: BackupOptions;
  readonly changes?: Partial<Host>;
  readonly writer?: StoreWriter;
}

interface Cause {
  readonly what: string;
  readonly event: "note" | "warning";
  readonly says: RegExp;
  /** Brings it about, after two backups. */
  act(life: Life): Promise<Run | void> | Run | void;
  /** Whether it is there in the next run as well. */
  readonly lasts?: true;
}

const CAUSES: readonly Cause[] = [
  {
    what: "other recipients",
    event: "warning",
    says: /^Everything is re-sent: .*the recipients changed since the last backup$/,
    act: ({ host: { recipients: [one] } }) => ({ changes: { recipients: [one!, one!] } }),
    lasts: true,
  },
  {
    what: "a new signing key",
    event: "warning",
    says: /^Everything is re-sent: .*the signing key changed since the last backup$/,
    act: ({ host }) => Deno.removeSync(`${host.state}/${host.name}/signer.asc`),
  },
  {
    what: "a lost catalog",
    event: "warning",
    says: /^Everything is re-sent: .*catalog\.sqlite": it is gone$/,
    act: ({ known }) => Deno.removeSync(`${known}/catalog.sqlite`),
  },
  {
    what: "a damaged catalog",
    event: "warning",
    says: /^Everything is re-sent: .*damaged/,
    act: ({ known }) => flip(`${known}/catalog.sqlite`, "big.bin"),
  },
  {
    what: "a lost chain",
    event: "warning",
    says: /^Everything is re-sent: .*the chain does not know of its last backup$/,
    act: ({ known }) => Deno.removeSync(`${known}/chain.json`),
  },
  {
    what: "a catalog from before the last backup",
    event: "warning",
    says: /^Everything is re-sent: .*it does not know of the last backup$/,
    async act(life): Promise<Run | void> {
      await must("cp", ["--archive", `${life.known}/catalog.sqlite`, `${life.directory}/older`]);
      life.now += 60_000;
      await life.backup();
      await must("cp", ["--archive", `${life.directory}/older`, `${life.known}/catalog.sqlite`]);
    },
  },
  {
    what: "another host's catalog",
    event: "warning",
    says: /^Everything is re-sent: .*it is another host's$/,
    async act(life): Promise<Run | void> {
      const state = `${life.directory}/other`;
      await life.backup({}, { name: "web2", state });
      const found = (await must("find", [state, "-name", "catalog.sqlite"])).text.trim();
      await must("cp", ["--archive", found, `${life.known}/catalog.sqlite`]);
    },
  },
  {
    what: "--full",
    event: "note",
    says: /^Everything is sent: --full$/,
    act: () => ({ options: { full: true } }),
  },
  {
    what: "refreshDays 0",
    event: "note",
    says: /^Everything is sent: refreshDays is 0$/,
    act: () => ({ changes: { retention: { days: 30, refreshDays: 0 } } }),
    lasts: true,
  },
  {
    what: "a long time without a backup",
    event: "warning",
    says:
      /^Everything is re-sent: .*last backed up 40 days ago, at 20.*Z.*older than 30 days.*check the clock$/,
    act: (life) => void (life.now += 40 * DAY_MS),
  },
  {
    what: "a retention that was raised",
    event: "warning",
    says:
      /^Everything is re-sent: .*older than 61 days, which the store kept until the retention was raised, is sent/,
    act(life): Run {
      life.now += 65 * DAY_MS;
      return { changes: { retention: { days: 30, refreshDays: 300 } } };
    },
  },
  {
    what: "a store that does not tell the time",
    event: "warning",
    says: /^Everything is re-sent: the store does not report when it takes objects$/,
    async act(life): Promise<Run | void> {
      const { put } = life.store.writer;
      const writer = {
        ...life.store.writer,
        put: (...args: Parameters<typeof put>) => put(...args).then(() => undefined),
      };
      life.now += 60_000;
      await life.backup({ full: true }, {}, writer);
      return { writer };
    },
    lasts: true,
  },
];

/** Flips a bit in the first place that holds a text. */
function flip(file: string, text: string): void {
  const bytes = Deno.readFileSync(file);
  const at = new TextDecoder("latin1").decode(bytes).indexOf(text);
  assert.ok(at >= 0);
  bytes[at]! ^= 1;
  Deno.writeFileSync(file, bytes);
}

for (const { what, event, says, act, lasts } of CAUSES) {
  Deno.test(`a backup that is full for ${what} gives the reason, and ${lasts ? "each" : "only this one"} is full`, () =>
    withLife(sampleTree(), async (life) => {
      const run = async (
        { options, changes, writer }: Run,
      ): Promise<{ full: boolean; reported: string[] }> => {
        life.now += 60_000;
        life.events.length = 0;
        const { sent, entries, snapshot } = await life.backup(options, changes, writer);
        const target = `${life.directory}/back-${snapshot}`;
        assert.equal((await life.restore({ target }, snapshot)).lost, 0);
        assertSameTree(restoredSource(life, target), life.source);
        const reported = life.events.flatMap((it) => it.event === event ? [it.text] : []);
        return { full: sent.entries === entries, reported };
      };
      await run({});
      assert.ok(!(await run({})).full);
      const other = await act(life) ?? {};
      const { full, reported } = await run(other);
      assert.ok(full);
      assert.ok(reported.some((text) => says.test(text)), reported.join("\n"));
      if (lasts) return;
      const next = await run({ ...other, options: {} });
      assert.ok(
        !next.full && !next.reported.some((text) => /^Everything/.test(text)),
        next.reported.join("\n"),
      );
    }));
}

/** A directory's dates are those of this machine. */
const DIRECTORY = { store: { kind: "directory", path: "/mnt/disk" } } as const;

for (const days of [400, 40, 2, -2, -40, -400]) {
  for (const [what, changes, isOwn] of [["a bucket", {}, true], ["a directory", DIRECTORY, false]] as const) {
    Deno.test(`a clock that is ${days} days off for one run costs one full backup at most: ${what}`, () =>
      withLife(sampleTree(), async (life) => {
        let full = 0;
        for (const off of [0, 0, 0, days, 0, 0, 0]) {
          life.now += DAY_MS;
          life.skew = isOwn ? off * DAY_MS : 0;
          if (!isOwn) life.now += off * DAY_MS;
          life.events.length = 0;
          const { sent, entries, snapshot } = await life.backup({}, changes);
          if (!isOwn) life.now -= off * DAY_MS;
          const isFull = sent.entries > entries / 2;
          if (isFull) full += 1;
          const warned = life.events.some((it) => it.event === "warning" && /re-sent/.test(it.text));
          assert.ok(full <= 1 || !isFull || warned);
          assert.equal((await life.restore({ target: `${life.directory}/${snapshot}` }, snapshot)).lost, 0);
        }
        assert.ok(full <= 2, `${full} full backups, the first among them`);
      }));
  }
}
