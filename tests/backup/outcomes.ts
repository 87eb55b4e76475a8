/** Sample outcomes of backups for tests of hooks and notifications. */
import type { BackupResult } from "../../lib/backup/backup.ts";
import type { RunFacts } from "../../lib/backup/outcome.ts";

/** Facts of a run that took 90.5 seconds. */
export const FRAME: RunFacts = {
  host: "web1.example.org",
  started: new Date("2026-11-23T05:00:00.000Z"),
  ended: new Date("2026-11-23T05:01:30.500Z"),
  warnings: 2,
  outputLost: undefined,
};

/** Result of a complete backup. */
export const STORED: BackupResult = {
  host: "web1.example.org",
  snapshot: "20261123T050000Z-0123456789abcdef",
  signer: "0".repeat(40),
  entries: 12,
  bytes: 3400,
  sent: { entries: 5, bytes: 600 },
  stored: 700,
  objects: 3,
  unread: 0,
  milliseconds: 90_500,
};
