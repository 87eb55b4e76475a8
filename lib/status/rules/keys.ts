import { DAY_MS } from "../../model/day.ts";
import type { Case, Found } from "./rule.ts";

/** Reports a recipient key that expires. */
export function recipient({ facts: { recipients }, thresholds: { recipient }, now }: Case): Found {
  if (recipient === false) return;
  const next = recipients.filter(({ expires }) => expires !== undefined)
    .sort((a, b) => a.expires!.getTime() - b.expires!.getTime())[0];
  if (next === undefined) return;
  const left = next.expires!.getTime() - now.getTime();
  if (left > recipient.warning * DAY_MS) return;
  const day = next.expires!.toISOString().slice(0, 10);
  return {
    severity: left <= 0 ? "critical" : "warning",
    what: `The recipient key ${next.fingerprint} ${left <= 0 ? "expired" : "expires"} on ${day}`,
    remedy: "Extend it with `gpg --quick-set-expire`, and give the host the new public key",
  };
}

/** Reports a host that encrypts to other keys than those of the config. */
export function sealedTo({ facts: { nights, recipients }, thresholds: { sealedTo } }: Case): Found {
  const last = nights.at(-1);
  if (!sealedTo || last === undefined || recipients.length === 0) return;
  const wanted = recipients.map(({ fingerprint }) => fingerprint);
  const missing = wanted.filter((it) => !last.recipients.includes(it));
  const others = last.recipients.filter((it) => !wanted.includes(it));
  if (missing.length + others.length === 0) return;
  const what = missing.length > 0
    ? `The last snapshot is not sealed to ${missing.join(", ")}`
    : `The last snapshot is sealed to ${others.join(", ")} too, which your config does not name`;
  return {
    // To another key than yours, you may not be able to open it.
    severity: missing.length === wanted.length ? "critical" : "warning",
    what,
    remedy:
      "Give the host the `recipients` of your config: run `nightdrop provision` and carry the kit to it",
  };
}

/** Reports a signing key that the config does not pin. */
export function signer({ facts: { nights, pinned }, thresholds: { signer } }: Case): Found {
  const last = nights.at(-1);
  if (!signer || pinned || last === undefined) return;
  return {
    severity: "warning",
    what: "The signing key of this host is not pinned: a forged host would not be noticed",
    remedy: `Add \`signer: "${last.signer}"\` to the host in your config`,
  };
}
