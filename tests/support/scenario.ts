/** Host with a source tree, a store in memory, and the owner's keys: the start of tests of the operations. */
import { backup, type BackupResult } from "../../lib/backup/backup.ts";
import { DEFAULT_ALERTS } from "../../lib/config/alerts.ts";
import { DEFAULT_DRILL } from "../../lib/config/drill.ts";
import type { Host } from "../../lib/config/types.ts";
import type { Event, Run } from "../../lib/app/events.ts";
import type { Finding } from "../../lib/verify/findings.ts";
import { openIdentities } from "../../lib/app/keys.ts";
import { restore, type RestoreOptions, type RestoreResult } from "../../lib/restore/restore.ts";
import type { Identity } from "../../lib/seal/identity.ts";
import { findSnapshot } from "../../lib/snapshots/find.ts";
import type { Snapshot } from "../../lib/snapshots/snapshots.ts";
import { verify, type VerifyOptions, type VerifyResult } from "../../lib/verify/verify.ts";
import { type Node, writeTree } from "../source/tree.ts";
import { withDirectory } from "./directory.ts";
import { type MemoryStore, memoryStore } from "./memory_store.ts";
import { owner } from "./owner.ts";

export interface Verified extends VerifyResult {
  readonly findings: Finding[];
}

export interface Scenario {
  readonly directory: string;
  /** Declared path. */
  readonly source: string;
  readonly host: Host;
  readonly store: MemoryStore;
  readonly identities: readonly Identity[];
  readonly privateFile: string;
  readonly run: Run;
  readonly events: Event[];
  /** The same with another host entry, or another run. */
  withHost(changes: Partial<Host>, run?: Run): { backup(): Promise<BackupResult> };
  backup(): Promise<BackupResult>;
  snapshot(id?: string): Promise<Snapshot>;
  verify(options?: VerifyOptions): Promise<Verified>;
  restore(options?: Partial<RestoreOptions>, id?: string): Promise<RestoreResult>;
}

/** Runs `body` with a host whose source is `tree`. */
export async function withScenario<T>(
  tree: Node,
  body: (scenario: Scenario) => Promise<T>,
  changes: Partial<Host> = {},
): Promise<T> {
  const { privateKey, publicKey, fingerprint } = owner;
  return await withDirectory(async (directory) => {
    const source = `${directory}/source`;
    writeTree(source, tree);
    Deno.writeTextFileSync(`${directory}/private.asc`, privateKey);
    Deno.writeTextFileSync(`${directory}/public.asc`, publicKey);
    const host = { ...sampleHost(directory, fingerprint), ...changes };
    return await body(await makeScenario(directory, host, memoryStore()));
  });
}

function sampleHost(directory: string, fingerprint: string): Host {
  return {
    name: "web1.example.org",
    recipients: [{ file: `${directory}/public.asc`, fingerprint }],
    signers: [],
    acknowledged: [],
    expect: { every: undefined },
    alerts: DEFAULT_ALERTS,
    drill: DEFAULT_DRILL,
    mirrors: [],
    pins: undefined,
    store: { kind: "directory", path: `${directory}/store` },
    retention: { days: 30, refreshDays: 30 },
    selection: {
      paths: [`${directory}/source`],
      exclude: [],
      excludeIfPresent: [],
      excludeCaches: false,
      oneFileSystem: false,
      maxFileSize: undefined,
    },
    attributes: true,
    checksums: true,
    compression: { kind: "zstd", level: 3 },
    partSize: 64 * 1024,
    bandwidth: undefined,
    dumps: [],
    environment: {},
    hooks: { before: undefined, after: undefined, failed: undefined, finally: undefined, timeLimit: 60_000 },
    notify: { ping: undefined, webhook: undefined, textfile: undefined },
    jobs: 1,
    memory: undefined,
    state: `${directory}/state`,
  };
}

/** A drill of another host or store in the directory of one. */
export async function makeScenario(directory: string, host: Host, store: MemoryStore): Promise<Scenario> {
  const events: Event[] = [];
  const privateFile = `${directory}/private.asc`;
  const signal = new AbortController().signal;
  const run: Run = { report: (event) => events.push(event), signal, now: () => new Date() };
  const identities = await openIdentities([privateFile], () => Promise.resolve(undefined));
  const snapshot = (id = "latest"): Promise<Snapshot> =>
    findSnapshot(store.reader, host, id, { signal, damaged: () => {} });
  return {
    directory,
    source: `${directory}/source`,
    host,
    store,
    identities,
    privateFile,
    run,
    events,
    withHost: (changes, other = run) => ({
      backup: () => backup({ ...host, ...changes }, store.writer, other),
    }),
    backup: () => backup(host, store.writer, run),
    snapshot,
    async verify(options = {}): Promise<Verified> {
      const findings: Finding[] = [];
      const result = await verify(
        host,
        store.reader,
        { jobs: 1, ...options },
        (finding) => findings.push(finding),
        run,
      );
      return { ...result, findings };
    },
    async restore(options, id): Promise<RestoreResult> {
      const what = { globs: [], target: `${directory}/back`, overwrite: false, jobs: 1, ...options };
      return await restore(await snapshot(id), store.reader, identities, what, run);
    },
  };
}

/** Returns the path of the source tree in a restored tree. */
export function restoredSource(
  scenario: Pick<Scenario, "directory" | "source">,
  target = `${scenario.directory}/back`,
): string {
  return `${target}${scenario.source}`;
}
