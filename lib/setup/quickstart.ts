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

/** Results of the steps of a drill. */
export interface QuickstartResult {
  readonly keys: KeyFiles;
  readonly config: string;
  readonly backup: BackupResult;
  readonly verify: VerifyResult;
  readonly restore: RestoreResult;
  readonly restored: string;
  readonly directory: string;
  readonly differences: readonly Difference[];
}

/** Options of {@link quickstart}. */
export interface QuickstartOptions {
  /** New directory for keys, config, store, state and the restored tree. */
  readonly directory: string;
  /** Directory to back up. */
  readonly source: string;
  readonly host: string;
  readonly root: boolean;
}

/**
 * Runs a complete drill on one machine: creates keys, backs up a directory to a directory store, verifies every byte,
 * restores the snapshot and compares the result with the source.
 *
 * @param step Called with a description before each step.
 * @throws {Failure} if a step fails.
 */
export async function quickstart(
  options: QuickstartOptions,
  step: (text: string) => void,
  run: Run,
): Promise<QuickstartResult> {
  const { directory, source } = options;
  step(`Creating a key pair in ${directory}/keys`);
  const { keys, config, host } = await prepare(options, run);
  step(`Backing up ${source} to ${directory}/store`);
  const { reported, troubled } = watched(run);
  const stored = await withClosed(
    openWriter(host.store, nothing, run),
    (writer) => backup(host, writer, reported),
  );
  return await withClosed(openReader(host.store, nothing, run), async (reader) => {
    const identities = await openIdentities([keys.privateFile], () => Promise.resolve(undefined));
    step("Verifying signature, presence, size, SHA-256 and content of every object");
    const verified = await verify(host, reader, { identities }, ({ what }) => step(what), run);
    if (verified.damages > 0) throw new Damage("Verification found damage");
    const restored = `${directory}/restored`;
    step(`Restoring to ${restored}`);
    const snapshot = await findSnapshot(reader, host, stored.snapshot, {
      signal: run.signal,
      damaged: () => {},
    });
    const what = { globs: [], target: restored, overwrite: false };
    const result = await restore(snapshot, reader, identities, what, run);
    step("Comparing the restored tree with its source");
    const differences = [...compare(host.selection, restored, options.root)]
      .filter(({ path }) => !troubled.has(`/${path}`));
    const results = { backup: stored, verify: verified, restore: result };
    return { keys, config, directory, restored, differences, ...results };
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
  Deno.writeTextFileSync(`${directory}/.gitignore`, "*\n", { createNew: true, mode: 0o644 });
  const host = (await loadConfig(config, { stateDirectory: `${directory}/state` })).get(options.host);
  if (host === undefined) throw new Failure(`Cannot find the host ${options.host} in the config "${config}"`);
  return { keys, config, host };
}

/** Returns a run that also collects the paths with trouble: they are reported already and may differ. */
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
