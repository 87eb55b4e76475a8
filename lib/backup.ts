import { openState, type State } from "./catalog/state.ts";
import type { Host } from "./config/types.ts";
import { besideDumps } from "./dumps.ts";
import type { Run } from "./events.ts";
import { pinnedRecipients } from "./keys.ts";
import { commitment, sha256 } from "./model/digest.ts";
import { objectKey, receiptName } from "./model/name.ts";
import { encodeReceipt, type Receipt, RECEIPT_FORMAT } from "./model/receipt.ts";
import { newSnapshotId } from "./model/snapshot.ts";
import { PROGRAM } from "./program.ts";
import { generateSigner, readSigner, type Signer } from "./seal/signer.ts";
import { SnapshotWriter } from "./snapshot_writer.ts";
import { walk } from "./source/walk.ts";
import type { StoreWriter } from "./store/contract.ts";
import { Uploads } from "./uploads.ts";

/** Sealed parts that are on their way while the next one is made. */
const UPLOADS_AT_ONCE = 2;

/** What a backup has done. */
export interface BackupResult {
  /** Whose. */
  readonly host: string;
  /** The id of the new snapshot. */
  readonly snapshot: string;
  /** Fingerprint of the host's signing key. */
  readonly signer: string;
  /** Entries stored. */
  readonly entries: number;
  /** Bytes of file content. */
  readonly bytes: number;
  /** Bytes stored. */
  readonly stored: number;
  /** Objects stored. */
  readonly objects: number;
  /** Things that could not be read: 0 means that the snapshot is complete. */
  readonly unread: number;
  /** How long it took. */
  readonly milliseconds: number;
}

/**
 * The main job: walks the host's declared paths, archives and seals them volume by volume, drops every part into
 * the store, then the index, and last of all the signed receipt, which makes the snapshot exist.
 *
 * @throws {Misuse} when a recipient cannot be used, {@link Locked} when another run is under way, {@link StoreError}
 *   when the store refuses, and the signal's reason. Whatever is thrown, there is no snapshot, unless it was the
 *   answer to the receipt that got lost: of that the next receipt speaks.
 */
export async function backup(host: Host, store: StoreWriter, run: Run): Promise<BackupResult> {
  using state = hostState(host, run);
  return await backupWith(state, host, store, run);
}

/**
 * Opens the host's own memory, which takes its lock.
 *
 * @throws {Locked} when another run is under way; {@link Failure} when the folder cannot be used.
 */
export function hostState(host: Host, run: Run): State {
  return openState(`${host.state}/${host.name}`, run.now());
}

/** {@link backup} by whoever holds the host's lock already. */
export async function backupWith(
  state: State,
  host: Host,
  store: StoreWriter,
  run: Run,
): Promise<BackupResult> {
  const started = run.now();
  const recipients = await pinnedRecipients(host, run);
  const signer = await hostSigner(host, state, run);
  const snapshot = newSnapshotId(started);
  const uploads = new Uploads(store, UPLOADS_AT_ONCE, run.signal);
  try {
    const writer = new SnapshotWriter(host, snapshot, recipients, uploads, run);
    const written = await writer.write({
      entries: besideDumps(walk(host.selection, writer.tell), host, writer.tell),
      stored: () => {},
      rest: () => [],
    });
    await uploads.settle();
    await storeReceipt(uploads, signer, state, {
      format: RECEIPT_FORMAT,
      program: PROGRAM,
      host: host.name,
      snapshot,
      started: started.toISOString(),
      finished: run.now().toISOString(),
      signer: { fingerprint: signer.fingerprint, key: signer.publicKey.toBase64() },
      recipients: recipients.map(({ fingerprint }) => fingerprint),
      compression: host.compression.kind,
      previous: state.chain.last,
      attempted: [...state.chain.attempted],
      ...written,
    });
    return {
      host: host.name,
      snapshot,
      signer: signer.fingerprint,
      entries: written.entries,
      bytes: written.bytes,
      unread: written.unread,
      stored: uploads.bytes,
      objects: uploads.objects,
      milliseconds: run.now().getTime() - started.getTime(),
    };
  } finally {
    await uploads.drain();
  }
}

async function storeReceipt(uploads: Uploads, signer: Signer, state: State, receipt: Receipt): Promise<void> {
  const signed = await signer.sign(encodeReceipt(receipt), new Date(receipt.finished));
  const bytes = new TextEncoder().encode(signed);
  const digest = sha256(bytes);
  const link = { snapshot: receipt.snapshot, commitment: commitment(digest) };
  state.attempt(link);
  await uploads.put(objectKey(receipt.host, receipt.snapshot, receiptName(digest)), bytes);
  await uploads.settle();
  state.confirm(link);
}

/** The host's signing key, which its first run makes. */
async function hostSigner(host: Host, state: State, run: Run): Promise<Signer> {
  let armored = state.signer();
  if (armored === undefined) {
    armored = await generateSigner(host.name, run.now());
    state.keepSigner(armored);
  }
  const signer = await readSigner(armored);
  if (host.signer === undefined) {
    run.report({
      event: "note",
      text:
        `Receipts are signed by ${signer.fingerprint}: pin it as "signer" of ${host.name} in the owner's config`,
    });
  } else if (host.signer !== signer.fingerprint) {
    run.report({
      event: "warning",
      text:
        `Receipts are signed by ${signer.fingerprint}, but the config pins ${host.signer}: readers will refuse them`,
    });
  }
  return signer;
}
