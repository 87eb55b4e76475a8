import { formatBytes, formatCount, formatMinute } from "../../model/format.ts";
import type { JSX } from "hono/jsx/jsx-runtime";
import { lengthOfTime } from "../../model/length_of_time.ts";
import type { HostFacts } from "../facts.ts";
import { isComplete, type Night } from "../../snapshots/night.ts";
import { drilledText, verifiedText } from "../proof.ts";
import type { HostState, HostStatus } from "../status.ts";
import { usual } from "../trend.ts";
import { COLUMNS } from "./columns.ts";
import { SizeLine } from "./size_line.tsx";
import { Strip } from "./strip.tsx";

/** Signs of the states, for readers who do not see colours. */
const SIGNS: Readonly<Record<HostState, string>> = { good: "✓", warning: "!", critical: "✗", unknown: "?" };

/** State of a host as a sign and a word. */
export function State({ state }: { readonly state: HostState }): JSX.Element {
  return (
    <span class={`state ${state}`}>
      <span aria-hidden="true">{SIGNS[state]}</span> {state}
    </span>
  );
}

/** Row of one host in the table. */
export function HostRow({ status, id, now }: {
  readonly status: HostStatus;
  /** Address of its details on the page. */
  readonly id: string;
  readonly now: Date;
}): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <a href={`#${id}`}>{status.host}</a>
      </th>
      <td>
        <State state={status.state} />
      </td>
      {status.state === "unknown"
        ? <td colspan={COLUMNS.length - 2} />
        : <Figures facts={status.facts} now={now} />}
    </tr>
  );
}

function Figures({ facts, now }: { readonly facts: HostFacts; readonly now: Date }): JSX.Element {
  const { nights, stored, restorableUntil, verified, drilled } = facts;
  const complete = nights.findLast(isComplete);
  const last = nights.at(-1);
  return (
    <>
      <td>{complete === undefined ? "never" : <Complete night={complete} now={now} />}</td>
      <td>
        <Strip nights={nights} now={now} />
      </td>
      <td>
        <SizeLine nights={nights} label={formatBytes} />
      </td>
      <td class="number">{last && formatBytes(last.bytes)}</td>
      <td>{last && sentText(nights.map(({ sent }) => sent.entries))}</td>
      <td class="number">{formatBytes(stored)}</td>
      <td>{restorableUntil ?? (complete && "no expiry")}</td>
      <td>{verifiedText(verified)}</td>
      <td>{drilledText(drilled)}</td>
    </>
  );
}

function Complete({ night: { storedAt }, now }: { readonly night: Night; readonly now: Date }): JSX.Element {
  return <>{`${formatMinute(storedAt)} (${lengthOfTime(now.getTime() - storedAt.getTime())})`}</>;
}

/** Returns the number of entries of the last run, and the usual number. */
function sentText(sent: readonly number[]): string {
  const before = usual(sent);
  const now = `${formatCount(sent.at(-1)!)} entries`;
  return before === undefined ? now : `${now}, usually ${formatCount(Math.round(before))}`;
}
