import { Misuse } from "../../../lib/model/failure.ts";
import { excluder, matcher } from "../../../lib/source/rules.ts";
import type { Dice } from "../../simulate/dice.ts";
import { bytesOf, demand, type Target, textOf } from "../target.ts";

const PIECES = ["a", "b", "*", "**", "?", "[ab]", "[!a]", "[", "]", "/", "/", ".", "..", "-", "😀", "\\"];

/** A pattern and a path, with a line feed between them. */
export const GLOBS: Target = {
  name: "globs",
  samples: () =>
    [
      "/etc/*.conf\n/etc/a.conf",
      "*.tmp\n/a/b.tmp/c",
      "/srv/**/b/\n/srv/a/b",
      "[a-c]?[!x]\n/abc",
      `**/a\n${"/a".repeat(5000)}`,
    ]
      .map(bytesOf),
  words: PIECES,
  make: (_, dice) => bytesOf(`${made(dice)}\n/${made(dice)}`),
  run(input): void {
    const [pattern = "", rest = ""] = textOf(input).split("\n", 2);
    const path = `/${rest.split("/").filter((name) => name !== "").join("/")}`;
    const [itself, selects] = [excluder([pattern]), matcher([pattern])];
    for (const directory of [false, true]) {
      const is = selects(path, directory);
      if (path.length > 1000) continue; // to look at each directory above it takes long
      const above = path.slice(1).split("/").map((_, at, names) => "/" + names.slice(0, at).join("/"));
      const wanted = itself(path, directory) || above.some((it) => itself(it, true));
      demand(is === wanted, `it ${is ? "selects" : "does not select"} ${path}`);
    }
  },
  refuses: (error) => error instanceof Misuse,
};

function made(dice: Dice): string {
  return Array.from({ length: 1 + dice.below(12) }, () => dice.pick(PIECES)).join("");
}
