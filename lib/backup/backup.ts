import { openState, type State, stateDirectory } from "../catalog/state.ts";
import { compareClocks } from "./clock.ts";
import type { Host } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { pinnedRecipients } from "../app/keys.ts";
import { knownStores, openStore, removeFormerState, type StoreState } from "../catalog/store_state.ts";
import { checkReceipt } from "./check_receipt.ts";
import { checkBeforeReceipt, identify } from "./chosen_store.ts";
import { Holdings } from "./holdings.ts";
import { hostSigner } from "./host_signer.ts";
import { fitted } from "./memory_profile.ts";
import { BackupHistory } from "./history.ts";
import { PathHistory } from "./path_history.ts";
import { readAhead } from "./read_ahead.ts";
import { commitment, sha256 } from "../model/digest.ts";
import { reason } from "../model/failure.ts";
import { objectKey, receiptName } from "../model/name.ts";
import { type Receipt, RECEIPT_FORMAT, type ReceiptLink, storedObjects } from "../model/receipt.ts";
import { encodeReceipt } from "../model/receipt_text.ts";
import { PROGRAM } from "../app/program.ts";
import type { RecipientKey } from "../seal/recipient.ts";
import type { Signer } from "../seal/signer.ts";
import { sendTree, type Sent } from "./send_tree.ts";
import type { StoreWriter } from "../store/contract.ts";
import { Uploads } from "./uploads.ts";

/** Result of a backup. */
export interface BackupResult {
  /** Name of the host. */
  readonly host: string;
  /** Id of the new snapshot. */
  readonly snapshot: string;
  /** Fingerprint of the host's signing key. */
  readonly signer: string;
  /** Number of entries of the tree. */
  readonly entries: number;
  /** Size of the file content in bytes. */
  readonly bytes: number;
  /** Part of them that was sent. The rest is in older volumes. */
  readonly sent: {
    /** Number of entries. */
    readonly entries: number;
    /** Size of the file content in bytes. */
    readonly bytes: number;
  };
  /** Size of the stored objects in bytes, without the receipt: what `list` shows for the snapshot. */
  readonly stored: number;
  /** Number of stored objects, without the receipt. */
  readonly objects: number;
  /** Number of entries that could not be read. The snapshot is complete if it is 0. */
  readonly unread: number;
  /** Duration in milliseconds. */
  readonly milliseconds: number;
}

/** Options of {@linkcode backup}. */
export interface BackupOptions {
  /** Whether to send everything, including what older volumes contain. */
  readonly full?: boolean | undefined;
  /** Whether to begin a new store in the directory, even if there is one. */
  readonly newStore?: boolean | undefined;
}

/**
 * Creates a backup: walks the host's declared paths, archives and encrypts what changed, volume by volume,
 * and stores every part, then the index, and last the signed receipt. With the receipt the snapshot exists.
 *
 * @throws {Misuse} if a recipient cannot be used.
 * @throws {Failure} if the store's disk is not mounted.
 * @throws {Locked} if another run holds the lock.
 * @throws {StoreError} if the store refuses an object.
 * @throws The reason of the signal. After any error there is no snapshot, unless only the store's answer to
 *   the receipt was lost: the next receipt names that receipt.
 */
export async function backup(
  host: Host,
  store: StoreWriter,
  run: Run,
  options: BackupOptions = {},
): Promise<BackupResult> {
  using state = hostState(host, run);
  return await backupWith(state, host, store, run, options);
}

/**
 * Opens the host's state directory, which takes its lock.
 *
 * @throws {Locked} if another run holds the lock.
 * @throws {Failure} if the directory cannot be used.
 */
export function hostState(host: Host, run: Run): State {
  return openState(stateDirectory(host), run.now());
}

/** Creates a backup like {@linkcode backup}, for a caller that holds the host's lock. */
export async function backupWith(
  state: State,
  declared: Host,
  store: StoreWriter,
  run: Run,
  options: BackupOptions = {},
): Promise<BackupResult> {
  const host = fitted(declared);
  const started = run.now();
  const full = options.full ?? false;
  const history = new PathHistory(state.directory, host.selection, run);
  using ahead = full ? undefined : readAhead(host, history);
  const recipients = await pinnedRecipients(host, run);
  const signer = await hostSigner(host, state, run);
  const marker = typeof store.identity === "string" ? undefined : store.identity;
  const holdings = marker && new Holdings(marker.objects, host.name, run.signal);
  const identity = await identify(store, knownStores(state.directory), options.newStore ?? false, run);
  if (removeFormerState(state.directory)) run.report({ event: "warning", text: FORMER_STATE });
  const named = { identity, place: store.place };
  using known = openStore(state.directory, named, started);
  using backups = new BackupHistory(host, known, { store: identity, signer: signer.fingerprint }, run);
  if (holdings) await backups.check(holdings);
  await using uploads = new Uploads(store, host.jobs + 1, run.signal);
  const author: Author = { host, started, signer, recipients, known, run };
  const check = (sent: Sent): void => checkReceipt(receiptOf(sent, author));
  const sent = await sendTree({ host, recipients, backups, history, uploads, ahead, full, check }, run);
  compareClocks(uploads.latest, run);
  const receipt = receiptOf(sent, author);
  if (marker && holdings) await checkBeforeReceipt(marker, named, holdings, receipt);
  const link = await storeReceipt(uploads, signer, known, receipt);
  remember(run, () => {
    // This order matters: after a crash between the two, the catalog matches an attempted receipt.
    backups.conclude(sent.volumes.length, link.commitment, started, uploads.latest);
    known.confirm(link);
    history.keep();
  });
  return resultOf(receipt, run.now());
}

/** Fields of a receipt that do not depend on what was sent. */
interface Author {
  readonly host: Host;
  readonly started: Date;
  readonly signer: Signer;
  readonly recipients: readonly RecipientKey[];
  readonly known: StoreState;
  readonly run: Run;
}

function receiptOf(sent: Sent, { host, started, signer, recipients, known, run }: Author): Receipt {
  return {
    format: RECEIPT_FORMAT,
    program: PROGRAM,
    host: host.name,
    started: started.toISOString(),
    finished: run.now().toISOString(),
    signer: { fingerprint: signer.fingerprint, key: signer.publicKey.toBase64() },
    recipients: recipients.map(({ fingerprint }) => fingerprint),
    compression: host.compression.kind,
    previous: known.chain.last,
    attempted: [...known.chain.attempted],
    ...sent,
  };
}

function resultOf(receipt: Receipt, now: Date): BackupResult {
  const { host, snapshot, signer, entries, bytes, sent, unread } = receipt;
  const stored = storedObjects(receipt);
  return {
    host,
    snapshot,
    signer: signer.fingerprint,
    entries,
    bytes,
    sent,
    unread,
    stored: stored.bytes,
    objects: stored.objects,
    milliseconds: now.getTime() - Date.parse(receipt.started),
  };
}

const FORMER_STATE =
  "Everything is sent, and a new chain of receipts begins: the state directory was that of an earlier version, which " +
  "did not distinguish stores";

/**
 * Runs `keep` after the snapshot is stored. An error is only a warning, because the snapshot exists. The next
 * run then finds the same state as after an interruption here: it knows that the receipt was attempted.
 */
function remember(run: Run, keep: () => void): void {
  try {
    keep();
  } catch (error) {
    const text = `The snapshot is stored, but this host could not remember it: ${reason(error)}. ` +
      "The next run may send more than it has to";
    run.report({ event: "warning", text });
  }
}

async function storeReceipt(
  uploads: Uploads,
  signer: Signer,
  known: StoreState,
  receipt: Receipt,
): Promise<ReceiptLink> {
  const signed = await signer.sign(encodeReceipt(receipt), new Date(receipt.finished));
  const bytes = new TextEncoder().encode(signed);
  const digest = sha256(bytes);
  const link = { snapshot: receipt.snapshot, commitment: commitment(digest) };
  known.attempt(link);
  await uploads.put(objectKey(receipt.host, receipt.snapshot, receiptName(digest)), bytes, {
    sha256: digest,
  });
  await uploads.settle();
  return link;
}
