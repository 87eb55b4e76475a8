import { formatBytes, formatCount, formatMinute } from "../../model/format.ts";
import type { JSX } from "hono/jsx/jsx-runtime";
import { lengthOfTime } from "../../model/length_of_time.ts";
import { readSince, type VerifiedRecord } from "../../app/verified_record.ts";
import type { Night } from "../../snapshots/night.ts";
import type { HostFacts } from "../facts.ts";
import { oldKeyTexts } from "../old_keys.ts";
import { verifiedText } from "../proof.ts";
import type { HostStatus } from "../status.ts";
import { State } from "./host_row.tsx";
import { shown } from "./text.ts";

/** Alerts of a host, their remedies, and its last snapshot. */
export function HostDetails(
  { status, id }: { readonly status: HostStatus; readonly id: string },
): JSX.Element {
  return (
    <section id={id}>
      <h3>
        {status.host}: <State state={status.state} />
      </h3>
      {status.state === "unknown"
        ? <p>{`Its store cannot be read: ${shown(status.error)}`}</p>
        : <Known status={status} />}
    </section>
  );
}

/** Returns the time since which each object has been read. */
function readText(record: VerifiedRecord | undefined): string {
  const since = record && readSince(record);
  return since === undefined
    ? "not every object, as far as is recorded here"
    : `every object that was stored before ${formatMinute(new Date(since))}, since then`;
}

function Known({ status: { facts, alerts } }: {
  readonly status: Exclude<HostStatus, { state: "unknown" }>;
}): JSX.Element {
  const last = facts.nights.at(-1);
  const notes = oldKeyTexts(facts.oldKeys);
  return (
    <>
      {alerts.length + notes.length > 0 && (
        <ul>
          {alerts.map(({ rule, severity, what, remedy }) => (
            <li key={rule}>
              <span class={severity}>{severity}</span>: {shown(what)}. <span class="remedy">{remedy}.</span>
            </li>
          ))}
          {notes.map((text) => (
            <li key={text}>
              note: {shown(text)}.
            </li>
          ))}
        </ul>
      )}
      {last !== undefined && <LastSnapshot last={last} facts={facts} />}
    </>
  );
}

function LastSnapshot({ last, facts }: { readonly last: Night; readonly facts: HostFacts }): JSX.Element {
  return (
    <dl>
      <dt>Last snapshot</dt>
      <dd>
        <code>{last.id}</code>, {formatMinute(last.storedAt)}, in {lengthOfTime(last.duration)}
      </dd>
      <dt>Tree</dt>
      <dd>{`${formatCount(last.entries)} entries, ${formatBytes(last.bytes)}`}</dd>
      <dt>Sent</dt>
      <dd>
        {`${formatCount(last.sent.entries)} entries, ${formatBytes(last.plain)}, sealed ${
          formatBytes(last.sealed)
        }`}
      </dd>
      <dt>Signed by</dt>
      <dd>
        <code>{last.signer}</code>
      </dd>
      <dt>Program</dt>
      <dd>{shown(last.program)}</dd>
      <dt>Read</dt>
      <dd>{readText(facts.verified)}</dd>
      {facts.mirrors.map(({ name, verified }) => (
        <>
          <dt>{`Mirror ${name}`}</dt>
          <dd>{`verified: ${verifiedText(verified)}; read: ${readText(verified)}`}</dd>
        </>
      ))}
    </dl>
  );
}
