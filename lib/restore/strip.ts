import { isMemberPath } from "../model/entry.ts";
import { Misuse } from "../model/failure.ts";
import { printable, unprinted } from "../model/printable.ts";
import type { Tree } from "../snapshots/tree.ts";

/**
 * Returns the directory of a snapshot that becomes the target, as a member path; empty for the root. The path
 * may be given as it is or as `files` prints it. The two differ if a name contains a backslash or an
 * unprintable character: then the tree decides which one is meant.
 *
 * @throws {Misuse} if no entry can have this path.
 */
export async function strippedDirectory(tree: Tree, path = ""): Promise<string> {
  const forms = [...new Set([path, unprinted(path) ?? path])].map(memberOf);
  const [first = ""] = forms.filter((form) => form === "" || isMemberPath(form));
  if (first === "" && /[^/]/.test(path)) throw impossible(path);
  if (forms.length === 1) return first;
  const found = new Set<string>();
  await tree.each((entry) => {
    for (const form of forms) if (entry.path === form || entry.path.startsWith(`${form}/`)) found.add(form);
  });
  return forms.find((form) => found.has(form)) ?? first;
}

/** Returns a path without slashes at both ends. */
function memberOf(path: string): string {
  return path.replace(/^\/+/, "").replace(/\/+$/, "");
}

function impossible(path: string): Misuse {
  return new Misuse(`--strip: "${printable(path)}" is not the path of a directory in a snapshot`, {
    hint: "Write it as `nightdrop files` prints it, such as /srv/www",
  });
}
