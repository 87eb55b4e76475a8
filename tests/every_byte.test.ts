/** Whatever a store, or whoever holds it, does to a snapshot: `verify` says so, and `restore` gives nothing unauthentic. */
import assert from "node:assert/strict";
import { sha256 } from "../lib/model/digest.ts";
import { Failure } from "../lib/model/failure.ts";
import { directory, file, readTree } from "./source/tree.ts";
import { restoredSource, withScenario } from "./support/scenario.ts";

Deno.test("every byte that is flipped is found, and nothing unauthentic is restored", () =>
  withScenario(
    directory({ a: file("one file\n"), sub: directory({ b: file("and another\n") }) }),
    async (scenario) => {
      await scenario.backup();
      const good = readTree(scenario.source);
      let tried = 0;
      for (const [key, { bytes }] of scenario.store.objects) {
        for (let at = 0; at < bytes.length; at++, tried++) {
          const was = bytes[at]!;
          bytes[at] = was ^ (1 << (at % 8));
          const where = `${key} at ${at}`;
          const { damages } = await scenario.verify();
          assert.ok(damages > 0, where);
          const target = `${scenario.directory}/back-${tried}`;
          await scenario.restore({ target }).then(
            ({ lost }) => assert.ok(lost > 0, where),
            (error) => assert.ok(error instanceof Failure, `${where}: ${error}`),
          );
          for (const [path, found] of restored(`${target}${scenario.source}`)) {
            if (found.type === "file") {
              assert.equal(found.sha256, good.get(path)?.sha256, `${where}: ${path}`);
            }
          }
          for (const [, found] of restored(`${target}/nightdrop-dumps`)) {
            if (found.type === "file") {
              assert.equal(found.sha256, sha256(DUMP), `${where}: the dump`);
            }
          }
          bytes[at] = was;
        }
      }
      assert.ok(tried > 2000, `${tried} bytes`);
      assert.equal((await scenario.verify({ identities: scenario.identities })).damages, 0);
      await scenario.restore();
      assert.deepEqual(readTree(restoredSource(scenario)), good);
      assert.deepEqual(Deno.readFileSync(`${scenario.directory}/back/nightdrop-dumps/db.sql`), DUMP);
    },
    { dumps: [{ name: "db.sql", command: ["echo", "SELECT 1;"], user: undefined, timeLimit: 60_000 }] },
  ));

/** What the command of the dump gives. */
const DUMP = new TextEncoder().encode("SELECT 1;\n");

function restored(root: string): ReturnType<typeof readTree> {
  try {
    return readTree(root);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    throw error;
  }
}
