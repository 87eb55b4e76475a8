import { fingerprintFault, plainFingerprint } from "../config/fingerprint.ts";
import { parseConfig } from "../config/parse.ts";
import type { Host, Store } from "../config/types.ts";
import type { Run } from "../app/events.ts";
import { Failure, Misuse } from "../model/failure.ts";
import { isHostName } from "../model/name.ts";
import { printable } from "../model/printable.ts";
import { StoreError, type StoreReader } from "../store/contract.ts";
import { hasSnapshot, storedHosts } from "./stored_hosts.ts";

/** Options for a store that no config describes. */
export interface BareStore {
  readonly store: Store;
  /** The only host to read; undefined for all. */
  readonly host?: string | undefined;
  /** Fingerprint of the only key that may sign. */
  readonly signer?: string | undefined;
}

/**
 * Returns the hosts of a store without a config. How long their snapshots were to be kept is not known, so nothing is promised:
 * what the bucket has removed is not missing.
 *
 * @throws {Misuse} if the store does not have the host, or has none.
 */
export async function hostsOfStore(
  { store, host, signer }: BareStore,
  reader: StoreReader,
  run: Run,
): Promise<ReadonlyMap<string, Host>> {
  const names = host === undefined
    ? await allHosts(reader, run)
    : [await checkedHost(host, reader, run.signal)];
  const refreshDays = await expiry(reader, run.signal) - 2;
  const signers = signer === undefined ? [] : [signer];
  return new Map(names.map((name) => [name, {
    ...hostOfStore(name, store),
    signers,
    retention: { days: 1, refreshDays },
  }]));
}

/**
 * Returns the fingerprint that the user gave, in lower case.
 *
 * @throws {Misuse} if it is none.
 */
export function signerOf(text: string): string {
  const fingerprint = plainFingerprint(text);
  const fault = fingerprintFault(fingerprint);
  if (fault === undefined) return fingerprint;
  throw new Misuse(`Cannot use the --signer: it ${fault}`, {
    hint: "Give the fingerprint of the host's signing key",
  });
}

async function allHosts(reader: StoreReader, { report, signal }: Run): Promise<string[]> {
  const more = (): void =>
    report({
      event: "warning",
      text: `${reader.place} has thousands of directories, and not all are read. Name the host: --host NAME`,
    });
  const names = await Array.fromAsync(storedHosts(reader, isHostName, more, signal));
  if (names.length > 0) return names.sort();
  throw new Misuse(`Cannot find snapshots in ${reader.place}`, {
    hint: "Name the directory or prefix that contains the directories of hosts",
  });
}

async function checkedHost(host: string, reader: StoreReader, signal: AbortSignal): Promise<string> {
  const name = host.toLowerCase();
  if (isHostName(name) && await hasSnapshot(name, reader, signal)) return name;
  throw new Misuse(`Cannot find snapshots of "${printable(host)}" in ${reader.place}`, {
    hint: "Leave out --host to read all hosts",
  });
}

/** Days after which the store removes objects. If that cannot be seen, as if it never did. */
async function expiry(reader: StoreReader, signal: AbortSignal): Promise<number> {
  try {
    return await reader.expiry({ signal });
  } catch (error) {
    if (error instanceof StoreError && error.ofOneObject) return Infinity;
    throw error;
  }
}

/** Returns a host of a store with the default of every setting. */
export function hostOfStore(name: string, store: Store): Host {
  const config = {
    recipients: [{ file: "none", fingerprint: "0".repeat(40) }],
    store: { kind: "directory", path: "/" },
    retention: { days: 1 },
    hosts: { [name]: { paths: ["/"] } },
  };
  const host = parseConfig(config, { directory: "/", stateDirectory: "/nonexistent" }).get(name);
  if (host === undefined) throw new Failure(`"${printable(name)}" is not a host`);
  return { ...host, store, recipients: [] };
}
