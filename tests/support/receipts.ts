import { indexPartName, volumePartName } from "../../lib/model/name.ts";
import { type Receipt, RECEIPT_FORMAT } from "../../lib/model/receipt.ts";

/** A well-formed receipt, to be changed by tests. */
export function sampleReceipt(changes: Partial<Receipt> = {}): Receipt {
  const digest = (digit: string): string => digit.repeat(64);
  return {
    format: RECEIPT_FORMAT,
    program: "nightdrop/0.1.0",
    host: "web1.example.org",
    snapshot: "20261123T050000Z-0123456789abcdef",
    started: "2026-11-23T05:00:00.000Z",
    finished: "2026-11-23T05:01:00.000Z",
    signer: { fingerprint: "a".repeat(40), key: "AAAA" },
    recipients: ["b".repeat(40)],
    compression: "zstd",
    previous: { snapshot: "20261122T050000Z-0123456789abcdef", commitment: digest("c") },
    attempted: [],
    entries: 3,
    bytes: 1000,
    sent: { entries: 3, bytes: 1000 },
    unread: 0,
    volumes: [
      {
        number: 1,
        entries: 2,
        plain: 2048,
        parts: [
          { name: volumePartName(1, 0, digest("1"), "zstd"), size: 100, sha256: digest("1") },
          { name: volumePartName(1, 1, digest("2"), "zstd"), size: 50, sha256: digest("2") },
        ],
      },
      {
        number: 2,
        entries: 1,
        plain: 1536,
        parts: [{ name: volumePartName(2, 0, digest("3"), "zstd"), size: 70, sha256: digest("3") }],
      },
    ],
    adopted: [],
    index: {
      entries: 3,
      gone: 0,
      plain: 300,
      parts: [{ name: indexPartName(0, digest("4"), "zstd"), size: 200, sha256: digest("4") }],
    },
    needs: [],
    ...changes,
  };
}
