import { type Command, InvalidArgumentError, Option } from "commander";
import type { Host } from "../../config/types.ts";
import { MAX_SUBSETS, subsetOf } from "../../model/subset.ts";
import type { Finding } from "../../verify/findings.ts";
import type { VerifyOptions } from "../../verify/verify.ts";
import { act, command } from "../command.ts";
import type { ExitCode } from "../exit.ts";
import { forHosts, readAtOnce } from "../fleet.ts";
import { type Noticed, withNotice } from "../owner_notice.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import { storeOption } from "../named_store.ts";
import { verifyHost } from "../verify_host.ts";
import type { CommonOptions, Session } from "../session.ts";
import { wholeNumber } from "../whole_number.ts";

interface Options extends CommonOptions, IdentityOptions {
  readonly deep?: boolean;
  readonly sample?: number;
  readonly subset?: number;
  readonly content: boolean;
  readonly mirrors: boolean;
}

/** `verify`: checks the stored snapshots. */
export function verifyCommand(): Command {
  const made = command(
    "verify",
    "check that the stored snapshots are complete and unchanged",
    "Checks the signatures, the chain of receipts, and the presence, size and SHA-256 of every object, without a private " +
      "key. From the dates in the store and its expiry rule it computes until when each snapshot can be restored (--verbose " +
      "prints the days). With --deep it also decrypts every volume and compares it with the index. The mirrors of the " +
      "config are checked in the same way, and compared with the store.",
  )
    .argument("[host]", "host of the config (default: all hosts)")
    .addOption(new Option("--deep", "decrypt and read everything; needs --identity").conflicts("content"))
    .option(
      "--no-content",
      "check presence, sizes, dates, signatures and the chain only, without reading content",
    )
    .option("--no-mirrors", "check the store alone, not the mirrors of the config")
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
  const how: VerifyOptions = {
    ...(options.deep ? { identities: await unlock(session, options) } : {}),
    ...(options.sample === undefined ? {} : { sample: options.sample }),
    ...(options.subset === undefined ? {} : { subset: subsetOf(session.run.now(), options.subset) }),
    content: options.content,
  };
  const work = async (host: Host, session: Session): Promise<ExitCode> => {
    const mirrors = options.mirrors && session.store === undefined ? host.mirrors : [];
    return await verifyHost(session, host, how, mirrors, (finding) => {
      const isNote = finding.kind === "note";
      if (!isNote && findings.length < MAX_FINDINGS) findings.push(finding);
      if (isNote && session.output.quiet && !session.output.json) return;
      session.output.data(findingLine(finding), { event: "finding", ...finding });
    });
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

function findingLine({ kind, host, snapshot, mirror, what }: Finding): string {
  const where = mirror === undefined ? "" : ` in the mirror ${mirror}`;
  return `${kind}: ${snapshot === undefined ? host : `${host}/${snapshot}`}${where}: ${what}`;
}

function numberOfSubsets(text: string): number {
  const [, digits] = /^1\/([1-9]\d{0,2})$/.exec(text) ?? [];
  const of = Number(digits);
  if (of >= 2 && of <= MAX_SUBSETS) return of;
  throw new InvalidArgumentError(`Give a part such as 1/30, from 1/2 to 1/${MAX_SUBSETS}.`);
}
