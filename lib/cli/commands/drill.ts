import { type Command, InvalidArgumentError, Option } from "commander";
import type { Host } from "../../config/types.ts";
import { restoreByGpg } from "../../drill/by_gpg.ts";
import { GpgHome } from "../../drill/gpg_home.ts";
import { stockVersion } from "../../drill/stock_program.ts";
import type { Secret } from "../../model/secret.ts";
import { choosePlanned } from "../../drill/choose.ts";
import { type HostDrill, type Rehearsal, rehearse, undrilled } from "../../drill/drill.ts";
import { newSeed } from "../../drill/random.ts";
import { recordOf, reportOf, signedReport } from "../../drill/report.ts";
import { openerWith } from "../../drill/request.ts";
import { restoreByNightdrop } from "../../drill/restorer.ts";
import type { Signer } from "../../seal/signer.ts";
import { jobsOf, readingWorkers } from "../../workers/pool.ts";
import { shareOf } from "../../workers/share.ts";
import { act, command } from "../command.ts";
import { answerRequest, readAnswers, writeFile, writeRequest } from "../drill_files.ts";
import { drillFindingLine, drillFindings, drillHeadline, hostLines } from "../drill_lines.ts";
import { reportSigner } from "../drill_signer.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { eachHost, readAtOnce } from "../fleet.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import { type Noticed, withNotice } from "../owner_notice.ts";
import type { CommonOptions, Session } from "../session.ts";

interface Options extends CommonOptions, IdentityOptions {
  readonly seed?: string;
  readonly report?: string;
  readonly signer?: string;
  readonly temp?: string;
  readonly by?: "gpg";
  readonly request?: string;
  readonly answer?: string;
  readonly sessionKeys?: readonly string[];
}

/** `drill`: rehearses restores. */
export function drillCommand(): Command {
  const made = command(
    "drill",
    "rehearse a restore of each host",
    "Restores a random sample of the newest complete snapshot and of an older one of each host into a private temporary " +
      "directory, compares every file with the signed index, loads the dumps with the commands in the config, and removes " +
      "everything. A check that could not run never passes. If the private key is on another machine, carry requests " +
      "(--request) to it and answers (--answer, --session-keys) back: first for the indexes, then for the volumes.",
  )
    .argument("[host...]", "hosts of the config (default: all hosts)")
    .addOption(
      new Option("--seed <text>", "draw the same sample as a drill with this seed (default: a random one)")
        .argParser(seed).conflicts("sessionKeys"),
    )
    .option("--report <file>", "write the result as signed JSON")
    .option("--signer <file>", "key that signs the report, created if missing (default: the private key)")
    .option("--temp <dir>", "directory for the restored files (default: TMPDIR or /tmp)")
    .addOption(new Option("--by <program>", "restore with gpg, zstd and tar").choices(["gpg"]))
    .addOption(
      new Option("--request <file>", "write the encrypted session keys that the drill needs to a file")
        .conflicts(["identity", "report", "by"]),
    )
    .addOption(
      new Option("--answer <file>", "decrypt the session keys of this request with --identity into FILE.keys")
        .conflicts(["request", "sessionKeys", "report", "seed", "by"]),
    )
    .addOption(
      new Option("--session-keys <file>", "session keys in place of a private key; can be repeated")
        .argParser((file: string, others: readonly string[] = []) => [...others, file]).conflicts("identity"),
    );
  return identityOptions(made)
    .example("drill --identity keys/backups.private.asc", "every host")
    .example("drill web1.example.org --identity … --report drill.asc", "one host, with a signed report")
    .example("drill --request drill.request", "ask for session keys, without a private key")
    .example("drill --answer drill.request --identity …", "decrypt them, on a machine without network")
    .example("drill --session-keys drill.request.keys --request more.request", "ask for those of the volumes")
    .action((names: string[], options: Options) =>
      act(options, (it) => withNotice(it, "drill", isFleet(names, options), () => run(it, names, options)))
    );
}

function isFleet(names: readonly string[], { request, answer }: Options): boolean {
  return names.length === 0 && request === undefined && answer === undefined;
}

async function run(
  session: Session,
  names: readonly string[],
  options: Options,
): Promise<ExitCode | Noticed> {
  const { answer, request, sessionKeys, seed = newSeed(), temp, report: file } = options;
  if (answer !== undefined) return await answerRequest(session, answer, await unlock(session, options));
  const answered = sessionKeys && await readAnswers(sessionKeys);
  const hosts = await session.namedOrAll(names.length > 0 ? names : [...answered?.plan.hosts.keys() ?? []]);
  if (request !== undefined) return await writeRequest(session, hosts, request, { seed, answered });
  const secrets = new Map<string, Secret | undefined>();
  const identities = answered === undefined
    ? await unlock(session, options, (name, secret) => secrets.set(name, secret))
    : [];
  const signer = file === undefined
    ? undefined
    : await reportSigner(options.signer, identities, session.output);
  const how: Rehearsal = answered === undefined ? { keys: identities, seed, temp } : {
    keys: openerWith(answered.keys),
    seed: answered.plan.seed,
    choose: choosePlanned(answered.plan.hosts),
    temp,
  };
  if (options.by === undefined) return await rehearseAll(session, hosts, how, { file, signer });
  session.cleansUp = true;
  const { report, signal } = session.run;
  const files = (options.identity ?? []).map((name) => ({ file: name, passphrase: secrets.get(name) }));
  const programs = await Promise.all(["gpg", "zstd", "tar"].map((name) => stockVersion(name, signal)));
  await using home = await GpgHome.create(files, temp, report, signal);
  return await rehearseAll(session, hosts, { ...how, restore: restoreByGpg(home) }, {
    file,
    signer,
    programs,
  });
}

/** Path of the report, and the key that signs it. */
interface ReportTo {
  readonly file: string | undefined;
  readonly signer: Signer | undefined;
  /** Programs that restore in place of nightdrop. */
  readonly programs?: readonly string[];
}

/** Findings that a webhook gets. */
const MAX_FINDINGS = 200;

async function rehearseAll(
  session: Session,
  hosts: readonly Host[],
  options: Rehearsal,
  { file, signer, programs = [] }: ReportTo,
): Promise<ExitCode | Noticed> {
  const { output, run } = session;
  session.cleansUp = true;
  const started = run.now();
  // gpg decrypts whole volumes into files: those of one host at a time.
  const atOnce = options.restore === undefined ? readAtOnce(hosts) : 1;
  using pool = readingWorkers(jobsOf({}));
  const restore = options.restore ?? restoreByNightdrop(shareOf(pool, Math.min(atOnce, hosts.length)));
  const drills = await Array.fromAsync(
    eachHost(session, hosts, atOnce, (host, own) => drillHost(own, host, { ...options, restore })),
  );
  const { seed } = options;
  const opened = typeof options.keys === "function" ? "session keys" : "private key";
  const report = reportOf(drills, { seed, opened, started, finished: run.now(), programs });
  if (file !== undefined) writeFile(file, await signedReport(report, signer!, run.now()), 0o600);
  const { state, checks, seconds } = report;
  output.data(drillHeadline(report), { event: "drill", seed, state, checks, hosts: drills.length, seconds });
  const code = exitCode(state);
  if (hosts.length < (await session.hosts()).size) return code;
  const findings = drillFindings(report).slice(0, MAX_FINDINGS);
  return {
    code,
    lines: [drillHeadline(report), ...findings.map(drillFindingLine)],
    values: { hosts: drills.length, seed, state, checks, seconds, findings },
  };
}

/** Drills a host, records the result and prints it. */
async function drillHost(session: Session, host: Host, options: Rehearsal): Promise<HostDrill> {
  const { output, run } = session;
  let found: HostDrill;
  try {
    found = await session.withReader(host, (reader) => rehearse(host, reader, options, run), {
      cached: false,
    });
  } catch (error) {
    run.signal.throwIfAborted();
    found = undrilled(host, error);
  }
  session.records().addDrill(host, recordOf(found, run.now()));
  output.data(hostLines(found), { event: "drilled", ...found });
  if (!found.pinned) output.warn(`${host.name}: signer not pinned: a forged host would not be detected`);
  return found;
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
