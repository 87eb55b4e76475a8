/** `docs/DRILLS.md`: its commands run, and its config is valid. */
import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/parse.ts";
import { BASE, CONTEXT } from "../config/base.ts";
import { must, run } from "../support/foreign.ts";
import { blocks } from "./blocks.ts";
import { withClone } from "./clone.ts";

/** Lines of shell. The loop of gpg is run by `tests/drill/off_line.test.ts`. */
const LINES = blocks("docs/DRILLS.md", "sh").filter((block) => !block.includes("while read"))
  .flatMap((block) => block.trim().split("\n"));

Deno.test("the commands of docs/DRILLS.md run as they are printed", () =>
  withClone(async (clone, env) => {
    const home = `${clone}/gnupg`;
    Deno.mkdirSync(home, { mode: 0o700 });
    const fleet = `${clone}/fleet`;
    const sh = (line: string, cwd: string): ReturnType<typeof run> =>
      run("sh", ["-c", line], { cwd, env: { ...env, GNUPGHOME: home } });
    const made = await sh("deno task quickstart lib/model --in fleet", clone);
    assert.equal(made.code, 0, made.stderr);
    await must("gpg", ["--homedir", home, "--batch", "--quiet", "--import", `${fleet}/keys/backups.asc`]);
    for (const line of LINES) {
      if (line.startsWith("gpg --verify")) { // the last drill was signed by a key of its own
        await must("gpg", ["--homedir", home, "--batch", "--quiet", "--import", `${fleet}/keys/drill.asc`]);
      }
      const { code, text, stderr } = await sh(line, fleet);
      assert.equal(code, 0, `${line}: ${text}${stderr}`);
      if (line.endsWith("| jq .checks")) {
        assert.match(text, /^\{\n {2}"ok": \d+,\n {2}"failed": 0,\n {2}"notRun": 0\n\}\n$/);
      }
    }
    await must("gpgconf", ["--homedir", home, "--kill", "all"]);
  }));

Deno.test("the config of docs/DRILLS.md and its commands for databases are valid", async () => {
  const text = Deno.readTextFileSync(new URL("../../docs/DRILLS.md", import.meta.url));
  const [block] = blocks("docs/DRILLS.md", "ts");
  const rows = [...text.matchAll(/^\| \w+ \| `(\[.*?\])` \| `(\[.*?\])` \|$/gm)];
  assert.equal(rows.length, 2);
  const more = rows.map(([, load, check], at) => `"${at}.sql": { load: ${load}, check: ${check} }`);
  const module = `export default [{ ${block} }, { ${more.join(", ")} }]`;
  const [hosts, dumps] = (await import(`data:text/javascript,${encodeURIComponent(module)}`)).default;
  const [host] = parseConfig({ ...BASE, hosts }, CONTEXT).values();
  assert.equal(host!.drill.dumps[0]!.expect, ">0");
  const [other] = parseConfig({ ...BASE, hosts: { a: { paths: ["/a"], drill: { dumps } } } }, CONTEXT)
    .values();
  assert.equal(other!.drill.dumps.length, 2);
});
