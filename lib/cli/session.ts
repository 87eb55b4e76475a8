import { placeOfArgument } from "../config/store_argument.ts";
import { selectHost } from "../config/select.ts";
import { defaultStateDirectory } from "../config/state_directory.ts";
import { atStore } from "../config/copies.ts";
import type { Host, Mirror } from "../config/types.ts";
import type { Report, Run } from "../app/events.ts";
import { NO_OWNER, type Owner } from "../config/owner.ts";
import { hostsOf, ownerOf } from "../app/hosts.ts";
import { builtFor, installation } from "../app/installation.ts";
import { OwnerCache } from "../app/owner_cache.ts";
import { cacheDirectory, recordsDirectory } from "../app/owner_directories.ts";
import { Records } from "../app/records.ts";
import { openReader, type StoreReader } from "../app/stores.ts";
import { bareStoreHosts, isDirectory, isPlace, NOT_PINNED } from "./bare_store.ts";
import { namedStore, PINS, type StoreOptions } from "./named_store.ts";
import { Misuse } from "../model/failure.ts";
import { datedReader } from "../snapshots/mirror_dates.ts";
import { withCopies } from "../snapshots/copies.ts";
import { isJournal } from "./journal.ts";
import { Output } from "./output.ts";

/** Options of every command. */
export interface CommonOptions extends StoreOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color: boolean;
  /** Directory that relative paths start from; undefined for the working directory. */
  readonly from?: string;
}

/** One run of the command line: its output, its abort signal and the hosts of the config. */
export class Session {
  readonly output: Output;
  readonly run: Run;
  readonly configFile: string;
  /** Name of the store that is read instead of that of the host; undefined for that of the host. */
  readonly store: string | undefined;
  /** Set if an interrupt must be followed by clean-up or notifications: the command then gets time for them. */
  cleansUp = false;
  #hosts: ReadonlyMap<string, Host> | undefined;
  /** Keys that sign the dates of the original store, if a mirror is read in its place, by the name of the host. */
  readonly #dateSigners = new Map<string, readonly string[]>();
  #isWithoutConfig = false;
  #cache: OwnerCache | "unused" | undefined = "unused";

  readonly #options: CommonOptions;

  constructor(options: CommonOptions, signal: AbortSignal, output = outputOf(options)) {
    this.#options = options;
    this.configFile = options.config;
    this.store = options.store;
    this.output = output;
    this.run = { report: this.output.report, signal, now: () => new Date() };
  }

  /** Returns this session with an output of its own, for the work for one of several hosts. */
  withOutput(output: Output): Session {
    const session = new Session(this.#options, this.run.signal, output);
    session.#hosts = this.#hosts;
    for (const [name, signers] of this.#dateSigners) session.#dateSigners.set(name, signers);
    session.#cache = this.#cache;
    session.#isWithoutConfig = this.#isWithoutConfig;
    return session;
  }

  /** Returns the records of verifications and drills on this machine. */
  records(): Records {
    const note = (text: string): void => this.run.report({ event: "note", text });
    return new Records(recordsDirectory(Deno.uid(), environment), note);
  }

  /** Whether the hosts are those of a store that is read without a config: nothing is pinned or promised. */
  get isWithoutConfig(): boolean {
    return this.#isWithoutConfig;
  }

  /** Returns the hosts of the config, or of the store that is read without one, by name. */
  async hosts(): Promise<ReadonlyMap<string, Host>> {
    return this.#hosts ??= await this.#storeHosts(this.store);
  }

  /** A plain word is the name of a store of the config, or else a directory. */
  async #storeHosts(store: string | undefined): Promise<ReadonlyMap<string, Host>> {
    if (store === undefined) return await this.#configHosts();
    const place = placeOfArgument(store, this.#options.from ?? ".");
    if (isPlace(store)) return await this.#bareHosts(place);
    let named: ReadonlyMap<string, Host>;
    try {
      named = this.#namedHosts(await this.#configHosts(), store);
    } catch (error) {
      if (store === PINS || !isDirectory(place)) throw error;
      return await this.#bareHosts(place);
    }
    return this.#chosen(named);
  }

  #namedHosts(hosts: ReadonlyMap<string, Host>, store: string): ReadonlyMap<string, Host> {
    for (const { name, mirrors } of hosts.values()) {
      const mirror = mirrors.find((it) => it.name === store);
      if (mirror !== undefined) this.#dateSigners.set(name, mirror.signers);
    }
    return namedStore(hosts, store);
  }

  async #configHosts(): Promise<ReadonlyMap<string, Host>> {
    const stateDirectory = defaultStateDirectory(Deno.uid(), environment);
    return await hostsOf(this.configFile, stateDirectory, installation());
  }

  async #bareHosts(place: string): Promise<ReadonlyMap<string, Host>> {
    const hosts = await bareStoreHosts(place, this.#options, environment, this.run);
    if (this.#options.signer === undefined) this.output.warn(NOT_PINNED);
    this.#isWithoutConfig = true;
    return hosts;
  }

  /** Returns the host that `--host` names, or all. */
  #chosen(hosts: ReadonlyMap<string, Host>): ReadonlyMap<string, Host> {
    const { host: name, signer } = this.#options;
    if (signer !== undefined) {
      throw new Misuse("Cannot use --signer with a store of the config", {
        hint: 'Set "signer" of the host in the config',
      });
    }
    if (name === undefined) return hosts;
    const host = selectHost(hosts, name, "");
    return new Map([[host.name, host]]);
  }

  /** Returns the settings of the owner's machine. */
  async owner(): Promise<Owner> {
    await this.hosts();
    if (this.#isWithoutConfig) return NO_OWNER;
    return await ownerOf(this.configFile, installation());
  }

  /** Returns the named host; without a name the host that the executable was built for, or this machine. */
  async host(name: string | undefined): Promise<Host> {
    return selectHost(await this.hosts(), name ?? builtFor(installation())?.host, Deno.hostname());
  }

  /** Returns the named host or, without a name, all hosts. */
  async hostOrAll(name: string | undefined): Promise<Host[]> {
    return name === undefined ? [...(await this.hosts()).values()] : [await this.host(name)];
  }

  /** Returns the named hosts, each once; without names all hosts. */
  async namedOrAll(names: readonly string[]): Promise<Host[]> {
    if (names.length === 0) return [...(await this.hosts()).values()];
    return await Promise.all([...new Set(names)].map((name) => this.host(name)));
  }

  /** Cache of what was read of stores; undefined if this machine or the sandbox allows none. */
  get cache(): OwnerCache | undefined {
    if (this.#cache === "unused") {
      this.#cache = OwnerCache.open(cacheDirectory(Deno.uid(), environment), this.#hosts?.size ?? 1);
    }
    return this.#cache;
  }

  /** Runs `body` with a reader of a mirror of the host, which lists the dates of the original store. */
  async withMirror<T>(
    host: Host,
    { store, signers }: Mirror,
    body: (reader: StoreReader) => Promise<T>,
    how: Pick<ReadingOptions, "cached"> = {},
  ): Promise<T> {
    return await this.withReader(atStore(host, store), body, { ...how, dates: signers });
  }

  /**
   * Runs `body` with a reader of the host's store, and closes the reader.
   *
   * @param how With `cached: false` the store is asked for every object, also for receipts and indexes that were read before.
   *   With `"refusals"` too, except for receipts that were refused. With `fallback`, what the store lacks is taken from mirrors and pins. `dates` are the keys that sign the dates of a mirror.
   */
  async withReader<T>(
    host: Host,
    body: (reader: StoreReader) => Promise<T>,
    how: ReadingOptions = {},
  ): Promise<T> {
    const run = this.#hosts?.size === 1
      ? this.run
      : { ...this.run, report: about(host.name, this.run.report) };
    const isCopied = how.fallback === true && host.mirrors.length > 0;
    const isBrief = isCopied || how.dates !== undefined;
    const opened = await openReader(host.store, environment, run, isBrief ? SHORT_PATIENCE_MS : undefined);
    const dated = datedReader(opened, how.dates ?? this.#dateSigners.get(host.name) ?? [], warning(run));
    const { cached = true } = how;
    const own = cached && this.cache?.caching(dated, host.name, cached === true) || dated;
    const reader = how.fallback === true ? await withCopies(own, host, environment, run) : own;
    try {
      return await body(reader);
    } finally {
      reader.close();
    }
  }
}

/** Options of reading a store. */
interface ReadingOptions {
  readonly cached?: boolean | "refusals";
  readonly fallback?: boolean;
  readonly dates?: readonly string[];
}

/** Time to retry a store whose copies can be read instead, or a copy. */
const SHORT_PATIENCE_MS = 30_000;

function warning({ report }: Run): (text: string) => void {
  return (text) => report({ event: "warning", text });
}

function outputOf({ json = false, quiet = false, verbose = false, color }: CommonOptions): Output {
  return new Output({
    json,
    quiet,
    verbose,
    color: color && environment("NO_COLOR") === undefined,
    journal: isJournal(environment),
  });
}

/** Returns a reporter that puts the host's name before notes and warnings. */
function about(host: string, report: Report): Report {
  return (event) => {
    const isTalk = event.event === "note" || event.event === "warning";
    report(isTalk ? { ...event, text: `${host}: ${event.text}` } : event);
  };
}

/** Returns an environment variable; undefined if it is not set or the sandbox does not grant it. */
export function environment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

export type { Output };
