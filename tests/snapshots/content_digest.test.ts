/** Content that is not what the index says: `verify --deep` and `restore` name the file, and it is lost alone. */
import assert from "node:assert/strict";
import { sha256 } from "../../lib/model/digest.ts";
import { file, type Item, thing } from "../archive/making.ts";
import { directory } from "../source/tree.ts";
import { withScenario } from "../support/scenario.ts";
import { type ForgedTree, forgeTree } from "../support/forged_tree.ts";

const WRONG = "0".repeat(64);

/** An item of which the index lists a SHA-256: the right one unless another is given. */
function summed({ entry, content }: Item, digest: string = sha256(content)): Item {
  return { content, entry: { ...entry, sha256: digest } };
}

/** What `verify --deep` and `restore` say of a forged snapshot, and which files are restored. */
async function judged(tree: ForgedTree): Promise<{ findings: string[]; lost: string[]; restored: string[] }> {
  return await withScenario(directory({}), async (scenario) => {
    await forgeTree(scenario, tree);
    const { findings } = await scenario.verify({ identities: scenario.identities });
    const result = await scenario.restore();
    const troubles = scenario.events.flatMap((it) =>
      it.event === "trouble" ? [`${it.path}: ${it.reason}`] : []
    );
    assert.deepEqual([result.lost, result.unreadable], [troubles.length, 0], "each is reported once");
    return {
      findings: findings.flatMap(({ kind, what }) => kind === "damage" ? [what] : []),
      lost: troubles,
      restored: [...Deno.readDirSync(`${scenario.directory}/back`)].map(({ name }) => name).sort(),
    };
  });
}

const FOUND = sha256(new TextEncoder().encode("content"));
const REASON = `its content has the SHA-256 ${FOUND}, and the index lists ${WRONG}`;

Deno.test("a file whose content has another SHA-256 than the index lists is lost alone, and named", async () => {
  const items = [summed(file("a", "1")), summed(file("b", "content"), WRONG), summed(file("c", "3"))];
  assert.deepEqual(await judged({ volumes: [{ items }] }), {
    findings: [`"b" cannot be restored: ${REASON}`],
    lost: [`b: ${REASON}`],
    restored: ["a", "c"],
  });
});

Deno.test("a dump whose content has another SHA-256 than the index lists is lost alone, and named", async () => {
  const dump = summed(file("nightdrop-dumps/a", "content"), WRONG);
  const { findings, lost, restored } = await judged({
    volumes: [{ items: [dump], dump: true }, { items: [summed(file("b", ""))] }],
  });
  assert.deepEqual(findings, [`"nightdrop-dumps/a" cannot be restored: ${REASON}`]);
  assert.deepEqual(lost, [`nightdrop-dumps/a: ${REASON}`]);
  assert.deepEqual(restored, ["b", "nightdrop-dumps"]);
});

Deno.test("a hard link to a file whose content is damaged is lost with it", async () => {
  const items = [summed(file("a", "content"), WRONG), thing("h", "hardlink", { link: "a" }), file("b")];
  const { lost, restored } = await judged({ volumes: [{ items }] });
  assert.deepEqual(lost, [`a: ${REASON}`, 'h: it is a hard link to "a", which could not be restored']);
  assert.deepEqual(restored, ["b"]);
});

Deno.test("an empty file is compared with its SHA-256 as well", async () => {
  const { findings } = await judged({ volumes: [{ items: [summed(file("a"), WRONG)] }] });
  assert.equal(findings.length, 1);
});

Deno.test("files without a SHA-256, in an index of this version or the one before, are as good as before", async () => {
  const items = [file("a", "1"), file("b")];
  for (const version of [2, 3]) {
    const lines = (all: string[]): string[] =>
      all.map((line) => line.replace("nightdrop-index/3", `nightdrop-index/${version}`));
    assert.deepEqual(await judged({ volumes: [{ items }], lines }), {
      findings: [],
      lost: [],
      restored: ["a", "b"],
    });
  }
});

Deno.test("a restore of other files does not look at content that is damaged", () =>
  withScenario(directory({}), async (scenario) => {
    await forgeTree(scenario, {
      volumes: [{ items: [summed(file("a", "1")), summed(file("b", "content"), WRONG)] }],
    });
    assert.equal((await scenario.restore({ globs: ["/a"] })).lost, 0);
  }));
