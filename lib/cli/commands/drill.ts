import { dirname } from "node:path/posix";
import { type Command, InvalidArgumentError } from "commander";
import type { Host } from "../../config/types.ts";
import { replaceFile } from "../../disk/replace.ts";
import { drill, type DrillOptions, type HostDrill } from "../../drill/drill.ts";
import { newSeed } from "../../drill/random.ts";
import { reportOf, signedReport } from "../../drill/report.ts";
import { Failure, reason } from "../../model/failure.ts";
import { shellWord } from "../../model/shell.ts";
import type { Signer } from "../../seal/signer.ts";
import { act, command } from "../command.ts";
import { drillHeadline, hostLines } from "../drill_lines.ts";
import { reportSigner } from "../drill_signer.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import type { CommonOptions, Session } from "../session.ts";

interface Options extends CommonOptions, IdentityOptions {
  readonly seed?: string;
  readonly report?: string;
  readonly signer?: string;
  readonly temp?: string;
}

/** `drill`: rehearses restores. */
export function drillCommand(): Command {
  const made = command(
    "drill",
    "rehearse a restore of each host",
    "Restores a random sample of the newest complete snapshot and of an older one of each host into a private temporary " +
      "directory, compares every file with the signed index, loads the dumps with the commands in the config, and removes " +
      "everything. A check that could not run never passes.",
  )
    .argument("[host...]", "hosts of the config (default: all hosts)")
    .option("--seed <text>", "draw the same sample as a drill with this seed (default: a random one)", seed)
    .option("--report <file>", "write the result as signed JSON")
    .option("--signer <file>", "key that signs the report, created if missing (default: the private key)")
    .option("--temp <dir>", "directory for the restored files (default: TMPDIR or /tmp)");
  return identityOptions(made)
    .example("drill --identity keys/backups.private.asc", "every host")
    .example("drill web1.example.org --identity … --report drill.asc", "one host, with a signed report")
    .action((names: string[], options: Options) => act(options, (session) => run(session, names, options)));
}

async function run(session: Session, names: readonly string[], options: Options): Promise<ExitCode> {
  const hosts = await session.namedOrAll(names);
  const keys = await unlock(options);
  const signer = options.report === undefined
    ? undefined
    : await reportSigner(options.signer, keys, session.output);
  const { seed = newSeed(), temp } = options;
  return await rehearse(session, hosts, { keys, seed, temp }, { file: options.report, signer });
}

/** Where the report is written, and the key that signs it. */
interface ReportTo {
  readonly file: string | undefined;
  readonly signer: Signer | undefined;
}

async function rehearse(
  session: Session,
  hosts: readonly Host[],
  options: DrillOptions,
  { file, signer }: ReportTo,
): Promise<ExitCode> {
  const { output, run } = session;
  session.cleansUp = true;
  const started = run.now();
  const drills: HostDrill[] = [];
  const withReader: Parameters<typeof drill>[1] = (host, body) =>
    session.withReader(host, body, { cached: false });
  for await (const it of drill(hosts, withReader, options, run)) {
    drills.push(it);
    output.data(hostLines(it), { event: "drilled", ...it });
    if (!it.pinned) output.warn(`${it.host}: signer not pinned: a forged host would not be detected`);
  }
  const { seed } = options;
  const opened = typeof options.keys === "function" ? "session keys" : "private key";
  const report = reportOf(drills, { seed, opened, started, finished: run.now(), programs: [] });
  if (file !== undefined) write(file, await signedReport(report, signer!, run.now()));
  const { state, checks, seconds } = report;
  output.data(drillHeadline(report), { event: "drill", seed, state, checks, hosts: drills.length, seconds });
  return exitCode(report.state);
}

function exitCode(state: HostDrill["state"]): ExitCode {
  if (state === "failed") return EXIT.DAMAGE;
  return state === "ok" ? EXIT.DONE : EXIT.FAILED;
}

function seed(text: string): string {
  if (!/^[0-9A-Za-z-]{1,64}$/.test(text)) {
    throw new InvalidArgumentError("Give up to 64 letters, digits and hyphens.");
  }
  return text;
}

function write(file: string, text: string): void {
  try {
    replaceFile(file, text, 0o600);
  } catch (error) {
    throw new Failure(`Cannot write "${file}": ${reason(error)}`, {
      hint: `Its directory must exist: \`mkdir -p ${shellWord(dirname(file))}\``,
      cause: error,
    });
  }
}
