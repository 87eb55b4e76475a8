/** Stores one object and tells how it went: a process of its own, with just the permissions that it is given. */
import { StoreError, type StoreWriter } from "../../lib/store/contract.ts";
import { directoryReader, directoryWriter } from "../../lib/store/directory/directory.ts";
import { environment } from "../../lib/cli/session.ts";
import { Secret } from "../../lib/model/secret.ts";

const NAME = "host/snapshot/unguessable";
const { path, size = 100_000, accessKeyId, secret, ...options } = JSON.parse(Deno.args[0]!);
const writer: StoreWriter = path === undefined ? await bucket() : directoryWriter(path);
try {
  await writer.put(NAME, new Uint8Array(size));
  if (path !== undefined) await readBack();
  report("stored");
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  report(`${error.kind}\n${error.message}\n${error.hint}`);
}
writer.close();

async function readBack(): Promise<void> {
  const reader = directoryReader(path);
  for await (const { name } of reader.list("")) await reader.get(name, { maxBytes: size });
}

// The SDK looks into the environment as soon as it is loaded.
async function bucket(): Promise<StoreWriter> {
  const { s3Writer } = await import("../../lib/store/s3/writer.ts");
  const { proxiesOf } = await import("../../lib/store/s3/proxies.ts");
  const proxies = proxiesOf(environment);
  return s3Writer({ ...options, proxies, credentials: { accessKeyId, secretAccessKey: new Secret(secret) } });
}

function report(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
