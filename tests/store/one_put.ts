/** Puts one object and tells how it went: a process of its own, with just the permissions that it is given. */
import { StoreError } from "../../lib/store/contract.ts";
import { s3Writer } from "../../lib/store/s3.ts";
import { Secret } from "../../lib/model/secret.ts";

const { secret, accessKeyId, ...options } = JSON.parse(Deno.args[0]!);
const writer = s3Writer({ ...options, credentials: { accessKeyId, secretAccessKey: new Secret(secret) } });
try {
  await writer.put("a/b", new Uint8Array(100_000));
  tell("stored");
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  tell(`${error.kind}\n${error.message}\n${error.hint}`);
}
writer.close();

function tell(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
