import assert from "node:assert/strict";
import { defaultStateDirectory } from "../../lib/config/state_directory.ts";

for (
  const [who, uid, variables, directory] of [
    ["root", 0, { HOME: "/root", XDG_STATE_HOME: "/root/s" }, "/var/lib/nightdrop"],
    ["a user", 1000, { HOME: "/home/a" }, "/home/a/.local/state/nightdrop"],
    ["nobody knows who", null, { HOME: "/home/a" }, "/home/a/.local/state/nightdrop"],
    ["a user with a state directory", 1000, { HOME: "/home/a", XDG_STATE_HOME: "/s" }, "/s/nightdrop"],
    [
      "a user with a relative one",
      1000,
      { HOME: "/home/a", XDG_STATE_HOME: "s" },
      "/home/a/.local/state/nightdrop",
    ],
    ["a user without a home", 1000, {}, "/var/lib/nightdrop"],
    ["root with one named", 0, { NIGHTDROP_STATE: "/srv/state" }, "/srv/state"],
    [
      "a user with one named",
      1000,
      { HOME: "/home/a", XDG_STATE_HOME: "/s", NIGHTDROP_STATE: "/srv/state" },
      "/srv/state",
    ],
    ["root with a relative one named", 0, { NIGHTDROP_STATE: "state" }, "/var/lib/nightdrop"],
  ] as const
) {
  Deno.test(`the state directory of ${who} is ${directory}`, () => {
    assert.equal(
      defaultStateDirectory(uid, (name) => (variables as Record<string, string>)[name]),
      directory,
    );
  });
}
