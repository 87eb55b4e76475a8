/** Expiry in seconds, on a server of its own: rules of other buckets would take their turns, too. */
import assert from "node:assert/strict";
import type { Host } from "../../lib/config/types.ts";
import { list } from "../../lib/snapshots/list.ts";
import { s3Reader } from "../../lib/store/s3/writer.ts";
import { ADMIN } from "../../scripts/rgw/accounts.ts";
import { type Cluster, radosgwAdmin } from "../../scripts/rgw/cluster.ts";
import { rgwTest } from "../support/rgw.ts";
import { backupFromKit, clientOptions, provisionedHost, versions } from "../support/rgw_host.ts";
import { type Desk, withDesk } from "../support/vault.ts";

rgwTest("a snapshot exists before its expiry day and is gone after it", (rgw) =>
  withDesk(async (desk) => {
    const host = await provisionedHost(rgw, desk);
    await backupFromKit(desk, host);
    await lifecycle(rgw, 3600);
    assert.equal((await versions(rgw, host)).length, 3, "its day is not over");
    assert.deepEqual(await listed(rgw, desk, host), ["snapshot"]);
    for (let runs = 0; (await versions(rgw, host)).length > 0; runs++) {
      assert.ok(runs < 30, "neither versions nor markers are left");
      await lifecycle(rgw, 1);
    }
    assert.deepEqual(await listed(rgw, desk, host), []);
  }));

/** What `list` shows to somebody who may read. */
async function listed(rgw: Cluster, desk: Desk, host: Host): Promise<string[]> {
  const { endpoint, region, credentials } = clientOptions(rgw, ADMIN);
  const reader = s3Reader({ bucket: `${host.name}-backups`, endpoint, region, credentials });
  try {
    return await Array.fromAsync(list(host, reader, desk.run), ({ kind }) => kind);
  } finally {
    reader.close();
  }
}

/** Has the server apply its lifecycle rules now, with days of so many seconds. */
async function lifecycle(rgw: Cluster, secondsInDay: number): Promise<void> {
  await radosgwAdmin(rgw, ["lc", "process", `--rgw-lc-debug-interval=${secondsInDay}`]);
}
