import assert from "assert";
import { defaultStateFolder } from "../../lib/config/state_folder.ts";

for (
  const [who, uid, variables, folder] of [
    ["root", 0, { HOME: "/root", XDG_STATE_HOME: "/root/s" }, "/var/lib/nightdrop"],
    ["a user", 1000, { HOME: "/home/a" }, "/home/a/.local/state/nightdrop"],
    ["nobody knows who", null, { HOME: "/home/a" }, "/home/a/.local/state/nightdrop"],
    ["a user with a state folder", 1000, { HOME: "/home/a", XDG_STATE_HOME: "/s" }, "/s/nightdrop"],
    [
      "a user with a relative one",
      1000,
      { HOME: "/home/a", XDG_STATE_HOME: "s" },
      "/home/a/.local/state/nightdrop",
    ],
    ["a user without a home", 1000, {}, "/var/lib/nightdrop"],
  ] as const
) {
  Deno.test(`the state folder of ${who} is ${folder}`, () => {
    assert.equal(defaultStateFolder(uid, (name) => (variables as Record<string, string>)[name]), folder);
  });
}
