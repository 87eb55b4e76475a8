import { formatNumber } from "../model/format.ts";
import type { Restorable } from "../verify/retention.ts";
import type { Night } from "../snapshots/night.ts";
import type { RecipientState } from "./recipients.ts";

/** Recipient that the config no longer names, and that can still open snapshots which no recipient of the config opens. */
export interface OldKey {
  /** Fingerprint of the primary key. */
  readonly fingerprint: string;
  /** Number of these snapshots. */
  readonly snapshots: number;
  /** Last day on which one of them can be restored, such as `2026-11-28`; undefined if one never expires. */
  readonly until: string | undefined;
}

/** Old keys of a host that are shown. */
const MAX_SHOWN = 5;

/** Returns until when the owner must keep old keys: a sentence for each of them, and the number of those that are not shown. */
export function oldKeyTexts(keys: readonly OldKey[]): string[] {
  const texts = keys.slice(0, MAX_SHOWN).map(({ fingerprint, snapshots, until }) => {
    const end = until === undefined ? "for as long as its snapshots are stored" : `until ${until}`;
    return `keep the key ${fingerprint} ${end}: the config no longer names it, and it opens ${
      formatNumber(snapshots, "snapshot")
    }`;
  });
  const more = keys.length - MAX_SHOWN;
  return more > 0 ? [...texts, `keep ${formatNumber(more, "more old key")}: see status --json`] : texts;
}

/** Returns the old keys that restorable snapshots need, the one that is needed for the longest time first. */
export function oldKeys(
  nights: readonly Pick<Night, "id" | "recipients">[],
  restorable: readonly Restorable[],
  recipients: readonly Pick<RecipientState, "fingerprint">[],
): OldKey[] {
  if (recipients.length === 0) return [];
  const current = new Set(recipients.map(({ fingerprint }) => fingerprint));
  const days = new Map(restorable.map(({ snapshot, until }) => [snapshot, until]));
  const needing = nights.filter(({ id, recipients }) =>
    days.has(id) && !recipients.some((it) => current.has(it))
  );
  const fingerprints = [...new Set(needing.flatMap(({ recipients }) => recipients))];
  const keys = fingerprints.map((fingerprint): OldKey => {
    const untils = needing.filter((it) => it.recipients.includes(fingerprint)).map(({ id }) => days.get(id));
    return {
      fingerprint,
      snapshots: untils.length,
      until: untils.includes(undefined) ? undefined : untils.sort().at(-1),
    };
  });
  return keys.sort((a, b) => (b.until ?? "9").localeCompare(a.until ?? "9"));
}
