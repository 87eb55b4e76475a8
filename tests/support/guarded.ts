/** Clone on a host whose sandbox is narrowed to its config: the start of tests of permissions. */
import { withClone } from "../docs/clone.ts";
import { type Ran, run } from "./foreign.ts";
import { owner } from "./owner.ts";

export const HOST = "web1.example.org";

/** Host with a clone, a config, keys and a directory to back up. */
export interface Guarded {
  /** Holds the clone and, beside it, everything else. */
  readonly directory: string;
  readonly clone: string;
  readonly config: string;
  /** Declared path. */
  readonly source: string;
  /** Writes the config, with other settings than `{ paths: ["source"] }`, and code before it. */
  configure(settings?: object, code?: string): void;
  /** Runs a task of the clone for this config, `--host` where the command is about one. */
  task(command: string, args?: string[], env?: Record<string, string>): Promise<Ran>;
  /** Runs a shell line as a user on this host, with `deno` and `npx` in the PATH. */
  shell(line: string, env?: Record<string, string>): Promise<Ran>;
}

const ABOUT_ONE_HOST = ["backup", "upload", "permissions"];

/** Runs `body` with a host whose store is a directory unless `store` says otherwise; nothing is narrowed yet. */
export function withGuarded(
  body: (host: Guarded) => Promise<void>,
  store: object = { kind: "directory", path: "store" },
): Promise<void> {
  return withClone(async (clone, path) => {
    const directory = clone.slice(0, clone.lastIndexOf("/"));
    const [config, source] = [`${directory}/etc/backup.config.ts`, `${directory}/source`];
    Deno.mkdirSync(`${directory}/etc/keys`, { recursive: true });
    Deno.mkdirSync(source);
    Deno.writeTextFileSync(`${source}/file`, "content\n");
    Deno.writeTextFileSync(`${directory}/etc/keys/backups.asc`, owner.publicKey);
    Deno.writeTextFileSync(`${directory}/etc/private.asc`, owner.privateKey, { mode: 0o600 });
    const shell = (line: string, env: Record<string, string> = {}): Promise<Ran> =>
      run("sh", ["-c", line], {
        cwd: directory,
        env: { ...path, NIGHTDROP_CACHE: `${directory}/cache`, ...env },
      });
    const guarded: Guarded = {
      directory,
      clone,
      config,
      source,
      shell,
      configure(settings = {}, code = ""): void {
        const value = {
          recipients: [{ file: "keys/backups.asc", fingerprint: owner.fingerprint }],
          store,
          state: "../state",
          retention: { days: 30 },
          partSize: "64 KiB",
          jobs: 2,
          hosts: { [HOST]: { paths: ["../source"], ...settings } },
        };
        Deno.writeTextFileSync(config, `${code}\nexport default ${JSON.stringify(value)};\n`);
      },
      task(command, args = [], env = {}): Promise<Ran> {
        const host = ABOUT_ONE_HOST.includes(command) && !args.includes("--trusted") ? ["--host", HOST] : [];
        const words = [command, "--config", config, ...host, ...args].map((word) => `'${word}'`).join(" ");
        return shell(`cd ${clone} && deno task --quiet ${words}`, env);
      },
    };
    guarded.configure();
    await body(guarded);
  });
}

/** Narrows the sets of the clone to its config. */
export async function narrow(host: Guarded, args: string[] = []): Promise<void> {
  const { code, stderr } = await host.task("permissions", [...args, "--write"]);
  if (code !== 0) throw new Error(stderr);
}

/** The sets of the clone as Deno reads them. */
export function setsOf({ clone }: Guarded): Record<string, Record<string, unknown>> {
  return JSON.parse(Deno.readTextFileSync(`${clone}/deno.json`)).permissions;
}

/** What was asked of the sandbox while something ran: see `DENO_AUDIT_PERMISSIONS` of Deno. */
export function askedIn(audit: string): { permission: string; value: string }[] {
  const lines = Deno.readTextFileSync(audit).trim().split("\n").map((line) => JSON.parse(line));
  return lines.map(({ permission, value }) => ({ permission, value: plain(String(value)) }));
}

/** Modules are asked for by URL, and so is the network by `fetch`. */
function plain(value: string): string {
  if (value.startsWith("file://")) return value.slice("file://".length);
  return /^https?:/.test(value) ? new URL(value).host : value;
}
