import assert from "node:assert/strict";
import type { Host } from "../../lib/config/types.ts";
import { sharedPlaces } from "../../lib/provisioning/fleet.ts";
import { type Desk, withDesk } from "../support/vault.ts";

function hostsWith(desk: Desk, ...stores: object[]): Host[] {
  const store = { kind: "s3", bucket: "fleet", region: "eu-central-1" };
  const hosts = stores.map((more, at) => [`web${at + 1}`, { paths: ["/etc"], store: { ...store, ...more } }]);
  return desk.hosts({ retention: { days: 1 }, hosts: Object.fromEntries(hosts) });
}

Deno.test("sharedPlaces finds exactly the hosts with the same server, bucket and prefix", () =>
  withDesk((desk) => {
    const elsewhere = { endpoint: "https://s3.example.org" };
    const hosts = hostsWith(desk, {}, {}, { prefix: "{host}" }, elsewhere, { bucket: "another" });
    const found = [...sharedPlaces(hosts)].map((
      [place, sharing],
    ) => [place, sharing.map(({ name }) => name)]);
    assert.deepEqual(found, [["s3://fleet/", ["web1", "web2"]]]);
    return Promise.resolve();
  }));
