import { selectHost } from "../config/select.ts";
import { defaultStateDirectory } from "../config/state_directory.ts";
import type { Host } from "../config/types.ts";
import type { Report, Run } from "../app/events.ts";
import { hostsOf } from "../app/hosts.ts";
import { builtFor, installation } from "../app/installation.ts";
import { openReader, type StoreReader } from "../app/stores.ts";
import { isJournal } from "./journal.ts";
import { Output } from "./output.ts";

/** The options that every command has. */
export interface CommonOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color: boolean;
}

/** One call of the command line: where it writes, when it stops, and what the config says. */
export class Session {
  readonly output: Output;
  readonly run: Run;
  readonly configFile: string;
  /** Set when there is something to clean up, or somebody to notify, after an interrupt: then it gets the time for that. */
  cleansUp = false;
  #hosts: ReadonlyMap<string, Host> | undefined;

  constructor(options: CommonOptions, signal: AbortSignal) {
    const { json = false, quiet = false, verbose = false } = options;
    this.configFile = options.config;
    this.output = new Output({
      json,
      quiet,
      verbose,
      color: options.color && environment("NO_COLOR") === undefined,
      journal: isJournal(environment),
    });
    this.run = { report: this.output.report, signal, now: () => new Date() };
  }

  /** Every host of the config. */
  async hosts(): Promise<ReadonlyMap<string, Host>> {
    const stateDirectory = defaultStateDirectory(Deno.uid(), environment);
    return this.#hosts ??= await hostsOf(this.configFile, stateDirectory, installation());
  }

  /** The named host; without a name the one that an executable was built for, or that this machine is. */
  async host(name: string | undefined): Promise<Host> {
    return selectHost(await this.hosts(), name ?? builtFor(installation())?.host, Deno.hostname());
  }

  /** The named host, or all of them. */
  async hostOrAll(name: string | undefined): Promise<Host[]> {
    return name === undefined ? [...(await this.hosts()).values()] : [await this.host(name)];
  }

  async withReader<T>(host: Host, body: (reader: StoreReader) => Promise<T>): Promise<T> {
    const run = this.#hosts?.size === 1
      ? this.run
      : { ...this.run, report: about(host.name, this.run.report) };
    const reader = await openReader(host.store, environment, run);
    try {
      return await body(reader);
    } finally {
      reader.close();
    }
  }
}

/** Reports what is said by the store of one of several hosts. */
function about(host: string, report: Report): Report {
  return (event) => {
    const isTalk = event.event === "note" || event.event === "warning";
    report(isTalk ? { ...event, text: `${host}: ${event.text}` } : event);
  };
}

/** An environment variable; what the sandbox hides is not set. */
export function environment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

export type { Output };
