/**
 * A real tree, restored by nightdrop and by gpg, zstd and tar alone: both are the same as the source in type, content,
 * mode, owner, links and millisecond times. `NIGHTDROP_TREE` names another tree than /usr/share.
 */
import assert from "node:assert/strict";
import { backup } from "../../lib/backup/backup.ts";
import { directoryReader, directoryWriter } from "../../lib/store/directory/directory.ts";
import { blocks } from "../docs/blocks.ts";
import { assertSameTree, directory } from "../source/tree.ts";
import { makeScenario, withScenario } from "../support/scenario.ts";
import { bash, foreignTest } from "../support/foreign.ts";

const TREE = Deno.env.get("NIGHTDROP_TREE") ?? "/usr/share";

foreignTest(
  ["gpg", "zstd", "tar", "jq"],
  `${TREE} is restored exactly, by nightdrop and by hand`,
  () =>
    withScenario(directory({}), async (empty) => {
      const selection = { ...empty.host.selection, paths: [TREE] };
      const host = { ...empty.host, selection, partSize: 16 * 2 ** 20 };
      const store = `${empty.directory}/store`;
      const scenario = await makeScenario(empty.directory, host, {
        ...empty.store,
        reader: directoryReader(store),
      });
      const { snapshot, unread } = await backup(host, directoryWriter(store), scenario.run);
      assert.equal(unread, 0);
      await scenario.restore();
      assertSameTree(`${scenario.directory}/back${TREE}`, TREE);

      const at = `${store}/${host.name}/${snapshot}`;
      const env = { GNUPGHOME: `${scenario.directory}/gnupg`, PRIVATE_KEY: scenario.privateFile };
      await Deno.mkdir(env.GNUPGHOME, { mode: 0o700 });
      try {
        await bash(blocks("docs/RESTORE-BY-HAND.md", "sh").slice(0, 6).join(""), { cwd: at, env });
      } finally {
        await bash("gpgconf --kill all", { env });
      }
      assertSameTree(`${at}/restored${TREE}`, TREE);
    }),
);
