/** `cat` and `tar` as shells meet them: in pipes. */
import assert from "node:assert/strict";
import { must, type Ran, run } from "../support/foreign.ts";
import { commandLine, nightdrop } from "../support/nightdrop.ts";
import { HOST, withSetup } from "../support/setup.ts";
import { noise } from "../support/sample_tree.ts";

const IDENTITY = ["--identity", "keys/backups.private.asc"];
const BIG = noise(3_000_000);

/** Runs a command of nightdrop as a part of a script; `$?` of all commands of a pipe are at the end of its output. */
function piped(at: string, args: string[], behind: string): Promise<Ran> {
  const words = [...commandLine([...args, ...IDENTITY])].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  return run("bash", ["-c", `${words.join(" ")} ${behind}; echo " \${PIPESTATUS[*]}"`], { cwd: at });
}

Deno.test("cat and tar write content and nothing else, and end quietly when their reader has enough", () =>
  withSetup(async (at, source) => {
    Deno.writeFileSync(`${source}/big`, BIG);
    await must(...words(["backup", "--host", HOST]), { cwd: at });

    const whole = await nightdrop(["cat", "latest", `${source}/a.conf`, `${source}/big`, ...IDENTITY], {
      cwd: at,
    });
    assert.deepEqual([whole.code, whole.stdout.length], [0, 4 + BIG.length], whole.stderr);
    assert.deepEqual(whole.stdout.subarray(4), BIG);

    for (const args of [["cat", "latest", `${source}/big`], ["tar", "latest"]]) {
      const head = await piped(at, args, "| head -c 10 > /dev/null");
      assert.equal(head.text, " 0 0\n", `${args[0]}: ${head.stderr}`);
      assert.match(head.stderr, /^(warning: .*not pinned.*\n)?$/, args[0]);
      const full = await piped(at, args, "> /dev/full");
      assert.equal(full.text, " 1\n", args[0]);
      assert.match(full.stderr, /error: Cannot write the output: standard output: .*[Nn]o space/, args[0]);
      const json = await nightdrop([...args, "--json", ...IDENTITY], { cwd: at });
      assert.deepEqual([json.code, JSON.parse(json.text).event], [2, "error"]);
    }

    const listed = await piped(at, ["tar", "latest"], "| tar -t");
    assert.ok(listed.text.endsWith(" 0 0\n"), listed.stderr);
    assert.ok(listed.text.includes(`${source.slice(1)}/b/c\n`));
    assert.doesNotMatch(listed.text, /^\//m);

    spoilVolumes(`${at}/store/${HOST}`);
    for (const args of [["cat", "latest", `${source}/big`], ["tar", "latest"]]) {
      const broken = await nightdrop([...args, ...IDENTITY], { cwd: at });
      assert.equal(broken.code, 4, broken.stderr);
      assert.match(broken.stderr, /error: .* is not what its receipt says/);
    }
    const missing = await nightdrop(["cat", "latest", "/no/such", ...IDENTITY], { cwd: at });
    assert.deepEqual([missing.code, missing.stdout.length], [1, 0]);
  }));

function words(args: string[]): [program: string, args: string[]] {
  const [program = "", ...rest] = commandLine(args);
  return [program, rest];
}

/** Changes a byte in each volume. */
function spoilVolumes(directory: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) spoilVolumes(path);
    if (!/^\d{6}\./.test(name)) continue;
    const bytes = Deno.readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    Deno.chmodSync(path, 0o600);
    Deno.writeFileSync(path, bytes);
  }
}
