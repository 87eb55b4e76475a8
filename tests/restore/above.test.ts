/** Directories above the declared paths: they are no entries, and get the owner and mode that the index gives. */
import assert from "node:assert/strict";
import { type AboveDirectory, indexHeader } from "../../lib/model/index.ts";
import { file, thing } from "../archive/making.ts";
import { directory } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { forgeTree } from "../support/forged_tree.ts";

const UID = Deno.uid() === 0 ? 1234 : Deno.uid()!;
const OWN = { uid: UID, gid: Deno.uid() === 0 ? 5678 : Deno.gid()!, user: "", group: "" };

function above(path: string, mode: number): AboveDirectory {
  return { path, mode, ...OWN };
}

const ABOVE = [
  above("srv", 0o755),
  above("srv/www", 0o711),
  above("srv/other", 0o700),
  above("srv/www/closed", 0o500),
];

/** A snapshot of two declared paths, with directories above them. */
async function forge(scenario: Scenario, listed: readonly AboveDirectory[] = ABOVE): Promise<void> {
  const site = thing("srv/www/site", "directory", { mode: 0o750, ...OWN });
  const items = [site, file("srv/www/site/index.html"), file("srv/www/closed/deep/f")];
  await forgeTree(scenario, {
    volumes: [{ items }],
    lines: ([first, ...lines]) => {
      const { host, snapshot } = JSON.parse(first!);
      return [indexHeader(host, snapshot, listed).trimEnd(), ...lines];
    },
  });
}

/** Mode and owner of paths below a directory; undefined for what is missing. */
function modes(root: string, ...paths: string[]): (string | undefined)[] {
  return paths.map((path) => {
    try {
      const { mode, uid } = Deno.lstatSync(`${root}/${path}`);
      return `${(mode! & 0o7777).toString(8)} ${uid}`;
    } catch {
      return undefined;
    }
  });
}

const PATHS = ["srv", "srv/www", "srv/www/site", "srv/www/closed", "srv/www/closed/deep", "srv/other"];

Deno.test("missing directories above the declared paths get the mode and owner that they had", () =>
  withScenario(directory({}), async (scenario) => {
    await forge(scenario);
    const { entries } = await scenario.restore();
    assert.equal(entries, 3, "they are no entries");
    assert.deepEqual(modes(`${scenario.directory}/back`, ...PATHS), [
      `755 ${UID}`,
      `711 ${UID}`,
      `750 ${UID}`,
      `500 ${UID}`,
      `700 ${Deno.uid()}`,
      undefined,
    ]);
  }));

for (const overwrite of [false, true]) {
  Deno.test(`existing directories above the declared paths stay as they are, ${overwrite ? "with" : "without"} overwrite`, () =>
    withScenario(directory({}), async (scenario) => {
      await forge(scenario);
      const back = `${scenario.directory}/back`;
      Deno.mkdirSync(`${back}/srv/www`, { recursive: true });
      for (const path of ["srv", "srv/www"]) Deno.chmodSync(`${back}/${path}`, 0o751);
      await scenario.restore({ overwrite });
      assert.deepEqual(modes(back, "srv", "srv/www", "srv/www/closed"), [
        `751 ${Deno.uid()}`,
        `751 ${Deno.uid()}`,
        `500 ${UID}`,
      ]);
    }));
}

Deno.test("for one file the directories above are created, and no others", () =>
  withScenario(directory({}), async (scenario) => {
    await forge(scenario);
    await scenario.restore({ globs: ["index.html"] });
    assert.deepEqual(modes(`${scenario.directory}/back`, ...PATHS), [
      `755 ${UID}`,
      `711 ${UID}`,
      `750 ${UID}`,
      undefined,
      undefined,
      undefined,
    ]);
  }));

Deno.test("a directory above that is also an entry is restored from its entry", () =>
  withScenario(directory({}), async (scenario) => {
    await forge(scenario, [...ABOVE.slice(0, 2), above("srv/www/site", 0o777)]);
    await scenario.restore();
    assert.deepEqual(modes(`${scenario.directory}/back`, "srv/www/site"), [`750 ${UID}`]);
  }));

Deno.test("with --strip only those below the path count", () =>
  withScenario(directory({}), async (scenario) => {
    await forge(scenario);
    await scenario.restore({ strip: "/srv" });
    assert.deepEqual(modes(`${scenario.directory}/back`, "www", "www/closed", "srv"), [
      `711 ${UID}`,
      `500 ${UID}`,
      undefined,
    ]);
  }));
