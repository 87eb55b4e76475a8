/** Tools to compare. */
import type { Tool } from "./contender.ts";
import { has } from "./shell.ts";
import { borg } from "./tools/borg.ts";
import { duplicity } from "./tools/duplicity.ts";
import { nightdrop } from "./tools/nightdrop.ts";
import { bestPipeline, limit, oldWay, zstdPipeline } from "./tools/pipelines.ts";
import { restic } from "./tools/restic.ts";
import type { Workshop } from "./workshop.ts";

type MakeTool = (workshop: Workshop, source: string) => Tool | Promise<Tool>;

/** All tools by their names for `--only`. nightdrop is first: the others are compared with it. */
export const TOOLS: Readonly<Record<string, MakeTool>> = {
  nightdrop,
  bzip2: oldWay,
  zstd1: (workshop, source) => zstdPipeline(workshop, source, 1),
  zstd2: bestPipeline,
  limit,
  restic,
  borg,
  duplicity,
};

/** What to install for a program that is called otherwise. */
const PACKAGES: Readonly<Record<string, string>> = {
  aws: "awscli",
  borg: "borgbackup",
  gpg: "gnupg",
  radosgw: "radosgw ceph-mon ceph-osd",
};

/** Returns for each missing program how to install it. */
export async function missing(programs: readonly string[]): Promise<string[]> {
  const present = await Promise.all(programs.map(has));
  return programs.filter((_, at) => !present[at])
    .map((program) => `${program} is missing: apt-get install ${PACKAGES[program] ?? program}`);
}

/** Those of the names that are here, and a line for each that is not. */
export async function toolsFor(
  names: readonly string[],
  workshop: Workshop,
  source: string,
): Promise<{ tools: Tool[]; left: string[] }> {
  const [tools, left]: [Tool[], string[]] = [[], []];
  for (const name of names) {
    const tool = await TOOLS[name]!(workshop, source);
    const lacks = await missing(tool.needs);
    if (lacks.length === 0) tools.push(tool);
    else left.push(...lacks.map((line) => `Left out: ${tool.backup.name} (${line})`));
  }
  return { tools, left };
}
