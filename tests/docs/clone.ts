import { bash } from "../support/foreign.ts";
import { removeAll } from "../support/directory.ts";
import { ownDirectories } from "../support/own_directories.ts";
import { denoDirectory } from "../support/program.ts";

const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

/**
 * Directories for clones, used again by the next test of the file: at the same path Deno finds what it has made of the modules,
 * which takes longer than most commands.
 */
const places: string[] = [];

async function withPlace(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = places.pop() ?? Deno.makeTempDirSync({ prefix: "nightdrop-clone-" });
  Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    await body(directory);
  } finally {
    removeAll(directory);
    places.push(directory);
  }
}

/**
 * A copy of what a clone has, with `deno` and `npx` on the PATH as this very Deno, and with directories of the owner beside it,
 * so that nothing is written into those of this machine.
 *
 * @param programs More programs for the PATH: lines of shell by name.
 */
export async function withClone(
  body: (clone: string, env: Record<string, string>) => Promise<void>,
  programs: Readonly<Record<string, string>> = {},
): Promise<void> {
  await withPlace(async (directory) => {
    const clone = `${directory}/clone`;
    await bash(
      `mkdir -p ${clone} ${directory}/bin; cp -r deno.json deno.lock nightdrop mod.ts backup.config.ts lib scripts ${clone}`,
      { cwd: root },
    );
    const shims = {
      deno: `exec ${Deno.execPath()} "$@"`,
      npx: `shift 2; exec ${Deno.execPath()} "$@"`,
      ...programs,
    };
    for (const [name, line] of Object.entries(shims)) {
      Deno.writeTextFileSync(`${directory}/bin/${name}`, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    }
    await body(clone, {
      PATH: `${directory}/bin:${Deno.env.get("PATH")}`,
      ...ownDirectories(directory),
    });
  });
}

/** A clone with a home directory beside it, and the command `nightdrop` where the README puts it. */
export async function withInstalled(
  body: (clone: string, env: Record<string, string>, home: string) => Promise<void>,
  programs: Readonly<Record<string, string>> = {},
): Promise<void> {
  await withClone(async (clone, path) => {
    const home = clone.replace(/clone$/, "home");
    Deno.mkdirSync(home);
    Deno.symlinkSync(`${clone}/nightdrop`, clone.replace(/clone$/, "bin/nightdrop"));
    await body(clone, { ...path, HOME: home, XDG_CONFIG_HOME: "", DENO_DIR: denoDirectory() }, home);
  }, programs);
}
