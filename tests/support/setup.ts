/** A host that is set up for the command line: what scenarios begin with. */
import { directory, file, symlink, writeTree } from "../source/tree.ts";
import { withDirectory } from "./directory.ts";
import { owner, writeKeys } from "./owner.ts";

/** The host of the config. */
export const HOST = "web1.example.org";

/**
 * A directory with keys, a config for a directory store, and a small source.
 *
 * @param more Goes on in the list of paths.
 * @param top Settings at the top of the config, as text.
 */
export async function withSetup(
  body: (directory: string, source: string) => Promise<void>,
  more = "",
  top = "",
): Promise<void> {
  await withDirectory(async (at) => {
    const source = `${at}/source`;
    writeTree(
      source,
      directory({ "a.conf": file("one\n"), b: directory({ c: file("two\n"), d: symlink("c") }) }),
    );
    writeKeys(`${at}/keys`);
    Deno.writeTextFileSync(
      `${at}/backup.config.ts`,
      `export default {
        recipients: [{ file: "keys/backups.asc", fingerprint: "${owner.fingerprint}" }],
        store: { kind: "directory", path: "store" }, state: "state", retention: { days: 30 },
        ${top}
        hosts: { "${HOST}": { paths: ["source"${more}] } },
      };`,
    );
    await body(at, source);
  });
}

/** Waits until a run has put something into the directory store of a setup, whatever its names are. */
export async function somethingStored(store: string): Promise<void> {
  while (!hasObjects(store)) await new Promise((resolve) => setTimeout(resolve, 20));
}

function hasObjects(store: string): boolean {
  try {
    const [host] = Deno.readDirSync(store).filter((it) => it.isDirectory).toArray();
    const [snapshot] = Deno.readDirSync(`${store}/${host!.name}`).toArray();
    return Deno.readDirSync(`${store}/${host!.name}/${snapshot!.name}`).some(({ name }) =>
      name.endsWith(".gpg")
    );
  } catch {
    return false;
  }
}
