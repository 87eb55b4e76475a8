import assert from "node:assert/strict";
import process from "node:process";
import { PendingFile, removeLeftovers, replaceFile } from "../../lib/disk/replace.ts";
import { withDirectory } from "../support/directory.ts";

function namesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

function modeOf(path: string): number {
  return Deno.statSync(path).mode! & 0o7777;
}

Deno.test("replaceFile keeps the old content for readers that have the file open", () =>
  withDirectory((directory) => {
    const file = `${directory}/f`;
    for (const content of ["", "old", "x".repeat(1_000_000)]) {
      replaceFile(file, content, 0o600);
      assert.equal(Deno.readTextFileSync(file), content);
    }
    using reader = Deno.openSync(file);
    replaceFile(file, new Uint8Array([1, 2]), 0o600);
    assert.equal(reader.statSync().size, 1_000_000);
    assert.deepEqual([...Deno.readFileSync(file)], [1, 2]);
    assert.deepEqual(namesIn(directory), ["f"]);
  }));

Deno.test("replaceFile sets the requested mode for any umask and any old mode", () =>
  withDirectory((directory) => {
    const before = process.umask();
    try {
      for (const umask of [0o000, 0o022, 0o077, 0o777]) {
        process.umask(umask);
        for (const mode of [0o600, 0o640, 0o644]) {
          replaceFile(`${directory}/f`, "text", mode);
          assert.equal(modeOf(`${directory}/f`), mode, `umask ${umask.toString(8)}`);
        }
      }
    } finally {
      process.umask(before);
    }
  }));

Deno.test("replaceFile replaces a link and does not follow it", () =>
  withDirectory((directory) => {
    const victim = `${directory}/victim`;
    Deno.writeTextFileSync(victim, "untouched", { mode: 0o600 });
    Deno.linkSync(victim, `${directory}/other-name`);
    for (const name of ["f", "other-name"]) {
      if (name === "f") Deno.symlinkSync(victim, `${directory}/${name}`);
      replaceFile(`${directory}/${name}`, "new", 0o644);
      assert.equal(Deno.lstatSync(`${directory}/${name}`).isFile, true);
      assert.deepEqual([Deno.readTextFileSync(victim), modeOf(victim)], ["untouched", 0o600]);
    }
  }));

Deno.test("a failed write keeps the old file and leaves no temporary file", () =>
  withDirectory((directory) => {
    Deno.mkdirSync(`${directory}/taken`);
    assert.throws(() => replaceFile(`${directory}/taken`, "text", 0o600));
    assert.throws(() => replaceFile(`${directory}/no/f`, "text", 0o600), { code: "ENOENT" });
    {
      using _ = new PendingFile(`${directory}/never`, 0o600);
      assert.equal(namesIn(directory).length, 2, "its place on the disk is taken from the beginning");
    }
    assert.deepEqual(namesIn(directory), ["taken"]);
  }));

Deno.test("reserved space can be filled with shorter or longer content", () =>
  withDirectory((directory) => {
    const file = `${directory}/f`;
    for (const length of [0, 10, 1000]) {
      using pending = new PendingFile(file, 0o600, 100);
      const [name] = namesIn(directory).filter((it) => it !== "f");
      assert.equal(Deno.statSync(`${directory}/${name}`).size, 100);
      pending.publish("x".repeat(length));
      assert.equal(Deno.readTextFileSync(file), "x".repeat(length));
    }
  }));

Deno.test("removeLeftovers removes only the temporary files of a crash", () =>
  withDirectory((directory) => {
    for (const name of [".f.1.new", ".f.2.new", ".f", "f", ".other.1.new"]) {
      Deno.writeTextFileSync(`${directory}/${name}`, "");
    }
    removeLeftovers(`${directory}/f`);
    assert.deepEqual(namesIn(directory), [".f", ".other.1.new", "f"]);
  }));
