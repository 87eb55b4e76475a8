/** Description of a measurement: date, programs and machine. */
import { formatNumber } from "../../lib/model/format.ts";
import { bash, has, quoted } from "./shell.ts";

const VERSIONS: Readonly<Record<string, string>> = {
  tar: "tar --version",
  zstd: "zstd --version",
  gpg: "gpg --version",
  restic: "restic version",
  borg: "borg --version",
  duplicity: "duplicity --version",
  aws: "aws --version",
  radosgw: "radosgw --version",
};

const root = new URL("../../", import.meta.url).pathname;

/** Returns one sentence about the machine and one about the programs. */
export async function describeMachine(runs: number, now: Date): Promise<string> {
  const cpu = await bash("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1");
  const memory = Math.round(Deno.systemMemoryInfo().total / 1e9);
  const cores = navigator.hardwareConcurrency;
  const date = now.toISOString().slice(0, 10);
  return `${date}, ${formatNumber(runs, "run")} each; ${cores} cores (${cpu}), ${memory} GB of memory, ` +
    `Linux ${Deno.osRelease()}. ${(await versions()).join(", ")}.`;
}

async function versions(): Promise<string[]> {
  const found = [`nightdrop ${await revision()}`, `Deno ${Deno.version.deno}`];
  for (const [program, command] of Object.entries(VERSIONS)) {
    if (await has(program)) found.push(`${program} ${numberIn(await bash(`${command} 2>&1 | head -n 1`))}`);
  }
  return found;
}

/** Returns the commit, if this is a Git repository. */
async function revision(): Promise<string> {
  return await bash(`git -C ${quoted(root)} describe --always --dirty 2> /dev/null || echo "of no commit"`);
}

/** Returns the first version number in a text. */
function numberIn(text: string): string {
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? text;
}
