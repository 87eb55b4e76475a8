/** `status` as it is typed. What it finds is tested in `tests/status`. */
import assert from "node:assert/strict";
import { jsonLines, nightdrop } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";

const OTHER = "db1.example.org";

Deno.test("status shows late, unknown and unlisted hosts, writes metrics, and ends in the worst code", () =>
  withSetup(async (at) => {
    const config = Deno.readTextFileSync(`${at}/backup.config.ts`);
    const withHosts = (hosts: string): void =>
      Deno.writeTextFileSync(
        `${at}/backup.config.ts`,
        config.replace(/hosts: \{.*\}/, `hosts: { ${hosts} }`),
      );
    const [backup] = jsonLines((await nightdrop(["backup", "--host", HOST, "--json"], { cwd: at })).text)
      .slice(-1);
    const host = `"${HOST}": { paths: ["source"], signer: "${backup!.signer}" }`;

    withHosts(host);
    const good = await nightdrop(["status"], { cwd: at });
    assert.equal(good.code, 0, good.text + good.stderr);
    assert.match(
      good.text,
      /^The host is good; .* UTC\n\nHOST .*RESTORABLE UNTIL\nweb1\.example\.org +good +2/,
    );

    // A host without a snapshot is late; what the config does not name is odd.
    withHosts(`"${OTHER}": { paths: ["source"] }`);
    const odd = await nightdrop(["status", "--metrics", "fleet.prom", "--html", "a/page"], { cwd: at });
    assert.equal(odd.code, 4, odd.text + odd.stderr);
    assert.match(odd.text, /^1 of 1 host needs attention, 1 in the stores are not in your config; /);
    assert.match(odd.text, /^db1\.example\.org +critical +never\b/m);
    assert.match(odd.text, /^ {2}critical: age: There is no snapshot\n {4}Run `backup` on the host/m);
    assert.match(odd.stderr, /holds snapshots of "web1\.example\.org", which your config does not name/);
    assert.match(
      Deno.readTextFileSync(`${at}/fleet.prom`),
      /^nightdrop_fleet_state\{host="db1\.example\.org"\} 2$/m,
    );

    assert.match(
      Deno.readTextFileSync(`${at}/a/page/index.html`),
      /<h1>1 of 1 host needs attention, 1 in the stores/,
    );
    const full = await nightdrop(["status", "--html", "source/a.conf"], { cwd: at });
    assert.deepEqual([full.code, full.stderr.match(/Cannot create the directory "[^"]*": [^\n]+/) !== null], [
      1,
      true,
    ]);

    // A store that is away makes its own host unknown.
    withHosts(`${host}, "${OTHER}": { paths: ["source"], store: { kind: "directory", path: "nowhere" } }`);
    const unknown = await nightdrop(["status", "--json"], { cwd: at });
    assert.deepEqual([unknown.code, unknown.stderr], [1, ""]);
    const events = jsonLines(unknown.text);
    assert.deepEqual(events.map(({ event, host, state }) => [event, host, state]), [
      ["status", OTHER, "unknown"],
      ["status", HOST, "good"],
      ["fleet", undefined, undefined],
    ]);
    const one = await nightdrop(["status", HOST], { cwd: at });
    assert.deepEqual([one.code, one.stderr], [0, ""]);
    const wrong = await nightdrop(["status", "web9", "--metrics", "x.txt"], { cwd: at });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /must end in "\.prom"/);
  }));
