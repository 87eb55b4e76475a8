import type { StoreReader } from "../app/stores.ts";
import type { VerificationRun } from "../app/verified_record.ts";
import { atStore } from "../config/copies.ts";
import type { Host, Mirror } from "../config/types.ts";
import { DAY_MS } from "../model/day.ts";
import { Failure, withHint } from "../model/failure.ts";
import { shellWord } from "../model/shell.ts";
import type { Snapshot } from "../snapshots/snapshots.ts";
import type { Finding } from "../verify/findings.ts";
import { lackedBy } from "../verify/mirror_gap.ts";
import { verifyPins } from "../verify/pins.ts";
import { verify, type VerifyOptions, type VerifyResult } from "../verify/verify.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { formatBytes, formatNumber } from "./format.ts";
import { PINS } from "./named_store.ts";
import type { Session } from "./session.ts";

/** Snapshot, and the time at which a store received it. */
type Received = Pick<Snapshot, "id" | "storedAt">;

/** Verifies a host in its store and in its mirrors. */
export async function verifyHost(
  session: Session,
  host: Host,
  how: VerifyOptions,
  mirrors: readonly Mirror[],
  found: (finding: Finding) => void,
): Promise<ExitCode> {
  const snapshots: Received[] = [];
  const check = (reader: StoreReader): Promise<VerifyResult> =>
    session.store === PINS
      ? verifyPins(host, reader, how.content ?? true, found, session.run)
      : verify(host, reader, noting(snapshots, how), found, session.run);
  const result = await session.withReader(host, check, { cached: how.content === false || "refusals" });
  const place = session.store === undefined ? undefined : { name: session.store, store: host.store };
  if (session.store !== PINS && !session.isWithoutConfig) record(session, host, how, result, place);
  if (host.signers.length === 0 && !session.isWithoutConfig) {
    session.output.warn(
      `${host.name}: signer not pinned: a forged host would not be detected (\`nightdrop list --json\` prints the key)`,
    );
  }
  printResult(session, host, undefined, result, how);
  const codes = [codeOf(result)];
  for (const mirror of mirrors) codes.push(await verifyMirror(session, host, mirror, how, snapshots, found));
  return WORST.find((code) => codes.includes(code)) ?? EXIT.DONE;
}

/** Exit codes, the worst first. */
const WORST = [EXIT.DAMAGE, EXIT.FAILED];

/** Verifies a mirror of a host, and compares it with the snapshots of the store. One that cannot be read is a finding. */
async function verifyMirror(
  session: Session,
  host: Host,
  mirror: Mirror,
  how: VerifyOptions,
  snapshots: readonly Received[],
  found: (finding: Finding) => void,
): Promise<ExitCode> {
  const { run } = session;
  const foundThere = (finding: Finding): void => found({ ...finding, mirror: mirror.name });
  const copies: Received[] = [];
  const there = atStore(host, mirror.store);
  try {
    const check = (reader: StoreReader): Promise<VerifyResult> =>
      verify(there, reader, noting(copies, how), foundThere, run);
    const result = await session.withMirror(host, mirror, check, {
      cached: how.content === false || "refusals",
    });
    record(session, host, how, result, mirror);
    const lag = lagOf(host, mirror, lackedBy(copies, snapshots, host, run.now()), run.now());
    if (lag !== undefined) foundThere(lag);
    const warnings = result.warnings + (lag?.kind === "warning" ? 1 : 0);
    printResult(session, host, mirror, { ...result, warnings }, how);
    return codeOf(result);
  } catch (error) {
    if (run.signal.aborted || !(error instanceof Failure)) throw error;
    foundThere({ kind: "unreadable", host: host.name, snapshot: undefined, what: withHint(error) });
    return EXIT.FAILED;
  }
}

/** Records a verification of a host in its store, or in a mirror. */
function record(
  session: Session,
  host: Host,
  how: VerifyOptions,
  result: VerifyResult,
  mirror: Pick<Mirror, "name" | "store"> | undefined,
): void {
  session.records().addVerification(host, { at: session.run.now(), ...kindOf(how), result }, mirror);
}

/** Returns the finding about snapshots that a mirror lacks: a warning if `status` would warn; undefined if it lacks none. */
function lagOf(host: Host, { name }: Mirror, lacked: readonly Received[], now: Date): Finding | undefined {
  const [oldest] = lacked;
  if (oldest === undefined) return undefined;
  const { mirrored } = host.alerts;
  const isLate = mirrored !== false && now.getTime() - oldest.storedAt.getTime() > mirrored.warning * DAY_MS;
  return {
    kind: isLate ? "warning" : "note",
    host: host.name,
    snapshot: oldest.id,
    what: `The mirror lacks it${
      lacked.length === 1 ? "" : ` and ${lacked.length - 1} newer ones`
    }. Run \`nightdrop mirror --to ${shellWord(name)}\``,
  };
}

/** Returns the options of a verification that also notes the snapshots. */
function noting(snapshots: Received[], how: VerifyOptions): VerifyOptions {
  return { ...how, onSnapshot: ({ id, storedAt }) => void snapshots.push({ id, storedAt }) };
}

function codeOf({ damages, unreadable }: VerifyResult): ExitCode {
  if (damages > 0) return EXIT.DAMAGE;
  return unreadable > 0 ? EXIT.FAILED : EXIT.DONE;
}

function printResult(
  { output }: Session,
  { name }: Host,
  mirror: Mirror | undefined,
  result: VerifyResult,
  how: VerifyOptions,
): void {
  const where = mirror === undefined ? name : `${name} in the mirror ${mirror.name}`;
  for (const { snapshot, until } of result.restorable) {
    if (until !== undefined) output.detail(`${name}/${snapshot} can be restored until ${until}`);
  }
  const isHidden = output.quiet && !output.json;
  if (isHidden && result.damages + result.unreadable + result.warnings === 0) return;
  output.data(`${where}: ${summaryOf(result, how)}`, {
    event: "verified",
    host: name,
    ...(mirror && { mirror: mirror.name }),
    ...kindOf(how),
    ...result,
  });
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
