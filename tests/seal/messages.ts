/** Messages for people with keys: what the tests of the body and of the keys both need. */
import type { Identity } from "../../lib/seal/identity.ts";
import { decryptMessage, encryptMessage } from "../../lib/seal/message.ts";
import type { RecipientKey } from "../../lib/seal/recipient.ts";
import { newSessionKey, openerOf } from "../../lib/seal/session_key.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export async function* encryptFor(
  recipients: readonly RecipientKey[],
  chunks: AsyncIterable<Bytes> | Iterable<Bytes>,
): AsyncGenerator<Bytes> {
  yield* encryptMessage(await newSessionKey(recipients), chunks);
}

export function decryptWith(
  identities: readonly Identity[],
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  return decryptMessage(openerOf(identities), chunks);
}
