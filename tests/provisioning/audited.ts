/** An audit of a bucket, with what it found. */
import assert from "node:assert/strict";
import type { Host } from "../../lib/config/types.ts";
import { type Attempt, audit, type AuditResult, isAsWanted } from "../../lib/provisioning/audit.ts";
import type { S3Options } from "../../lib/store/s3/options.ts";
import { directory } from "../source/tree.ts";
import type { TestBucket } from "../support/rgw.ts";
import { withScenario } from "../support/scenario.ts";

interface Audited extends AuditResult {
  readonly wrongs: string[];
  readonly all: Attempt[];
}

/** Audits a host whose bucket and keys are `options`. */
export function auditOf(options: S3Options, others: readonly TestBucket[] = []): Promise<Audited> {
  return withScenario(directory({}), async ({ host }) => {
    const store = {
      kind: "s3",
      storageClass: undefined,
      objectLock: undefined,
      ...options,
      prefix: "",
    } as const;
    const hostWith = (bucket: string): Host => ({
      ...host,
      store: { ...store, bucket, endpoint: options.endpoint, credentials: { env: "HOST" }, vault: undefined },
    });
    const env = (name: string): string | undefined =>
      ({
        HOST_ACCESS_KEY_ID: options.credentials.accessKeyId,
        HOST_SECRET_ACCESS_KEY: options.credentials.secretAccessKey.reveal(),
      })[name];
    const all: Attempt[] = [];
    const request = {
      host: hostWith(options.bucket),
      others: others.map(({ name }, at) => ({ ...hostWith(name), name: `web${at + 2}` })),
      user: "nightdrop-{host}",
    };
    const reported = { attempt: (attempt: Attempt) => void all.push(attempt), drift: () => {} };
    const result = await audit(request, env, reported, new Date());
    const wrongs = all.filter((it) => !isAsWanted(it)).map(({ name }) => name);
    assert.equal(result.wrong, wrongs.length);
    assert.equal(result.attempts, all.length);
    return { ...result, wrongs, all };
  });
}
