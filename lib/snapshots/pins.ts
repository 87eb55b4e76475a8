import { decodePin, MAX_PIN_BYTES, PIN_DIRECTORY, type PinRecord } from "../model/pin_record.ts";
import type { StoreReader } from "../store/contract.ts";

/**
 * Returns the pins of a host in their store, the oldest snapshot first.
 *
 * @throws {Damage} if a record is damaged.
 */
export async function pinsOf(reader: StoreReader, host: string, signal: AbortSignal): Promise<PinRecord[]> {
  const pins: PinRecord[] = [];
  const options = { signal, passedOver: (): void => {} };
  for await (const { name } of reader.list(`${PIN_DIRECTORY}${host}/`, options)) {
    pins.push(decodePin(name, await reader.get(name, { maxBytes: MAX_PIN_BYTES, signal })));
  }
  return pins.sort((a, b) => a.snapshot < b.snapshot ? -1 : 1);
}
