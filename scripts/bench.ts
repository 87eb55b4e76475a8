/**
 * Speed and memory beside the shell pipeline that people would write. Whole processes, measured by GNU time; the peers
 * run in turn with nightdrop, and what counts are the ratios of one run. Needs `time gnupg zstd` and some GB of disk.
 *
 *     deno task bench [--runs N] [--folder DIR] [tree|small|large …]
 */
import { parseArgs } from "node:util";

interface Measure {
  readonly seconds: number;
  readonly cpu: number;
  /** Resident memory of the largest process at its peak. */
  readonly mebibytes: number;
}

interface Contender {
  readonly name: string;
  readonly script: string;
}

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { runs: { type: "string", default: "3" }, folder: { type: "string" } },
});
const runs = Number(values.runs);
const folder = values.folder ?? await Deno.makeTempDir({ prefix: "nightdrop-bench-" });
const root = new URL("../", import.meta.url).pathname;
const nightdrop =
  `${Deno.execPath()} run --quiet --no-prompt --config ${root}deno.json -P=trusted ${root}mod.ts`;
const gpg = `gpg --homedir ${folder}/gnupg --batch --quiet --trust-model always`;

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

async function bash(script: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `set -euo pipefail; ${script}`],
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`${script}\n${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim();
}

async function once({ script }: Contender): Promise<Measure> {
  const report = `${folder}/time`;
  await Deno.writeTextFile(`${folder}/script`, `set -euo pipefail; ${script}\n`);
  await bash(`/usr/bin/time -o ${report} -f '%e %U %S %M' bash ${folder}/script > /dev/null`);
  const [seconds, user, system, kibibytes] = (await Deno.readTextFile(report)).trim().split(/\s+/).map(
    Number,
  );
  return { seconds: seconds!, cpu: user! + system!, mebibytes: kibibytes! / 1024 };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Runs the contenders in turn, after one run of each that does not count, and prints them beside the first. */
async function race(title: string, contenders: Contender[]): Promise<void> {
  const measures = contenders.map((): Measure[] => []);
  for (let run = 0; run <= runs; run++) {
    for (const [at, contender] of contenders.entries()) {
      const measure = await once(contender);
      if (run > 0 || runs === 0) measures[at]!.push(measure);
    }
  }
  const rows = measures.map((all) => ({
    seconds: median(all.map((it) => it.seconds)),
    cpu: median(all.map((it) => it.cpu)),
    mebibytes: Math.max(...all.map((it) => it.mebibytes)),
  }));
  say(`\n${title}\n${"".padEnd(34)}    wall s    ratio     CPU s    ratio   peak MiB`);
  for (const [at, { seconds, cpu, mebibytes }] of rows.entries()) {
    const figures = [seconds, rows[0]!.seconds / seconds, cpu, rows[0]!.cpu / cpu];
    say(
      contenders[at]!.name.padEnd(34) + figures.map((it) => it.toFixed(2).padStart(10)).join("") +
        mebibytes.toFixed(0).padStart(11),
    );
  }
}

async function prepare(): Promise<void> {
  await bash(`rm -rf ${folder}/keys ${folder}/gnupg; mkdir -p -m 700 ${folder}/gnupg ${folder}/out`);
  await bash(`${nightdrop} keygen ${folder}/keys --quiet`);
  await bash(`${gpg} --import ${folder}/keys/backups.private.asc`);
}

async function configure(name: string, source: string): Promise<string> {
  const fingerprint = await bash(`${gpg} --with-colons --list-keys | awk -F: '/^fpr/ {print $10; exit}'`);
  const file = `${folder}/${name}.config.ts`;
  await Deno.writeTextFile(
    file,
    `export default ${
      JSON.stringify({
        recipients: [{ file: "keys/backups.asc", fingerprint }],
        store: { kind: "directory", path: `${folder}/out/${name}` },
        state: `${folder}/state`,
        retention: { days: 1 },
        hosts: { bench: { paths: [source] } },
      })
    };`,
  );
  return file;
}

function backups(name: string, config: string, source: string): Contender[] {
  const recipient = "nightdrop";
  const pipeline = (zstd: string): string =>
    `tar -C / -cf - ${
      source.slice(1)
    } 2> /dev/null | ${zstd} | ${gpg} -z0 --cipher-algo AES256 -r ${recipient} -e ` +
    `| tee ${folder}/out/${name}.tar.zst.gpg | sha256sum`;
  return [
    {
      name: "nightdrop backup",
      script:
        `rm -rf ${folder}/out/${name}; ${nightdrop} backup --config ${config} --host bench --quiet || [ $? = 3 ]`,
    },
    { name: "tar | zstd -3 | gpg -z0", script: pipeline("zstd -3 -T1 -q") },
    { name: "tar | zstd -3 -T2 | gpg -z0", script: pipeline("zstd -3 -T2 -q") },
  ];
}

function restores(name: string, config: string): Contender[] {
  const to = `${folder}/back`;
  const identity = `${folder}/keys/backups.private.asc`;
  return [
    {
      name: "nightdrop restore",
      script:
        `rm -rf ${to}; ${nightdrop} restore latest --config ${config} --to ${to} --identity ${identity} --quiet`,
    },
    {
      name: "gpg -d | zstd -d | tar x",
      script:
        `rm -rf ${to}; mkdir ${to}; ${gpg} -d ${folder}/out/${name}.tar.zst.gpg | zstd -dcq | tar -xp -C ${to}`,
    },
  ];
}

async function compete(name: string, title: string, source: string): Promise<void> {
  const config = await configure(name, source);
  await race(`${title}: backup`, backups(name, config, source));
  await race(`${title}: restore`, restores(name, config));
  await bash(`rm -rf ${folder}/back ${folder}/out/${name}*`);
}

const CASES: Readonly<Record<string, () => Promise<void>>> = {
  async tree(): Promise<void> {
    const count = await bash("find /usr -xdev | wc -l");
    const size = await bash("du -sxh --apparent-size /usr | cut -f1");
    await compete("tree", `/usr, ${count} entries, ${size}`, "/usr");
  },
  async small(): Promise<void> {
    const source = `${folder}/small`;
    await bash(
      `python3 -c 'import os, sys\nfor d in range(300):\n  os.makedirs(f"${source}/{d}", exist_ok=True)\n` +
        `  for f in range(1000):\n    open(f"${source}/{d}/{f}", "w").write(f"{d} {f}\\n" * (f % 40))'`,
    );
    await compete("small", "300,000 small files", source);
    await bash(`rm -rf ${source}`);
  },
  async large(): Promise<void> {
    const source = `${folder}/large`;
    await bash(`mkdir -p ${source}; head -c 5G /dev/urandom > ${source}/file`);
    await compete("large", "one file of 5 GiB that cannot be compressed", source);
    await bash(`rm -rf ${source}`);
  },
};

await prepare();
for (const name of positionals.length > 0 ? positionals : Object.keys(CASES)) {
  const run = CASES[name];
  if (run === undefined) throw new Error(`No such case: ${name}. There are ${Object.keys(CASES).join(", ")}`);
  await run();
}
if (values.folder === undefined) await Deno.remove(folder, { recursive: true });
