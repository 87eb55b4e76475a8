/** What becomes of objects on their way to the disk: order, full disks, limited permissions. */
import assert from "node:assert/strict";
import { directoryWriter } from "../../lib/store/directory/directory.ts";
import { withDirectory } from "../support/directory.ts";
import { has } from "../support/foreign.ts";
import { content } from "./checks.ts";
import { putElsewhere } from "./put_in_process.ts";
import { replacing } from "./replacing.ts";

Deno.test("objects are on the disk before they have their name, and the name is before put resolves", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/store`;
    const events: string[] = [];
    const paths = new WeakMap<object, string>();
    const short = (file: string | URL): string =>
      String(file).replace(path, "store").replace(/\.incoming.*/, "new");
    const opening = (original: typeof Deno.open): typeof Deno.open => async (file, options) => {
      const opened = await original(file, options);
      paths.set(opened, short(file));
      return opened;
    };
    const linking = (original: typeof Deno.link): typeof Deno.link => (from, to) => {
      events.push(`link ${short(from)} ${short(to)}`);
      return original(from, to);
    };
    const { sync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.sync = function (): Promise<void> {
      events.push(`sync ${paths.get(this)}`);
      return sync.call(this);
    };
    const writer = directoryWriter(path);
    const put = (name: string) => async (): Promise<void> => void await writer.put(name, content(3));
    const put2 = (name: string) => (): Promise<void> => replacing("link", linking, put(name));
    try {
      await replacing("open", opening, put2("h/s/a"));
      await replacing("open", opening, put2("h/s/b"));
    } finally {
      Deno.FsFile.prototype.sync = sync;
    }
    assert.deepEqual(events, [
      "sync store",
      "sync store/h",
      ...["sync store/h/s/new", "link store/h/s/new store/h/s/a", "sync store/h/s"],
      ...["sync store/h/s/new", "link store/h/s/new store/h/s/b", "sync store/h/s"],
    ]);
  });
});

Deno.test("a store beyond the permissions is not reached, and this is reported", async () => {
  await withDirectory(async (directory) => {
    assert.equal(
      await putElsewhere({ path: `${directory}/store` }, permissionsFor(`${directory}/store`)),
      "stored",
    );
    const reported = await putElsewhere({ path: `${directory}/other` }, permissionsFor(`${directory}/store`));
    assert.match(reported, /^denied\n.*\/other: the permissions of this run do not include it\n/);
  });
});

// A mount of a process's own needs namespaces, which some containers do not allow.
const canMount = has("unshare") &&
  new Deno.Command("unshare", { args: ["-rm", "true"] }).outputSync().success;

function mountTest(name: string, options: string, size: number, reported: RegExp): void {
  const label = canMount ? name : `${name} [skipped: unshare -rm is not allowed here]`;
  const body = (directory: string): Promise<void> => {
    const script = `mount -t tmpfs -o ${options} none ${directory} && "$@" && find ${directory} -name '.?*'`;
    const wrapper = ["unshare", "-rm", "sh", "-c", script, "-"];
    return putElsewhere({ path: directory, size }, permissionsFor(directory), {}, wrapper).then((answer) => {
      assert.match(answer, reported);
      assert.doesNotMatch(answer, /unguessable|\.incoming/);
    });
  };
  Deno.test({ name: label, ignore: !canMount, fn: () => withDirectory(body) });
}

mountTest("an object that fits into the disk is stored", "size=1m", 900_000, /^stored$/);
mountTest(
  "a full disk is reported, and nothing is left on it",
  "size=1m",
  1_100_000,
  /^failed\n.*no space left/,
);
mountTest(
  "a read-only file system is reported",
  "ro",
  1,
  /^denied\n.*the file system is read-only\nMount it/,
);

function permissionsFor(path: string): string[] {
  return [`--allow-read=${path}`, `--allow-write=${path}`];
}
