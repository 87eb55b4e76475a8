import { backup, type BackupResult } from "../backup/backup.ts";
import { compare, type Difference } from "./compare.ts";
import { loadConfig } from "../config/load.ts";
import { sampleConfig } from "../config/sample.ts";
import type { Host } from "../config/types.ts";
import type { Event, Run } from "../app/events.ts";
import { type KeyFiles, keygen } from "./keygen.ts";
import { openIdentities } from "../app/keys.ts";
import { Damage, Failure } from "../model/failure.ts";
import { restore, type RestoreResult } from "../restore/restore.ts";
import { findSnapshot } from "../snapshots/find.ts";
import { openReader, openWriter } from "../app/stores.ts";
import { verify, type VerifyResult } from "../verify/verify.ts";

/** The drill, step by step. */
export interface QuickstartResult {
  readonly keys: KeyFiles;
  readonly config: string;
  readonly backup: BackupResult;
  readonly verify: VerifyResult;
  readonly restore: RestoreResult;
  readonly restored: string;
  readonly differences: readonly Difference[];
}

/** What a quickstart needs to know. */
export interface QuickstartOptions {
  /** A new directory for keys, config, store, state and the restored tree. */
  readonly directory: string;
  /** The directory to back up. */
  readonly source: string;
  readonly host: string;
  readonly root: boolean;
}

/**
 * The whole of nightdrop on one machine: makes keys, backs a real directory up into a directory store, verifies it to
 * the bottom, restores it and compares the restored tree with its source.
 *
 * @param step told before each step, in words.
 * @throws {Failure} when a step does not hold what it promises.
 */
export async function quickstart(
  options: QuickstartOptions,
  step: (text: string) => void,
  run: Run,
): Promise<QuickstartResult> {
  const { directory, source } = options;
  step(`Making a key pair in ${directory}/keys`);
  const { keys, config, host } = await prepare(options, run);
  step(`Backing up ${source} into ${directory}/store`);
  const { reported, troubled } = watched(run);
  const stored = await withClosed(
    openWriter(host.store, nothing, run),
    (writer) => backup(host, writer, reported),
  );
  return await withClosed(openReader(host.store, nothing, run), async (reader) => {
    const identities = await openIdentities([keys.privateFile], () => Promise.resolve(undefined));
    step("Verifying: signature, presence, size and SHA-256 of every object, and all that is inside");
    const verified = await verify(host, reader, { identities }, ({ what }) => step(what), run);
    if (verified.damages > 0) throw new Damage("The verification found damage");
    const restored = `${directory}/restored`;
    step(`Restoring into ${restored}`);
    const snapshot = await findSnapshot(reader, host, stored.snapshot, {
      signal: run.signal,
      damaged: () => {},
    });
    const what = { globs: [], target: restored, overwrite: false };
    const result = await restore(snapshot, reader, identities, what, run);
    step("Comparing the restored tree with its source");
    const differences = [...compare(host.selection, restored, options.root)]
      .filter(({ path }) => !troubled.has(`/${path}`));
    return { keys, config, backup: stored, verify: verified, restore: result, restored, differences };
  });
}

async function prepare(
  options: QuickstartOptions,
  run: Run,
): Promise<{ keys: KeyFiles; config: string; host: Host }> {
  const { directory } = options;
  const name = `nightdrop backups of ${options.host}`;
  const keys = await keygen(`${directory}/keys`, { name, now: run.now() });
  const config = `${directory}/backup.config.ts`;
  const text = sampleConfig({
    host: options.host,
    recipientFile: "keys/backups.asc",
    fingerprint: keys.fingerprint,
    paths: [options.source],
    store: "store",
    state: "state",
  });
  Deno.writeTextFileSync(config, text, { createNew: true, mode: 0o644 });
  const host = (await loadConfig(config, { stateDirectory: `${directory}/state` })).get(options.host);
  if (host === undefined) throw new Failure(`The config "${config}" does not hold ${options.host}`);
  return { keys, config, host };
}

/** A run that also remembers the paths that had trouble: they may differ, and it was told why. */
function watched(run: Run): { reported: Run; troubled: ReadonlySet<string> } {
  const troubled = new Set<string>();
  const report = (event: Event): void => {
    if (event.event === "trouble") troubled.add(event.path);
    run.report(event);
  };
  return { reported: { ...run, report }, troubled };
}

const nothing = (): undefined => undefined;

async function withClosed<T extends { close(): void }, R>(
  opening: Promise<T>,
  body: (it: T) => Promise<R>,
): Promise<R> {
  const opened = await opening;
  try {
    return await body(opened);
  } finally {
    opened.close();
  }
}
