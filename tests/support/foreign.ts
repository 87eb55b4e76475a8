/**
 * Foreign programs that tests use as oracles. If one is missing, the test is skipped with a message; in CI it fails, so
 * that no skip is overlooked.
 */
import { Buffer } from "node:buffer";

const PACKAGES: Readonly<Record<string, string>> = {
  borg: "borgbackup",
  bsdtar: "libarchive-tools",
  chromium: "chromium",
  busybox: "busybox-static",
  find: "findutils",
  fish: "fish",
  getfacl: "acl",
  getfattr: "attr",
  gpg: "gnupg",
  groff: "groff-base",
  "mariadb-dump": "mariadb-client",
  "mkfs.exfat": "exfatprogs",
  "mount.exfat-fuse": "exfat-fuse",
  "mariadb-install-db": "mariadb-server",
  openssl: "openssl",
  pg_dumpall: "postgresql",
  promtool: "prometheus",
  mandoc: "mandoc",
  memcached: "memcached",
  mkfifo: "coreutils",
  faketime: "faketime",
  jsonschema: "python3-jsonschema",
  python3: "python3",
  radosgw: "radosgw ceph-mon ceph-osd",
  sq: "sq",
  sqlite3: "sqlite3",
  sqop: "sqop",
  "swift-account-server": "swift-account",
  "swift-container-server": "swift-container",
  "swift-object-server": "swift-object",
  "swift-proxy-server": "swift-proxy",
  rnp: "rnp",
  setpriv: "util-linux",
  unshare: "util-linux",
  jq: "jq",
  setcap: "libcap2-bin",
  setfacl: "acl",
  setfattr: "attr",
  "systemd-analyze": "systemd",
  "systemd-nspawn": "systemd-container",
  systemctl: "systemd",
  tar: "tar",
  zsh: "zsh",
  zstd: "zstd",
};

/** Returns whether a program is in the PATH. */
export function has(program: string): boolean {
  const directories = (Deno.env.get("PATH") ?? "").split(":");
  return directories.some((directory) => {
    try {
      return Deno.statSync(`${directory}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

/** Registers a test that needs foreign programs: skipped with a message if one is missing, a failure in CI. */
export function foreignTest(
  programs: string[],
  name: string,
  body: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const missing = programs.filter((program) => !has(program));
  const packages = missing.map((program) => PACKAGES[program] ?? program).join(" ");
  if (missing.length > 0 && Deno.env.get("CI")) {
    Deno.test(name, () => {
      throw new Error(`Missing in CI: ${missing.join(", ")} (apt-get install ${packages})`);
    });
  } else {
    const label = missing.length > 0 ? `${name} [skipped: apt-get install ${packages}]` : name;
    Deno.test({ name: label, ignore: missing.length > 0, fn: body });
  }
}

/** Registers such a test that only root can run. */
export function rootForeignTest(
  programs: string[],
  name: string,
  body: (t: Deno.TestContext) => void | Promise<void>,
): void {
  if (Deno.uid() === 0 || Deno.env.get("CI")) foreignTest(programs, name, body);
  else Deno.test({ name: `${name} [skipped: run as root]`, ignore: true, fn: body });
}

export interface Ran {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
  /** Standard output as text. */
  readonly text: string;
}

export interface RunOptions {
  readonly stdin?: Uint8Array | string;
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Runs a program to its end. */
export async function run(program: string, args: string[], options: RunOptions = {}): Promise<Ran> {
  const child = new Deno.Command(program, {
    args,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { LC_ALL: "C.UTF-8", NO_COLOR: "1", ...options.env },
  }).spawn();
  const feed = async (): Promise<void> => {
    if (options.stdin === undefined) return;
    const writer = child.stdin.getWriter();
    try {
      await writer.write(Buffer.from(options.stdin as string));
      await writer.close();
    } catch {
      await writer.abort().catch(() => {}); // the program did not want it all
    }
  };
  const [output] = await Promise.all([child.output(), feed()]);
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: output.stdout,
    stderr: decoder.decode(output.stderr),
    text: decoder.decode(output.stdout),
  };
}

/** Runs a program, and throws if it fails. */
export async function must(program: string, args: string[], options: RunOptions = {}): Promise<Ran> {
  const ran = await run(program, args, options);
  if (ran.code !== 0) {
    throw new Error(`${program} ${args.join(" ")}: exit ${ran.code}\n${ran.stderr}\n${ran.text}`);
  }
  return ran;
}

/** Runs a shell script with `pipefail`, and throws if it fails. */
export function bash(script: string, options: RunOptions = {}): Promise<Ran> {
  return must("bash", ["-c", `set -euo pipefail\n${script}`], options);
}
