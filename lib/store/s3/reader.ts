import { addAbortSignal, type Readable } from "node:stream";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import {
  type Abortable,
  type GetOptions,
  type ListOptions,
  type StoredObject,
  StoreError,
  type StoreReader,
} from "../contract.ts";
import { checkName, isHidden, isName } from "../name.ts";
import { s3Client } from "./client.ts";
import { listDirectories } from "./directories.ts";
import { notS3, s3Error } from "./errors.ts";
import { expiryOf } from "./lifecycle.ts";
import { listObjects } from "./list.ts";
import { downloadLimit, IDLE, type S3Options, type S3Place, s3Place } from "./options.ts";
import { firstVersion, listVersions } from "./versions.ts";
import { tooSlow, within } from "./within.ts";

/**
 * Opens a reader of what an {@link s3Writer} stored. It needs `s3:ListBucket` and `s3:GetObject`; in a bucket
 * with versions also `s3:ListBucketVersions` and `s3:GetObjectVersion`, because without them content that was
 * written over an object cannot be distinguished from the object. {@link StoreReader.expiry} needs
 * `s3:GetLifecycleConfiguration`.
 *
 * @param warn Called once if the bucket has versions that cannot be seen.
 */
export function s3Reader(options: S3Options, warn: (text: string) => void = () => {}): StoreReader {
  return new S3Reader(options, warn);
}

class S3Reader implements StoreReader {
  readonly place: string;
  readonly #at: S3Place;
  readonly #client: S3Client;
  readonly #idle: number;
  readonly #pageSize: number | undefined;
  readonly #warn: (text: string) => void;
  /** Reason why versions cannot be seen, once it is known. */
  #blind: StoreError | undefined;
  #warned = false;

  constructor(options: S3Options, warn: (text: string) => void) {
    this.#at = s3Place(options);
    this.place = this.#at.url;
    this.#client = s3Client(options, 0);
    this.#idle = options.timeouts?.idle ?? IDLE;
    this.#pageSize = options.pageSize;
    this.#warn = warn;
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<StoredObject> {
    const paged = { ...options, idle: this.#idle, pageSize: this.#pageSize };
    let empty = true;
    try {
      if (this.#blind !== undefined) throw this.#blind;
      for await (
        const { name, first, changes, hiddenAt } of listVersions(this.#client, this.#at, prefix, paged)
      ) {
        empty = false;
        if (!isName(name) && !isHidden(name)) options.passedOver?.(name);
        if (first === undefined || !isName(name)) continue;
        const { size, storedAt } = first;
        yield {
          name,
          size,
          storedAt,
          ...(changes > 0 && { overwritten: changes }),
          ...(hiddenAt && { hiddenAt }),
        };
      }
    } catch (error) {
      if (!empty || !this.#isBlinding(error)) throw error;
    }
    // A server that does not support versions may answer with an empty list.
    if (empty) yield* listObjects(this.#client, this.#at, prefix, paged);
  }

  directories({ signal }: Abortable = {}): AsyncIterable<string> {
    return listDirectories(this.#client, this.#at, { idle: this.#idle, pageSize: this.#pageSize, signal });
  }

  async get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>> {
    const { maxBytes, first = false, signal } = options;
    checkName(name);
    signal?.throwIfAborted();
    const version = first ? await this.#firstVersion(name, signal) : undefined;
    try {
      return await within(
        this.#idle,
        signal,
        (abortSignal, goesOn) => this.#getWhole(name, version, { maxBytes, signal: abortSignal, goesOn }),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw s3Error(error, this.#at, version === undefined ? "get" : "get version");
    }
  }

  expiry({ signal }: Abortable = {}): Promise<number> {
    return expiryOf(this.#client, this.#at, { idle: this.#idle, signal });
  }

  close(): void {
    this.#client.destroy();
  }

  /** Returns the id of the first version; undefined if a plain request returns it. */
  async #firstVersion(name: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    if (this.#blind !== undefined) throw this.#blind;
    const paged = { idle: this.#idle, pageSize: this.#pageSize, signal };
    try {
      return (await firstVersion(this.#client, this.#at, name, paged))?.id;
    } catch (error) {
      this.#isBlinding(error);
      throw error;
    }
  }

  /**
   * Whether an error means that these credentials, or the server, cannot show versions. The answer is
   * remembered.
   */
  #isBlinding(error: unknown): boolean {
    if (!(error instanceof StoreError) || error.kind !== "denied") return false;
    this.#blind ??= error;
    return true;
  }

  async #getWhole(
    name: string,
    version: string | undefined,
    { maxBytes, signal, goesOn }: Limits,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const object = { Bucket: this.#at.bucket, Key: this.#at.directory + name, VersionId: version };
    const answer = await this.#client.send(new GetObjectCommand(object), { abortSignal: signal });
    goesOn();
    const { ContentLength: size, ETag, VersionId } = answer;
    const body = answer.Body as Readable;
    if (ETag !== undefined && size !== undefined && size <= maxBytes) {
      this.#warnOfBlindness(VersionId);
      return await wholeBody(addAbortSignal(signal, body), size, this.#idle, goesOn);
    }
    body.destroy();
    if (ETag === undefined) throw notS3(this.#at);
    const more = `${this.#at.label}: an object has more than the ${maxBytes} bytes expected`;
    throw new StoreError("oversized", more);
  }

  #warnOfBlindness(version: string | undefined): void {
    if (this.#blind === undefined || this.#warned || version === undefined || version === "null") return;
    this.#warned = true;
    this.#warn(
      `${this.place} has versions, and these credentials cannot see them: an overwritten object is ` +
        "reported as damage. Allow s3:ListBucketVersions and s3:GetObjectVersion",
    );
  }
}

interface Limits {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly goesOn: () => void;
}

/** Reads the body of an answer. The HTTP client ensures that exactly the announced `size` bytes arrive. */
async function wholeBody(
  body: Readable,
  size: number,
  idle: number,
  goesOn: () => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  const begun = performance.now();
  let at = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    goesOn();
    bytes.set(chunk, at);
    at += chunk.length;
    if (performance.now() - begun > downloadLimit(idle, at)) throw tooSlow();
  }
  return bytes;
}
