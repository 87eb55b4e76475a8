/** The recipe of `docs/RESTORE-BY-HAND.md`, run as it is printed, with nothing of nightdrop. */
import assert from "node:assert/strict";
import { backup } from "../../lib/backup/backup.ts";
import type { Host } from "../../lib/config/types.ts";
import { directoryWriter } from "../../lib/store/directory/directory.ts";
import { assertSameTree } from "../source/tree.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";
import { bash, foreignTest } from "../support/foreign.ts";
import { sampleTree } from "../support/sample_tree.ts";
import { blocks } from "./blocks.ts";

const TOOLS = ["gpg", "zstd", "tar", "jq", "sha256sum"];

/** The blocks for a snapshot that needs no other. */
function whole(): string[] {
  const all = blocks("docs/RESTORE-BY-HAND.md", "sh");
  return all.slice(0, all.findIndex((block) => block.includes(".needs | length")));
}

/** One that fails when some parts are stored, and one that does not. */
const DUMPS: Host["dumps"] = [
  {
    name: "half",
    command: ["sh", "-c", "head -c 500000 /dev/urandom; exit 1"],
    user: undefined,
    timeLimit: 60_000,
  },
  { name: "good", command: ["echo", "SELECT 1;"], user: undefined, timeLimit: 60_000 },
];

/** Backs up into a directory store and gives the directory of the snapshot. */
async function storedDirectory(drill: Scenario): Promise<string> {
  const { snapshot } = await backup(drill.host, directoryWriter(`${drill.directory}/store`), drill.run);
  return `${drill.directory}/store/${drill.host.name}/${snapshot}`;
}

async function byHand(drill: Scenario, cwd: string, script: string): Promise<void> {
  const home = `${drill.directory}/gnupg`;
  await Deno.mkdir(home, { mode: 0o700, recursive: true });
  const env = { GNUPGHOME: home, PRIVATE_KEY: drill.privateFile };
  try {
    await bash(script, { cwd, env });
  } finally {
    await bash("gpgconf --kill all", { env });
  }
}

foreignTest(
  TOOLS,
  "the printed recipe restores a snapshot with every type of entry exactly",
  () =>
    withScenario(sampleTree(), async (drill) => {
      const at = await storedDirectory(drill);
      const script = whole().join("").replaceAll(
        "etc/hostname",
        `${drill.source.slice(1)}/a.txt`,
      );
      await byHand(drill, at, script);
      assertSameTree(`${at}/restored${drill.source}`, drill.source);
      assert.match(Deno.readTextFileSync(`${at}/files.txt`), /^file 6 \/.*\/source\/a\.txt$/m);
      assert.deepEqual([...Deno.readDirSync(`${at}/restored/nightdrop-dumps`)].map(({ name }) => name), [
        "good",
      ]);
      assert.equal(Deno.readTextFileSync(`${at}/restored/nightdrop-dumps/good`), "SELECT 1;\n");
    }, { dumps: DUMPS }),
);

for (const [compression, reader] of [[{ kind: "gzip" }, "gzip -dc"], [{ kind: "none" }, "cat"]] as const) {
  foreignTest(
    [...TOOLS, "gzip"],
    `the recipe restores a snapshot with compression ${compression.kind} as it says`,
    () =>
      withScenario(sampleTree(), async (drill) => {
        const at = await storedDirectory(drill);
        const script = blocks("docs/RESTORE-BY-HAND.md", "sh").slice(0, 7).join("").replaceAll(
          "zstd -dc",
          reader,
        );
        await byHand(drill, at, script);
        assertSameTree(`${at}/restored${drill.source}`, drill.source);
      }, { compression }),
  );
}

foreignTest(
  TOOLS,
  "the recipe stops at an object that differs from the receipt",
  () =>
    withScenario(sampleTree(), async (drill) => {
      const at = await storedDirectory(drill);
      const [volume] = Deno.readDirSync(at).filter(({ name }) => name.startsWith("000002.")).toArray();
      Deno.chmodSync(`${at}/${volume!.name}`, 0o644);
      Deno.writeFileSync(`${at}/${volume!.name}`, new Uint8Array(10));
      await assert.rejects(
        byHand(drill, at, whole().join("")),
        /FAILED|WARNING/,
      );
      assert.throws(() => Deno.statSync(`${at}/restored`), Deno.errors.NotFound);
    }),
);

foreignTest(
  TOOLS,
  "the recipe stops at a restored file that is not what the host read",
  () =>
    withScenario(sampleTree(), async (drill) => {
      const at = await storedDirectory(drill);
      const check = whole().findIndex((block) => block.includes("SHA256SUMS"));
      const strange = `restored${drill.source}/sub/name\nwith \u00fcnicode \u2603`;
      const change = `printf X | dd conv=notrunc status=none of="${strange}"\n`;
      await assert.rejects(
        byHand(drill, at, whole().toSpliced(check, 0, change).join("")),
        /name\\nwith .*FAILED/,
      );
    }),
);
