/**
 * nightdrop: secure backup for servers you do not trust.
 *
 * As the main module it is the command line. Imported, it is a library with the operations of the command line.
 *
 * A config with types:
 *
 * ```ts
 * import type { Config } from "nightdrop";
 *
 * export default {
 *   recipients: [{ file: "keys/backups.asc", fingerprint: "0123456789abcdef0123456789abcdef01234567" }],
 *   store: { kind: "directory", path: "/mnt/backups" },
 *   retention: { days: 180 },
 *   hosts: { "web1.example.org": { paths: ["/etc"] } },
 * } satisfies Config;
 * ```
 *
 * The snapshots of a fleet:
 *
 * ```ts
 * import { list, loadConfig, openReader, type Run } from "nightdrop";
 *
 * const run: Run = { report: () => {}, signal: AbortSignal.timeout(60_000), now: () => new Date() };
 * const env = (name: string): string | undefined => Deno.env.get(name);
 * const hosts = await loadConfig("backup.config.ts", { stateDirectory: "/var/lib/nightdrop" });
 * for (const host of hosts.values()) {
 *   const reader = await openReader(host.store, env, run);
 *   for await (const line of list(host, reader, run)) {
 *     if (line.kind === "snapshot") console.log(host.name, line.snapshot.id, line.snapshot.receipt.entries);
 *   }
 *   reader.close();
 * }
 * ```
 *
 * One file of the last snapshot:
 *
 * ```ts
 * import { findSnapshot, loadConfig, openIdentities, openReader, restore, type Run } from "nightdrop";
 *
 * const run: Run = { report: () => {}, signal: AbortSignal.timeout(60_000), now: () => new Date() };
 * const hosts = await loadConfig("backup.config.ts", { stateDirectory: "/var/lib/nightdrop" });
 * const host = hosts.get("web1.example.org")!;
 * const reader = await openReader(host.store, (name) => Deno.env.get(name), run);
 * const identities = await openIdentities(["keys/backups.private.asc"], () => Promise.resolve(undefined));
 * const snapshot = await findSnapshot(reader, host, "latest", {
 *   signal: run.signal,
 *   damaged: (id, why) => console.warn(id, why.message),
 * });
 * const what = { globs: ["/etc/hosts"], target: "restored", overwrite: false };
 * const { entries } = await restore(snapshot, reader, identities, what, run);
 * console.log(`${entries} entry restored`);
 * reader.close();
 * ```
 *
 * A rehearsed restore of each host:
 *
 * ```ts
 * import { drill, loadConfig, openIdentities, openReader, type Run } from "nightdrop";
 *
 * const run: Run = { report: () => {}, signal: AbortSignal.timeout(3_600_000), now: () => new Date() };
 * const identities = await openIdentities(["keys/backups.private.asc"], () => Promise.resolve(undefined));
 * const hosts = await loadConfig("backup.config.ts", { stateDirectory: "/var/lib/nightdrop" });
 * for (const host of hosts.values()) {
 *   const reader = await openReader(host.store, (name) => Deno.env.get(name), run);
 *   const { state, drilled } = await drill(host, reader, { identities }, run);
 *   const restored = drilled.map(({ sample }) => sample?.restored.entries ?? 0);
 *   console.log(`${host.name}: ${state}, restored of each snapshot: ${restored.join(", ")}`);
 *   reader.close();
 * }
 * ```
 *
 * @module
 */
export {
  type Attempt,
  audit,
  type AuditReporter,
  type AuditRequest,
  type AuditResult,
  type Drift,
  isAsWanted,
  type Outcome,
} from "./lib/provisioning/audit.ts";
export { supervisedBackup, type SupervisedOptions } from "./lib/backup/supervised.ts";
export { backup, type BackupOptions, type BackupResult } from "./lib/backup/backup.ts";
export type {
  Alerts,
  AlertsConfig,
  ChurnThreshold,
  Expect,
  ExpectConfig,
  Threshold,
} from "./lib/config/alerts.ts";
export type { DrillSettings, DumpCheck } from "./lib/config/drill.ts";
export type { Check, CheckState, Subject } from "./lib/drill/check.ts";
export { drill, type DrillOptions, type HostDrill } from "./lib/drill/drill.ts";
export type { Draw } from "./lib/drill/sample.ts";
export type { SampleFigures, SnapshotDrill } from "./lib/drill/snapshot_drill.ts";
export { defineConfig } from "./lib/config/define.ts";
export { loadConfig } from "./lib/config/load.ts";
export type { NotifyConfig, UrlConfig } from "./lib/config/notify_settings.ts";
export type {
  Command,
  CompressionConfig,
  Config,
  DrillConfig,
  DumpCheckConfig,
  DumpConfig,
  Duration,
  HooksConfig,
  HostConfig,
  OwnerConfig,
  OwnerNotifyConfig,
  ProgramEnvironment,
  RecipientConfig,
  RetentionConfig,
  Settings,
  Size,
} from "./lib/config/settings.ts";
export type {
  CopyConfig,
  CredentialsConfig,
  DirectoryConfig,
  MirrorConfig,
  ObjectLock,
  S3Config,
  StoreConfig,
} from "./lib/config/store_settings.ts";
export type {
  CopyStore,
  CredentialsReference,
  DirectoryStore,
  Dump,
  Hooks,
  Host,
  Mirror,
  Notify,
  Recipient,
  S3Store,
  Store,
  UrlReference,
} from "./lib/config/types.ts";
export type { Event, Progress, Report, Run } from "./lib/app/events.ts";
export { files } from "./lib/snapshots/files.ts";
export type { Lost } from "./lib/snapshots/tree_scan.ts";
export type { Finding } from "./lib/verify/findings.ts";
export { type Identity, type LockedPart, openIdentities } from "./lib/app/keys.ts";
export { type KeyFiles, keygen } from "./lib/setup/keygen.ts";
export { type Flaw, list, type ListLine } from "./lib/snapshots/list.ts";
export { backupGrants, readerGrants, restoreGrants, uploadGrants } from "./lib/permissions/derive.ts";
export type { RunContext } from "./lib/app/run_context.ts";
export type { BuiltFor, Installation } from "./lib/app/installation.ts";
export type { Grant, Grants } from "./lib/sandbox/grants.ts";
export { type Plan, plan, type PlanOptions } from "./lib/backup/plan.ts";
export type { MemoryEstimate } from "./lib/backup/memory_estimate.ts";
export type { MemoryLimit, MemoryProfile } from "./lib/backup/memory_profile.ts";
export type { Attributes, Xattrs } from "./lib/model/attributes.ts";
export type { Device, Entry, EntryType } from "./lib/model/entry.ts";
export { Damage, Failure, Interrupted, Locked, Misuse } from "./lib/model/failure.ts";
export type { Compression, CompressionKind } from "./lib/model/compression.ts";
export type { Selection } from "./lib/model/selection.ts";
export type {
  AdoptedVolume,
  CommittedPart,
  IndexRecord,
  NeededSnapshot,
  PartRecord,
  Receipt,
  ReceiptLink,
  SealedRecord,
  VolumeRange,
  VolumeRecord,
} from "./lib/model/receipt.ts";
export { Secret } from "./lib/model/secret.ts";
export { type Subset, subsetOf } from "./lib/model/subset.ts";
export type { Trouble } from "./lib/model/trouble.ts";
export {
  type KeyStep,
  type KitOptions,
  type NewKey,
  provision,
  type Provisioned,
  type ProvisionOptions,
  type SettingState,
  type Step,
} from "./lib/provisioning/provision.ts";
export { OwnerClients } from "./lib/provisioning/owner_clients.ts";
export { restore, type RestoreOptions, type RestoreResult } from "./lib/restore/restore.ts";
export { type FindOptions, findSnapshot } from "./lib/snapshots/find.ts";
export type { Snapshot } from "./lib/snapshots/snapshots.ts";
export {
  type Abortable,
  type GetOptions,
  type KnownReceipts,
  type ListOptions,
  type ObjectReader,
  type PutOptions,
  type StoredObject,
  StoreError,
  type StoreErrorKind,
  type StoreErrorScope,
} from "./lib/store/contract.ts";
export type { KnownRefusals, StoreIdentity, StoreMarker } from "./lib/store/contract.ts";
export {
  type Environment,
  openReader,
  openWriter,
  type StoreReader,
  type StoreWriter,
  type WriterOptions,
} from "./lib/app/stores.ts";
export { upload, type Uploaded, type UploadRequest } from "./lib/upload/upload.ts";
export type { SigningPeriod } from "./lib/verify/history.ts";
export type { Restorable } from "./lib/verify/retention.ts";
export { verify, type VerifyOptions, type VerifyResult } from "./lib/verify/verify.ts";

// Not awaited: a config imports this module, so awaiting would be a deadlock between the module and the config.
if (import.meta.main) import("./lib/cli/main.ts").then(({ main }) => main(Deno.args));
