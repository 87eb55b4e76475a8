import type { Run } from "../app/events.ts";
import { pinnedRecipients } from "../app/keys.ts";
import type { Host } from "../config/types.ts";
import { reason } from "../model/failure.ts";

/** Key of the config that a host should encrypt to. */
export interface RecipientState {
  /** Fingerprint of the primary key, in lower case. */
  readonly fingerprint: string;
  /** Time at which it expires; undefined for never. */
  readonly expires: Date | undefined;
}

/**
 * Returns the recipients of a host. If their files cannot be read, returns those of the config, and reports
 * the reason as a warning.
 */
export async function recipientStates(host: Host, run: Run): Promise<RecipientState[]> {
  try {
    const recipients = await pinnedRecipients(host, { ...run, report: () => {} });
    return recipients.map(({ fingerprint, expires }) => ({ fingerprint, expires }));
  } catch (error) {
    run.report({ event: "warning", text: `${host.name}: ${reason(error)}` });
    return host.recipients.map(({ fingerprint }) => ({ fingerprint, expires: undefined }));
  }
}
