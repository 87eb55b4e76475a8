import { Damage, reason } from "../model/failure.ts";
import {
  decodeMirrorRecord,
  MAX_MIRROR_RECORD_BYTES,
  MIRROR_DIRECTORY,
  mirrorRecordName,
} from "../model/mirror_record.ts";
import { signedText, verifySigned } from "../seal/signer.ts";
import type { ListOptions, StoredObject, StoreReader } from "../store/contract.ts";

/** Times in milliseconds by names in a directory. */
type Dates = ReadonlyMap<string, number>;

/**
 * Returns a reader of a mirror that lists each object with the date of the original store, as far as the owner has signed
 * it. The dates of the mirror itself are those of the copies.
 *
 * @param signers Fingerprints of the owner's keys; with none, the dates of the copies count.
 * @param warn Called if a record of dates is not used.
 */
export function datedReader(
  reader: StoreReader,
  signers: readonly string[],
  warn: (text: string) => void,
): StoreReader {
  if (signers.length === 0) return reader;
  return {
    place: reader.place,
    get: (name, options) => reader.get(name, options),
    directories: (options) => reader.directories(options),
    expiry: (options) => reader.expiry(options),
    close: () => reader.close(),
    list: (prefix, options = {}) => datedList(reader, signers, warn, prefix, options),
  };
}

async function* datedList(
  reader: StoreReader,
  signers: readonly string[],
  warn: (text: string) => void,
  prefix: string,
  options: ListOptions,
): AsyncGenerator<StoredObject> {
  let [directory, dates]: [string, Dates] = ["", new Map()];
  for await (const object of reader.list(prefix, options)) {
    const [host = "", id = "", name] = object.name.split("/");
    if (name === undefined || `${host}/` === MIRROR_DIRECTORY) {
      yield object;
      continue;
    }
    if (directory !== `${host}/${id}`) {
      directory = `${host}/${id}`;
      dates = await datesOf(reader, host, id, signers, warn, options.signal ?? undefined);
    }
    const time = dates.get(name);
    yield time === undefined ? object : { ...object, storedAt: new Date(time) };
  }
}

/** Reads the signed dates of a directory. If several records date an object, the earliest counts. */
async function datesOf(
  reader: StoreReader,
  host: string,
  id: string,
  signers: readonly string[],
  warn: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<Dates> {
  const dates = new Map<string, number>();
  for await (
    const { name } of reader.list(`${MIRROR_DIRECTORY}${host}/${id}-`, { signal, passedOver: () => {} })
  ) {
    try {
      const bytes = await reader.get(name, { maxBytes: MAX_MIRROR_RECORD_BYTES, signal });
      for (const [object, time] of await signedDates(name, bytes, host, id, signers)) {
        dates.set(object, Math.min(time, dates.get(object) ?? Infinity));
      }
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      warn(`The dates of ${host}/${id} are those of the copy: ${reason(error)}`);
    }
  }
  return dates;
}

async function signedDates(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  host: string,
  id: string,
  signers: readonly string[],
): Promise<readonly (readonly [string, number])[]> {
  if (mirrorRecordName(host, id, bytes) !== name) throw new Damage("the record of dates was changed");
  const signed = new TextDecoder().decode(bytes);
  const record = decodeMirrorRecord(signedText(signed), host, id);
  const { fingerprint, key } = record.signer;
  if (!signers.includes(fingerprint)) {
    throw new Damage(`the record of dates is signed by ${fingerprint}, which the config does not pin`);
  }
  await verifySigned(signed, Uint8Array.fromBase64(key), fingerprint);
  return record.dates;
}
