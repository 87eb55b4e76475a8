/** The command line of the bench. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { CASES } from "./cases.ts";
import { TOOLS } from "./tools.ts";

/** What was asked for. */
export interface Options {
  /** Names of cases. */
  readonly cases: readonly string[];
  /** Names of tools. */
  readonly only: readonly string[];
  readonly runs: number;
  readonly files: number;
  /** In bytes. */
  readonly size: number;
  /** Where everything lies and stays; else somewhere from where it is removed. */
  readonly directory: string | undefined;
  readonly tree: string | undefined;
  /** The document that takes the figures. */
  readonly write: string | undefined;
}

/** @throws {Error} if an argument is invalid. */
export function parseOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      runs: { type: "string", default: "3" },
      files: { type: "string", default: "1000000" },
      size: { type: "string", default: "10GB" },
      only: { type: "string", default: Object.keys(TOOLS).join() },
      directory: { type: "string" },
      tree: { type: "string" },
      write: { type: "string" },
    },
  });
  return {
    cases: positionals.length > 0 ? known("case", positionals, CASES) : Object.keys(CASES),
    only: known("tool", values.only.split(","), TOOLS),
    runs: whole("--runs", values.runs),
    files: whole("--files", values.files),
    size: bytes("--size", values.size),
    directory: values.directory === undefined ? undefined : resolve(values.directory),
    tree: values.tree === undefined ? undefined : resolve(values.tree),
    write: values.write,
  };
}

function known(what: string, names: readonly string[], all: object): readonly string[] {
  const strange = names.find((name) => !Object.hasOwn(all, name));
  if (strange === undefined) return names;
  throw new Error(`There is no ${what} "${strange}": ${Object.keys(all).join(", ")}`);
}

function whole(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`${option} takes a whole number from 1, not "${text}"`);
}

const UNITS: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9 };

function bytes(option: string, text: string): number {
  const match = /^([1-9]\d*)(MB|GB)$/.exec(text);
  if (match) return Number(match[1]) * UNITS[match[2]!]!;
  throw new Error(`${option} takes a size such as 50MB or 10GB, not "${text}"`);
}
