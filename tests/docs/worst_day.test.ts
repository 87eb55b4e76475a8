/** The commands of `docs/WORST-DAY.md`, run in a clone that has no config. */
import { assertSameTree } from "../source/tree.ts";
import { HOSTS, stored } from "../support/bare_store.ts";
import { withDirectory } from "../support/directory.ts";
import { bash } from "../support/foreign.ts";
import { blocks } from "./blocks.ts";
import { withClone } from "./clone.ts";

Deno.test("the commands of docs/WORST-DAY.md restore from a store and a key alone", () =>
  withDirectory((directory) =>
    withClone(async (clone, env) => {
      await stored(directory, { kind: "directory", path: "backups" }, HOSTS.slice(0, 1));
      const variables = {
        ...env,
        STORE: `${directory}/backups`,
        KEY: `${directory}/private.asc`,
        NIGHTDROP_CACHE: `${directory}/cache`,
      };
      const [restore, look] = blocks("docs/WORST-DAY.md", "sh");
      await bash(`set -e\n${restore}`, { cwd: clone, env: variables });
      assertSameTree(`${clone}/restored${directory}/source`, `${directory}/source`);
      const text = look!.replaceAll("'*.conf'", "'*a'").replace(" /etc ", ` ${directory}/source/etc `);
      await bash(`set -e\n${text}`, { cwd: clone, env: variables });
      assertSameTree(`${clone}/etc${directory}/source/etc`, `${directory}/source/etc`);
    })
  ));
