import { type Command, InvalidArgumentError, Option } from "commander";
import type { Host } from "../../config/types.ts";
import type { Finding } from "../../verify/findings.ts";
import { verify, type VerifyOptions, type VerifyResult } from "../../verify/verify.ts";
import { act, command } from "../command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { forHosts } from "../fleet.ts";
import { formatBytes, formatNumber } from "../format.ts";
import { type IdentityOptions, identityOptions, unlock } from "../identities.ts";
import type { CommonOptions, Session } from "../session.ts";

interface Options extends CommonOptions, IdentityOptions {
  readonly deep?: boolean;
  readonly sample?: number;
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
    .option("--sample <n>", "read only n random objects of each snapshot", positiveInteger);
  return identityOptions(made)
    .example("verify", "every host")
    .example("verify web1.example.org --deep --identity keys/backups.private.asc", "all")
    .action((host: string | undefined, options: Options) =>
      act(options, (session) => run(session, host, options))
    );
}

async function run(session: Session, name: string | undefined, options: Options): Promise<ExitCode> {
  const how: VerifyOptions = {
    ...(options.deep ? { identities: await unlock(options) } : {}),
    ...(options.sample === undefined ? {} : { sample: options.sample }),
    content: options.content,
  };
  return await forHosts(session, name, async (host) => {
    const { damages, unreadable } = await verifyHost(session, host, how);
    if (damages > 0) return EXIT.DAMAGE;
    return unreadable > 0 ? EXIT.FAILED : EXIT.DONE;
  });
}

async function verifyHost(session: Session, host: Host, how: VerifyOptions): Promise<VerifyResult> {
  const { output } = session;
  const found = (finding: Finding): void => {
    const where = finding.snapshot === undefined ? finding.host : `${finding.host}/${finding.snapshot}`;
    output.data(`${finding.kind}: ${where}: ${finding.what}`, { event: "finding", ...finding });
  };
  const result = await session.withReader(host, (reader) => verify(host, reader, how, found, session.run));
  if (host.signers.length === 0) {
    output.warn(
      `${host.name}: signer not pinned: a forged host would not be detected (\`list --json\` prints the key)`,
    );
  }
  for (const { snapshot, until } of result.restorable) {
    if (until !== undefined) output.detail(`${host.name}/${snapshot} can be restored until ${until}`);
  }
  const verdict = [
    verdictOf(result),
    ...(result.unreadable === 0 ? [] : [`${result.unreadable} could not be checked`]),
    ...(result.warnings === 0 ? [] : [formatNumber(result.warnings, "warning")]),
  ].join(", ");
  const [first] = result.restorable.map(({ until }) => until).filter((it) => it !== undefined).sort();
  const lasts = first === undefined ? "" : `, all can be restored until ${first}`;
  const read = `${formatNumber(result.objects, "object")} of ${formatBytes(result.bytes)} read`;
  output.data(`${host.name}: ${verdict}: ${formatNumber(result.snapshots, "snapshot")}, ${read}${lasts}`, {
    event: "verified",
    host: host.name,
    ...result,
  });
  return result;
}

function verdictOf({ damages, unreadable }: VerifyResult): string {
  if (damages > 0) return `DAMAGED, ${formatNumber(damages, "finding")}`;
  return unreadable > 0 ? "NOT CHECKED" : "good";
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Give a whole number, 1 or more.");
  return Number(text);
}
