/**
 * Speed and memory beside the shell pipeline that people would write. Whole processes, measured by GNU time; the peers
 * run in turn with nightdrop, and what counts are the ratios of one run. Needs `time gnupg zstd` and some GB of disk.
 *
 *     deno task bench [--runs N] [--folder DIR] [--tree DIR] [tree|small|large …]
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
  options: {
    runs: { type: "string", default: "3" },
    folder: { type: "string" },
    tree: { type: "string", default: "/usr" },
  },
});
const runs = Number(values.runs);
const folder = values.folder ?? await Deno.makeTempDir({ prefix: "nightdrop-bench-" });
const root = new URL("../", import.meta.url).pathname;
const { tasks } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
const gpg = `gpg --homedir ${folder}/gnupg --batch --quiet --trust-model always`;

/** A command with the flags that its task gives to Deno, from any folder. */
function nightdrop(command: string): string {
  const flags = /^deno run (.*)mod\.ts/.exec(tasks[command].command)![1];
  return `${Deno.execPath()} run --config ${root}deno.json ${flags}${root}mod.ts ${command}`;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

async function bash(script: string): Promise<string> {
  const args = ["-c", `set -euo pipefail; ${script}`];
  const { code, stdout, stderr } = await new Deno.Command("bash", { args }).output();
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
      if (run > 0) measures[at]!.push(measure);
    }
  }
  print(title, contenders, measures);
}

function print(title: string, contenders: Contender[], measures: Measure[][]): void {
  const rows = measures.map((all) => ({
    seconds: median(all.map((it) => it.seconds)),
    cpu: median(all.map((it) => it.cpu)),
    mebibytes: Math.max(...all.map((it) => it.mebibytes)),
  }));
  say(`\n${title}\n${"".padEnd(30)}    wall s    ratio     CPU s    ratio   peak MiB`);
  for (const [at, { seconds, cpu, mebibytes }] of rows.entries()) {
    const figures = [seconds, rows[0]!.seconds / seconds, cpu, rows[0]!.cpu / cpu];
    const columns = figures.map((it) => it.toFixed(2).padStart(10)).join("");
    say(contenders[at]!.name.padEnd(30) + columns + mebibytes.toFixed(0).padStart(11));
  }
}

async function prepare(): Promise<void> {
  await bash(`mkdir -p -m 700 ${folder}/gnupg ${folder}/out ${folder}/back`);
  await bash(`${nightdrop("keygen")} ${folder}/keys --quiet`);
  await bash(`${gpg} --import ${folder}/keys/backups.private.asc`);
}

async function configure(name: string, source: string): Promise<string> {
  const fingerprint = await bash(`${gpg} --with-colons --list-keys | awk -F: '/^fpr/ {print $10; exit}'`);
  const file = `${folder}/${name}.config.ts`;
  const config = {
    recipients: [{ file: "keys/backups.asc", fingerprint }],
    store: { kind: "directory", path: `${folder}/out/${name}` },
    state: `${folder}/state`,
    retention: { days: 1 },
    hosts: { bench: { paths: [source] } },
  };
  await Deno.writeTextFile(file, `export default ${JSON.stringify(config)};`);
  return file;
}

function backups(name: string, config: string, source: string): Contender[] {
  const pipeline = (zstd: string): string =>
    `tar -C / -cf - ${source.slice(1)} 2> /dev/null | ${zstd} ` +
    `| ${gpg} -z0 --cipher-algo AES256 -r "nightdrop backups" -e | tee ${folder}/out/${name}.tar.zst.gpg | sha256sum`;
  const ours = `${nightdrop("backup")} --config ${config} --host bench --quiet || [ $? = 3 ]`;
  return [
    { name: "nightdrop backup", script: `rm -rf ${folder}/out/${name}; ${ours}` },
    { name: "tar | zstd -3 | gpg -z0", script: pipeline("zstd -3 -T1 -q") },
    { name: "tar | zstd -3 -T2 | gpg -z0", script: pipeline("zstd -3 -T2 -q") },
  ];
}

/** Each run has a new folder: ext4 is slow to make files where many have just been removed. */
function restores(name: string, config: string): Contender[] {
  const to = `to=$(mktemp -d ${folder}/back/XXXXXX)`;
  const how = `--config ${config} --identity ${folder}/keys/backups.private.asc --quiet`;
  return [
    { name: "nightdrop restore", script: `${to}; ${nightdrop("restore")} latest ${how} --to $to` },
    {
      name: "gpg -d | zstd -d | tar x",
      script: `${to}; ${gpg} -d ${folder}/out/${name}.tar.zst.gpg | zstd -dcq | tar -xp -C $to`,
    },
  ];
}

async function compete(name: string, title: string, source: string): Promise<void> {
  const config = await configure(name, source);
  await race(`${title}: backup`, backups(name, config, source));
  await race(`${title}: restore`, restores(name, config));
  await bash(`rm -rf ${folder}/back/* ${folder}/out/${name}*`);
}

const CASES: Readonly<Record<string, () => Promise<void>>> = {
  async tree(): Promise<void> {
    const count = await bash(`find ${values.tree} | wc -l`);
    const size = await bash(`du -sh --apparent-size ${values.tree} | cut -f1`);
    await compete("tree", `${values.tree}, ${count} entries, ${size}`, values.tree);
  },
  async small(): Promise<void> {
    const source = `${folder}/small`;
    for (let number = 0; number < 300; number++) {
      await Deno.mkdir(`${source}/${number}`, { recursive: true });
      for (let file = 0; file < 1000; file++) {
        Deno.writeTextFileSync(`${source}/${number}/${file}`, `${number} ${file}\n`.repeat(file % 40));
      }
    }
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
