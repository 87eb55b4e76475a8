/** `status` as it is typed. What it finds is tested in `tests/status`. */
import assert from "node:assert/strict";
import { foreignTest, type Ran, run } from "../support/foreign.ts";
import { commandLine, jsonLines, nightdrop } from "../support/nightdrop.ts";
import { pinSigner } from "../support/pin_signer.ts";
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
      /^The host is good; .* UTC\n\nHOST .*RESTORABLE UNTIL +VERIFIED +DRILLED\nweb1\.example\.org +good +2.* never +never\n/,
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

/** Runs a command that has `lib` of the directory as the state directory of root. */
function withOwnState(at: string, args: string[]): Promise<Ran> {
  const line = commandLine(args, ["--allow-write=/var/lib/nightdrop/.records,/var/lib/nightdrop"]);
  const inside = `mount --bind ${at}/lib /var/lib && exec "$@"`;
  return run("unshare", ["--mount", "sh", "-c", inside, "sh", ...line], { cwd: at });
}

foreignTest(
  ["unshare"],
  "verify records the mirrors too, and a mirror alone with --store",
  () =>
    withSetup(
      async (at) => {
        await nightdrop(["backup", "--host", HOST, "--quiet"], { cwd: at });
        await pinSigner(at);
        await nightdrop(["keygen", "keys", "--signing"], { cwd: at });
        for (const name of ["second", "lib"]) Deno.mkdirSync(`${at}/${name}`);
        await nightdrop(["mirror", "--to", "second"], { cwd: at });
        const shown = async (): Promise<[string | undefined, string | undefined]> => {
          const [it] = jsonLines((await withOwnState(at, ["status", "--json"])).text);
          return [it.verified?.kind, it.mirrors[0].verified?.kind];
        };
        await withOwnState(at, ["verify", "--no-mirrors"]);
        assert.deepEqual(await shown(), ["content", undefined]);
        await withOwnState(at, ["verify", "--store", "second", "--subset", "1/30"]);
        assert.deepEqual(await shown(), ["content", "subset"]);
        await withOwnState(at, ["verify", "--no-content"]);
        assert.deepEqual(await shown(), ["presence", "presence"]);
        await withOwnState(at, ["verify", "--store", `${at}/second`, "--sample", "1"]);
        assert.deepEqual(
          await shown(),
          ["presence", "presence"],
          "a directory is not a mirror of the config",
        );
      },
      "",
      'mirrors: { second: { store: { kind: "directory", path: "second" } } },',
    ),
);

foreignTest(
  ["unshare"],
  "status shows what verify recorded, and how much of it was read",
  () =>
    withSetup(async (at) => {
      await nightdrop(["backup", "--host", HOST, "--quiet"], { cwd: at });
      Deno.mkdirSync(`${at}/lib`);
      const isolated = (...args: string[]): Promise<Ran> => withOwnState(at, args);
      const verified = async (): Promise<Record<string, string>> =>
        jsonLines((await isolated("status", "--json")).text)[0]!.verified;

      assert.equal(await verified(), undefined);
      const subset = await isolated("verify", "--subset", "1/30");
      assert.match(subset.text, /good: 1 snapshot, .* read \(subset \d+ of 30\)/, subset.stderr);
      const { kind, result, allReadSince } = await verified();
      assert.deepEqual([kind, result, allReadSince], ["subset", "good", null]);
      assert.match((await isolated("status")).text, / \d{4}-\d\d-\d\d \(1 of 30\) +never\n/);

      await isolated("verify", "--quiet");
      const { read, ...whole } = await verified();
      assert.deepEqual([whole.kind, whole.allReadSince], ["content", read]);
      assert.match((await isolated("status")).text, / \d{4}-\d\d-\d\d +never\n/);

      const [name] = [...Deno.readDirSync(`${at}/store/${HOST}`)].map(({ name }) => name);
      const volume = [...Deno.readDirSync(`${at}/store/${HOST}/${name}`)].find(({ name }) =>
        name.startsWith("0")
      )!;
      const file = `${at}/store/${HOST}/${name}/${volume.name}`;
      const bytes = Deno.readFileSync(file);
      Deno.writeFileSync(file, bytes.map((byte, at) => at === 100 ? byte ^ 1 : byte));
      assert.equal((await isolated("verify", "--quiet")).code, 4);
      Deno.writeFileSync(file, bytes);
      const damaged = await isolated("status");
      assert.equal(damaged.code, 4, damaged.text);
      assert.match(
        damaged.text,
        /critical: verified: Reading the content found damage on [^\n]*: 1 finding\n/,
      );
      assert.equal((await isolated("verify", "--quiet")).code, 0);
      assert.doesNotMatch((await isolated("status")).text, /verified:/);
    }),
);
