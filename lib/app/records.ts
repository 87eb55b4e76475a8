/**
 * Records of the last verification and of the last drill of each host, on the owner's machine: small files that `status`
 * reads. They hold no secrets and can be removed: then `status` knows of no verification until the next one.
 *
 * @module
 */
import * as v from "valibot";
import type { Host, Mirror } from "../config/types.ts";
import { isGranted } from "../disk/granted.ts";
import { readPlainFile } from "../disk/read_plain_file.ts";
import { replaceFile } from "../disk/replace.ts";
import { refuseExposed } from "../disk/trust.ts";
import { reason } from "../model/failure.ts";
import { parseStrictJson } from "../model/strict_json.ts";
import { storeOf } from "./stores.ts";
import { type DrilledRecord, drilledSchema } from "./drilled_record.ts";
import {
  afterVerification,
  type VerificationRun,
  type VerifiedRecord,
  verifiedSchema,
} from "./verified_record.ts";

/** Maximum size of a record in bytes. The largest have a time for each of 366 parts. */
const MAX_BYTES = 64 * 1024;

/** Host that a record is about. */
type Subject = Pick<Host, "name" | "store">;

/** Mirror of the host that a record is about, in the place of its store. */
type Copy = Pick<Mirror, "name" | "store"> | undefined;

/**
 * Records in a directory, which the first one creates. A record that cannot be read or written is a note, never a failure;
 * one of another store is as none.
 */
export class Records {
  readonly #directory: string;
  readonly #note: (text: string) => void;

  /**
   * @param directory See `recordsDirectory`.
   * @param note Called with what is wrong with a record.
   */
  constructor(directory: string, note: (text: string) => void) {
    this.#directory = directory;
    this.#note = note;
  }

  /** Returns the record of the verifications of a host in its store, or in a mirror; or undefined. */
  verified(host: Subject, mirror?: Copy): VerifiedRecord | undefined {
    return this.#read(inPlace(host, mirror), kindOf("verified", mirror), verifiedSchema);
  }

  /** Returns the record of the last drill, or undefined. */
  drilled(host: Subject): DrilledRecord | undefined {
    return this.#read(host, kindOf("drilled"), drilledSchema);
  }

  /** Records a verification that has ended, of the store or of a mirror. */
  addVerification(host: Subject, run: VerificationRun, mirror?: Copy): void {
    const subject = inPlace(host, mirror);
    const record = afterVerification(this.verified(host, mirror), identityOf(subject), run);
    this.#write(subject, kindOf("verified", mirror), record);
  }

  /** Records a drill that has ended. The time of the last one that passed is kept. */
  addDrill(host: Subject, run: Omit<DrilledRecord, "version" | "host" | "store" | "passed">): void {
    const passed = run.result === "passed" ? run.at : this.drilled(host)?.passed ?? null;
    this.#write(host, kindOf("drilled"), { version: 1, ...identityOf(host), passed, ...run });
  }

  #read<T extends VerifiedRecord | DrilledRecord>(
    host: Subject,
    kind: Kind,
    schema: v.GenericSchema<unknown, T>,
  ): T | undefined {
    const file = this.#file(host, kind);
    if (!isGranted({ name: "read", path: file })) return undefined;
    try {
      const text = readPlainFile(file, MAX_BYTES);
      if (text === undefined) return undefined;
      refuseExposed(this.#directory, "the directory of records");
      const record = v.parse(
        schema,
        parseStrictJson(text.trimEnd(), { label: "It", maxDepth: 4, indent: 1 }),
      );
      const { host: name, store } = identityOf(host);
      return record.host === name && record.store === store ? record : undefined;
    } catch (error) {
      this.#note(`Cannot use the record "${file}": ${reason(error)}`);
      return undefined;
    }
  }

  #write(host: Subject, kind: Kind, record: VerifiedRecord | DrilledRecord): void {
    try {
      if (!isGranted({ name: "write", path: this.#directory })) {
        return this.#note(`Cannot record the result for ${host.name}: the sandbox does not grant it`);
      }
      refuseExposed(this.#directory, "the directory of records");
      Deno.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      replaceFile(this.#file(host, kind), JSON.stringify(record, null, 1) + "\n", 0o600);
    } catch (error) {
      this.#note(`Cannot record the result for ${host.name}: ${reason(error)}`);
    }
  }

  #file({ name }: Subject, kind: Kind): string {
    return `${this.#directory}/${name}${kind}.json`;
  }
}

/** End of the name of a record. */
type Kind = `${"" | `@${string}`}.${"verified" | "drilled"}`;

/** Returns the end of the name of a record. No name of a host has an `@`. */
function kindOf(what: "verified" | "drilled", mirror?: Copy): Kind {
  return mirror === undefined ? `.${what}` : `@${mirror.name}.${what}`;
}

function inPlace({ name, store }: Subject, mirror: Copy): Subject {
  return { name, store: mirror?.store ?? store };
}

function identityOf({ name, store }: Subject): { readonly host: string; readonly store: string } {
  const { place, identity } = storeOf(store);
  return { host: name, store: typeof identity === "string" ? identity : place };
}
