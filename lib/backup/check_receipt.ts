import { Damage, Failure } from "../model/failure.ts";
import { MAX_RECEIPT_BYTES, type Receipt } from "../model/receipt.ts";
import { decodeReceipt, encodeReceipt } from "../model/receipt_text.ts";
import { CatalogTrouble } from "./history.ts";

/** Maximum number of bytes that a clear signature adds to the text of a receipt. */
const SIGNATURE_BYTES = 4096;

/**
 * Parses a receipt before it is stored, because readers refuse one that is too large or malformed.
 *
 * @throws {CatalogTrouble} if readers would refuse it because of the older volumes that it refers to.
 * @throws {Failure} if they would refuse it, and it refers to none.
 */
export function checkReceipt(receipt: Receipt): void {
  try {
    const text = encodeReceipt(receipt);
    if (text.length + SIGNATURE_BYTES > MAX_RECEIPT_BYTES) {
      throw new Damage("it is larger than a reader takes");
    }
    decodeReceipt(text);
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    const builds = receipt.needs.length + receipt.adopted.length > 0;
    if (builds) throw new CatalogTrouble(`a receipt made with it would be refused: ${error.message}`);
    throw new Failure(`Cannot make a receipt: ${error.message}`, {
      hint: "This is a fault of nightdrop: please report it, with the message",
      cause: error,
    });
  }
}
