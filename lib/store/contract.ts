import { Failure } from "../model/failure.ts";

/**
 * Identity of a store. It distinguishes the store from all others, and from one that takes its place later:
 * the empty mount point of a disk, or a bucket that was created again. The identity of a bucket is computed
 * from the config; that of a directory is stored in its marker.
 */
export type StoreIdentity = string | StoreMarker;

/** Marker of a directory store: a file that holds the identity of the store. */
export interface StoreMarker {
  /**
   * Reads the identity; undefined if there is no marker.
   *
   * @throws {StoreError} if the marker is malformed, or the directory cannot be read.
   */
  read(): Promise<string | undefined>;
  /**
   * Writes a marker with a new identity, and returns the identity. If several hosts create a store at the
   * same time, one of them wins, and all get its identity.
   *
   * @param replace Replaces a marker that exists already.
   * @throws {StoreError} if it cannot be written.
   */
  begin(replace: boolean): Promise<string>;
  /** Objects in the directory: a host that can write there can also read. */
  readonly objects: ObjectReader;
}

/**
 * Store of named objects that are written once. It has no method to delete: objects end only by the expiry of
 * the provider.
 *
 * Every store keeps these rules; `tests/store/conformance.ts` tests each of them:
 *
 * 1. `put` is atomic and create-only. If the name exists, it fails with `exists` and the first content stays.
 *    If several writers put the same name, exactly one succeeds.
 * 2. When `put` has resolved, the object is durable, and `list` and `get` return it from then on.
 * 3. A `put` that fails or is aborted leaves no object under the name. Exceptions: after `unreachable`,
 *    `timeout` or `busy`, or after an abort that came too late, the object may exist.
 * 4. `get` returns exactly the stored bytes. It fails with `missing` if there is no such object, and with
 *    `oversized`, before it reads anything, if the object is larger than `maxBytes`.
 * 5. `list` yields every object whose name begins with the prefix, each once, in the order of the UTF-8 bytes
 *    of the names, over any number of pages. The list of an unknown prefix is empty.
 * 6. Errors are {@link StoreError}s. Errors of a writer do not contain the name of the object, because it
 *    must not appear in the logs of the host. An aborted call rejects with the reason of its signal.
 * 7. A name must satisfy `isName` (`name.ts`). For any other name, `put` and `get` throw a `TypeError`, and
 *    `list` leaves it out: nightdrop never writes such a name.
 * 8. `put` resolves with the time at which the store received the object, by the clock of the store: the time
 *    that `list` shows, or later by at most the duration of the call. If the store did not report it, it is
 *    undefined, never estimated.
 * 9. The first content under a name is the valid one, even if a server let other content replace it or hide
 *    it: `list` shows its size and its time, and `get` with `first` returns its bytes.
 */
export interface StoreWriter {
  /** Location of the objects, for messages: `s3://bucket/prefix` or a path. It contains no secret. */
  readonly place: string;
  /** Identity of the store. */
  readonly identity: StoreIdentity;
  /** Stores `bytes` under `name`. The caller must not change the buffer until the promise settles. */
  put(name: string, bytes: Uint8Array<ArrayBuffer>, options?: PutOptions): Promise<Date | undefined>;
  /** Closes sockets and other resources. */
  close(): void;
}

/** Memory of receipts that were opened: their signatures were good, and their texts well formed. */
export interface KnownReceipts {
  /** Returns whether a receipt was opened before, by the fingerprint of its signer and its SHA-256. */
  has(signer: string, digest: string): boolean;
  /** Remembers a receipt that was opened. */
  add(signer: string, digest: string): void;
  /** Returns whether receipts of a signer are remembered. */
  knows(signer: string): boolean;
}

/** Memory of receipts that were refused. */
export interface KnownRefusals {
  /** Returns whether a receipt was refused before, by a text that names everything on which this depends. */
  has(key: string): boolean;
  /** Remembers a refused receipt. */
  add(key: string): void;
}

/** Reader of a store. It cannot write. */
export interface StoreReader {
  /** Receipts of this store that were opened before; undefined if each must be verified. */
  readonly known?: KnownReceipts | undefined;
  /** Receipts of this store that were refused before; undefined if every receipt must be read. */
  readonly refusals?: KnownRefusals | undefined;
  /** Location of the objects, for messages. It contains no secret. */
  readonly place: string;
  /** Yields the objects whose names begin with `prefix`, in the order of the UTF-8 bytes of their names. */
  list(prefix: string, options?: ListOptions): AsyncIterable<StoredObject>;
  /** Returns all bytes of an object. A reader of a part checks its SHA-256 before it uses the bytes. */
  get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Yields the first components of the names of objects that have several, each once and in any order, in far fewer requests
   * than a list of all objects. One without visible objects may be left out or given.
   */
  directories(options?: Abortable): AsyncIterable<string>;
  /** Returns the number of days after which the store removes objects; Infinity if it never does. */
  expiry(options?: Abortable): Promise<number>;
  /** Closes sockets and other resources. */
  close(): void;
}

/** Remover of objects, which only the owner of a store opens. Hosts never have it. */
export interface StoreRemover {
  /** Location of the objects, for messages. It contains no secret. */
  readonly place: string;
  /**
   * Removes objects in this order. When it resolves, none of them comes back after a power failure. An object that is missing
   * is no error.
   */
  remove(names: readonly string[], options?: Abortable): Promise<void>;
  /** Closes sockets and other resources. */
  close(): void;
}

/** Reader that lists and fetches objects: the part of a store that most readers need. */
export type ObjectReader = Pick<StoreReader, "list" | "get" | "known" | "refusals">;

/** Object as a store lists it. */
export interface StoredObject {
  /** Full name of the object. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Time at which the store received the object, by the clock of the store. */
  readonly storedAt: Date;
  /** Number of times that other content was written over it; undefined for never. */
  readonly overwritten?: number | undefined;
  /**
   * Time since which a delete marker hides the object, so that it will be removed: by the expiry, or by a
   * user who may delete.
   */
  readonly hiddenAt?: Date | undefined;
}

/** Options of every call. */
export interface Abortable {
  /** Aborts the call, which then rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode StoreWriter.put}. */
export interface PutOptions extends Abortable {
  /**
   * SHA-256 of the bytes in hexadecimal, if the caller knows it: a server then checks the bytes against it, and it is not
   * computed again. A wrong one makes the put fail with `corrupted` at a server that checks.
   */
  readonly sha256?: string | undefined;
}

/** Options of {@linkcode StoreReader.list}. */
export interface ListOptions extends Abortable {
  /** Name after which the list begins. It need not exist. */
  readonly after?: string | undefined;
  /**
   * Called with each name that the list leaves out: a name or a type that no object has, or, with the reason,
   * a directory or file that cannot be read. Without this callback, unreadable ones are an error. It is not
   * called for names with a component that begins with a dot. A name may be reported twice, and not exactly
   * as it is.
   */
  readonly passedOver?: ((name: string, why?: StoreError) => void) | undefined;
}

/** Options of {@linkcode StoreReader.get}. */
export interface GetOptions extends Abortable {
  /** Maximum size in bytes that the caller accepts. */
  readonly maxBytes: number;
  /**
   * Requests the first content of the name. Without it, a server that allows overwriting may return later
   * content, which the SHA-256 in the name reveals. With it, a call needs one more request.
   */
  readonly first?: boolean | undefined;
}

/**
 * Reason of a {@link StoreError}.
 *
 * - `exists`: the name exists. `missing`: no such object. `oversized`: larger than the caller accepts.
 * - `denied`: the credentials, or the rules of this machine, do not allow it.
 * - `credentials`: wrong, expired or missing credentials. `setup`: wrong bucket, region, endpoint or
 *   directory.
 * - `clock`: the clock of this machine is too far off. `corrupted`: the bytes did not arrive as they were
 *   sent.
 * - `busy`, `unreachable`, `timeout`: temporary; a retry may succeed.
 * - `failed`: any other reason.
 */
export type StoreErrorKind =
  | "exists"
  | "missing"
  | "oversized"
  | "denied"
  | "credentials"
  | "setup"
  | "clock"
  | "corrupted"
  | "busy"
  | "unreachable"
  | "timeout"
  | "failed";

/** Scope of an error: one object, or the store as a whole. */
export type StoreErrorScope = "object" | "store";

/** Error of a store. */
export class StoreError extends Failure {
  /** Name of the class. */
  override readonly name = "StoreError";
  /** Kind of the error, for programs; the message is for people. */
  readonly kind: StoreErrorKind;
  /** Scope of the error, if known. */
  readonly #scope: StoreErrorScope | undefined;

  /** Creates an error of the given kind and scope. */
  constructor(
    kind: StoreErrorKind,
    message: string,
    options: {
      readonly hint?: string | undefined;
      readonly cause?: unknown;
      readonly scope?: StoreErrorScope | undefined;
    } = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.#scope = options.scope;
  }

  /** Whether a retry of the same call may succeed. */
  get passing(): boolean {
    return ["corrupted", "busy", "unreachable", "timeout"].includes(this.kind);
  }

  /** Whether the error may concern one object only, so that others may still be readable. */
  get ofOneObject(): boolean {
    if (this.#scope !== undefined) return this.#scope === "object";
    return ["denied", "failed", "corrupted"].includes(this.kind);
  }

  /** Returns a copy of the error with another message or scope. */
  with({ message = this.message, scope = this.#scope }: {
    readonly message?: string;
    readonly scope?: StoreErrorScope | undefined;
  }): StoreError {
    return new StoreError(this.kind, message, { hint: this.hint, cause: this, scope });
  }
}
