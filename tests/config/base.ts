import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/parse.ts";
import type { Config } from "../../lib/config/settings.ts";
import { Misuse } from "../../lib/model/failure.ts";

/** Where the config of these tests lies. */
export const CONTEXT = { directory: "/srv/backup", stateDirectory: "/var/lib/nightdrop" };
export const KEY = "0123456789abcdef0123456789abcdef01234567";

/** A small config without a mistake. */
export const BASE = {
  recipients: [{ file: "keys/backups.asc", fingerprint: KEY }],
  store: { kind: "s3", bucket: "{host}-backups", region: "eu-central-1" },
  retention: { days: 180 },
  hosts: { "web1.example.org": { paths: ["/etc"] } },
} as const satisfies Config;

/** The problems that `parseConfig` tells, one a line. */
export function problems(value: unknown): string[] {
  try {
    parseConfig(value, CONTEXT);
  } catch (thrown) {
    assert.ok(thrown instanceof Misuse, `a Misuse and not ${thrown}`);
    return thrown.message.split("\n").slice(1).map((line) => line.trim());
  }
  return [];
}
