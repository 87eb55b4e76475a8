/**
 * Measures `find`, `diff` and `cat` beside restic on the same snapshots:
 *
 *     deno run -A scripts/bench/browse.ts --directory /var/tmp/browse --files 60000 --snapshots 60 --runs 3
 *
 * Between two snapshots one file in a hundred changes. "cold" is without the caches of the programs, "warm" with them.
 * A directory that is there already is measured once more.
 *
 * @module
 */
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    directory: { type: "string", default: "/var/tmp/nightdrop-browse" },
    files: { type: "string", default: "60000" },
    snapshots: { type: "string", default: "60" },
    runs: { type: "string", default: "3" },
  },
});
const at = values.directory;
const [files, snapshots, runs] = [values.files, values.snapshots, values.runs].map(Number) as [
  number,
  number,
  number,
];
const program = new URL("../../nightdrop", import.meta.url).pathname;
const FILES_IN_A_DIRECTORY = 100;
const WANTED = "tree/d7/f7";
const IDENTITY = `--identity ${at}/keys/backups.private.asc`;
const ENVIRONMENT = {
  RESTIC_REPOSITORY: `${at}/restic`,
  RESTIC_PASSWORD: "browse",
  RESTIC_CACHE_DIR: `${at}/cache/restic`,
  XDG_CACHE_HOME: `${at}/cache`,
  HOME: at,
};

/** What a command took. */
interface Took {
  readonly seconds: number;
  readonly kibibytes: number;
}

function sh(command: string): string {
  const { code, stdout, stderr } = new Deno.Command("bash", {
    args: ["-c", `set -euo pipefail; ${command}`],
    env: ENVIRONMENT,
    cwd: at,
    stdin: "null",
  }).outputSync();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`${command}: exit ${code}\n${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** The fastest of some runs. Before each, `prepare` is run. */
function measure(command: string, prepare: string): Took {
  let best: Took | undefined;
  for (let run = 0; run < runs; run += 1) {
    sh(prepare);
    sh(`/usr/bin/time -o took -f '%e %M' ${command} > printed`);
    const [seconds = 0, kibibytes = 0] = Deno.readTextFileSync(`${at}/took`).trim().split(" ").map(Number);
    if (best === undefined || seconds < best.seconds) best = { seconds, kibibytes };
  }
  return best!;
}

function makeTree(): void {
  for (let file = 0; file < files; file += 1) {
    const directory = `${at}/tree/d${Math.floor(file / FILES_IN_A_DIRECTORY)}`;
    if (file % FILES_IN_A_DIRECTORY === 0) Deno.mkdirSync(directory, { recursive: true });
    Deno.writeTextFileSync(
      `${directory}/f${file % FILES_IN_A_DIRECTORY}`,
      `file ${file}\n`.repeat(1 + file % 40),
    );
  }
  sh(`find tree -exec touch -d '1 day ago' {} +`); // what was changed just now is read again
}

function change(snapshot: number): void {
  for (let file = snapshot; file < files; file += 100) {
    const path = `${at}/tree/d${Math.floor(file / FILES_IN_A_DIRECTORY)}/f${file % FILES_IN_A_DIRECTORY}`;
    Deno.writeTextFileSync(path, `changed in ${snapshot}\n`);
    Deno.utimeSync(path, new Date(), new Date(Date.now() - 3_600_000));
  }
}

function makeSnapshots(): void {
  Deno.mkdirSync(at, { recursive: true });
  makeTree();
  sh(`${program} keygen keys`);
  const [, fingerprint] = /([0-9A-Fa-f]{40})/.exec(sh("gpg --show-keys --with-colons keys/backups.asc"))!;
  Deno.writeTextFileSync(
    `${at}/backup.config.ts`,
    `export default { recipients: [{ file: "keys/backups.asc", fingerprint: "${fingerprint}" }],
      store: { kind: "directory", path: "store" }, state: "state", retention: { days: 180 },
      hosts: { host: { paths: ["tree"] } } };`,
  );
  sh("restic init");
  for (let snapshot = 0; snapshot < snapshots; snapshot += 1) {
    if (snapshot > 0) change(snapshot);
    sh(`${program} backup --host host`);
    sh("restic backup --quiet tree");
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

if (!exists(at)) makeSnapshots();
const ids = sh(`${program} list --json | sed -n 's/.*"snapshot":"\\([^"]*\\)".*/\\1/p'`).trim().split("\n");
const others = sh('restic snapshots --json | grep -o \'"short_id":"[^"]*"\' | cut -d\'"\' -f4').trim().split(
  "\n",
);
const JOBS = {
  find: [`${program} find ${at}/${WANTED} ${IDENTITY}`, `restic find /${WANTED}`],
  diff: [
    `${program} diff ${ids.at(-2)} ${ids.at(-1)} ${IDENTITY}`,
    `restic diff --metadata ${others.at(-2)} ${others.at(-1)}`,
  ],
  "diff of the ends": [
    `${program} diff ${ids[0]} ${ids.at(-1)} ${IDENTITY}`,
    `restic diff --metadata ${others[0]} ${others.at(-1)}`,
  ],
  cat: [`${program} cat latest ${at}/${WANTED} ${IDENTITY}`, `restic dump latest /${WANTED}`],
} as const;
const rows = [
  `| job | cache | nightdrop | restic | ratio | nightdrop, MiB | restic, MiB |`,
  `|---|---|---|---|---|---|---|`,
];
for (const [job, commands] of Object.entries(JOBS)) {
  for (const [cache, prepare] of [["cold", "rm -rf cache"], ["warm", "true"]] as const) {
    const [ours, theirs] = commands.map((command) => measure(command, prepare)) as [Took, Took];
    const ratio = (ours.seconds / theirs.seconds).toFixed(2);
    const memory = [ours, theirs].map(({ kibibytes }) => Math.round(kibibytes / 1024));
    rows.push(
      `| ${job} | ${cache} | ${ours.seconds} s | ${theirs.seconds} s | ${ratio} | ${memory.join(" | ")} |`,
    );
  }
}
Deno.stdout.writeSync(
  new TextEncoder().encode(`${files} files, ${snapshots} snapshots\n\n${rows.join("\n")}\n`),
);
