import type { Run } from "../app/events.ts";
import { pinnedRecipients } from "../app/keys.ts";
import type { Host } from "../config/types.ts";
import { reason } from "../model/failure.ts";

/** A key of the config that a host should seal to. */
export interface RecipientState {
  /** Of the primary key, in lower case. */
  readonly fingerprint: string;
  /** When it expires; undefined for never. */
  readonly expires: Date | undefined;
}

/** Returns the recipients of a host; where their files cannot be read, what the config says, and why as a warning. */
export async function recipientStates(host: Host, run: Run): Promise<RecipientState[]> {
  try {
    const recipients = await pinnedRecipients(host, { ...run, report: () => {} });
    return recipients.map(({ fingerprint, expires }) => ({ fingerprint, expires }));
  } catch (error) {
    run.report({ event: "warning", text: `${host.name}: ${reason(error)}` });
    return host.recipients.map(({ fingerprint }) => ({ fingerprint, expires: undefined }));
  }
}
