/** The rule by which root trusts directories, with trees as data. Only root can create them. */
import assert from "node:assert/strict";
import { exposure, foreignLink, refuseExposed } from "../../lib/disk/trust.ts";
import { Misuse } from "../../lib/model/failure.ts";
import { must } from "../support/foreign.ts";
import { withDirectory } from "../support/directory.ts";

const root = Deno.uid() === 0;

/** Part of a path: a directory with a mode, an owner and a group. Default: root. */
interface Made {
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
}

function make(path: string, { mode, uid = 0, gid = 0 }: Made): void {
  Deno.mkdirSync(path);
  Deno.chownSync(path, uid, gid);
  Deno.chmodSync(path, mode);
}

const PARENTS: readonly [what: string, parent: Made, why: RegExp | undefined][] = [
  ["root's own", { mode: 0o755 }, undefined],
  ["root's group may write, as user-private groups do", { mode: 0o775 }, undefined],
  ["sticky, as /tmp is", { mode: 0o1777 }, undefined],
  ["for all to write", { mode: 0o777 }, /^all users can write to it$/],
  ["for a group to write", { mode: 0o775, gid: 50 }, /^group 50 can write to it$/],
  ["a group that only reads", { mode: 0o750, gid: 50 }, undefined],
  ["another user's", { mode: 0o700, uid: 65534 }, /^user 65534 owns it$/],
  ["another user's, sticky", { mode: 0o1777, uid: 65534 }, /^user 65534 owns it$/],
];

Deno.test({
  name: "a directory is exposed if other users can rename a parent",
  ignore: !root,
  fn: () =>
    withDirectory((directory) => {
      for (const [at, [what, parent, why]] of PARENTS.entries()) {
        const above = `${directory}/${at}`;
        make(above, parent);
        make(`${above}/own`, { mode: 0o700 });
        for (const path of [`${above}/own`, `${above}/own/missing`, `${above}/./own/../own/`]) {
          const found = exposure(path);
          assert.deepEqual(found?.path, why && above, `${what}: ${path}`);
          if (why !== undefined) assert.match(found!.why, why, what);
        }
      }
    }),
});

Deno.test({
  name: "a directory that others can write to is exposed, sticky or not, and the remedy fixes it",
  ignore: !root,
  fn: () =>
    withDirectory(async (directory) => {
      const leaves: Made[] = [{ mode: 0o1777 }, { mode: 0o777 }, { mode: 0o770, gid: 50 }, {
        mode: 0o700,
        uid: 1,
      }];
      for (const [at, leaf] of leaves.entries()) {
        const path = `${directory}/it's ${at}`;
        make(path, leaf);
        const error = thrown(() => refuseExposed(path, "the state directory"));
        assert.match(error.message, /^Cannot use the state directory ".*" as root: (user|group|all users) /);
        await new Deno.Command("sh", { args: ["-c", error.hint!] }).output();
        refuseExposed(path, "the state directory");
      }
    }),
});

Deno.test({
  name: "links in a path are followed, and a link that another user created is exposed",
  ignore: !root,
  fn: () =>
    withDirectory(async (directory) => {
      make(`${directory}/open`, { mode: 0o777 });
      make(`${directory}/open/own`, { mode: 0o700 });
      make(`${directory}/safe`, { mode: 0o755 });
      Deno.symlinkSync("../open", `${directory}/safe/relative`);
      Deno.symlinkSync(`${directory}/open`, `${directory}/safe/absolute`);
      Deno.symlinkSync(directory, `${directory}/safe/theirs`);
      await must("chown", ["-h", "nobody", `${directory}/safe/theirs`]);
      Deno.symlinkSync("loop", `${directory}/safe/loop`);
      for (const name of ["relative", "absolute"]) {
        assert.equal(exposure(`${directory}/safe/${name}/own`)?.path, `${directory}/open`);
        assert.equal(foreignLink(`${directory}/safe/${name}/own`), undefined);
      }
      assert.equal(exposure(`${directory}/safe/theirs`)?.path, `${directory}/safe/theirs`);
      assert.equal(foreignLink(`${directory}/safe/theirs/safe`), `${directory}/safe/theirs`);
      assert.equal(exposure(`${directory}/safe/loop/x`), undefined, "a link to itself leads nowhere");
    }),
});

Deno.test({
  name: "the user who called sudo is trusted, and no other user",
  ignore: !root,
  fn: () =>
    withDirectory((directory) => {
      make(`${directory}/alice`, { mode: 0o755, uid: 1000 });
      const before = Deno.env.get("SUDO_UID");
      try {
        for (
          const [value, trusted] of [["1000", true], ["1001", false], ["", false], ["1000x", false]] as const
        ) {
          Deno.env.set("SUDO_UID", value);
          assert.equal(exposure(`${directory}/alice/x`) === undefined, trusted, value);
        }
      } finally {
        if (before === undefined) Deno.env.delete("SUDO_UID");
        else Deno.env.set("SUDO_UID", before);
      }
    }),
});

Deno.test("directories of the system and of this user are not exposed", () =>
  withDirectory((directory) => {
    for (const path of ["/", "/etc", "/var/lib/nightdrop", directory, `${directory}/a/b`]) {
      assert.equal(exposure(path), undefined, path);
    }
    assert.notEqual(exposure("/tmp"), undefined, "everybody can put a file into it");
  }));

function thrown(action: () => void): Misuse {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof Misuse, String(error));
    return error;
  }
  throw new Error("Nothing was thrown");
}
