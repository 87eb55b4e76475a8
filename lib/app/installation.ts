import { dirname } from "node:path/posix";

/** Form in which nightdrop is installed. It determines where its files and permissions are. */
export type Installation =
  /** Clone of the repository in `directory`, started by the tasks of its `deno.json`. */
  | { readonly kind: "clone"; readonly directory: string }
  /** Single-file script, possibly with a `deno.json` beside it. */
  | { readonly kind: "script"; readonly file: string }
  /** Program that starts Deno with the permissions of each command: an executable, the package, the script by its name. */
  | {
    readonly kind: "executable";
    readonly file: string;
    readonly builtFor?: BuiltFor | undefined;
    /** `path` if it finds Deno in the PATH. Default: it contains Deno, or knows where it is. */
    readonly deno?: "path" | undefined;
    /** Absolute path of the type declarations of the package. */
    readonly types?: string | undefined;
  };

/** Host that an executable was built for. */
export interface BuiltFor {
  /** Name of the host in the config. */
  readonly host: string;
  /** Absolute path of the config on the host. */
  readonly config: string;
  /** Value of the config, if the executable contains it; undefined if the file is read. */
  readonly value?: unknown;
}

// The entry point of a script or an executable sets this before anything else runs. The default is a clone.
let installed: Installation = {
  kind: "clone",
  directory: new URL("../..", import.meta.url).pathname.replace(/\/$/, ""),
};

/** Returns how nightdrop is installed. */
export function installation(): Installation {
  return installed;
}

/** Sets how nightdrop is installed. */
export function installedAs(what: Installation): void {
  installed = what;
}

/** Returns the host that an executable was built for, or undefined. */
export function builtFor(how: Installation): BuiltFor | undefined {
  return how.kind === "executable" ? how.builtFor : undefined;
}

/** Returns the path of the `deno.json` with the permission sets; undefined for an executable, which contains them. */
export function denoJson(how: Installation): string | undefined {
  if (how.kind === "clone") return `${how.directory}/deno.json`;
  return how.kind === "script" ? `${dirname(how.file)}/deno.json` : undefined;
}

/** Returns whether a file is part of nightdrop: a config that imports it needs no permission to read it. */
export function isLoaded(path: string, how: Installation): boolean {
  if (how.kind !== "clone") return path === how.file;
  return path === `${how.directory}/mod.ts` || path.startsWith(`${how.directory}/lib/`);
}

/** Returns the command that starts this Deno. For a Deno from the npx cache, which can be emptied, it is npx. */
export function denoCommand(): string[] {
  const program = Deno.execPath();
  return isFetched(program) ? ["npx", "--yes", `deno@${Deno.version.deno}`] : [program];
}

function isFetched(program: string): boolean {
  return program.includes("/_npx/");
}
