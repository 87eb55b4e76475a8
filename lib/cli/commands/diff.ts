import { type Command, Option } from "commander";
import { bytesOf, type Change } from "../../snapshots/changes.ts";
import { diff } from "../../snapshots/diff.ts";
import type { Snapshot } from "../../snapshots/snapshots.ts";
import { Columns } from "../columns.ts";
import { act, command } from "../command.ts";
import { entryCells } from "../entry_cells.ts";
import type { ExitCode } from "../exit.ts";
import { formatBytes, formatCount } from "../format.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import { Problems } from "../problems.ts";
import { storeOption } from "../named_store.ts";
import type { CommonOptions, Session } from "../session.ts";
import { SNAPSHOT_ARGUMENT, withSnapshot } from "../snapshot.ts";

interface Options extends CommonOptions, IdentityOptions {
  readonly sort: "path" | "size";
}

/** `diff`: what differs between two snapshots. */
export function diffCommand(): Command {
  const made = command(
    "diff",
    "compare two snapshots",
    "Prints what was added, removed or changed from one snapshot to another, from their encrypted indexes: the sizes before " +
      "and after, what differs (type, content, link, device, mode, owner, time, attributes) and the path. Differences are no " +
      "failure: the exit code is 0.",
  )
    .argument("<before>", SNAPSHOT_ARGUMENT)
    .argument("<after>", "the other snapshot, named likewise")
    .argument("[glob...]", "such as /etc/ssh, '*.conf' or '/srv/**/uploads' (default: everything)")
    .addOption(new Option("--sort <by>", "order of the lines").choices(["path", "size"]).default("path"));
  return identityOptions(storeOption(made))
    .example("diff 2026-11-27 latest --identity keys/backups.private.asc", "what has changed since that day")
    .example("diff 2026-11-27 2026-11-28 /srv --sort size --identity …", "what made last night large")
    .action((before: string, after: string, globs: string[], options: Options) =>
      act(options, (session) => run(session, [before, after], globs, options))
    );
}

async function run(
  session: Session,
  [before, after]: readonly [string, string],
  globs: readonly string[],
  options: Options,
): Promise<ExitCode> {
  const identities = await unlock(session, options);
  const problems = new Problems(session.run.report);
  const problem = ({ host, id }: Snapshot, why: Parameters<Problems["add"]>[1]): void =>
    problems.add(`${host}/${id}`, why);
  await withSnapshot(
    session,
    before,
    async (one, reader) =>
      await withSnapshot(session, after, async (other, otherReader) => {
        const [a, b] = [{ snapshot: one, reader }, { snapshot: other, reader: otherReader }];
        const changes = await diff(a, b, identities, { globs, problem }, session.run);
        if (options.sort === "size") changes.sort((a, b) => bytesOf(b) - bytesOf(a)); // which keeps the order of paths
        print(session, changes);
        summarize(session, one, other, changes);
      }),
  );
  return problems.end();
}

const TITLES = ["CHANGE", "BEFORE", "AFTER", "DIFFERENCES", "PATH"];

function print({ output }: Session, changes: readonly Change[]): void {
  const columns = new Columns(output, { right: [1, 2], titles: TITLES });
  for (const change of changes) {
    const { path, before, after, differences } = change;
    const record = { path, differences, ...(before && { before }), ...(after && { after }) };
    const sizes = [before, after].map((it) => it === undefined ? "-" : String(it.size));
    const cells = [
      kindOf(change),
      ...sizes,
      differences.join(",") || "-",
      entryCells((after ?? before)!).path,
    ];
    columns.add(cells, { event: "change", change: kindOf(change), ...record });
    if (output.unread) break;
  }
  columns.end();
}

const KINDS = ["added", "removed", "changed"] as const;

function kindOf({ before, after }: Change): typeof KINDS[number] {
  if (before === undefined) return "added";
  return after === undefined ? "removed" : "changed";
}

function summarize({ output }: Session, before: Snapshot, after: Snapshot, changes: readonly Change[]): void {
  const of = (kind: string): { count: number; bytes: number } => {
    const some = changes.filter((it) => kindOf(it) === kind);
    return { count: some.length, bytes: some.reduce((sum, it) => sum + bytesOf(it), 0) };
  };
  const [names, totals] = [
    [before, after].map(({ host, id }) => `${host}/${id}`),
    KINDS.map((it) => [it, of(it)] as const),
  ];
  const text = totals.map(([kind, { count, bytes }]) =>
    `${formatCount(count)} ${kind} (${formatBytes(bytes)})`
  ).join(", ");
  output.data(`${text}: ${names.join(" to ")}`, {
    event: "compared",
    before: names[0],
    after: names[1],
    ...Object.fromEntries(totals),
  });
}
