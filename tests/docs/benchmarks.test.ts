/** The commands of `docs/BENCHMARKS.md`, run as they are printed, but on small corpora. */
import assert from "node:assert/strict";
import { CASES } from "../../scripts/bench/cases.ts";
import { TOOLS } from "../../scripts/bench/tools.ts";
import { bash, foreignTest } from "../support/foreign.ts";
import { blocks } from "./blocks.ts";
import { withClone } from "./clone.ts";

const [full, few, micro] = blocks("docs/BENCHMARKS.md", "sh").map((block) => block.trim());
const text = Deno.readTextFileSync(new URL("../../docs/BENCHMARKS.md", import.meta.url));

Deno.test("docs/BENCHMARKS.md describes every case and every tool", () => {
  for (const name of Object.keys(CASES)) assert.ok(text.includes(`| \`${name}\` |`), name);
  for (const name of Object.keys(TOOLS)) assert.ok(text.includes(`\`${name}\``), name);
});

foreignTest(
  ["time", "gpg", "zstd"],
  "the commands of docs/BENCHMARKS.md measure, print and write the figures that it describes",
  () =>
    withClone(async (clone, env) => {
      const root = new URL("../../", import.meta.url).pathname;
      await bash(`cp -r ${root}docs ${clone}`);
      const there = { cwd: clone, env };
      const tiny = `--directory ${clone}/bench --files 200 --size 1MB --tree ${clone}/lib/model`;

      const printed = await bash(`${few} ${tiny}`, there);
      assert.deepEqual(headings(printed.text), ["real", "large"]);
      const rows = printed.text.match(/^\| (\w|\*).*$/gm)!.map((row) => row.split(" | ").slice(0, 2));
      const job = [
        "first backup",
        "nightdrop",
        "tar",
        "restore",
        "nightdrop",
        "gpg -d",
        "deep verify",
        "nightdrop",
        "compression alone",
        "zstd -3 -T1",
      ];
      for (const [at, [name]] of rows.entries()) {
        assert.ok(name!.includes(job[at % job.length]!), `${at}: ${name}`);
      }
      assert.equal(rows.length, 2 * job.length);

      const all = full!.replace("/var/tmp/nightdrop-bench", `${clone}/bench`);
      await bash(`${all} ${tiny} --runs 1 --only nightdrop empty unchanged vps s3 browse scale`, there);
      const document = Deno.readTextFileSync(`${clone}/docs/BENCHMARKS.md`);
      const written = ["empty", "unchanged", "vps", "s3", "browse", "scale"];
      assert.deepEqual(
        headings(document).filter((name) => written.includes(name)),
        written,
      );
      assert.match(
        document,
        /^### s3: [^#]*^\| nightdrop, to the bucket \| [^#]*^\| nightdrop, to a directory \| /m,
      );
      assert.match(
        document,
        /^### vps: [^#]*^\| nightdrop, memory 512 MiB \| [^#]*^\| nightdrop \| [^#]*^\| \*\*restore/m,
      );
      assert.match(
        document,
        /^### browse: 2 snapshots of 1,000 files\n[^#]*^\| \*\*cat of a file of the last, empty caches/m,
      );
      assert.match(document, /^### scale: [^#]*^\| 200 small files \| [^#]*^\| one file of 1 MB \| /m);
      assert.match(
        document,
        /^_\d{4}-\d\d-\d\d, 1 run each; \d+ cores .*\. nightdrop .*, Deno 2\..*, gpg 2\./m,
      );
      assert.deepEqual(left(`${clone}/bench`), ["corpora", "gnupg", "keys"]);

      assert.match(
        (await bash(`${micro} --filter "ustar"`, there)).text,
        /^\| header of 10,000 files, ustar/m,
      );
    }, { sync: ":" }), // it would wait for all that other tests write
);

function headings(markdown: string): string[] {
  return [...markdown.matchAll(/^### (\w+): /gm)].map((match) => match[1]!);
}

function left(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}
