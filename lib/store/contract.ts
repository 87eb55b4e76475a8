import { Failure } from "../model/failure.ts";

/**
 * Distinguishes a store from all others, also from one that takes its place later: a disk that is not mounted, a
 * bucket that was created again. A bucket's follows from the config. That of a directory lies in the directory.
 */
export type StoreIdentity = string | StoreMarker;

/** The marker of a directory store, which holds its identity. */
export interface StoreMarker {
  /**
   * Reads the identity; undefined where there is no marker.
   *
   * @throws {StoreError} if there is something else in its place, or the directory cannot be read.
   */
  read(): Promise<string | undefined>;
  /**
   * Gives the directory a new identity. Of several hosts that begin a store at the same time one wins, and all get its
   * identity.
   *
   * @param replace also where there is a marker already.
   * @throws {StoreError} if it cannot be written.
   */
  begin(replace: boolean): Promise<string>;
  /** What is stored in the directory: a host that can write there can also look. */
  readonly objects: ObjectReader;
}

/**
 * Stores: named write-once objects. There is no delete: objects end by the provider's expiry alone.
 *
 * The laws, which `tests/store/conformance.ts` holds every store to:
 *
 * 1. `put` is all or nothing and create-only: a name that exists is refused with `exists` and its first bytes
 *    stay. Of many writers of one name exactly one wins.
 * 2. When `put` has resolved, the object is durable and readers see it at once, in `list` and in `get`.
 * 3. A `put` that fails or is aborted leaves no object that can be listed under that name, unless it says
 *    `unreachable`, `timeout` or `busy`: then it is unknown. It is also unknown if an abort came too late.
 * 4. `get` gives exactly the stored bytes; a missing object is `missing`, one of more than `maxBytes` is
 *    `oversized` and is not read.
 * 5. `list` gives every object whose name begins with the prefix, each once, in the order of their names'
 *    UTF-8 bytes, however many pages that takes. An unknown prefix is an empty list.
 * 6. Errors are {@link StoreError}s, and those of a writer do not contain the object's name: the host's logs must
 *    not remember it. An aborted call rejects with the signal's reason.
 * 7. Names are those that `isName` (see `name.ts`) takes. Another one is a `TypeError` in `put` and `get`,
 *    and is left out of lists: nothing of ours has it.
 * 8. `put` resolves with the time at which the store took the object, by the store's own clock and as `list` will give
 *    it, or up to the length of the call later. It never makes one up: undefined if the store did not report it.
 * 9. What was stored first under a name is what counts, also where a server has let somebody put other bytes over
 *    it, or hide it: `list` gives its size and its time, and `get` with `first` gives its bytes.
 */
export interface StoreWriter {
  /** Where the objects go, for people: `s3://bucket/prefix` or a path. Holds no secret. */
  readonly place: string;
  /** Identity of the store. */
  readonly identity: StoreIdentity;
  /** Stores `bytes` under `name`. The buffer is the store's until the promise settles. */
  put(name: string, bytes: Uint8Array<ArrayBuffer>, options?: Abortable): Promise<Date | undefined>;
  /** Lets go of sockets and the like. */
  close(): void;
}

/** The reading half. It cannot write. */
export interface StoreReader {
  /** Where the objects come from, for people. Holds no secret. */
  readonly place: string;
  /** The objects whose name begins with `prefix`, in order. */
  list(prefix: string, options?: ListOptions): AsyncIterable<StoredObject>;
  /** Returns all bytes of an object. A reader of a part checks its SHA-256 before it uses the bytes. */
  get(name: string, options: GetOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** After how many days the store removes objects by itself; Infinity for never. */
  expiry(options?: Abortable): Promise<number>;
  /** Lets go of sockets and the like. */
  close(): void;
}

/** Reader that lists and fetches objects: the part of a store that most readers need. */
export type ObjectReader = Pick<StoreReader, "list" | "get">;

/** What a store says about an object. */
export interface StoredObject {
  /** Its full name. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When the store took it, by the store's clock. */
  readonly storedAt: Date;
  /** How often the server has let other bytes be put over it; undefined for never. */
  readonly overwritten?: number | undefined;
  /** Since when the server hides it, and is about to remove it: by its expiry, or for somebody who may delete. */
  readonly hiddenAt?: Date | undefined;
}

/** Options of every call. */
export interface Abortable {
  /** An aborted call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode StoreReader.list}. */
export interface ListOptions extends Abortable {
  /** Begin behind this name, which need not exist. */
  readonly after?: string | undefined;
  /**
   * Called with what the list passes over: anything with a name or type that no object has, and directories and files that cannot be
   * looked at, with the reason; without it, these are an error. Not called for names with a component that begins with a dot. A
   * name may come twice, and not exactly as it is.
   */
  readonly passedOver?: ((name: string, why?: StoreError) => void) | undefined;
}

/** Options of {@linkcode StoreReader.get}. */
export interface GetOptions extends Abortable {
  /** The most that the caller takes into memory. */
  readonly maxBytes: number;
  /**
   * Asks for what was stored first. Without it a server that lets others be put over it may give these, which the
   * SHA-256 in the name shows; with it a call needs one more request.
   */
  readonly first?: boolean | undefined;
}

/**
 * Why a store refused.
 *
 * - `exists`: the name is taken. `missing`: no such object. `oversized`: larger than the caller takes.
 * - `denied`: the credentials, or the machine's own rules, do not allow it.
 * - `credentials`: wrong, expired or absent credentials. `setup`: bucket, region, endpoint or directory are wrong.
 * - `clock`: this machine's clock is too far off. `corrupted`: the bytes did not arrive as they were sent.
 * - `busy`, `unreachable`, `timeout`: may pass; worth a retry.
 * - `failed`: anything else.
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

/** What an error is about: one object, or the store as a whole. */
export type StoreErrorScope = "object" | "store";

/** Error of a store. */
export class StoreError extends Failure {
  /** The class's name. */
  override readonly name = "StoreError";
  /** Kind of the error, for programs; the message is for people. */
  readonly kind: StoreErrorKind;
  /** Object or store that the error is about, if known. */
  readonly #scope: StoreErrorScope | undefined;

  /** As of {@link Failure}, the kind, and what it is about. */
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

  /** Whether the same call may succeed a little later. */
  get passing(): boolean {
    return ["corrupted", "busy", "unreachable", "timeout"].includes(this.kind);
  }

  /** Whether it may be about one object alone, so that others are worth a try. */
  get ofOneObject(): boolean {
    if (this.#scope !== undefined) return this.#scope === "object";
    return ["denied", "failed", "corrupted"].includes(this.kind);
  }

  /** Returns the same error with another message, or about something else. */
  with({ message = this.message, scope = this.#scope }: {
    readonly message?: string;
    readonly scope?: StoreErrorScope | undefined;
  }): StoreError {
    return new StoreError(this.kind, message, { hint: this.hint, cause: this, scope });
  }
}
