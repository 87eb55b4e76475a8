/** Expiry in seconds, on a server of its own: rules of other buckets would take their turns, too. */
import assert from "assert";
import { type Cluster, radosgwAdmin } from "../scripts/rgw/cluster.ts";
import { rgwTest } from "./support/rgw.ts";
import { backupFromKit, giveKeys, newHost, versions } from "./support/rgw_host.ts";
import { withDesk } from "./support/vault.ts";

rgwTest("a snapshot is there before its day and gone after it", (rgw) =>
  withDesk(async (desk) => {
    const host = newHost(rgw, desk);
    await desk.provision(host, { apply: true });
    await giveKeys(rgw, desk, host);
    await desk.provision(host, { apply: true });
    await backupFromKit(desk, host);
    await lifecycle(rgw, 3600);
    assert.equal((await versions(rgw, host)).length, 3, "its day is not over");
    for (let runs = 0; (await versions(rgw, host)).length > 0; runs++) {
      assert.ok(runs < 30, "neither versions nor markers are left");
      await lifecycle(rgw, 1);
    }
  }));

/** Has the server apply its lifecycle rules now, with days of so many seconds. */
async function lifecycle(rgw: Cluster, secondsInDay: number): Promise<void> {
  await radosgwAdmin(rgw, ["lc", "process", `--rgw-lc-debug-interval=${secondsInDay}`]);
}
