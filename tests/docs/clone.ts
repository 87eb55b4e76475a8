import { bash } from "../support/foreign.ts";
import { withFolder } from "../support/folder.ts";

const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

/**
 * A copy of what a clone has, with `deno` and `npx` on the PATH as this very Deno.
 *
 * @param programs More programs for the PATH: lines of shell by name.
 */
export async function withClone(
  body: (clone: string, env: Record<string, string>) => Promise<void>,
  programs: Readonly<Record<string, string>> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const clone = `${folder}/clone`;
    await bash(
      `mkdir -p ${clone} ${folder}/bin; cp -r deno.json deno.lock mod.ts backup.config.ts lib scripts ${clone}`,
      { cwd: root },
    );
    const shims = {
      deno: `exec ${Deno.execPath()} "$@"`,
      npx: `shift 2; exec ${Deno.execPath()} "$@"`,
      ...programs,
    };
    for (const [name, line] of Object.entries(shims)) {
      Deno.writeTextFileSync(`${folder}/bin/${name}`, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    }
    await body(clone, { PATH: `${folder}/bin:${Deno.env.get("PATH")}` });
  });
}
