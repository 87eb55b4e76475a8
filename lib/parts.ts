import { authenticBytes } from "./authentic.ts";
import { Damage } from "./model/failure.ts";
import { objectKey } from "./model/name.ts";
import type { PartRecord } from "./model/receipt.ts";
import type { StoreReader } from "./store/contract.ts";

/**
 * The bytes of one part, which are those that the receipt names.
 *
 * @throws {Damage} when the part is missing or another one.
 */
export async function readPart(
  reader: StoreReader,
  { host, id }: { host: string; id: string },
  part: PartRecord,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await authenticBytes(reader, {
    name: objectKey(host, id, part.name),
    sha256: part.sha256,
    maxBytes: part.size,
    label: part.name,
    by: "its receipt",
  }, signal);
  if (bytes.length !== part.size) throw new Damage(`${part.name} is not what its receipt says`);
  return bytes;
}
