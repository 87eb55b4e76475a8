import { type Command, InvalidArgumentError, Option } from "commander";
import type { StoreReader } from "../../app/stores.ts";
import type { VerificationRun } from "../../app/verified_record.ts";
import type { Host } from "../../config/types.ts";
import { MAX_SUBSETS, subsetOf } from "../../model/subset.ts";
import type { Finding } from "../../verify/findings.ts";
import { verifyPins } from "../../verify/pins.ts";
import { verify, type VerifyOptions, type VerifyResult } from "../../verify/verify.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { forHosts, readAtOnce } from "../fleet.ts";
import { formatBytes, formatNumber } from "../format.ts";
import { type Noticed, withNotice } from "../owner_notice.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import { PINS, storeOption } from "../named_store.ts";
import type { CommonOptions, Session } from "../session.ts";
import { wholeNumber } from "../whole_number.ts";

interface Options extends CommonOptions, IdentityOptions {
  readonly deep?: boolean;
  readonly sample?: number;
  readonly subset?: number;
  readonly content: boolean;
}

/** `verify`: checks the stored snapshots. */
export function verifyCommand(): Command {
  const made = command(
    "verify",
    "check that the stored snapshots are complete and unchanged",
    "Checks the signatures, the chain of receipts, and the presence, size and SHA-256 of every object, without a private " +
      "key. From the dates in the store and its expiry rule it computes until when each snapshot can be restored (--verbose " +
      "prints the days). With --deep it also decrypts every volume and compares it with the index.",
  )
    .argument("[host]", "host of the config (default: all hosts)")
    .addOption(new Option("--deep", "decrypt and read everything; needs --identity").conflicts("content"))
    .option(
      "--no-content",
      "check presence, sizes, dates, signatures and the chain only, without reading content",
    )
    .option("--sample <n>", "read only n random objects of each snapshot", wholeNumber)
    .addOption(
      new Option(
        "--subset <1/n>",
        "read only the objects of today's subset of n, so that n days read every object once",
      ).argParser(numberOfSubsets).conflicts(["deep", "sample", "content"]),
    );
  return identityOptions(storeOption(made))
    .example("verify", "every host")
    .example("verify --subset 1/30", "every night a thirtieth of the objects")
    .example("verify web1.example.org --deep --identity keys/backups.private.asc", "all")
    .action((host: string | undefined, options: Options) =>
      act(
        options,
        (session) => withNotice(session, "verify", host === undefined, () => run(session, host, options)),
      )
    );
}

/** Findings that a webhook gets. */
const MAX_FINDINGS = 200;

async function run(session: Session, name: string | undefined, options: Options): Promise<Noticed> {
  const findings: Finding[] = [];
  const noted = (finding: Finding): void => {
    if (finding.kind !== "note" && findings.length < MAX_FINDINGS) findings.push(finding);
  };
  const how: VerifyOptions = {
    ...(options.deep ? { identities: await unlock(session, options) } : {}),
    ...(options.sample === undefined ? {} : { sample: options.sample }),
    ...(options.subset === undefined ? {} : { subset: subsetOf(session.run.now(), options.subset) }),
    content: options.content,
  };
  const work = async (host: Host, session: Session): Promise<ExitCode> => {
    const { damages, unreadable } = await verifyHost(session, host, how, noted);
    if (damages > 0) return EXIT.DAMAGE;
    return unreadable > 0 ? EXIT.FAILED : EXIT.DONE;
  };
  const result = await forHosts(session, name, work, (hosts) => hostsAtOnce(hosts, how));
  const { code, good, damaged, failed, text } = result;
  return {
    code,
    lines: [text, ...findings.map(findingLine)],
    values: { hosts: good + damaged.length + failed.length, damaged, failed, findings },
  };
}

/** Returns the number of hosts that are verified at the same time. `--deep` uses all processors for one. */
function hostsAtOnce(hosts: readonly Host[], { identities }: VerifyOptions): number {
  return identities === undefined ? readAtOnce(hosts) : 1;
}

function findingLine({ kind, host, snapshot, what }: Finding): string {
  return `${kind}: ${snapshot === undefined ? host : `${host}/${snapshot}`}: ${what}`;
}

async function verifyHost(
  session: Session,
  host: Host,
  how: VerifyOptions,
  noted: (finding: Finding) => void,
): Promise<VerifyResult> {
  const { output } = session;
  const isHidden = output.quiet && !output.json;
  const found = (finding: Finding): void => {
    noted(finding);
    if (isHidden && finding.kind === "note") return;
    output.data(findingLine(finding), { event: "finding", ...finding });
  };
  const check = (reader: StoreReader): Promise<VerifyResult> =>
    session.store === PINS
      ? verifyPins(host, reader, how.content ?? true, found, session.run)
      : verify(host, reader, how, found, session.run);
  const result = await session.withReader(host, check, { cached: how.content === false });
  if (session.store === undefined) {
    session.records().addVerification(host, { at: session.run.now(), ...kindOf(how), result });
  }
  if (host.signers.length === 0 && !session.isWithoutConfig) {
    output.warn(
      `${host.name}: signer not pinned: a forged host would not be detected (\`nightdrop list --json\` prints the key)`,
    );
  }
  for (const { snapshot, until } of result.restorable) {
    if (until !== undefined) output.detail(`${host.name}/${snapshot} can be restored until ${until}`);
  }
  if (isHidden && result.damages + result.unreadable + result.warnings === 0) return result;
  output.data(`${host.name}: ${summaryOf(result, how)}`, {
    event: "verified",
    host: host.name,
    ...kindOf(how),
    ...result,
  });
  return result;
}

/** Returns the result of a verification in words. */
function summaryOf(result: VerifyResult, how: VerifyOptions): string {
  const verdict = [
    verdictOf(result),
    ...(result.unreadable === 0 ? [] : [`${result.unreadable} could not be checked`]),
    ...(result.warnings === 0 ? [] : [formatNumber(result.warnings, "warning")]),
  ].join(", ");
  const [first] = result.restorable.map(({ until }) => until).filter((it) => it !== undefined).sort();
  const lasts = first === undefined ? "" : `, all can be restored until ${first}`;
  const read = `${formatNumber(result.objects, "object")} of ${formatBytes(result.bytes)} read${
    how.subset === undefined ? "" : ` (subset ${how.subset.part + 1} of ${how.subset.of})`
  }`;
  return `${verdict}: ${formatNumber(result.snapshots, "snapshot")}, ${read}${lasts}`;
}

/** Returns what a verification reads. */
function kindOf(
  { content, identities, sample, subset }: VerifyOptions,
): Pick<VerificationRun, "kind" | "subset"> {
  if (content === false) return { kind: "presence" };
  if (subset !== undefined) return { kind: "subset", subset };
  if (sample !== undefined) return { kind: "sample" };
  return { kind: identities === undefined ? "content" : "deep" };
}

function verdictOf({ damages, unreadable }: VerifyResult): string {
  if (damages > 0) return `DAMAGED, ${formatNumber(damages, "finding")}`;
  return unreadable > 0 ? "NOT CHECKED" : "good";
}

function numberOfSubsets(text: string): number {
  const [, digits] = /^1\/([1-9]\d{0,2})$/.exec(text) ?? [];
  const of = Number(digits);
  if (of >= 2 && of <= MAX_SUBSETS) return of;
  throw new InvalidArgumentError(`Give a part such as 1/30, from 1/2 to 1/${MAX_SUBSETS}.`);
}
