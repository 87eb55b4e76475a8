import { dirname } from "node:path/posix";

/** How nightdrop is installed: where its own files are, and what decides over its permissions. */
export type Installation =
  /** A copy of the repository in `directory`, with `deno.json`; its tasks start it. */
  | { readonly kind: "clone"; readonly directory: string }
  /** The single-file script; there may be a `deno.json` beside it. */
  | { readonly kind: "script"; readonly file: string }
  /** One file with Deno in it, which brings its permissions along, and may have been built for one host. */
  | { readonly kind: "executable"; readonly file: string; readonly builtFor?: BuiltFor | undefined };

/** The host that an executable was built for. */
export interface BuiltFor {
  /** Its name in the config. */
  readonly host: string;
  /** Absolute path of the config there. */
  readonly config: string;
  /** What the config exports, if it is in the executable and not read from there. */
  readonly value?: unknown;
}

// The entry of a script or an executable says what it is before anything else runs; who says nothing is a clone.
let installed: Installation = {
  kind: "clone",
  directory: new URL("../..", import.meta.url).pathname.replace(/\/$/, ""),
};

/** How nightdrop is installed here. */
export function installation(): Installation {
  return installed;
}

/** Tells how nightdrop is installed here. */
export function installedAs(what: Installation): void {
  installed = what;
}

/** The host that this executable was built for, if it is one and was. */
export function builtFor(how: Installation): BuiltFor | undefined {
  return how.kind === "executable" ? how.builtFor : undefined;
}

/** The `deno.json` that sets of permissions are in, or can be; undefined for executables, which bring theirs. */
export function denoJson(how: Installation): string | undefined {
  if (how.kind === "clone") return `${how.directory}/deno.json`;
  return how.kind === "script" ? `${dirname(how.file)}/deno.json` : undefined;
}

/** Whether a file is part of nightdrop and loaded with it: a config that imports it needs no permission to read it. */
export function isLoaded(path: string, how: Installation): boolean {
  if (how.kind !== "clone") return path === how.file;
  return path === `${how.directory}/mod.ts` || path.startsWith(`${how.directory}/lib/`);
}

/** What starts this Deno from a shell. What npx has fetched lies in a cache, which people empty. */
export function denoCommand(): string[] {
  const program = Deno.execPath();
  return isFetched(program) ? ["npx", "--yes", `deno@${Deno.version.deno}`] : [program];
}

function isFetched(program: string): boolean {
  return program.includes("/_npx/");
}
